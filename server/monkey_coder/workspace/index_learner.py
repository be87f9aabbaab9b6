"""Keeps an `Index` up to date: one child process for the files, one thread for the open documents."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ..core.documents import Document
from ..core.kit import IndexProgress, IndexState
from ..filesystem.names import is_secret
from .index import Index
from .index_files import database_of
from .walk import LARGEST, is_ignored

if TYPE_CHECKING:
    from .live_tags import LiveTags

log = logging.getLogger(__name__)

_PACKAGE_PARENT = str(Path(__file__).parents[2])
_COMMAND = ("-P", "-m", "monkey_coder.workspace.index_process")
# Trees take 22 times the size of their source: the documents seen last keep theirs.
_MOST_TREES = 12
# Where no editor tells of changes on disk, the user's own activity has the files looked at again: after
# a minute, and never for more than a hundredth of the time.
_LOOK_AGAIN_S = 60.0
_LOOK_SHARE = 100
_GATHER_S = 0.02
_MOST_STARTS = 6


class IndexLearner:
    """Learns folders and open documents into `index`. A `core.kit.Learner` and `core.kit.Indexing`.

    `home` holds the databases. The files are read in a process of their own, which ends with this one.
    """

    def __init__(self, home: Path, index: Index | None = None, *, start_after_s: float = 0.0) -> None:
        """The files are read so long after folders are opened: ghost text comes first."""
        self._start_after_s = start_after_s
        self._start: threading.Timer | None = None
        self.index = index if index is not None else Index(self._damaged)
        self._home = home
        self._folders: tuple[str, ...] = ()
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.RLock()
        self._progress = IndexProgress(IndexState.IDLE, 0, 0)
        self._notes: list[str] = []
        self._watchers: list[Callable[[], None]] = []
        self._waiting: dict[str, None] = {}
        self._timer: threading.Timer | None = None
        self._looked_at = 0.0
        self._look_again_s = _LOOK_AGAIN_S
        self._starts: list[str] = []
        self._is_checked = False
        self._is_closed = False
        self._lays_out = False
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="live-tags")
        self._open: dict[str, Document] = {}
        self._live: dict[str, LiveTags] = {}

    # For people

    @property
    def state(self) -> str:
        """What it is doing, for a person."""
        now = self._progress
        match now.state:
            case IndexState.BUILDING:
                return (
                    f"indexing {now.files:,} of {now.of:,} files" if now.of else "looking for files to index"
                )
            case IndexState.IDLE:
                return f"ready, {now.files:,} files indexed" if self._folders else "no folder is open"
            case _:
                return now.detail

    @property
    def is_learning(self) -> bool:
        """Whether the files are still being read."""
        return self._progress.state is IndexState.BUILDING

    def is_busy(self) -> bool:
        """Return whether what is known now will soon be known otherwise."""
        return self.is_learning or self.is_laying_out

    @property
    def is_laying_out(self) -> bool:
        """Whether the atlas of a folder is being laid out anew, after its files were read."""
        return self._lays_out

    @property
    def progress(self) -> IndexProgress:
        """How far it is."""
        return self._progress

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should be told, once each."""
        return tuple(self._notes)

    def watch(self, callback: Callable[[], None]) -> None:
        """Have `callback` called, on another thread, whenever progress or notes change."""
        self._watchers.append(callback)

    def stop(self) -> None:
        """Stop reading files until other folders are opened; what was read stays."""
        with self._lock:
            self._end_child()
            if self.is_learning:
                now = self._progress
                detail = (
                    f"stopped after {now.files:,} of {now.of:,} files; the rest is read at the next start"
                )
                self._set(IndexProgress(IndexState.STOPPED, now.files, now.of, detail))

    # Learner

    def open_folders(self, folders: Sequence[str]) -> None:
        """Learn these workspace folders in the background; they replace the ones known before."""
        with self._lock:
            if self._is_closed:
                return
            self._end_child()
            for folder in self._folders:
                self.index.detach(folder)
            self._folders = tuple(dict.fromkeys(os.path.normpath(folder) for folder in folders))
            self._starts.clear()
            if self._folders and self._start_after_s > 0:
                self._set(IndexProgress(IndexState.BUILDING, 0, 0))
                self._start = threading.Timer(self._start_after_s, self._begin_late, [self._folders])
                self._start.daemon = True
                self._start.start()
            elif self._folders:
                self._begin()
            else:
                self._set(IndexProgress(IndexState.IDLE, 0, 0))

    def observe(self, document: Document) -> None:
        """Take note of the newest text of an open document."""
        if document.path is None or document.folder is None:
            return
        self._open[document.uri] = document
        self._submit(self._take, document)
        if time.monotonic() - self._looked_at > self._look_again_s:
            self._looked_at = time.monotonic()
            self.refresh([document.folder])

    def forget(self, uri: str) -> None:
        """The document was closed; what is on disk counts again."""
        document = self._open.pop(uri, None)
        if document is not None and document.path is not None:
            self._submit(self._drop, document.path)
            self.refresh([document.path])

    def refresh(self, paths: Sequence[str]) -> None:
        """These files changed on disk, outside the editor."""
        with self._lock:
            if self._is_closed or not paths:
                return
            self._waiting.update(dict.fromkeys(paths))
            if self._timer is None:
                self._timer = threading.Timer(_GATHER_S, self._hand_over)
                self._timer.daemon = True
                self._timer.start()

    def close(self) -> None:
        """Stop all background work."""
        with self._lock:
            self._is_closed = True
            if self._timer is not None:
                self._timer.cancel()
            self._end_child()
        self._worker.shutdown(wait=True, cancel_futures=True)
        self.index.close()

    # The files

    def _hand_over(self) -> None:
        with self._lock:
            self._timer = None
            paths, self._waiting = [*self._waiting], {}
            child = self._child
            if child is None or child.stdin is None or self._is_closed:
                return
            with suppress(OSError):
                child.stdin.write(json.dumps({"refresh": paths}).encode() + b"\n")
                child.stdin.flush()

    def _begin_late(self, folders: tuple[str, ...]) -> None:
        with self._lock:
            if self._folders is folders and self.is_learning and not self._is_closed:
                self._begin()

    def _begin(self, skip: str | None = None) -> None:
        """Start the child; call it with the lock held."""
        if skip is not None:
            self._starts.append(skip)
        arguments = [f"--skip={path}" for path in self._starts if path]
        if self._is_checked:
            arguments.append("--check")
        paths = [_PACKAGE_PARENT, *filter(None, [os.environ.get("PYTHONPATH")])]
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "IDLE_PRIORITY_CLASS", 0)
        try:
            child = subprocess.Popen(
                [sys.executable, *_COMMAND, *arguments, "--", str(self._home), *self._folders],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUTF8": "1"},
                creationflags=flags,
            )
        except OSError as error:
            self._set(IndexProgress(IndexState.FAILED, 0, 0, f"cannot index the workspace: {error}"))
            return
        self._child = child
        self._looked_at = time.monotonic()
        self._set(IndexProgress(IndexState.BUILDING, 0, 0))
        threading.Thread(target=self._listen, args=(child,), name="index", daemon=True).start()

    def _listen(self, child: subprocess.Popen[bytes]) -> None:
        assert child.stdout is not None
        stuck = ""
        for line in child.stdout:
            report: dict[str, Any] = {}
            with suppress(ValueError):
                report = json.loads(line)
            stuck = report.get("stuck", stuck)
            image = _read_exactly(child.stdout, report["image"]) if "image" in report else b""
            with self._lock:
                if self._child is not child:
                    break
                self._note(report, image)
            if stuck:
                break
        with self._lock:
            if self._child is not child:
                return
            self._end_child()
            if len(self._starts) < _MOST_STARTS and not self._is_closed:
                if stuck:
                    self._say(f"{stuck} did not answer and is left out of the index until the next start.")
                self._begin(skip=stuck)
            else:
                self._set(IndexProgress(IndexState.FAILED, 0, 0, "cannot index the workspace: it broke off"))

    def _note(self, report: dict[str, Any], image: bytes) -> None:
        import apsw

        now = self._progress
        try:
            if "opened" in report:
                self.index.attach(report["opened"], database_of(self._home, report["opened"]))
            elif image:
                self.index.attach(report["folder"], image)
            elif report.get("updated") or "files" in report or "laid_out" in report:
                self.index.changed()
        except apsw.Error as error:
            log.info("the index cannot be read yet: %s", error)
        self._lays_out = report.get("lays_out", self._lays_out)
        if "took_s" in report:
            self._look_again_s = max(_LOOK_AGAIN_S, _LOOK_SHARE * report["took_s"])
        if "note" in report:
            self._say(report["note"])
        elif "files" in report:
            self._set(IndexProgress(IndexState.BUILDING, report["files"], report["of"]))
        elif report.get("ready"):
            self._is_checked = False
            self._set(IndexProgress(IndexState.IDLE, len(self.index.files()), now.of))
        elif "laid_out" in report:
            self._tell()

    def _damaged(self, folder: str) -> None:
        """The rows of a folder cannot be read: have them looked through, and made anew."""
        threading.Thread(target=self._mend, args=(folder,), daemon=True).start()

    def _mend(self, folder: str) -> None:
        with self._lock:
            if self._is_closed or self._is_checked or len(self._starts) >= _MOST_STARTS:
                return
            self._is_checked = True
            self._end_child()
            self.index.detach(folder)
            self._begin(skip="")

    def _end_child(self) -> None:
        if self._start is not None:
            self._start.cancel()
            self._start = None
        child, self._child = self._child, None
        self._lays_out = False
        if child is None:
            return
        child.kill()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None and pipe is not child.stdout:
                with suppress(OSError):
                    pipe.close()
        # One that hangs in a call to a network folder cannot be waited for.
        with suppress(subprocess.TimeoutExpired):
            child.wait(1.0)

    def _set(self, progress: IndexProgress) -> None:
        self._progress = progress
        self._tell()

    def _say(self, note: str) -> None:
        if note not in self._notes:
            self._notes.append(note)
            self._tell()

    def _tell(self) -> None:
        for callback in self._watchers:
            callback()

    # The open documents

    def _take(self, document: Document) -> None:
        from .live_tags import LiveTags

        path = document.path
        if self._open.get(document.uri) is not document or path is None:
            return  # A newer text waits already, or it was closed.
        if len(document.text) > LARGEST:
            self._drop(path)
            return
        live = self._live.pop(path, None)
        if live is None or live.language != document.language:
            if _is_withheld(path, document.folder):
                return
            live = LiveTags(document.text, document.language)
        elif not live.update(document.text):
            live.settle()
        self._live[path] = live
        while len(self._live) > _MOST_TREES:
            del self._live[next(iter(self._live))]
        self.index.put(path, live.tags)

    def _drop(self, path: str) -> None:
        self._live.pop(path, None)
        self.index.drop(path)

    def _submit(self, work: Callable[..., None], *arguments: object) -> None:
        # After `close` there is nobody to work for.
        with suppress(RuntimeError):
            self._worker.submit(work, *arguments)


def _is_withheld(path: str, folder: str | None) -> bool:
    """Return whether other files may not learn of what is in this one, though it is open."""
    return folder is None or is_ignored(path, folder) or is_secret(Path(path).relative_to(folder).parts)


def _read_exactly(stream: IO[bytes], size: int) -> bytes:
    pieces = []
    while size > 0 and (piece := stream.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
