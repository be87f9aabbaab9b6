"""Carrying over what can be read of a damaged memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.memory import Said
from .memory_rows import add_conversation, add_decision, add_message

if TYPE_CHECKING:
    import apsw

# A page that cannot be read hides the rows of it; the search for the next row goes on behind them.
_MOST_GAPS = 2_000


def carry_over(connection: apsw.Connection, sources: Sequence[str]) -> tuple[int, str]:
    """Copy the conversations of the first source that gives any messages; return how many, and its name.

    Vectors are not copied: they are made anew.
    """
    import apsw

    for source in sources:
        connection.execute("BEGIN IMMEDIATE")
        try:
            n_messages = _copy(connection, source)
        except (apsw.Error, UnicodeDecodeError):
            connection.execute("ROLLBACK")
            continue
        connection.execute("COMMIT")
        if n_messages:
            return n_messages, Path(source).name
    return 0, ""


def _copy(connection: apsw.Connection, source: str) -> int:
    import apsw

    # Read-write, so that a log that was not yet written into the file counts too.
    old = apsw.Connection(source, flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        # What follows is read as it stands, also where it does not fit what the schema promises.
        old.execute("PRAGMA cell_size_check=ON")
        projects = {row[0]: str(row[1]) for row in _rows(old, "projects", "id, path")}
        known: set[str] = set()
        for row in _rows(old, "conversations", "rowid, id, project, title, created, is_pinned"):
            _, key, project, title, created, is_pinned = row
            add_conversation(connection, projects.get(project, ""), str(title), _time(created), str(key))
            connection.execute(
                "UPDATE conversations SET is_pinned = ? WHERE id = ?", (int(bool(is_pinned)), key)
            )
            known.add(str(key))
        n_messages = 0
        for row in _rows(old, "messages", "id, conversation, role, text, model, at, is_pinned"):
            key, conversation, role, text, model, at, is_pinned = row
            if str(conversation) not in known:  # Its own row was lost.
                known.add(add_conversation(connection, "", "(recovered)", _time(at), str(conversation)))
            said = Said(str(key), str(role), str(text), _time(at), str(model), bool(is_pinned))
            add_message(connection, str(conversation), said, None, has_index=False)
            n_messages += 1
        for row in _rows(old, "decisions", "id, project, conversation, text, at"):
            _, project, conversation, text, at = row
            add_decision(connection, projects.get(project, ""), str(text), _time(at), str(conversation))
        return n_messages
    finally:
        old.close()


def _rows(connection: apsw.Connection, table: str, columns: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a table that can be read, by their row ids; the first column is that id."""
    import apsw

    key = columns.split(",")[0]
    at, gaps, step = -1, 0, 1
    while gaps < _MOST_GAPS:
        try:
            sql = f"SELECT {columns} FROM {table} NOT INDEXED WHERE {key} > ? ORDER BY {key} LIMIT 200"
            rows: list[tuple[Any, ...]] = connection.execute(sql, (at,)).fetchall()
        except apsw.CorruptError:
            try:
                sql = f"SELECT {columns} FROM {table} NOT INDEXED WHERE {key} > ? ORDER BY {key} LIMIT 1"
                rows = connection.execute(sql, (at,)).fetchall()
            except apsw.CorruptError:
                at, gaps, step = at + step, gaps + 1, min(step * 2, 64)
                continue
        if not rows:
            return
        yield from rows
        at, step = rows[-1][0], 1


def _time(text: object) -> datetime:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
