"""The process that indexes: `python -m monkey_coder.workspace.index_process HOME FOLDER...`.

Parsing holds the interpreter's lock, so it is done here and not in the server. Reports go to stdout,
one JSON object a line; {"image": N} is followed by N bytes of a database that no file could hold.
Paths that changed come on stdin, as {"refresh": [PATH, ...]} a line. Ends when its standard input
closes, so it never outlives who started it.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .index_builder import IndexBuilder
from .index_files import database_of

# What one index may take in memory; parsing the largest file takes a tenth of it.
MOST_BYTES = 1_500_000_000
# A network folder that has gone away answers no call; whoever started this begins again without it.
STUCK_S = 20.0
# So many files that changed since an atlas was laid out, who asks takes in by himself.
_MOST_STALE = 20


class _Outlet:
    """Writes reports, and notes what is being looked at."""

    def __init__(self) -> None:
        self._out = sys.stdout.buffer
        self._lock = threading.Lock()
        self.busy_since: float | None = None
        self.at = ""

    def visiting(self, path: str) -> None:
        self.at, self.busy_since = path, time.monotonic()

    def report(self, state: dict[str, Any], image: bytes = b"") -> None:
        with self._lock:
            self._out.write(json.dumps(state).encode() + b"\n" + image)
            self._out.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Index the folders, then wait for changes; return the exit code."""
    parser = argparse.ArgumentParser(prog="monkey_coder.workspace.index_process")
    parser.add_argument("home", type=Path)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--skip", action="append", default=[])
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args(arguments)
    _bound()
    # What parsing makes holds no cycles; looking for them would take a tenth of the time.
    gc.set_threshold(200_000, 20, 20)
    outlet = _Outlet()
    commands: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(commands,), daemon=True).start()
    threading.Thread(target=_watch, args=(outlet,), daemon=True).start()

    builders = []
    for folder in options.folders:
        database = database_of(options.home, folder)
        builder = IndexBuilder(
            database,
            folder,
            outlet.report,
            skip=options.skip,
            visiting=outlet.visiting,
            is_checked=options.check,
        )
        outlet.report({"opened": folder})
        _work(outlet, builder, None)
        builders.append(builder)
    atlases = _Atlases(builders, outlet)
    atlases.begin()
    while True:
        outlet.busy_since = None
        while commands.empty() and atlases.is_at_work:
            atlases.step()
        paths = commands.get().get("refresh", [])
        for builder in builders:
            top = builder.folder.rstrip(os.sep) + os.sep
            mine = [path for path in paths if f"{path}{os.sep}".startswith(top)]
            if mine:
                outlet.visiting(mine[0])
                _work(outlet, builder, mine)
        atlases.begin(paths)


class _Atlases:
    """Lays out the atlases of folders that changed much, one file after the other: who asks comes first."""

    def __init__(self, builders: Sequence[IndexBuilder], outlet: _Outlet) -> None:
        self._builders, self._outlet = builders, outlet
        self._work: dict[str, Iterator[dict[str, bytes] | None]] = {}
        # How many files may be others than those laid out: counting them takes longer than one edit.
        self._n_changed = _MOST_STALE + 1

    @property
    def is_at_work(self) -> bool:
        return bool(self._work)

    def begin(self, changed: Sequence[str] = ()) -> None:
        """Begin where it is worth it after these paths changed, and report that the index is ready."""
        is_many = any(Path(path).is_dir() for path in changed)
        self._n_changed += _MOST_STALE + 1 if is_many else len(changed)
        if self._n_changed > _MOST_STALE:
            self._n_changed = 0
            for builder in self._builders:
                if builder.is_in_memory or builder.folder in self._work:
                    continue
                n_stale = builder.store.n_stale()
                self._n_changed = max(self._n_changed, min(n_stale, _MOST_STALE))
                if n_stale > _MOST_STALE:
                    self._work[builder.folder] = _laying_out(builder)
        self._outlet.report({"ready": True, "lays_out": self.is_at_work})

    def step(self) -> None:
        """Take the next file in."""
        folder, work = next(iter(self._work.items()))
        parts = next(work)
        if parts is None:
            return
        del self._work[folder]
        for builder in self._builders:
            if builder.folder == folder:
                builder.keep_atlas(parts)
        self._outlet.report({"laid_out": folder, "lays_out": self.is_at_work})


def _laying_out(builder: IndexBuilder) -> Iterator[dict[str, bytes] | None]:
    from .atlas_kept import laying_out
    from .index import Index

    index = Index()
    index.attach(builder.folder, builder.database)
    yield from laying_out(index, builder.folder)
    index.close()


def _work(outlet: _Outlet, builder: IndexBuilder, paths: list[str] | None) -> None:
    began = time.monotonic()
    has_changed = builder.update() if paths is None else builder.refresh(paths)
    took_s = time.monotonic() - began
    if builder.is_in_memory and (has_changed or paths is None):
        image = builder.store.image()
        outlet.report({"image": len(image), "folder": builder.folder}, image)
    else:
        outlet.report({"updated": has_changed, "folder": builder.folder, "took_s": took_s})


def _bound() -> None:
    """Give way to all else on the machine, and stop at so much memory where the system can say so."""
    if sys.platform != "win32":
        import resource

        os.nice(10)
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))


def _listen(commands: queue.SimpleQueue[dict[str, Any]]) -> None:
    # Not through `sys.stdin`, whose lock must be free when the interpreter shuts down.
    waiting = b""
    try:
        while data := os.read(0, 65_536):
            *lines, waiting = (waiting + data).split(b"\n")
            for line in lines:
                commands.put(json.loads(line))
    finally:  # Whoever started this is gone, or speaks another language: nobody would end it later.
        os._exit(3)


def _watch(outlet: _Outlet) -> None:
    """End the process where one file or folder has taken too long."""
    while True:
        time.sleep(1.0)
        since = outlet.busy_since
        if since is not None and time.monotonic() - since > STUCK_S:
            outlet.report({"stuck": outlet.at})
            os._exit(4)


if __name__ == "__main__":
    raise SystemExit(main())
