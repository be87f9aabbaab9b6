"""Keeps the index of some folders up to date: one thread that watches over one child process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .store import Index

# How long changes on disk must have been quiet before they are learned.
QUIET_S = 20.0
_PACKAGE_PARENT = str(Path(__file__).parents[2])


class Training:
    """Learns `folders` into `home`, hands each finished index to `take`, and waits for changes."""

    def __init__(
        self,
        home: Path,
        folders: tuple[str, ...],
        take: Callable[[Index], None],
        *,
        quiet_s: float = QUIET_S,
        start_after_s: float = 0.0,
    ) -> None:
        """Files are read so long after `start`; an index of an earlier time is handed over at once."""
        self._start_after_s = start_after_s
        self._home, self._folders, self._take, self._quiet_s = home, folders, take, quiet_s
        self._state = "starting to learn"
        self._changed = threading.Event()
        self._stopped = threading.Event()
        self._child: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="ghost-training", daemon=True)

    @property
    def state(self) -> str:
        return self._state

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def refresh(self) -> None:
        """Look at the folders again, when they have been quiet for a while."""
        self._changed.set()

    def stop(self) -> None:
        """End at once, with the child. Nothing is handed over any more."""
        with self._lock:
            self._stopped.set()
            self._changed.set()
            if self._child is not None:
                self._child.kill()

    def _run(self) -> None:
        from .indexer import newest_index, remove_older

        known = newest_index(self._home)
        if known is not None:
            self._hand_over(known)
        self._stopped.wait(self._start_after_s)
        while not self._stopped.is_set():
            self._changed.clear()
            path = self._build()
            if path is not None and (known is None or path != known.path):
                known = newest_index(self._home)
                if known is not None and not self._stopped.is_set():
                    self._hand_over(known)
                    remove_older(self._home, known.path)
            elif known is not None and path is not None:
                self._describe(known)
            self._changed.wait()
            while not self._stopped.is_set() and self._changed.is_set():
                self._changed.clear()
                self._stopped.wait(self._quiet_s)

    def _hand_over(self, index: Index) -> None:
        self._describe(index)
        self._take(index)

    def _describe(self, index: Index) -> None:
        self._state = f"ready, {len(index.stream):,} tokens of {len(index.files):,} files"

    def _build(self) -> Path | None:
        """Run the child to its end; return the index it names, or None where it failed."""
        indexer = [sys.executable, "-P", "-m", "monkey_coder.offline.indexer", "--"]
        paths = [_PACKAGE_PARENT, *filter(None, [os.environ.get("PYTHONPATH")])]
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "IDLE_PRIORITY_CLASS", 0)
        with self._lock:
            if self._stopped.is_set():
                return None
            try:
                child = self._child = subprocess.Popen(
                    [*indexer, str(self._home), *self._folders],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                    encoding="utf-8",
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUTF8": "1"},
                    creationflags=flags,
                )
            except OSError as error:
                self._state = f"cannot learn the workspace: {error}"
                return None
        assert child.stdout is not None
        done: Path | None = None
        with child:
            for line in child.stdout:
                done = self._note(line) or done
        if done is None and not self._stopped.is_set() and not self._state.startswith("cannot"):
            self._state = f"cannot learn the workspace: the indexer ended with code {child.returncode}"
        return done

    def _note(self, line: str) -> Path | None:
        """Take one report of the child; return the finished index if it names one."""
        report: dict[str, Any] = {}
        with suppress(ValueError):
            report = json.loads(line)
        if "error" in report:
            self._state = f"cannot learn the workspace: {report['error']}"
        elif "files" in report:
            self._state = f"learning {report['files']:,} of {report['of']:,} files"
        return Path(report["done"]) if "done" in report else None
