"""Cached: the same deterministic request is answered from the disk, at no cost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from ..core.clock import Clock
from ..core.documents import Document
from ..core.errors import FileError
from ..core.model import (
    Event,
    Finished,
    FinishReason,
    Model,
    Noted,
    ReasoningDelta,
    Request,
    TextDelta,
    ToolCall,
    UsageReport,
    Warned,
)
from .database import Database

if TYPE_CHECKING:
    import apsw

_MIGRATIONS = (
    """
    CREATE TABLE answers (
        key BLOB PRIMARY KEY,
        made_s REAL NOT NULL,
        used_s REAL NOT NULL,
        size INTEGER NOT NULL,
        events TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX answers_by_use ON answers (used_s, size);
    CREATE INDEX answers_by_age ON answers (made_s);
    """,
)
_COMPLETE = (FinishReason.STOP, FinishReason.TOOL_CALLS, FinishReason.LENGTH)


class AnswerStore:
    """Answers on the disk: at most `most_bytes` of them, none older than `most_age_s`.

    When it is full, those that were not used for longest go first.
    """

    def __init__(self, path: str, clock: Clock, *, most_bytes: int, most_age_s: float) -> None:
        self._database = Database(path, _MIGRATIONS, is_durable=False)
        self._clock = clock
        self._most_bytes = most_bytes
        self._most_age_s = most_age_s

    async def get(self, key: bytes) -> str | None:
        """Return what was put under `key`, None if it is not there or too old. Raises: FileError."""
        now_s = self._clock.now().timestamp()

        def act(connection: apsw.Connection) -> str | None:
            query = "UPDATE answers SET used_s = ? WHERE key = ? AND made_s BETWEEN ? AND ? RETURNING events"
            row = connection.execute(query, (now_s, key, now_s - self._most_age_s, now_s)).fetchone()
            return None if row is None else str(row[0])

        return await self._database.run(act)

    def put(self, key: bytes, events: str) -> None:
        """Put an answer on its way to the disk. If that fails, it is only asked for again."""
        now_s = self._clock.now().timestamp()
        size = len(events.encode("utf-8", "replace"))
        if size > self._most_bytes // 4:
            return

        def act(connection: apsw.Connection) -> None:
            with connection:
                connection.execute(
                    "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)", (key, now_s, now_s, size, events)
                )
                self._shrink(connection, now_s)

        self._database.submit(act)

    async def size(self) -> tuple[int, int]:
        """Return how many answers there are, and their bytes together. Raises: FileError."""

        def act(connection: apsw.Connection) -> tuple[int, int]:
            row = connection.execute("SELECT count(*), ifnull(sum(size), 0) FROM answers").fetchone()
            assert row is not None
            return int(str(row[0])), int(str(row[1]))

        return await self._database.run(act)

    async def clear(self) -> None:
        """Forget all answers. Raises: FileError."""
        await self._database.run(lambda connection: connection.execute("DELETE FROM answers") and None)

    def close(self) -> None:
        """Write what is on its way and close the file."""
        self._database.close()

    def _shrink(self, connection: apsw.Connection, now_s: float) -> None:
        # A date in the future comes from a clock that was wrong; it would never grow old.
        connection.execute(
            "DELETE FROM answers WHERE made_s NOT BETWEEN ? AND ?", (now_s - self._most_age_s, now_s)
        )
        connection.execute(
            """DELETE FROM answers WHERE key IN (
                SELECT key FROM (SELECT key, sum(size) OVER (ORDER BY used_s DESC, key) AS upto FROM answers)
                WHERE upto > ?)""",
            (self._most_bytes,),
        )


class Cached:
    """The model `inner`, asked only once for what it answers the same each time.

    Kept are whole answers without a warning to requests with temperature 0; failures never are.
    `temperature`, where given, is sent in place of every request's own.
    """

    def __init__(self, inner: Model, store: AnswerStore, *, temperature: float | None = None) -> None:
        self._inner = inner
        self._store = store
        self._temperature = temperature

    @property
    def name(self) -> str:
        return self._inner.name

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        temperature = request.temperature if self._temperature is None else self._temperature
        key = key_of(self.name, request) if temperature == 0 else None
        if key is not None:
            try:
                known = await self._store.get(key)
            except FileError as error:
                yield Warned(str(error))
                key = known = None
            if known is not None:
                for event in from_text(known):
                    yield event
                return
        kept: list[Event] = []
        async with aclosing(self._inner.stream(request)) as events:
            async for event in events:
                if key is not None:
                    kept.append(event)
                    if isinstance(event, Finished):
                        self._keep(key, kept)
                yield event

    def _keep(self, key: bytes, events: Sequence[Event]) -> None:
        finished = events[-1]
        assert isinstance(finished, Finished)
        if finished.reason in _COMPLETE and not any(isinstance(event, Warned) for event in events):
            self._store.put(key, to_text(events))


def key_of(model: str, request: Request) -> bytes:
    """Return what tells one request from another: everything but the document's version number."""
    text = json.dumps([model, request], sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _plain(value: object) -> object:
    if is_dataclass(value):
        left_out = ("version",) if isinstance(value, Document) else ()
        return {
            field.name: getattr(value, field.name) for field in fields(value) if field.name not in left_out
        }
    return dict(value)  # type: ignore[call-overload]


def to_text(events: Sequence[Event]) -> str:
    """Return the events of a whole answer as JSON, pieces of text joined."""
    rows: list[list[Any]] = []
    for event in events:
        match event:
            case TextDelta(text) | ReasoningDelta(text):
                kind = "text" if isinstance(event, TextDelta) else "reasoning"
                if rows and rows[-1][0] == kind:
                    rows[-1][1].append(text)
                else:
                    rows.append([kind, [text]])
            case ToolCall(id, name, arguments):
                rows.append(["call", id, name, dict(arguments)])
            case Finished(reason, model, confidence):
                rows.append(["finished", reason.value, model, confidence])
            case UsageReport() | Warned() | Noted():
                pass
    return json.dumps(rows)


def from_text(text: str) -> list[Event]:
    """Return the events that `to_text` wrote. The report says that nothing was used."""
    events: list[Event] = []
    for kind, *rest in json.loads(text):
        match kind:
            case "text":
                events.append(TextDelta("".join(rest[0])))
            case "reasoning":
                events.append(ReasoningDelta("".join(rest[0])))
            case "call":
                events.append(ToolCall(*rest))
            case "finished":
                events += (UsageReport(0, 0), Finished(FinishReason(rest[0]), rest[1], rest[2]))
    return events
