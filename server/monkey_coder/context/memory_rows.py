"""The rows of the memory, one function an act, each on the thread and in the transaction of its caller."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ..core.errors import InputError
from ..core.memory import Conversation, Decision, Said
from .vectors import code_of, exact_of
from .words import split_text

if TYPE_CHECKING:
    import apsw

# One folder, several, or None for all that there are.
Projects = str | Sequence[str] | None

_CONVERSATION = """
    SELECT c.id, p.path, c.title, c.created, c.updated, c.is_pinned,
        (SELECT count(*) FROM messages WHERE conversation = c.id)
    FROM conversations c JOIN projects p ON p.id = c.project
"""
_SAID = "SELECT id, role, text, at, model, is_pinned FROM messages"


@dataclass(frozen=True, slots=True)
class Vector:
    """A vector with what made it. `embedder` is a row of the table of embedders."""

    embedder: int
    numbers: Sequence[float]


def add_conversation(
    connection: apsw.Connection, project: str, title: str, at: datetime, key: str = ""
) -> str:
    """Add an empty conversation and return its id."""
    key = key or uuid4().hex[:16]
    connection.execute("INSERT OR IGNORE INTO projects (path) VALUES (?)", (project,))
    connection.execute(
        "INSERT INTO conversations (id, project, title, created, updated)"
        " VALUES (?, (SELECT id FROM projects WHERE path = ?), ?, ?, ?)",
        (key, project, title, at.isoformat(), at.isoformat()),
    )
    return key


def add_message(
    connection: apsw.Connection, conversation: str, said: Said, vector: Vector | None, *, has_index: bool
) -> str:
    """Add a message, its words and its vector, and return its id. Raises: InputError."""
    project = project_of(connection, conversation)
    connection.execute(
        "INSERT INTO messages (conversation, role, text, model, at, is_pinned) VALUES (?, ?, ?, ?, ?, ?)",
        (conversation, said.role, said.text, said.model, said.at.isoformat(), int(said.is_pinned)),
    )
    key = connection.last_insert_rowid()
    connection.execute(
        "INSERT INTO words (rowid, text, scope) VALUES (?, ?, ?)", (key, split_text(said.text), f"p{project}")
    )
    if vector is not None:
        put_vector(connection, key, project, vector, has_index=has_index)
    connection.execute(
        "UPDATE conversations SET updated = max(updated, ?) WHERE id = ?", (said.at.isoformat(), conversation)
    )
    return str(key)


def put_vector(
    connection: apsw.Connection, message: int, project: int, vector: Vector, *, has_index: bool
) -> None:
    """Give a message its vector, in the place of an older one."""
    code = code_of(vector.numbers)
    connection.execute(
        "INSERT OR REPLACE INTO vectors (message, project, embedder, code, exact) VALUES (?, ?, ?, ?, ?)",
        (message, project, vector.embedder, code, exact_of(vector.numbers)),
    )
    if has_index:
        connection.execute("DELETE FROM codes WHERE message = ?", (message,))
        connection.execute(
            "INSERT INTO codes (message, project, code) VALUES (?, ?, vec_bit(?))", (message, project, code)
        )
    else:
        set_state(connection, "index_is_old", "1")


def project_of(connection: apsw.Connection, conversation: str) -> int:
    """Return the row of a conversation's project. Raises: InputError if there is no such conversation."""
    found = connection.execute("SELECT project FROM conversations WHERE id = ?", (conversation,)).fetchone()
    if found is None:
        raise InputError(
            f"there is no conversation {conversation!r}; `monkey-coder memory list` shows those there are"
        )
    return int(found[0])


def project_rows(connection: apsw.Connection, projects: Projects) -> list[int] | None:
    """Return the rows of these projects, as far as anything is kept of them; None for all."""
    if projects is None:
        return None
    paths = [projects] if isinstance(projects, str) else list(projects)
    marks = ", ".join("?" * len(paths))
    return [row for (row,) in connection.execute(f"SELECT id FROM projects WHERE path IN ({marks})", paths)]


def conversations(connection: apsw.Connection, projects: Projects, limit: int) -> tuple[Conversation, ...]:
    """Return the newest conversations of these projects."""
    rows = project_rows(connection, projects)
    where = "" if rows is None else f"WHERE c.project IN ({', '.join(map(str, rows))})"
    sql = f"{_CONVERSATION} {where} ORDER BY c.updated DESC, c.id LIMIT ?"
    return tuple(_conversation(row) for row in connection.execute(sql, (limit,)))


def conversation(connection: apsw.Connection, key: str) -> Conversation:
    """Return one conversation. Raises: InputError if there is none of this id."""
    project_of(connection, key)
    (found,) = connection.execute(f"{_CONVERSATION} WHERE c.id = ?", (key,)).fetchall()
    return _conversation(found)


def messages(connection: apsw.Connection, conversation: str) -> tuple[Said, ...]:
    """Return what was said in a conversation, oldest first."""
    rows = connection.execute(f"{_SAID} WHERE conversation = ? ORDER BY id", (conversation,))
    return tuple(_said(row) for row in rows)


def messages_of(connection: apsw.Connection, ids: Iterable[int]) -> dict[int, tuple[str, Said]]:
    """Return messages by their rows, each with its conversation; those that are gone are left out."""
    found: dict[int, tuple[str, Said]] = {}
    sql = "SELECT id, role, text, at, model, is_pinned, conversation FROM messages WHERE id = ?"
    for key in ids:
        row = connection.execute(sql, (key,)).fetchone()
        if row is not None:
            found[key] = (str(row[6]), _said(row[:6]))
    return found


def pin(connection: apsw.Connection, key: str, *, is_pinned: bool) -> None:
    """Pin a conversation, or the message whose number `key` is. Raises: InputError."""
    table = "messages" if key.isdecimal() and len(key) < 16 else "conversations"
    connection.execute(
        f"UPDATE {table} SET is_pinned = ? WHERE id = ?",
        (int(is_pinned), int(key) if table == "messages" else key),
    )
    if not connection.changes():
        raise InputError(f"there is no conversation or message {key!r}")


def set_title(connection: apsw.Connection, key: str, title: str) -> None:
    """Give a conversation another title. Raises: InputError."""
    project_of(connection, key)
    connection.execute("UPDATE conversations SET title = ? WHERE id = ?", (title, key))


def delete_conversation(connection: apsw.Connection, key: str, *, has_index: bool) -> int:
    """Delete a conversation with its messages, words, vectors and decisions; return how many messages.

    Raises: InputError if there is none of this id.
    """
    project = project_of(connection, key)
    rows: list[tuple[Any, ...]] = connection.execute(
        "SELECT id, text FROM messages WHERE conversation = ?", (key,)
    ).fetchall()
    for row, text in rows:
        _delete_message(connection, row, text, project, has_index=has_index)
    connection.execute("DELETE FROM decisions WHERE conversation = ?", (key,))
    connection.execute("DELETE FROM conversations WHERE id = ?", (key,))
    left = connection.execute(
        "SELECT 1 FROM conversations WHERE project = ? UNION SELECT 1 FROM decisions WHERE project = ?",
        (project, project),
    ).fetchone()
    if left is None:
        connection.execute("DELETE FROM projects WHERE id = ?", (project,))
    return len(rows)


def delete_message(connection: apsw.Connection, key: int, *, has_index: bool) -> None:
    """Delete one message, and the summary that may tell of it. Raises: InputError if there is none."""
    found = connection.execute("SELECT text, conversation FROM messages WHERE id = ?", (key,)).fetchone()
    if found is None:
        raise InputError(f"there is no message {key}")
    _delete_message(connection, key, found[0], project_of(connection, found[1]), has_index=has_index)
    connection.execute(
        "UPDATE conversations SET summary = '', summary_by = '', summary_upto = 0 WHERE id = ?", (found[1],)
    )


def _delete_message(
    connection: apsw.Connection, key: int, text: str, project: int, *, has_index: bool
) -> None:
    connection.execute(
        "INSERT INTO words (words, rowid, text, scope) VALUES ('delete', ?, ?, ?)",
        (key, split_text(text), f"p{project}"),
    )
    if has_index:
        # From 0.1.9 on sqlite-vec overwrites what it deletes.
        connection.execute("DELETE FROM codes WHERE message = ?", (key,))
    else:
        set_state(connection, "index_is_old", "1")
    connection.execute("DELETE FROM vectors WHERE message = ?", (key,))
    connection.execute("DELETE FROM messages WHERE id = ?", (key,))


def outdated(connection: apsw.Connection, before: datetime) -> list[str]:
    """Return the conversations whose last word is older than `before` and in which nothing is pinned."""
    sql = """
        SELECT id FROM conversations c WHERE updated < ? AND NOT is_pinned
        AND NOT EXISTS (SELECT 1 FROM messages WHERE conversation = c.id AND is_pinned)
    """
    # All times are kept in UTC, so that they can be compared as texts.
    return [key for (key,) in connection.execute(sql, (before.isoformat(),))]


def add_decision(
    connection: apsw.Connection, project: str, text: str, at: datetime, conversation: str
) -> str:
    """Keep what was settled for a project, and return its id."""
    connection.execute("INSERT OR IGNORE INTO projects (path) VALUES (?)", (project,))
    connection.execute(
        "INSERT INTO decisions (project, conversation, text, at)"
        " VALUES ((SELECT id FROM projects WHERE path = ?), ?, ?, ?)",
        (project, conversation, text, at.isoformat()),
    )
    return f"d{connection.last_insert_rowid()}"


def decisions(connection: apsw.Connection, projects: Projects) -> tuple[Decision, ...]:
    """Return what was settled for these projects, oldest first."""
    rows = project_rows(connection, projects)
    where = "" if rows is None else f"WHERE d.project IN ({', '.join(map(str, rows))})"
    sql = f"""
        SELECT d.id, p.path, d.text, d.at, d.conversation
        FROM decisions d JOIN projects p ON p.id = d.project {where} ORDER BY d.id
    """
    return tuple(
        Decision(f"d{key}", path, text, datetime.fromisoformat(at), conversation)
        for key, path, text, at, conversation in connection.execute(sql)
    )


def delete_decision(connection: apsw.Connection, key: int) -> None:
    """Take a decision back. Raises: InputError if there is none of this id."""
    connection.execute("DELETE FROM decisions WHERE id = ?", (key,))
    if not connection.changes():
        raise InputError(f"there is no decision 'd{key}'")


def summary_of(connection: apsw.Connection, conversation: str) -> tuple[str, str, int]:
    """Return a conversation's summary, who wrote it, and the last message that it tells of."""
    sql = "SELECT summary, summary_by, summary_upto FROM conversations WHERE id = ?"
    rows: list[tuple[Any, ...]] = connection.execute(sql, (conversation,)).fetchall()
    ((text, by, upto),) = rows
    return text, by, upto


def set_summary(connection: apsw.Connection, conversation: str, text: str, by: str, upto: int) -> None:
    """Keep a conversation's summary up to a message, unless a longer reaching one is there already."""
    connection.execute(
        "UPDATE conversations SET summary = ?, summary_by = ?, summary_upto = ?"
        " WHERE id = ? AND summary_upto <= ?",
        (text, by, upto, conversation, upto),
    )


def get_state(connection: apsw.Connection, name: str) -> str:
    """Return a note that the file keeps about itself, "" if there is none."""
    found = connection.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
    return str(found[0]) if found else ""


def set_state(connection: apsw.Connection, name: str, value: str) -> None:
    """Keep a note about the file; "" takes it away."""
    if value:
        connection.execute("INSERT OR REPLACE INTO state (name, value) VALUES (?, ?)", (name, value))
    else:
        connection.execute("DELETE FROM state WHERE name = ?", (name,))


def tell_others(connection: apsw.Connection) -> None:
    """Make every process read anew the codes that it holds, and drop a copy that it is making."""
    set_state(connection, "index_version", str(int(get_state(connection, "index_version") or 0) + 1))


def _conversation(row: Sequence[Any]) -> Conversation:
    key, project, title, created, updated, is_pinned, n_messages = row
    return Conversation(
        key,
        project,
        title,
        datetime.fromisoformat(created),
        datetime.fromisoformat(updated),
        bool(is_pinned),
        n_messages,
    )


def _said(row: Sequence[Any]) -> Said:
    key, role, text, at, model, is_pinned = row
    if role != "assistant":
        role = "user"  # Whoever writes into the file from outside makes no message of the system.
    return Said(str(key), role, text, datetime.fromisoformat(at), model, bool(is_pinned))
