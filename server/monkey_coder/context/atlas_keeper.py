"""Keeps an `Atlas` of the index: built in the background, brought up to date file by file."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path, PurePath

from ..filesystem.names import is_secret
from ..workspace.atlas import Atlas
from ..workspace.atlas_kept import atlas_of, file_rows, imports_in
from ..workspace.imports import Import
from ..workspace.index import Index

log = logging.getLogger(__name__)

# More files at once are cheaper to lay out anew.
_MOST_CHANGED = 40
# What is typed in the document at hand is read from the document: the rest can be some seconds old.
_PAUSE_S = 4.0
_FIRST_PAUSE_S = 0.1
_MOST_LINES_KEPT = 200
# It is laid out in short turns, and between them the requests have the interpreter as long.
_TURN_S = 0.004


class AtlasKeeper:
    """The newest atlas that there is. `borrowed` never waits for it to be made."""

    def __init__(self, index: Index, is_busy: Callable[[], bool] = lambda: False) -> None:
        self._index = index
        self._is_busy = is_busy
        self._folders: tuple[str, ...] = ()
        self._atlas: Atlas | None = None
        self._paths: dict[str, str] = {}
        self._stamps: dict[str, object] = {}
        self._seen = -1
        self._checked_at = float("-inf")
        self._lock = threading.Lock()
        self._work = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_closed = False
        self._lines: OrderedDict[str, tuple[int, list[str]]] = OrderedDict()

    def open_folders(self, folders: Sequence[str]) -> None:
        """Show these folders from here on."""
        with self._lock:
            self._folders = tuple(dict.fromkeys(os.path.normpath(folder) for folder in folders))
            self._atlas, self._stamps, self._seen = None, {}, -1

    def close(self) -> None:
        """Stop; what is being laid out is dropped."""
        self._is_closed = True

    @property
    def is_ready(self) -> bool:
        """Whether there is an atlas, be it of some moments ago."""
        return self._atlas is not None and bool(self._atlas.files)

    @property
    def is_at_work(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    @contextmanager
    def borrowed(self, within_s: float) -> Iterator[Atlas | None]:
        """Give the atlas to one reader; None if there is none yet or it is being changed for longer."""
        if self._atlas is None or not self._lock.acquire(timeout=max(0.0, within_s)):
            yield None
            return
        try:
            yield self._atlas
        finally:
            self._lock.release()

    def refresh_soon(self) -> None:
        """Have the atlas brought up to date in the background if the index changed."""
        now = time.monotonic()
        if self._is_closed or not self._folders or self._is_busy() or self.is_at_work:
            return
        pause_s = _PAUSE_S if self._atlas is not None else _FIRST_PAUSE_S
        if self._index.generation == self._seen or now - self._checked_at < pause_s:
            return
        self._checked_at = now
        self._thread = threading.Thread(target=self.refresh, name="atlas", daemon=True)
        self._thread.start()

    def refresh(self) -> None:
        """Bring the atlas up to date with the index."""
        with self._work:
            generation, folders = self._index.generation, self._folders
            stamps = {path: stamp for path, stamp in self._index.stamps().items() if _may_be_shown(path)}
            changed = [path for path, stamp in stamps.items() if self._stamps.get(path) != stamp]
            gone = [path for path in self._stamps if path not in stamps]
            atlas = self._atlas
            if atlas is None or atlas.is_worn or len(changed) + len(gone) > _MOST_CHANGED:
                atlas = self._laid_out(stamps)
                with self._lock:
                    if self._is_closed or folders != self._folders:
                        return
                    self._atlas = atlas
            elif changed or gone:
                rows = [file_rows(self._index, path, self.shown) for path in changed]
                with self._lock:
                    for path in gone:
                        atlas.remove(self.shown(path))
                    for row in rows:
                        atlas.add(row)
                    atlas.table()
            self._stamps = stamps
            self._paths = {self.shown(path): path for path in stamps}
            self._seen = generation

    def _laid_out(self, stamps: dict[str, object]) -> Atlas:
        """Return a new atlas: the one that is kept beside the index, and what has changed since."""
        atlas, known = self._kept() or (Atlas(), {})
        for path in known.keys() - stamps.keys():
            atlas.remove(self.shown(path))
        began = time.perf_counter()
        for path, stamp in stamps.items():
            if self._is_closed:
                break
            if known.get(path) == stamp:
                continue
            atlas.add(file_rows(self._index, path, self.shown))
            if (took_s := time.perf_counter() - began) > _TURN_S:
                time.sleep(min(took_s, 4 * _TURN_S))
                began = time.perf_counter()
        atlas.table()
        return atlas

    def _kept(self) -> tuple[Atlas, dict[str, bytes]] | None:
        """Return the atlas that the index keeps, with the stamps of its files; one is of one folder."""
        parts = self._index.kept_atlas(self._folders[0]) if len(self._folders) == 1 else {}
        if not parts:
            return None
        try:
            atlas, stamps = atlas_of(parts)
        except (KeyError, TypeError, ValueError) as error:
            log.info("the atlas that is kept cannot be read: %r", error)
            return None
        return atlas, {str(Path(self._folders[0], path)): stamp for path, stamp in stamps.items()}

    def imports_of(self, path: str) -> tuple[Import, ...]:
        """Return what a file imports, by the index."""
        return imports_in(self._index, path, self.shown)

    # Paths and texts

    def shown(self, path: str) -> str:
        """Return a path within its folder, after the folder's name where there are several."""
        for folder in sorted(self._folders, key=len, reverse=True):
            if path.startswith(folder.rstrip(os.sep) + os.sep):
                inner = path[len(folder.rstrip(os.sep)) + 1 :].replace(os.sep, "/")
                return inner if len(self._folders) == 1 else f"{PurePath(folder).name}/{inner}"
        return path.replace(os.sep, "/")

    def path_of(self, shown: str) -> str | None:
        """Return the whole path of a file that `shown` named."""
        return self._paths.get(shown)

    def lines_of(self, path: str) -> list[str] | None:
        """Return the lines of a file on disk; None if it cannot be read or is not to be shown."""
        if not _may_be_shown(path):
            return None
        try:
            stamp = Path(path).stat().st_mtime_ns
            known = self._lines.get(path)
            if known is not None and known[0] == stamp:
                return known[1]
            lines = Path(path).read_text(encoding="utf-8-sig", errors="replace").splitlines()
        except OSError:
            return None
        self._lines[path] = stamp, lines
        while len(self._lines) > _MOST_LINES_KEPT:
            self._lines.popitem(last=False)
        return lines


@lru_cache(4_096)
def _may_be_shown(path: str) -> bool:
    return not is_secret(PurePath(path).parts)
