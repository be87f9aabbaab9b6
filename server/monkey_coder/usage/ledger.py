"""The ledger: one row for every attempt at a provider, whatever became of it."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import astuple, dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from ..core.errors import FileError
from ..core.model import FinishReason
from .database import Database

if TYPE_CHECKING:
    import apsw

_log = logging.getLogger(__name__)
_MOST_PENDING = 10_000
# Whoever asked may also have changed their mind: that says nothing about the model.
_FINE = (*(reason.value for reason in FinishReason), "cancelled")

_MIGRATIONS = (
    """
    CREATE TABLE attempts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        day TEXT NOT NULL,
        at TEXT NOT NULL,
        session TEXT NOT NULL,
        kind TEXT NOT NULL,
        provider TEXT NOT NULL,
        model TEXT NOT NULL,
        answered_by TEXT NOT NULL,
        project TEXT NOT NULL,
        input_tokens INTEGER NOT NULL CHECK (input_tokens >= 0),
        output_tokens INTEGER NOT NULL CHECK (output_tokens >= 0),
        cached_tokens INTEGER NOT NULL CHECK (cached_tokens >= 0),
        cache_write_tokens INTEGER NOT NULL CHECK (cache_write_tokens >= 0),
        reasoning_tokens INTEGER NOT NULL CHECK (reasoning_tokens >= 0),
        cost_usd REAL,
        first_s REAL,
        whole_s REAL NOT NULL,
        outcome TEXT NOT NULL,
        is_estimate INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX attempts_by_day ON attempts (day);
    """,
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call of a model. The fields are the columns of the ledger.

    `at` is local time with its zone; `kind` what the user asked for; `project` the workspace folder.
    `cost_usd` is None where it is unknown. `first_s` is the time to the first content, None if none
    came. `outcome` is a finish reason, a `ProviderFault`, "cancelled" or "error".
    """

    at: datetime
    session: str
    kind: str
    provider: str
    model: str
    answered_by: str
    project: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    cost_usd: float | None
    first_s: float | None
    whole_s: float
    outcome: str
    is_estimate: bool


class By(StrEnum):
    """What the sums of the ledger are made by."""

    DAY = "day"
    MODEL = "model"
    PROVIDER = "provider"
    FEATURE = "feature"
    PROJECT = "project"
    OUTCOME = "outcome"
    DAY_AND_MODEL = "day-and-model"


_COLUMNS = {
    By.MODEL: "provider || '/' || model",
    By.FEATURE: "kind",
    By.DAY_AND_MODEL: "day || ' ' || provider || '/' || model",
}


@dataclass(frozen=True, slots=True)
class Total:
    """The attempts of one day, model or feature together.

    `cost_usd` sums what is known, and is None if nothing is; `n_unknown` attempts have no known cost,
    `n_estimated` are booked by estimate.
    """

    key: str
    n_attempts: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    cost_usd: float | None
    n_unknown: int
    n_estimated: int


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How one model has been doing: `first_s` is the mean time to its first content, None without any."""

    provider: str
    model: str
    n_attempts: int
    n_failed: int
    first_s: float | None
    last_outcome: str


@dataclass(frozen=True, slots=True)
class Spent:
    """US dollars spent so far: in this session, on this day, in this month."""

    session_usd: float = 0.0
    day_usd: float = 0.0
    month_usd: float = 0.0


class Ledger:
    """Books attempts and sums them up. Several editors may share the file.

    `session` tells one run of the server from another.
    """

    def __init__(self, path: str, *, session: str) -> None:
        self.session = session
        self._database = Database(path, _MIGRATIONS, is_durable=True)
        self._pending: deque[Attempt | Callable[[], Attempt]] = deque()
        self._failure: FileError | None = None
        self._tally = _Tally(session)

    def book(self, attempt: Attempt | Callable[[], Attempt]) -> None:
        """Put one row on its way to the disk and return at once.

        A callable makes the row on the ledger's own thread, so that counting and pricing cost the
        event loop nothing. What cannot be written now is kept and tried again with the next row.
        """
        self._pending.append(attempt)
        try:
            self._database.submit(self._commit).add_done_callback(self._take_note)
        except RuntimeError:  # The interpreter is shutting down.
            _log.error("an attempt could not be booked: the process is ending")

    def take_failure(self) -> FileError | None:
        """Return why rows could not be written, once for each failure; None if all is well."""
        failure, self._failure = self._failure, None
        return failure

    @property
    def n_pending(self) -> int:
        """How many rows are on their way to the disk."""
        return len(self._pending)

    async def spent(self, today: date) -> Spent:
        """Return what has been spent, with all that was booked before this call. Raises: FileError."""

        def act(connection: apsw.Connection) -> Spent:
            return self._tally.upto_now(connection, today)

        return await self._database.run(act)

    async def attempts(
        self, *, since: date | None = None, until: date | None = None, at_most: int = 100_000
    ) -> tuple[Attempt, ...]:
        """Return the rows of the days from `since` to `until`, both included, oldest first."""

        def act(connection: apsw.Connection) -> tuple[Attempt, ...]:
            columns = ", ".join(field.name for field in fields(Attempt))
            query = f"SELECT {columns} FROM attempts WHERE day BETWEEN ? AND ? ORDER BY id LIMIT ?"
            return tuple(map(_attempt, connection.execute(query, (*_days(since, until), at_most))))

        return await self._database.run(act)

    async def totals(
        self, by: By, *, since: date | None = None, until: date | None = None
    ) -> tuple[Total, ...]:
        """Return sums, days in order, everything else the dearest first. Raises: FileError."""
        order = "1" if by in (By.DAY, By.DAY_AND_MODEL) else "total(cost_usd) DESC, count(*) DESC, 1"
        query = f"""
            SELECT {_COLUMNS.get(by, by.value)}, count(*), sum(input_tokens), sum(output_tokens),
                sum(cached_tokens), sum(cache_write_tokens), sum(reasoning_tokens), sum(cost_usd),
                sum(cost_usd IS NULL), sum(is_estimate)
            FROM attempts WHERE day BETWEEN ? AND ? GROUP BY 1 ORDER BY {order}"""

        def act(connection: apsw.Connection) -> tuple[Total, ...]:
            return tuple(Total(*row) for row in connection.execute(query, _days(since, until)))

        return await self._database.run(act)

    async def outcomes(self, *, since: date) -> tuple[Outcomes, ...]:
        """Return how each model has been doing since a day, most asked first. Raises: FileError."""
        # Beside max(id), SQLite takes the other columns from that very row.
        query = f"""
            SELECT provider, model, count(*), sum(outcome NOT IN ({", ".join("?" * len(_FINE))})),
                avg(first_s), outcome, max(id)
            FROM attempts WHERE day >= ? GROUP BY provider, model ORDER BY count(*) DESC"""

        def act(connection: apsw.Connection) -> tuple[Outcomes, ...]:
            rows = connection.execute(query, (*_FINE, since.isoformat()))
            return tuple(Outcomes(*row[:-1]) for row in rows)

        return await self._database.run(act)

    async def back_up(self, path: str) -> None:
        """Write a whole copy to `path`, which must not exist yet. Raises: FileError."""
        await self._database.run(lambda connection: connection.execute("VACUUM INTO ?", (path,)) and None)

    def close(self) -> None:
        """Write what is on its way and close the file."""
        self._database.close()

    def _commit(self, connection: apsw.Connection) -> None:
        """Write all pending rows in one transaction; keep them if that fails."""
        made: list[Attempt] = []
        names = ", ".join(("day", *(field.name for field in fields(Attempt))))
        marks = ", ".join("?" * (len(fields(Attempt)) + 1))
        try:
            while self._pending:
                attempt = self._pending.popleft()
                made.append(attempt if isinstance(attempt, Attempt) else attempt())
            if made:
                with connection:
                    connection.executemany(
                        f"INSERT INTO attempts ({names}) VALUES ({marks})", map(_row, made)
                    )
        except BaseException:
            self._pending.extendleft(reversed(made[:_MOST_PENDING]))
            raise

    def _take_note(self, written: Future[None]) -> None:
        error = written.exception()
        if error is not None:
            self._failure = FileError(f"Usage is not booked but kept for now, because: {error}")
            _log.warning("%s", self._failure, exc_info=error)


class _Tally:
    """Running sums, so that a question costs only the rows that are new. Used on one thread."""

    def __init__(self, session: str) -> None:
        self._session = session
        self._today: date | None = None
        self._last_id = 0
        self._session_usd = self._day_usd = self._month_usd = 0.0

    def upto_now(self, connection: apsw.Connection, today: date) -> Spent:
        if today != self._today:
            self._today = today
            self._last_id = 0
            self._session_usd = self._day_usd = self._month_usd = 0.0
        day, month = today.isoformat(), today.isoformat()[:8]
        # Ids grow with every commit, in whatever process, because SQLite has one writer at a time.
        if self._last_id == 0:
            rows = connection.execute(
                "SELECT max(id), session, day, total(cost_usd) FROM attempts "
                "WHERE day >= ? OR session = ? GROUP BY session, day",
                (month + "01", self._session),
            )
        else:
            rows = connection.execute(
                "SELECT id, session, day, ifnull(cost_usd, 0) FROM attempts WHERE id > ?", (self._last_id,)
            )
        for row_id, session, booked, cost in rows:
            self._last_id = max(self._last_id, int(str(row_id)))
            usd = float(str(cost))
            self._session_usd += usd if session == self._session else 0.0
            self._day_usd += usd if booked == day else 0.0
            self._month_usd += usd if str(booked).startswith(month) else 0.0
        return Spent(self._session_usd, self._day_usd, self._month_usd)


def _days(since: date | None, until: date | None) -> tuple[str, str]:
    return (since.isoformat() if since else "", until.isoformat() if until else "9999")


def _row(attempt: Attempt) -> tuple[int | float | str | None, ...]:
    at, *rest = astuple(attempt)
    return (at.date().isoformat(), at.isoformat(timespec="milliseconds"), *rest[:-1], int(rest[-1]))


def _attempt(row: tuple[object, ...]) -> Attempt:
    at, *rest, is_estimate = row
    return Attempt(datetime.fromisoformat(str(at)), *rest, bool(is_estimate))  # type: ignore[arg-type, call-arg]
