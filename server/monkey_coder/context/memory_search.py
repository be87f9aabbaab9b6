"""Search over what was said: by words and by vectors, the two orders put together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..core.memory import Hit
from .memory_rows import Projects, Vector, conversation, get_state, messages_of, project_rows, set_state
from .vectors import CODE_BITS, code_of, nearest, similarities
from .words import query_words

if TYPE_CHECKING:
    import apsw
    import numpy as np
    from numpy.typing import NDArray

# How many of each order are looked at. Of 200 by their codes nearly all of the true ten nearest are there.
_DEPTH = 200
# Source: Cormack, Clarke and Buettcher 2009, where 60 did well over many collections.
_RRF = 60
_LEAST_LIKENESS = 0.08
_MOST_MATCHES = 8_000
# Above so many codes sqlite-vec takes longer (37 ms of 100,000) than a matrix in memory (5 ms).
_MOST_INDEXED = 2_000
_SNIPPET = 160
# Of a word so many letters are looked for, so that its other forms are found too.
_PREFIX = 6


@dataclass
class _Codes:
    """The codes of one project's messages; `matrix` is made of `codes` when it is needed."""

    ids: list[int] = field(default_factory=list)
    codes: list[bytes] = field(default_factory=list)
    matrix: NDArray[np.uint64] | None = None


@dataclass
class PlainIndex:
    """The codes of messages in memory: 64 bytes each, scanned in 0.05 ms for a thousand."""

    upto: int = 0
    projects: dict[int, _Codes] = field(default_factory=dict)
    version: str = ""

    def refresh(self, connection: apsw.Connection) -> None:
        """Take in what was added since the last time, by any process."""
        version = get_state(connection, "index_version")
        if version != self.version:  # Other vectors for the same messages.
            self.version, self.upto, self.projects = version, 0, {}
        sql = "SELECT message, project, code FROM vectors WHERE message > ? ORDER BY message"
        for key, project, code in connection.execute(sql, (self.upto,)):
            codes = self.projects.setdefault(project, _Codes())
            codes.ids.append(key)
            codes.codes.append(code)
            self.upto, codes.matrix = key, None

    def nearest(self, code: bytes, projects: Sequence[int] | None, limit: int) -> list[int]:
        """Return the messages whose codes are nearest, of these projects; deleted ones may be among them."""
        import numpy as np

        found: list[tuple[int, int]] = []
        for project in self.projects if projects is None else projects:
            codes = self.projects.get(project)
            if codes is None:
                continue
            if codes.matrix is None:
                codes.matrix = np.frombuffer(b"".join(codes.codes), np.uint64).reshape(-1, CODE_BITS // 64)
            found += [(distance, codes.ids[row]) for row, distance in nearest(code, codes.matrix, limit)]
        return [key for _, key in sorted(found)[:limit]]


def search(
    connection: apsw.Connection,
    query: str,
    vector: Vector | None,
    *,
    projects: Projects,
    limit: int,
    plain: PlainIndex,
    has_index: bool,
) -> tuple[Hit, ...]:
    """Return the messages that fit the query, best first. `plain` stands in for sqlite-vec without it."""
    rows = project_rows(connection, projects)
    if rows == []:
        return ()
    scores: dict[int, float] = {}
    by_words = _by_words(connection, query, rows)
    by_vector = [] if vector is None else _by_vector(connection, vector, rows, plain, has_index=has_index)
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
    wanted = {re.escape(word[:_PREFIX]) for word in query_words(query)}
    begins = re.compile(rf"(?:{'|'.join(sorted(wanted, key=len, reverse=True))})", re.IGNORECASE)
    places = [match.start() for match in begins.finditer(flat)] if wanted else []
    best = max(places, key=lambda at: sum(at <= other < at + _SNIPPET for other in places), default=0)
    start = max(0, min(best - 20, len(flat) - _SNIPPET))
    if start:
        start = flat.rfind(" ", 0, start + 1) + 1 or start
    end = start + _SNIPPET
    return ("…" if start else "") + flat[start:end].rstrip() + ("…" if end < len(flat) else "")


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
    vocabulary = "USING fts5vocab ('main', 'words', 'row')"
    connection.execute(f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.held {vocabulary}")
    newest = int(connection.execute("SELECT coalesce(max(id), 0) FROM messages").get)
    is_scoped = projects is not None and len(projects) < int(
        connection.execute("SELECT count(*) FROM projects").get
    )
    scopes = [f"p{project}" for project in projects or ()] if is_scoped else []
    n_inside = sum(_n_held(connection, scope) for scope in scopes) if scopes else newest
    # Of what holds a word, this many are about these projects, if it is spread evenly.
    most = int(_MOST_MATCHES * newest / max(1, n_inside))
    telling, n_matches = _telling(connection, query, most)
    if not telling:
        return []
    # As quoted strings, so that no word of the query is taken for FTS5's own language.
    match = " OR ".join(f'"{word}"' for word in telling)
    if scopes:
        match = f"scope : ({' OR '.join(scopes)}) AND text : ({match})"
    first = int(newest * (1 - most / n_matches)) if n_matches > most else 0
    sql = "SELECT rowid FROM words WHERE words MATCH ? AND rowid >= ? ORDER BY bm25(words, 1.0, 0.0) LIMIT ?"
    return [key for (key,) in connection.execute(sql, (match, first, _DEPTH))]


def _telling(connection: apsw.Connection, query: str, most: int) -> tuple[list[str], int]:
    """Return the rarest words of a query, and in how many messages each of them is, together.

    To rank takes 0.7 ms for a thousand messages that hold a word. So once there is a rarer one, a word
    that would make them more than `most` is left out; where there is none, the newest are looked at.
    """
    import apsw

    tokenizer = connection.fts5_tokenizer("porter", ["unicode61"])
    spread: dict[str, int] = {}
    for word in query_words(query):
        stems = tokenizer(
            word.encode(), apsw.FTS5_TOKENIZE_QUERY, None, include_offsets=False, include_colocated=False
        )
        n_held = min((_n_held(connection, str(one)) for one in stems), default=0)
        if n_held:
            spread[word] = n_held
    kept: list[str] = []
    n_matches = 0
    for word in sorted(spread, key=lambda word: spread[word]):
        if kept and n_matches + spread[word] > most:
            break
        kept.append(word)
        n_matches += spread[word]
    return kept, n_matches


def _n_held(connection: apsw.Connection, term: str) -> int:
    """Return how many messages hold a term of the index."""
    return int(connection.execute("SELECT doc FROM held WHERE term = ?", (term,)).get or 0)


def _by_vector(
    connection: apsw.Connection,
    vector: Vector,
    projects: Sequence[int] | None,
    plain: PlainIndex,
    *,
    has_index: bool,
) -> list[int]:
    code = code_of(vector.numbers)
    newest = connection.execute("SELECT coalesce(max(message), 0) FROM vectors").get
    if not has_index or int(newest) > _MOST_INDEXED:
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
    inside = ", ".join(map(str, ids))
    sql = f"SELECT message, exact FROM vectors WHERE message IN ({inside}) AND embedder = ?"
    found: list[tuple[Any, ...]] = connection.execute(sql, (embedder,)).fetchall()
    return {int(key): bytes(exact) for key, exact in found}
