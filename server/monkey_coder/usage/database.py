"""One SQLite file with one connection on one thread, so that the event loop never waits for a disk."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from ..core.errors import FileError

if TYPE_CHECKING:
    import apsw

T = TypeVar("T")

# Before 3.51.3, SQLite in WAL mode could corrupt a database: https://sqlite.org/wal.html#walresetbug
_SQLITE = (3, 51, 3)
_BUSY_MS = 5_000
IN_MEMORY = ":memory:"


class Database:
    """Runs what it is handed, in order, on the thread that holds the only connection.

    The file is opened at the first use. `migrations` are SQL scripts; the file's `user_version` says
    how many of them it has been through. Work that is still queued when the interpreter ends is done.
    """

    def __init__(self, path: str, migrations: Sequence[str], *, is_durable: bool) -> None:
        """`is_durable` waits for the disk at every commit (`synchronous=FULL`)."""
        self.path = path
        self._migrations = migrations
        self._is_durable = is_durable
        self._connection: apsw.Connection | None = None
        self._executor: ThreadPoolExecutor | None = None
        self._lock = Lock()

    def submit(self, act: Callable[[apsw.Connection], T]) -> Future[T]:
        """Queue `act` and return at once. The future may raise FileError."""
        with self._lock:
            if self._executor is None:
                self._executor = ThreadPoolExecutor(1, thread_name_prefix=Path(self.path).stem)
            return self._executor.submit(self._act, act)

    async def run(self, act: Callable[[apsw.Connection], T]) -> T:
        """Return what `act` returns, after all that was queued before it. Raises: FileError."""
        return await asyncio.wrap_future(self.submit(act))

    def close(self) -> None:
        """Finish what is queued and close the file. A later use opens it again."""
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.submit(self._disconnect)
            executor.shutdown(wait=True)

    def _act(self, act: Callable[[apsw.Connection], T]) -> T:
        with _explained(self.path):
            return act(self._opened())

    def _opened(self) -> apsw.Connection:
        if self._connection is None:
            self._connection = self._open()
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> apsw.Connection:
        import apsw

        check_version(apsw.sqlite_lib_version())
        if self.path != IN_MEMORY:
            path = Path(self.path)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # What is in it is for the user's eyes alone; the log and a backup take the file's mode.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = apsw.Connection(self.path)
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: apsw.Connection) -> None:
        """Set up a new connection and bring the file up to date."""
        connection.set_busy_timeout(_BUSY_MS)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={'FULL' if self._is_durable else 'NORMAL'}")
        migrate(connection, self._migrations, self.path)


def migrate(connection: apsw.Connection, migrations: Sequence[str], path: str) -> None:
    """Bring the file up to date in one exclusive transaction: all steps or none.

    Raises: FileError if a newer version of Monkey Coder wrote the file.
    """
    connection.execute("BEGIN EXCLUSIVE")
    try:
        at = int(connection.pragma("user_version"))
        if at > len(migrations):
            raise FileError(f"{path!r} was written by a newer Monkey Coder. Upgrade, or move the file away.")
        for migration in migrations[at:]:
            connection.execute(migration)
        connection.pragma("user_version", len(migrations))
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def check_version(version: str) -> None:
    """Raise FileError if this SQLite is one that can corrupt a database in WAL mode."""
    if tuple(int(part) for part in version.split(".")) < _SQLITE:
        needed = ".".join(map(str, _SQLITE))
        raise FileError(
            f"SQLite {version} can corrupt a database; {needed} or newer is needed. Upgrade `apsw`."
        )


@contextmanager
def _explained(path: str) -> Iterator[None]:
    """Turn what SQLite and the system raise into a FileError that says what to do."""
    import apsw

    try:
        yield
    except (apsw.NotADBError, apsw.CorruptError) as error:
        message = f"{path!r} is damaged or no database ({error}). Move it away; a new one is made then."
        raise FileError(message) from error
    except apsw.BusyError as error:
        raise FileError(
            f"{path!r} is held by another program ({error}). Try again when it is done."
        ) from error
    except apsw.FullError as error:
        raise FileError(f"{path!r} cannot grow: the disk is full. Make room.") from error
    except (apsw.Error, OSError) as error:
        raise FileError(f"{path!r} cannot be used: {error}. Check that it can be written.") from error
