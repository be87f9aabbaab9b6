"""Who makes the memory's vectors, and making them anew when that is another one than before."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from ..core.embedder import Embedder, EmbedKind
from ..core.errors import MonkeyCoderError
from ..core.memory import Embedding
from .memory_file import MemoryFile
from .memory_rows import Vector, get_state, put_vector, set_state, tell_others

if TYPE_CHECKING:
    import apsw

_log = logging.getLogger(__name__)
_EMBED_S = 10.0
_BATCH = 32
_BATCH_S = 120.0


class VectorMaker:
    """Embeds texts for one memory. Where the embedder fails, messages are kept without a vector, found by
    words alone, and get theirs later.
    """

    def __init__(self, file: MemoryFile, embedder: Embedder) -> None:
        self.embedder = embedder
        self._file = file
        self._rows: dict[int, int] = {}
        self._has_failed = False
        self._lock = asyncio.Lock()

    async def of(self, text: str, kind: EmbedKind) -> Vector | None:
        """Return the vector of a text, or None if the embedder gives none in time; never raises for that."""
        found = await self._embed([text], kind, _EMBED_S)
        return found[0] if found else None

    async def progress(self) -> Embedding:
        """Return how many messages have a vector by the embedder in use."""

        def count(connection: apsw.Connection) -> Embedding:
            n_all = connection.execute("SELECT count(*) FROM messages").get
            current = "SELECT CAST(value AS INTEGER) FROM state WHERE name = 'embedder'"
            sql = f"SELECT count(*) FROM vectors WHERE embedder IN ({current})"
            return Embedding(self.embedder.name, connection.execute(sql).get, n_all)

        return await self._file.run(count)

    async def catch_up(self, report: Callable[[Embedding], None]) -> bool:
        """Give a vector to all messages that have none by this embedder; False if it failed on the way.

        `report` is called after each batch. Other acts come in between batches.
        """
        async with self._lock:
            return await self._catch_up(report)

    async def _catch_up(self, report: Callable[[Embedding], None]) -> bool:
        probe = await self._embed(["probe"], EmbedKind.DOCUMENT, _EMBED_S)
        if not probe:
            return False
        row, after, n_made = probe[0].embedder, 0, 0
        while True:
            batch = await self._file.run(partial(_without, embedder=row, after=after))
            if not batch:
                break
            vectors = await self._embed([text for _, _, text in batch], EmbedKind.DOCUMENT, _BATCH_S)
            if not vectors:
                return False
            await self._file.write(partial(self._put, batch=batch, vectors=vectors))
            after = batch[-1][0]
            n_made += len(batch)
            report(await self.progress())
        if n_made:
            await self._file.write(tell_others)
        return True

    def _put(
        self, connection: apsw.Connection, batch: Sequence[tuple[int, int, str]], vectors: Sequence[Vector]
    ) -> None:
        for (key, project, _), vector in zip(batch, vectors, strict=True):
            # Deleted while it was embedded.
            if connection.execute("SELECT 1 FROM messages WHERE id = ?", (key,)).fetchone() is not None:
                put_vector(connection, key, project, vector, has_index=self._file.has_index)

    async def _embed(self, texts: Sequence[str], kind: EmbedKind, timeout_s: float) -> list[Vector]:
        """Return vectors, or nothing if there are none, which the user is told once."""
        try:
            async with asyncio.timeout(timeout_s):
                made = await self.embedder.embed(texts, kind)
        except (MonkeyCoderError, TimeoutError) as error:
            why = str(error) or f"no answer in {timeout_s:.0f} s"
            if not self._has_failed:
                self._has_failed = True
                self._file.notes.append(
                    f"{self.embedder.name} gives no vectors ({why}). Messages are kept, and found by their"
                    " words; their vectors are made when it works again."
                )
            _log.info("no vectors by %s: %s", self.embedder.name, why)
            return []
        self._has_failed = False
        row = await self._row(len(made.vectors[0]))
        return [Vector(row, numbers) for numbers in made.vectors]

    async def _row(self, dimension: int) -> int:
        """Return the row of this embedder with this dimension; a new one becomes the one in use."""
        if dimension not in self._rows:
            self._rows = {dimension: await self._file.write(lambda c: self._enter(c, dimension))}
        return self._rows[dimension]

    def _enter(self, connection: apsw.Connection, dimension: int) -> int:
        name = self.embedder.name
        connection.execute(
            "INSERT OR IGNORE INTO embedders (name, dimension) VALUES (?, ?)", (name, dimension)
        )
        sql = "SELECT id FROM embedders WHERE name = ? AND dimension = ?"
        row = int(connection.execute(sql, (name, dimension)).get)
        before = get_state(connection, "embedder")
        if before == str(row):
            return row
        set_state(connection, "embedder", str(row))
        old = connection.execute("SELECT name, dimension FROM embedders WHERE id = ?", (before,)).fetchone()
        n_all = connection.execute("SELECT count(*) FROM messages").get
        if old is not None and n_all:
            what = f"{old[0]} ({old[1]} numbers) to {name} ({dimension} numbers)"
            self._file.notes.append(
                f"The memory's embedder changed from {what}: {n_all} messages are embedded anew in the"
                " background. Until then a search finds the others by their words."
            )
        return row


def _without(connection: apsw.Connection, embedder: int, after: int) -> list[tuple[int, int, str]]:
    """Return the next messages without a vector by this embedder: row, project, text."""
    sql = """
        SELECT m.id, c.project, m.text FROM messages m JOIN conversations c ON c.id = m.conversation
        WHERE m.id > ? AND NOT EXISTS (SELECT 1 FROM vectors WHERE message = m.id AND embedder = ?)
        ORDER BY m.id LIMIT ?
    """
    return [(key, project, text) for key, project, text in connection.execute(sql, (after, embedder, _BATCH))]
