"""Build the index of some folders: `python -m monkey_coder.offline.indexer HOME FOLDER...`.

Runs in a process of its own, since parsing holds the interpreter's lock. Reports on stdout, one
JSON object a line. Ends when its standard input closes, so it never outlives who started it.

An index is never changed, for it is mapped by who reads it: a newer one is another file in the
folder HOME, and its name says when it was made.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from array import array
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..workspace.tokens import keywords, tokenise
from ..workspace.walk import SourceFile, read_source, walk
from .store import DamagedIndexError, Index, IndexedFile, derive, word_hash, write_index
from .vocabulary import BOUNDARY, BREAK, FIXED, classify

if TYPE_CHECKING:
    from numpy.typing import NDArray

# More tokens than this are not learned: the index must fit in memory while it is sorted.
MOST_TOKENS = 12_000_000
Report = Callable[[dict[str, Any]], None]


@dataclass
class _Building:
    """What has been read so far."""

    words: dict[str, int] = field(default_factory=dict)
    classes: bytearray = field(default_factory=bytearray)
    stream: array[int] = field(default_factory=lambda: array("i", [BOUNDARY]))
    spaces: bytearray = field(default_factory=lambda: bytearray(1))
    files: list[IndexedFile] = field(default_factory=list)

    def add_words(self, texts: Sequence[str], reserved: frozenset[str]) -> list[int]:
        words = self.words
        ids = []
        for text in texts:
            token = words.get(text)
            if token is None:
                token = words[text] = len(words)
                self.classes.append(classify(text, reserved))
            ids.append(token)
        return ids

    def add(self, file: SourceFile, ids: Sequence[int], spaces: bytes) -> None:
        start = len(self.stream)
        self.stream.extend(ids)
        self.spaces += spaces
        self.files.append(IndexedFile(file.path, file.mtime_ns, file.size, start, len(self.stream)))
        self.stream.append(BOUNDARY)
        self.spaces.append(0)


def build_index(
    home: Path, folders: Sequence[str], report: Report, *, skip: frozenset[str] = frozenset()
) -> Path:
    """Return an index in `home` that is up to date with `folders`, a new one where need be.

    Files that have not changed since the newest index there was made are taken from it.
    `skip` names paths to leave out. Raises: OSError where `home` cannot be written.
    """
    old = newest_index(home)
    listed = [file for folder in _outermost(folders) for file in walk(folder) if file.path not in skip]
    known = old.by_path if old is not None else {}
    unchanged = sum(_same(known.get(file.path), file) for file in listed)
    if old is not None and unchanged == len(listed) == len(known):
        report({"files": len(listed), "of": len(listed)})
        return old.path
    building = _Building()
    _start_words(building, old if unchanged > len(listed) // 2 else None)
    for n, file in enumerate(listed):
        entry = known.get(file.path)
        if old is not None and entry is not None and unchanged > len(listed) // 2 and _same(entry, file):
            kept = slice(entry.start, entry.stop)
            building.add(file, old.stream[kept].tolist(), old.spaces[kept].tobytes())
        else:
            tokens = tokenise(read_source(file) or "", file.language)
            ids = building.add_words(tokens.texts, keywords(file.language))
            building.add(file, ids, bytes(tokens.spaces))
        if n % 50 == 0:
            report({"files": n, "of": len(listed)})
        if len(building.stream) > MOST_TOKENS:
            break
    report({"files": len(building.files), "of": len(listed)})
    target = home / f"{time.time_ns()}.index"
    write_index(target, building.files, _arrays(building))
    return target


def newest_index(home: Path) -> Index | None:
    """Return the newest index in `home` that can be read. A damaged one is as good as none."""
    for path in sorted(home.glob("*.index"), key=lambda path: path.name, reverse=True):
        try:
            return Index(path)
        except (OSError, DamagedIndexError):
            continue
    return None


def remove_older(home: Path, kept: Path) -> None:
    """Remove the indexes in `home` that are older than `kept`, and what broken-off writes left."""
    for path in home.iterdir():
        if (path.suffix == ".index" and path.name < kept.name) or path.suffix == ".partial":
            # Windows keeps a file that is still mapped; it goes at the next start.
            with suppress(OSError):
                path.unlink()


def _outermost(folders: Sequence[str]) -> list[str]:
    """Return the folders without those that lie inside another."""
    result: list[str] = []
    for folder in sorted({os.path.normpath(folder) for folder in folders}):
        if not result or not folder.startswith(result[-1].rstrip(os.sep) + os.sep):
            result.append(folder)
    return result


def _same(entry: IndexedFile | None, file: SourceFile) -> bool:
    return entry is not None and entry.mtime_ns == file.mtime_ns and entry.size == file.size


def _start_words(building: _Building, old: Index | None) -> None:
    if old is None:
        building.words = {text: token for token, text in enumerate(FIXED)}
        building.classes = bytearray([BREAK] * len(FIXED))
    else:
        building.words = {old.text(token): token for token in range(len(old))}
        building.classes = bytearray(old.classes.tobytes())


def _arrays(building: _Building) -> dict[str, NDArray[Any]]:
    import numpy as np

    texts = [word.encode("utf-8", "surrogatepass") for word in building.words]
    hashes = np.array([word_hash(word) for word in building.words], np.uint64)
    by_hash = np.argsort(hashes, kind="stable")
    building.words.clear()
    stream = np.frombuffer(building.stream, np.int32)
    return {
        "stream": stream,
        "spaces": np.frombuffer(building.spaces, np.uint8),
        "classes": np.frombuffer(building.classes, np.uint8),
        "hashes": hashes[by_hash],
        "by_hash": by_hash.astype(np.int32),
        "text": np.frombuffer(b"".join(texts), np.uint8),
        "ends": np.cumsum([len(text) for text in texts]).astype(np.int32),
        **derive(stream, len(texts)),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Build once, for the process that started this one; return the exit code."""
    parser = argparse.ArgumentParser(prog="monkey_coder.offline.indexer")
    parser.add_argument("home", type=Path)
    parser.add_argument("folders", nargs="+")
    options = parser.parse_args(arguments)
    if hasattr(os, "nice"):
        os.nice(10)
    threading.Thread(target=_die_with_parent, daemon=True).start()

    def report(state: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(state) + "\n")
        sys.stdout.flush()

    try:
        path = build_index(options.home, options.folders, report)
    except OSError as error:
        report({"error": str(error)})
        return 1
    report({"done": str(path)})
    return 0


def _die_with_parent() -> None:
    # Not through `sys.stdin`, whose lock must be free when the interpreter shuts down.
    while os.read(0, 4096):
        pass
    os._exit(3)


if __name__ == "__main__":
    raise SystemExit(main())
