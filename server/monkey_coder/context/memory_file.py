"""The file of the memory: one connection on one thread, opened at first use, mended when damaged."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from ..core.errors import FileError
from ..usage.database import IN_MEMORY, Database, migrate
from .memory_schema import MIGRATIONS, VECTOR_INDEX

if TYPE_CHECKING:
    import apsw

T = TypeVar("T")

_BUSY_MS = 15_000
_BACKUP_S = 86_400
_LOG_BYTES = 4 << 20
_log = logging.getLogger(__name__)


class Notes(list[str]):
    """What the user should know, with those to be called when there is more of it."""

    def __init__(self) -> None:
        super().__init__()
        self.watchers: list[Callable[[], None]] = []

    def append(self, note: str) -> None:
        """Take in a note, and tell."""
        super().append(note)
        for report in self.watchers:
            report()


class MemoryFile(Database):
    """The memory's database, of which a conversation may be forgotten without a trace.

    Several processes may hold the file at once: SQLite lets one of them write at a time, and the others
    wait for it. A damaged file is set aside with all that can be read of it carried over. `notes` say
    what happened to it, for the user.
    """

    def __init__(self, path: str, now: Callable[[], datetime]) -> None:
        super().__init__(path, MIGRATIONS, is_durable=True)
        self.notes = Notes()
        self.has_index = False
        self._now = now
        self._copying = Lock()

    @property
    def backup(self) -> Path:
        """Where the copy of an earlier day is."""
        return Path(f"{self.path}.backup")

    async def write(self, act: Callable[[apsw.Connection], T]) -> T:
        """The same in one transaction: all of `act` comes to be, or nothing of it.

        What was begun is finished also when the caller is cancelled. Raises: FileError.
        """

        def whole(connection: apsw.Connection) -> T:
            with transaction(connection):
                return act(connection)

        return await asyncio.shield(asyncio.wrap_future(self.submit(whole)))

    def _act(self, act: Callable[[apsw.Connection], T]) -> T:
        import apsw

        with _explained(self.path):
            try:
                return act(self._opened())
            except (apsw.NotADBError, apsw.CorruptError, apsw.SQLError) as error:
                if self.path == IN_MEMORY or not self._is_damaged(error):
                    raise
                self._disconnect()
                self._mend(error)
                return act(self._opened())

    def _is_damaged(self, error: Exception) -> bool:
        """Tell whether an error means damage; an extension reports it as an error like any other."""
        import apsw

        if not isinstance(error, apsw.SQLError):
            return True
        return self._connection is not None and not is_whole(self._connection)

    def _disconnect(self) -> None:
        # One in memory would lose all; it ends with the process.
        if self.path != IN_MEMORY:
            super()._disconnect()

    def _prepare(self, connection: apsw.Connection) -> None:
        connection.set_busy_timeout(_BUSY_MS)
        # What is deleted is overwritten; freed pages can be given back. Both before the first table.
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA journal_size_limit={_LOG_BYTES}")
        if connection.pragma("user_version") != len(MIGRATIONS):
            migrate(connection, MIGRATIONS, self.path)
        self.has_index = _load_vectors(connection)
        if self.has_index:
            connection.execute(VECTOR_INDEX)

    def keep_copy(self) -> bool:
        """Keep a copy of a file that is whole, at most one a day; False if the file is damaged.

        Takes seconds for a large one, and so has a thread and a connection of its own. Raises: FileError.
        """
        if self.path == IN_MEMORY:
            return True
        import apsw

        with _explained(self.path), self._copying:
            backup = self.backup
            if backup.is_file() and 0 <= time.time() - backup.stat().st_mtime < _BACKUP_S:
                return True
            connection = apsw.Connection(self.path, flags=apsw.SQLITE_OPEN_READWRITE)
            try:
                connection.set_busy_timeout(_BUSY_MS)
                if not is_whole(connection):
                    return False
                self._copy(connection, backup)
                return True
            finally:
                connection.close()

    def _copy(self, connection: apsw.Connection, backup: Path) -> None:
        forgotten = _forgotten(connection)
        if connection.execute("SELECT 1 FROM messages LIMIT 1").fetchone() is None:
            return
        fresh = Path(f"{backup}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        os.close(os.open(fresh, os.O_RDWR | os.O_CREAT, 0o600))
        try:
            connection.execute("VACUUM INTO ?", (str(fresh),))
            if _forgotten(connection) == forgotten:  # Else what was just forgotten would be in it.
                fresh.replace(backup)
        finally:
            fresh.unlink(missing_ok=True)

    def forget_copies(self) -> None:
        """Delete the copy of an earlier day: what is forgotten may be in it."""
        if self.path != IN_MEMORY:
            with self._copying:
                self.backup.unlink(missing_ok=True)

    def size(self) -> int:
        """Return the bytes of the file and its log; 0 for one in memory."""
        paths = [] if self.path == IN_MEMORY else [Path(self.path), Path(f"{self.path}-wal")]
        return sum(path.stat().st_size for path in paths if path.is_file())

    def _mend(self, error: Exception) -> None:
        """Set the damaged file aside, and carry over what can be read of it, or else of its copy."""
        from .memory_mend import carry_over

        path = Path(self.path)
        aside = Path(f"{self.path}.damaged-{self._now():%Y%m%d-%H%M%S}-{os.getpid()}")
        for suffix in ("", "-wal", "-shm"):
            old = Path(f"{self.path}{suffix}")
            if old.exists():
                old.replace(f"{aside}{suffix}")
        self._connection = self._open()
        sources = [str(aside), *([str(self.backup)] if self.backup.is_file() else [])]
        n_messages, source = carry_over(self._connection, sources)
        note = f"{path} was damaged ({error}). It is kept as {aside.name}; "
        note += (
            f"{n_messages} messages were carried over from {source}." if n_messages else "a new one is made."
        )
        self.notes.append(note)
        _log.warning("%s", note)


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """Write all of what follows or nothing; other processes wait for their turn."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def shrink(connection: apsw.Connection) -> bool:
    """Give freed pages back and empty the log; False if another program's reading kept it from that."""
    for _ in connection.execute("PRAGMA incremental_vacuum"):
        pass
    ((busy, _, _),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return not busy


def is_whole(connection: apsw.Connection) -> bool:
    """Tell whether SQLite's own check finds nothing wrong. Takes a second for 100 MB."""
    import apsw

    try:
        return bool(connection.execute("PRAGMA quick_check(1)").get == "ok")
    except (apsw.CorruptError, apsw.NotADBError, apsw.SQLError):
        return False


def need_whole(connection: apsw.Connection) -> None:
    """Raise what has a damaged file mended."""
    import apsw

    if not is_whole(connection):
        raise apsw.CorruptError("the check found damage")


def _forgotten(connection: apsw.Connection) -> str:
    found = connection.execute("SELECT value FROM state WHERE name = 'index_version'").fetchone()
    return str(found[0]) if found else ""


def _load_vectors(connection: apsw.Connection) -> bool:
    """Load sqlite-vec into the connection, and tell whether it is there."""
    import apsw

    try:
        import sqlite_vec  # type: ignore[import-untyped]
    except ImportError:
        return False
    try:
        connection.enable_load_extension(True)
        connection.load_extension(sqlite_vec.loadable_path())
    except (apsw.Error, OSError) as error:
        _log.info("sqlite-vec does not load, so vectors are searched without it: %s", error)
        return False
    finally:
        connection.enable_load_extension(False)
    return True


@contextmanager
def _explained(path: str) -> Iterator[None]:
    """Turn what SQLite and the system raise into a FileError that says what to do."""
    import apsw

    try:
        yield
    except (apsw.NotADBError, apsw.CorruptError) as error:
        message = f"the memory {path!r} is damaged and could not be mended ({error}). Move it away."
        raise FileError(message) from error
    except (apsw.BusyError, apsw.LockedError) as error:
        message = f"the memory {path!r} is held by another program ({error}). Try again when it is done."
        raise FileError(message) from error
    except (apsw.FullError, apsw.IOError) as error:
        message = f"the memory {path!r} cannot grow ({error}). Make room on the disk; nothing of it is lost."
        raise FileError(message) from error
    except (apsw.Error, OSError) as error:
        message = f"the memory {path!r} cannot be used: {error}. Check that it can be written."
        raise FileError(message) from error
