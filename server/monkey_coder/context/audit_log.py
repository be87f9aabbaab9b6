"""The log of what left this machine: one line for each request, bounded, the user's to read and empty."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ..core.errors import FileError
from ..filesystem.lock import locked

_log = logging.getLogger(__name__)
_MOST_PENDING = 10_000
_BATCH_S = 0.2
_CLOSE_S = 5.0
_NAME, _OLDER = "audit.jsonl", "audit.1.jsonl"


@dataclass(frozen=True, slots=True)
class Sent:
    """One request as it left. `at` is local time in ISO 8601, `kind` what the user asked for or "embed".

    `paths` are the files that parts were taken from, relative to `project` where they lie in it.
    `bytes` is the size of its words in UTF-8, `tokens` an estimate from that; `redactions` is how many
    different secrets were taken out. `text`, what was said, is "" unless the user wants it kept.
    """

    at: str
    kind: str
    provider: str
    model: str
    host: str
    project: str
    paths: tuple[str, ...]
    bytes: int
    tokens: int
    redactions: int
    text: str = ""


class AuditLog:
    """Lines in `folder`, at most about `most_bytes`: the older half goes first.

    Lines are made and written in batches on a thread of its own; nobody waits for them. Several
    processes may write at once. Opens no file before the first line.
    """

    def __init__(self, folder: str, *, most_bytes: int = 5 << 20, keeps_text: bool = False) -> None:
        self.keeps_text = keeps_text
        self._folder = Path(folder)
        self._most_bytes = most_bytes
        self._pending: deque[Callable[[], Sent]] = deque()
        self._wake = threading.Condition()
        self._hurry = threading.Event()
        self._thread: threading.Thread | None = None
        self._failure: FileError | None = None

    def add(self, line: Callable[[], Sent]) -> None:
        """Write what `line` returns, later and elsewhere. Returns at once."""
        with self._wake:
            if len(self._pending) >= _MOST_PENDING:
                self._failure = FileError("the audit log cannot keep up; lines of it are missing")
                return
            self._pending.append(line)
            if self._thread is None:
                self._hurry.clear()
                self._thread = threading.Thread(target=self._run, name="audit log", daemon=True)
                self._thread.start()
            self._wake.notify()

    def take_failure(self) -> FileError | None:
        """Return what went wrong since this was last asked, once."""
        failure, self._failure = self._failure, None
        return failure

    def close(self) -> None:
        """Write what is pending. A line that is added later opens it again."""
        with self._wake:
            thread = self._thread
            self._hurry.set()
            self._wake.notify()
        if thread is not None:
            thread.join(_CLOSE_S)

    def read(self) -> Iterator[Sent]:
        """Yield the lines, oldest first; a line that is none (the disk was full) is passed over."""
        for name in (_OLDER, _NAME):
            try:
                text = (self._folder / name).read_text(encoding="utf-8", errors="replace")
            except FileNotFoundError:
                continue
            except OSError as error:
                raise FileError(f"{str(self._folder / name)!r} cannot be read: {error.strerror}") from error
            yield from filter(None, map(_parsed, text.split("\n")))

    def clear(self) -> None:
        """Delete all lines. Raises: FileError."""
        if not self._folder.is_dir():
            return
        try:
            with locked(self._folder):
                for name in (_OLDER, _NAME):
                    (self._folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise FileError(f"{str(self._folder)!r} cannot be emptied: {error.strerror}") from error

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._pending and not self._hurry.is_set():
                    self._wake.wait()
                if not self._pending:
                    self._thread = None
                    return
            self._hurry.wait(_BATCH_S)
            with self._wake:
                lines = list(self._pending)
                self._pending.clear()
            try:
                self._write("".join(json.dumps(_plain(line())) + "\n" for line in lines).encode())
            except OSError as error:
                self._failure = FileError(
                    f"what left this machine could not be noted in {str(self._folder)!r} ({error.strerror}); "
                    "free the disk, or switch the log off with `audit.log = false`"
                )
                _log.warning("%s", self._failure)
            except FileError as error:
                self._failure = error

    def _write(self, data: bytes) -> None:
        with locked(self._folder):
            path = self._folder / _NAME
            if path.exists() and path.stat().st_size + len(data) > self._most_bytes // 2:
                path.replace(self._folder / _OLDER)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
            descriptor = os.open(path, flags, 0o600)
            try:
                while data:
                    data = data[os.write(descriptor, data) :]
            finally:
                os.close(descriptor)


def _plain(sent: Sent) -> dict[str, object]:
    return {name: value for name, value in asdict(sent).items() if name != "text" or value}


def _parsed(line: str) -> Sent | None:
    try:
        found = json.loads(line)
        known = {one.name: found[one.name] for one in fields(Sent) if one.name in found}
        return Sent(**{**known, "paths": tuple(map(str, known["paths"]))})
    except (ValueError, TypeError, KeyError):
        return None
