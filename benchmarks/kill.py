"""Kill a writer at random moments, and look at what it leaves.

Usage: python -m benchmarks.kill [--times N] [--db-times N] [--seed SEED]. A process writes one file, or a
set of ten (of which two come and go), again and again, until SIGKILL. A file came through whole if it holds
one version from its first line to its last, and that is the one last reported as written or the one being
written. A set came through whole if, after the next start, this holds for all of its files and one version.
What is in the folder then, or in the store, and belongs to no file or finished change, is a leftover. For
the memory see `kill_memory.py`.
Prints as the last line {file_kills, file_whole, set_kills, set_whole, db_kills, db_whole, leftovers,
in_mid_write}.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import multiprocessing
import random
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "server"))

from benchmarks.kill_memory import kill_writers
from monkey_coder.core.errors import FileError
from monkey_coder.filesystem.commit import recover
from monkey_coder.filesystem.read import FileText, read_text
from monkey_coder.filesystem.write import NewText, write_texts

N_LINES = 4_000
ONE = ("one.txt",)
ALWAYS = tuple(f"folder/{i}.txt" for i in range(8))
EVEN, ODD = "folder/even.txt", "deep/er/odd.txt"


def main() -> None:
    """Run both parts and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=1000, help="kills of each kind")
    parser.add_argument("--db-times", type=int, default=200, help="kills of a writer of the memory")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    file_whole, file_left, file_cut = _run(_one_file, options.times, rng)
    print(
        f"one file: {file_whole} of {options.times} whole, {file_left} leftovers; {file_cut} in mid-write",
        flush=True,
    )
    set_whole, set_left, set_cut = _run(_ten_files, options.times, rng)
    print(
        f"ten files: {set_whole} of {options.times} whole, {set_left} leftovers; {set_cut} in mid-write",
        flush=True,
    )
    db_whole, n_messages, problems = kill_writers(options.db_times, rng)
    print(f"memory: {db_whole} of {options.db_times} whole, {n_messages} messages", flush=True)
    for problem in problems:
        print(f"  {problem}", file=sys.stderr)
    figures = {
        "file_kills": options.times,
        "file_whole": file_whole,
        "set_kills": options.times,
        "set_whole": set_whole,
        "db_kills": options.db_times,
        "db_whole": db_whole,
        "leftovers": file_left + set_left,
        "in_mid_write": file_cut + set_cut,
    }
    print(json.dumps(figures))


def _one_file(version: int) -> set[str]:
    return set(ONE)


def _ten_files(version: int) -> set[str]:
    """Return the names that the set has in a version."""
    return {*ALWAYS, ODD if version % 2 else EVEN}


def _run(names_of: Callable[[int], set[str]], times: int, rng: random.Random) -> tuple[int, int, int]:
    """Return how many of `times` kills left all whole, how many leftovers there were at the end, and how
    many of the kills fell into a write.
    """
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if "fork" in methods else "spawn")
    with tempfile.TemporaryDirectory(prefix="monkey-coder-kill-") as base:
        root, store = Path(base, "ws"), Path(base, "store")
        root.mkdir()
        _write(root, store, 0, names_of)
        began = time.perf_counter()
        _write(root, store, 1, names_of)
        once_s = time.perf_counter() - began
        done: ctypes.c_longlong = context.RawValue("q", 1)  # A lock would die with its holder.
        n_whole = n_left = n_cut = 0
        for _ in range(times):
            writer = context.Process(target=_keep_writing, args=(root, store, done, names_of), daemon=True)
            _kill(writer, done, rng.uniform(0.0, 2.5 * once_s))
            reported = done.value
            n_cut += _leftovers(store) > 0
            whole_at_once = all(_version(path) is not None for path in _files(root))
            warnings = recover(store)
            now = {_version(path) for path in _files(root)}
            version = next(iter(now)) if len(now) == 1 else None
            is_whole = whole_at_once and not warnings and version in (reported, reported + 1)
            expected = names_of(version or 0)
            n_whole += is_whole and expected <= _names(root)
            n_left += len(_names(root) - expected) + _leftovers(store)
            if version is None:  # Broken: count it, and begin anew.
                for path in _files(root):
                    path.unlink()
                version = reported
                _write(root, store, version, names_of)
            done.value = version
    return n_whole, n_left, n_cut


def _kill(writer: BaseProcess, done: ctypes.c_longlong, after_s: float) -> None:
    """Start a writer and kill it so long after its first version."""
    first = done.value
    writer.start()
    while done.value == first and writer.is_alive():
        time.sleep(0.0005)
    time.sleep(after_s)
    writer.kill()
    writer.join()


def _keep_writing(
    root: Path, store: Path, done: ctypes.c_longlong, names_of: Callable[[int], set[str]]
) -> None:
    while True:
        _write(root, store, done.value + 1, names_of)
        done.value += 1


def _write(root: Path, store: Path, version: int, names_of: Callable[[int], set[str]]) -> None:
    """Write one version of all files; those that are not in it are deleted."""
    text = f"version {version:9d} of this file, from its first line to its last\n" * N_LINES
    texts = [NewText(name, text, _like(root, name)) for name in sorted(names_of(version))]
    gone = sorted(names_of(version - 1) - names_of(version))
    texts += [NewText(name, None, like) for name in gone if (like := _like(root, name)) is not None]
    write_texts(texts, roots=[str(root)], backups=str(store), title=f"version {version}")


def _like(root: Path, name: str) -> FileText | None:
    try:
        return read_text(name, roots=[str(root)])
    except FileError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return None
        raise


def _version(path: Path) -> int | None:
    """Return the version that a file holds, or None if it is torn."""
    lines = path.read_text().splitlines()
    if len(lines) != N_LINES or len(set(lines)) != 1:
        return None
    return int(lines[0].split()[1])


def _files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*.txt") if path.is_file()]


def _names(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def _leftovers(store: Path) -> int:
    return sum(path.suffix != ".done" and path.name != "lock" for path in store.iterdir())


if __name__ == "__main__":
    main()
