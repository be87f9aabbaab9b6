"""Search over what was said: by words and by vectors, the two orders put together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..core.memory import Hit
from .memory_rows import Projects, Vector, conversation, get_state, messages_of, project_rows, set_state
from .vectors import CODE_BITS, code_of, nearest, similarities
from .words import query_words, words

if TYPE_CHECKING:
    import apsw
    import numpy as np
    from numpy.typing import NDArray

# How many of each order are looked at. Of 200 by their codes nearly all of the true ten nearest are there.
_DEPTH = 200
# Source: Cormack, Clarke and Buettcher 2009, where 60 did well over many collections.
_RRF = 60
_LEAST_LIKENESS = 0.08
_SNIPPET = 160


@dataclass
class PlainIndex:
    """The codes of messages in memory, for where sqlite-vec does not load."""

    upto: int = 0
    ids: list[int] = field(default_factory=list)
    projects: list[int] = field(default_factory=list)
    codes: list[bytes] = field(default_factory=list)
    version: str = ""
    matrix: NDArray[np.uint64] | None = None

    def refresh(self, connection: apsw.Connection) -> None:
        """Take in what was added since the last time, by any process."""
        version = get_state(connection, "index_version")
        if version != self.version:  # Other vectors for the same messages.
            self.version, self.upto, self.matrix = version, 0, None
            self.ids, self.projects, self.codes = [], [], []
        sql = "SELECT message, project, code FROM vectors WHERE message > ? ORDER BY message"
        for key, project, code in connection.execute(sql, (self.upto,)):
            self.ids.append(key)
            self.projects.append(project)
            self.codes.append(code)
            self.upto, self.matrix = key, None

    def nearest(self, code: bytes, projects: Sequence[int] | None, limit: int) -> list[int]:
        """Return the messages whose codes are nearest, of these projects."""
        import numpy as np

        if self.matrix is None:
            self.matrix = np.frombuffer(b"".join(self.codes), np.uint64).reshape(-1, CODE_BITS // 64)
        if projects is None:
            return [self.ids[row] for row in nearest(code, self.matrix, limit)]
        places = np.flatnonzero(np.isin(np.asarray(self.projects), list(projects)))
        return [self.ids[places[row]] for row in nearest(code, self.matrix[places], limit)]


def search(
    connection: apsw.Connection,
    query: str,
    vector: Vector | None,
    *,
    projects: Projects,
    limit: int,
    plain: PlainIndex | None,
) -> tuple[Hit, ...]:
    """Return the messages that fit the query, best first. `plain` stands in for sqlite-vec where given."""
    rows = project_rows(connection, projects)
    if rows == []:
        return ()
    scores: dict[int, float] = {}
    by_words = _by_words(connection, query, rows)
    by_vector = _by_vector(connection, vector, rows, plain) if vector is not None else []
    for order in (by_words, by_vector):
        for rank, key in enumerate(order):
            scores[key] = scores.get(key, 0.0) + 1.0 / (_RRF + rank)
    best = sorted(scores, key=lambda key: (-scores[key], -key))
    hits: list[Hit] = []
    # A few more than asked for: a message may just have been deleted by another process.
    for key, (of, said) in messages_of(connection, best[: limit + 20]).items():
        whole = conversation(connection, of)
        hits.append(Hit(whole, said, snippet(said.text, query), scores[key]))
        if len(hits) == limit:
            break
    return tuple(hits)


def relevance(
    connection: apsw.Connection, query: str, vector: Vector | None, ids: Sequence[int]
) -> dict[int, float]:
    """Return how well each of these messages fits the query, from 0 to 1; those that do not are left out."""
    wanted = set(ids)
    found: dict[int, float] = {}
    telling = query_words(query)
    if telling and wanted:
        sql = "SELECT rowid, bm25(words, 1.0, 0.0) FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ?"
        match = " OR ".join(f'"{word}"' for word in telling)
        rows = connection.execute(sql, (match, min(wanted), max(wanted)))
        raw = {row: -score for row, score in rows if row in wanted}
        top = max(raw.values(), default=0.0)
        found = {row: 0.5 * score / top for row, score in raw.items()} if top > 0 else {}
    if vector is not None:
        kept = _kept(connection, vector.embedder, list(wanted))
        for key, likeness in zip(kept, similarities(vector.numbers, list(kept.values())), strict=True):
            found[key] = found.get(key, 0.0) + 0.5 * max(0.0, likeness)
    return found


def snippet(text: str, query: str) -> str:
    """Return the part of a text that holds most words of the query, on one line."""
    flat = " ".join(text.split())
    if len(flat) <= _SNIPPET:
        return flat
    wanted = set(query_words(query))
    places = [m.start() for m in re.finditer(r"[^\W_]\w*", flat) if wanted & _stems(m[0], wanted)]
    best = max(places, key=lambda at: sum(at <= other < at + _SNIPPET for other in places), default=0)
    start = max(0, min(best - 20, len(flat) - _SNIPPET))
    if start:
        start = flat.rfind(" ", 0, start + 1) + 1 or start
    end = start + _SNIPPET
    return ("…" if start else "") + flat[start:end].rstrip() + ("…" if end < len(flat) else "")


def _stems(word: str, wanted: set[str]) -> set[str]:
    """Return the wanted words that this one is a form of."""
    parts = set(words(word))
    return {one for one in wanted for part in parts if part[:5] == one[:5]}


def catch_up(connection: apsw.Connection) -> None:
    """Bring sqlite-vec's index to what `vectors` holds, after a process that wrote without it."""
    if not get_state(connection, "index_is_old"):
        return
    connection.execute("DELETE FROM codes WHERE message NOT IN (SELECT message FROM vectors)")
    # One by one: through a SELECT vec0 no longer knows that the code is one of bits.
    sql = "SELECT message, project, code FROM vectors WHERE message NOT IN (SELECT message FROM codes)"
    for row in connection.execute(sql).fetchall():
        connection.execute("INSERT INTO codes (message, project, code) VALUES (?, ?, vec_bit(?))", row)
    set_state(connection, "index_is_old", "")


def _by_words(connection: apsw.Connection, query: str, projects: Sequence[int] | None) -> list[int]:
    telling = query_words(query)
    if not telling:
        return []
    # As quoted strings, so that no word of the query is taken for FTS5's own language.
    match = " OR ".join(f'"{word}"' for word in telling)
    if projects is not None:
        scopes = " OR ".join(f'"p{project}"' for project in projects)
        match = f"scope : ({scopes}) AND text : ({match})"
    sql = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY bm25(words, 1.0, 0.0) LIMIT ?"
    return [key for (key,) in connection.execute(sql, (match, _DEPTH))]


def _by_vector(
    connection: apsw.Connection, vector: Vector, projects: Sequence[int] | None, plain: PlainIndex | None
) -> list[int]:
    code = code_of(vector.numbers)
    if plain is not None:
        plain.refresh(connection)
        near = plain.nearest(code, projects, _DEPTH)
    else:
        near = _nearest_codes(connection, code, projects)
    kept = _kept(connection, vector.embedder, near)
    likeness = dict(zip(kept, similarities(vector.numbers, list(kept.values())), strict=True))
    alike = [key for key in kept if likeness[key] >= _LEAST_LIKENESS]
    return sorted(alike, key=lambda key: -likeness[key])


def _nearest_codes(connection: apsw.Connection, code: bytes, projects: Sequence[int] | None) -> list[int]:
    sql = "SELECT message, distance FROM codes WHERE code MATCH vec_bit(?) AND k = ?"
    found: list[tuple[float, int]] = []
    for project in [None] if projects is None else projects:
        one = connection.execute(
            sql if project is None else f"{sql} AND project = ?",
            (code, _DEPTH) if project is None else (code, _DEPTH, project),
        )
        found += [(distance, key) for key, distance in one]
    return [key for _, key in sorted(found)[:_DEPTH]]


def _kept(connection: apsw.Connection, embedder: int, ids: Sequence[int]) -> dict[int, bytes]:
    """Return the exact vectors that this embedder made of these messages."""
    sql = "SELECT exact FROM vectors WHERE message = ? AND embedder = ?"
    found: dict[int, bytes] = {}
    for key in ids:
        row = connection.execute(sql, (key, embedder)).fetchone()
        if row is not None:
            found[key] = row[0]
    return found
