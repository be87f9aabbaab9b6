"""The index of a folder of code: cold, warm, after an edit, while typing; aider's map of the same files.

Usage: python -m benchmarks.index SOURCES [--aider PYTHON] [--no-typing]. PYTHON is an interpreter that has
`aider-chat`, which needs an environment of its own (or the variable MONKEY_CODER_AIDER names it); both are
given the same files in a copy of SOURCES. Times are CPU, of the indexing process and ours together; the
names that end in `_wall_ms` are by the clock. `atlas_cpu_s` is what the indexing process needs after that
to lay the definitions out for ranking, which it does between other work.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from monkey_coder.core.kit import IndexState
from monkey_coder.workspace.index_learner import IndexLearner
from monkey_coder.workspace.languages import LANGUAGES
from monkey_coder.workspace.live_tags import LiveTags
from monkey_coder.workspace.walk import SourceFile, read_source, walk

from .client import CAPABILITIES, ServerProcess, insertion, say, table

_LINES = 6_400
_PLACES = 25
_TYPED = ("value", "self.x", "\n    y", "(", '"', '"""', "if a:\n        b", "#")
_KEYSTROKE_S = 0.03
_AIDER = Path(__file__).with_name("aider_map.py")


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sources", help="a folder of code")
    parser.add_argument("--aider", default=os.environ.get("MONKEY_CODER_AIDER"), metavar="PYTHON")
    parser.add_argument("--no-typing", action="store_true", help="leave out the typing in a real server")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="monkey-coder-bench-") as scratch:
        sources = Path(scratch, "sources")
        shutil.copytree(options.sources, sources, symlinks=True)
        figures = _index(str(sources), Path(scratch, "home"))
        figures |= _keystrokes(str(sources))
        figures["typing_ratio"] = None if options.no_typing else _typing(str(sources))
        figures["aider"] = _aider(options.aider, sources) if options.aider else None
    if figures["aider"] is None:
        say("aider: skipped; give --aider PYTHON of an environment with aider-chat")
    print(table(list(figures.items())))
    print(json.dumps(figures))
    return 0


class _Run:
    """One learner over the sources, from the start until it has nothing more to do."""

    def __init__(self, sources: str, home: Path) -> None:
        self._own_ms, began = _own_ms(), time.perf_counter()
        before = time.thread_time_ns()
        self.learner = IndexLearner(home)
        self.learner.open_folders([sources])
        self._own_ms -= (time.thread_time_ns() - before) / 1e6
        self.child = psutil.Process().children()[-1]
        self.rss_mb = 0.0
        self.wait(lambda: self.learner.progress.state is IndexState.IDLE)
        self.wall_ms = 1000 * (time.perf_counter() - began)
        self.cpu_ms = self.spent_ms()

    def wait(self, holds: Callable[[], object]) -> None:
        end = time.monotonic() + 900
        while not holds():
            if time.monotonic() > end or self.learner.progress.state in (
                IndexState.FAILED,
                IndexState.STOPPED,
            ):
                raise SystemExit(f"the index was not built: {self.learner.state} {self.learner.notes}")
            self.rss_mb = max(self.rss_mb, _rss_mb(self.child))
            time.sleep(0.01)

    def spent_ms(self) -> float:
        """Return the CPU time that the child and we have used since the start."""
        return _cpu_ms(self.child.pid) + _own_ms() - self._own_ms


def _index(sources: str, home: Path) -> dict[str, object]:
    cold = _Run(sources, home)
    n_files = len(cold.learner.index.files())
    cold.wait(lambda: not cold.learner.is_laying_out)
    atlas_cpu_s = (cold.spent_ms() - cold.cpu_ms) / 1000
    cold.learner.close()
    say(f"cold: {n_files} files, {cold.cpu_ms / 1000:.1f} s of CPU, {cold.rss_mb:.0f} MB")
    warm = [_Run(sources, home) for _ in range(5)]
    run = warm[-1]
    for one in warm[:-1]:
        one.learner.close()
    say("warm: 5 times")
    edits = [_edit(run, path) for path in _some_files(sources)]
    memory = psutil.Process().memory_info().rss / 2**20
    run.learner.close()
    say(f"edits: {len(edits)} files")
    return {
        "files": n_files,
        "cold_cpu_s": round(cold.cpu_ms / 1000, 2),
        "cold_wall_s": round(cold.wall_ms / 1000, 2),
        "atlas_cpu_s": round(atlas_cpu_s, 2),
        "warm_ms": round(statistics.median(one.cpu_ms for one in warm), 1),
        "warm_wall_ms": round(statistics.median(one.wall_ms for one in warm), 1),
        "one_edit_ms": round(statistics.median(cpu for cpu, _ in edits), 1),
        "one_edit_wall_ms": round(statistics.median(wall for _, wall in edits), 1),
        "rss_mb": round(cold.rss_mb + memory, 1),
    }


def _edit(run: _Run, path: Path) -> tuple[float, float]:
    """Return the CPU and the time from a change on disk until the index answers with it."""
    old = path.read_text(encoding="utf-8")
    name = f"benchmark_{path.stem.replace('-', '_').replace('.', '_')}"
    path.write_text(f"{old}\n\ndef {name}():\n    return 1\n", encoding="utf-8")
    before, began = run.spent_ms(), time.perf_counter()
    run.learner.refresh([str(path)])
    while not run.learner.index.definitions(name):
        # Asking costs us more than the child needs: look for what it has spent, rarely.
        time.sleep(0.01)
    wall_ms = 1000 * (time.perf_counter() - began)
    time.sleep(0.1)
    cpu_ms = run.spent_ms() - before
    path.write_text(old, encoding="utf-8")
    return cpu_ms, wall_ms


def _some_files(sources: str) -> list[Path]:
    files = [file for file in walk(sources) if file.path.endswith(".py") and 2_000 < file.size < 60_000]
    if not files:
        raise SystemExit(f"there is no Python file of 2 to 60 kB under {sources} to edit")
    return [Path(file.path) for file in random.Random(0).sample(files, min(10, len(files)))]


def _keystrokes(sources: str) -> dict[str, object]:
    """Return the CPU from a keystroke in a file of 6,400 lines until its symbols are up to date."""
    text, language = _long_text(sources)
    rng = random.Random(0)
    times: list[float] = []
    n_waiting = 0
    for _ in range(_PLACES):
        live = LiveTags(text, language)
        at = rng.randrange(len(text))
        now = text
        for typed in rng.choice(_TYPED), rng.choice(_TYPED):
            for letter in typed:
                now = now[:at] + letter + now[at:]
                at += 1
                before = time.process_time_ns()
                n_waiting += not live.update(now)
                assert live.tags.definitions
                times.append((time.process_time_ns() - before) / 1e6)
            live.settle()  # As in a pause of the typing.
    say(f"keystrokes: {len(times)}, of which {n_waiting} were read whole only in the next pause")
    return {
        "keystroke_ms": round(statistics.median(times), 2),
        "keystroke_worst_ms": round(max(times), 2),
        "keystrokes_put_off": round(n_waiting / len(times), 3),
    }


def _long_text(sources: str) -> tuple[str, str]:
    """Return the first 6,400 lines of the longest files in the language that has most of them."""
    by_language: dict[str, list[SourceFile]] = {}
    for file in walk(sources):
        if LANGUAGES[file.language].line_comment and file.language not in ("yaml", "toml"):
            by_language.setdefault(file.language, []).append(file)
    language, files = max(by_language.items(), key=lambda entry: sum(file.size for file in entry[1]))
    lines: list[str] = []
    for file in sorted(files, key=lambda file: -file.size):
        lines += (read_source(file) or "").splitlines()
        if len(lines) >= _LINES:
            break
    return "\n".join(lines[:_LINES]), language


def _typing(sources: str) -> float | None:
    """Return how much longer an answer takes at a keystroke while the index is built than afterwards."""
    with ServerProcess(environment={"MONKEY_CODER_OFFLINE": "1"}) as server:
        server.initialize(sources, capabilities={**CAPABILITIES, "window": {"workDoneProgress": True}})
        path = _some_files(sources)[0]
        uri = path.resolve().as_uri()
        server.open(uri, path.read_text(encoding="utf-8"))
        action = {
            "textDocument": {"uri": uri},
            "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}},
            "context": {"diagnostics": []},
        }
        n_typed = 0

        def press() -> float:
            nonlocal n_typed
            n_typed += 1
            server.change(uri, insertion(0, n_typed % 3, "x"))
            time.sleep(_KEYSTROKE_S)
            return server.timed("textDocument/codeAction", action)[1]

        for _ in range(10):  # The first ones load modules.
            press()
        during: list[float] = []
        end = time.monotonic() + 20
        while not _shown(server, "begin") and time.monotonic() < end:
            press()
        while _shown(server, "begin") and not _shown(server, "end"):
            during.append(press())
        say(f"typing: {len(during)} keystrokes while indexing")
        end = time.monotonic() + 180
        while psutil.Process(server.process.pid).children(recursive=True) and time.monotonic() < end:
            if not _busy(server.process.pid):
                break
            time.sleep(0.5)
        server.settled()
        after = [press() for _ in range(300)]
    if len(during) < 20:
        say("typing: the index was built before enough was typed to compare")
        return None
    say(f"typing: {statistics.median(during):.2f} ms while indexing, {statistics.median(after):.2f} ms after")
    return round(statistics.median(during) / statistics.median(after), 3)


def _shown(server: ServerProcess, kind: str) -> bool:
    """Return whether the server has shown that the index began, or ended."""
    values = [note["params"]["value"] for note in [*server.notifications] if note["method"] == "$/progress"]
    return any(value.get("kind") == kind for value in values)


def _busy(pid: int) -> bool:
    def spent_ms() -> float:
        spent = 0.0
        for child in psutil.Process(pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                spent += _cpu_ms(child.pid)
        return spent

    before = spent_ms()
    time.sleep(1.0)
    return abs(spent_ms() - before) > 10


def _aider(python: str, sources: Path) -> dict[str, object] | None:
    files = [file.path for file in walk(str(sources))]
    figures: dict[str, object] = {}
    for name in ("cold", "warm"):
        run = subprocess.run(
            [python, "-I", str(_AIDER), str(sources)],
            input="\n".join(files),
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            say(f"aider failed: {run.stderr.strip().splitlines()[-1:]}")
            return None
        result = json.loads(run.stdout.strip().splitlines()[-1])
        figures |= {f"{name}_{key}": value for key, value in result.items()}
        say(f"aider, {name}: {result}")
    return figures


def _cpu_ms(pid: int) -> float:
    """Return the CPU time that a process has used."""
    with contextlib.suppress(OSError):
        # In nanoseconds, where psutil counts in hundredths of a second.
        tasks = Path(f"/proc/{pid}/task")
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e6
    times = psutil.Process(pid).cpu_times()
    return 1000 * float(times.user + times.system)


def _own_ms() -> float:
    """Return the CPU time of our other threads; this one only waits and looks, which is no part of it."""
    return (time.process_time_ns() - time.thread_time_ns()) / 1e6


def _rss_mb(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.Error):
        return float(process.memory_info().rss) / 2**20
    return 0.0


if __name__ == "__main__":
    raise SystemExit(main())
