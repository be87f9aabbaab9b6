"""The tables of the memory. A migration, once released, is never changed: a newer one follows it."""

from __future__ import annotations

from .vectors import CODE_BITS

_FIRST = """
    CREATE TABLE projects (
        id INTEGER PRIMARY KEY,
        path TEXT NOT NULL UNIQUE
    ) STRICT;
    CREATE TABLE conversations (
        id TEXT PRIMARY KEY,
        project INTEGER NOT NULL REFERENCES projects (id),
        title TEXT NOT NULL,
        created TEXT NOT NULL,
        updated TEXT NOT NULL,
        is_pinned INTEGER NOT NULL DEFAULT 0,
        summary TEXT NOT NULL DEFAULT '',
        summary_by TEXT NOT NULL DEFAULT '',
        summary_upto INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX conversations_by_age ON conversations (project, updated);
    CREATE TABLE messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation TEXT NOT NULL REFERENCES conversations (id),
        role TEXT NOT NULL,
        text TEXT NOT NULL,
        model TEXT NOT NULL,
        at TEXT NOT NULL,
        is_pinned INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX messages_by_conversation ON messages (conversation, id);
    CREATE TABLE decisions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        project INTEGER NOT NULL REFERENCES projects (id),
        conversation TEXT NOT NULL,
        text TEXT NOT NULL,
        at TEXT NOT NULL
    ) STRICT;
    CREATE TABLE embedders (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        dimension INTEGER NOT NULL,
        UNIQUE (name, dimension)
    ) STRICT;
    CREATE TABLE vectors (
        message INTEGER PRIMARY KEY REFERENCES messages (id),
        project INTEGER NOT NULL,
        embedder INTEGER NOT NULL REFERENCES embedders (id),
        code BLOB NOT NULL,
        exact BLOB NOT NULL
    ) STRICT;
    CREATE INDEX vectors_by_embedder ON vectors (embedder, message);
    CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE VIRTUAL TABLE words USING fts5 (text, scope, content='', tokenize='porter unicode61');
    -- Deleted words leave the index at once, and not when it is next merged.
    INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
    """

MIGRATIONS = (_FIRST,)

# No migration: where sqlite-vec does not load, the codes in `vectors` are scanned without it. A process
# that writes without it sets `state.index_is_old`, and the next one that has it catches up.
VECTOR_INDEX = f"""
    CREATE VIRTUAL TABLE IF NOT EXISTS codes USING vec0 (
        message INTEGER PRIMARY KEY,
        project INTEGER PARTITION KEY,
        code bit[{CODE_BITS}]
    )
"""
