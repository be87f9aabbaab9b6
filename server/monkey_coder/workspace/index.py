"""What is known of the workspace's code: `Index`, asked by name or by path, from any thread."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from .index_store import DEFINITION_COLUMNS, IMPORT_COLUMNS, VERSION, definition_of, import_of
from .tags import Comment, Definition, FileTags, Import, Lines, Reference
from .walk import read_bytes

if TYPE_CHECKING:
    import apsw

    from .import_graph import Resolver

__all__ = [
    "Comment",
    "Definition",
    "FileTags",
    "Found",
    "Import",
    "Index",
    "Lines",
    "Reference",
    "Resolved",
    "Use",
]

_BUSY_MS = 1_000


@dataclass(frozen=True, slots=True)
class Found:
    """A definition and the file it stands in."""

    path: str
    definition: Definition


@dataclass(frozen=True, slots=True)
class Use:
    """A reference and the file it stands in."""

    path: str
    line: int
    role: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """An import and the project's files that it means, none where it leads outside."""

    written: Import
    paths: tuple[str, ...]


class _Folder:
    """The rows of one folder. Paths in and out are absolute."""

    def __init__(self, folder: str, connection: apsw.Connection) -> None:
        self.folder = os.path.normpath(folder)
        self.connection = connection
        # Worked out from the rows, and forgotten when these change.
        self.resolver: Resolver | None = None
        self.names: list[str] | None = None

    def absolute(self, relative: str) -> str:
        return f"{self.folder.rstrip(os.sep)}{os.sep}{relative.replace('/', os.sep)}"

    def relative(self, path: str) -> str | None:
        top = self.folder.rstrip(os.sep) + os.sep
        return path[len(top) :].replace(os.sep, "/") if path.startswith(top) else None


class Index:
    """Rows kept on disk by another process, and over them the documents that are open.

    Paths are absolute. Every answer is of one moment; `generation` grows with each change, so that what
    was worked out from answers can be kept as long as it stays. A folder whose rows cannot be read
    answers nothing, and `on_damage` is told.
    """

    def __init__(self, on_damage: Callable[[str], None] = lambda _: None) -> None:
        self._lock = RLock()
        self._folders: dict[str, _Folder] = {}
        self._open: dict[str, FileTags] = {}
        self._on_damage = on_damage
        self.generation = 0

    # What is known, for who fills the index

    def attach(self, folder: str, database: Path | bytes) -> None:
        """Read a folder's rows from a database file, or from the bytes of one."""
        import apsw

        connection = apsw.Connection(":memory:" if isinstance(database, bytes) else str(database))
        try:
            connection.set_busy_timeout(_BUSY_MS)
            if isinstance(database, bytes):
                connection.deserialize("main", database)
            connection.execute("PRAGMA query_only=1; PRAGMA cache_size=-4000")
            if connection.pragma("user_version") != VERSION:
                raise apsw.CorruptError("another version")
        except apsw.Error:
            connection.close()
            raise
        with self._lock:
            self._detach(folder)
            self._folders[os.path.normpath(folder)] = _Folder(folder, connection)
            self.generation += 1

    def detach(self, folder: str) -> None:
        """Forget a folder's rows."""
        with self._lock:
            self._detach(folder)
            self.generation += 1

    def changed(self) -> None:
        """The rows are others now."""
        with self._lock:
            self.generation += 1
            for folder in self._folders.values():
                folder.resolver = folder.names = None

    def put(self, path: str, tags: FileTags) -> None:
        """Take what stands in an open document in place of the rows of its file."""
        with self._lock:
            self._open[path] = tags
            self.generation += 1

    def drop(self, path: str) -> None:
        """The document was closed; the rows of its file count again."""
        with self._lock:
            if self._open.pop(path, None) is not None:
                self.generation += 1

    def close(self) -> None:
        """Close every database."""
        with self._lock:
            for folder in [*self._folders]:
                self._detach(folder)

    # Questions

    def files(self) -> tuple[str, ...]:
        """Return the paths of all files, those that are not source text as well."""
        found = [folder.absolute(row[0]) for folder, row in self._rows("SELECT path FROM files")]
        return tuple(dict.fromkeys([*found, *self._open]))

    def stamps(self) -> dict[str, object]:
        """Return for each file what changes with its content."""
        rows = self._rows("SELECT path, hash FROM files")
        found: dict[str, object] = {folder.absolute(path): stamp for folder, (path, stamp) in rows}
        found.update({path: id(tags) for path, tags in [*self._open.items()]})
        return found

    def kept_atlas(self, folder: str) -> dict[str, bytes]:
        """Return the parts of the atlas that is kept of a folder (`atlas_kept`); nothing where none is."""
        known = self._folders.get(os.path.normpath(folder))
        return dict(self._rows_in(known, "SELECT part, data FROM atlas", ())) if known is not None else {}

    def languages(self) -> dict[str, str]:
        """Return the language of each file."""
        found = {
            folder.absolute(path): language
            for folder, (path, language) in self._rows("SELECT path, language FROM files")
        }
        return {**found, **{path: tags.language for path, tags in [*self._open.items()]}}

    def language_of(self, path: str) -> str | None:
        """Return the language of a file; None if it is not in the index."""
        if path in self._open:
            return self._open[path].language
        rows = self._rows_of(path, "SELECT language FROM files WHERE id=?1")
        return next((row[0] for _, row in rows), None)

    def definitions(self, name: str) -> tuple[Found, ...]:
        """Return the definitions of a name."""
        sql = f"SELECT path, {DEFINITION_COLUMNS} FROM definitions JOIN files ON id=file WHERE name=?"
        return tuple(self._found(sql, (name,), lambda one: one.name == name))

    def all_definitions(self) -> Iterator[Found]:
        """Yield every definition, file by file."""
        sql = f"SELECT path, {DEFINITION_COLUMNS} FROM definitions JOIN files ON id=file ORDER BY file, n"
        yield from self._found(sql, (), lambda _: True)

    def definitions_in(self, path: str) -> tuple[Definition, ...]:
        """Return what a file defines, in the order of its text."""
        if path in self._open:
            return self._open[path].definitions
        sql = f"SELECT {DEFINITION_COLUMNS} FROM definitions WHERE file=?1 ORDER BY n"
        return tuple(definition_of(row) for _, row in self._rows_of(path, sql))

    def references(self, name: str) -> tuple[Use, ...]:
        """Return the uses of a name, those in open documents last."""
        sql = "SELECT path, role, lines FROM refs JOIN files ON id=file WHERE name=?"
        found = [
            Use(path, int(line), row[1])
            for folder, row in self._rows(sql, (name,))
            for path in [folder.absolute(row[0])]
            if path not in self._open
            for line in row[2].split()
        ]
        for path, tags in [*self._open.items()]:
            found += [Use(path, one.line, one.role) for one in tags.references if one.name == name]
        return tuple(found)

    def references_in(self, path: str) -> tuple[Reference, ...]:
        """Return the names that a file uses, by line."""
        if path in self._open:
            return self._open[path].references
        sql = "SELECT name, role, lines FROM refs WHERE file=?1"
        found = [
            Reference(name, int(line), role)
            for _, (name, role, lines) in self._rows_of(path, sql)
            for line in lines.split()
        ]
        return tuple(sorted(found, key=lambda one: one.line))

    def comments_in(self, path: str) -> tuple[Comment, ...]:
        """Return the comments of a file."""
        if path in self._open:
            return self._open[path].comments
        sql = "SELECT first, last, text FROM comments WHERE file=?1 ORDER BY first"
        return tuple(Comment(Lines(first, last), text) for _, (first, last, text) in self._rows_of(path, sql))

    def imports_of(self, path: str) -> tuple[Resolved, ...]:
        """Return what a file imports, each with the project's files that it means."""
        if path in self._open:
            return self._resolved(path, self._open[path])
        sql = f"SELECT n, {IMPORT_COLUMNS} FROM imports WHERE file=?1 ORDER BY n"
        targets: dict[int, list[str]] = {}
        edges = "SELECT n, path FROM edges JOIN files ON id=target WHERE source=?1 ORDER BY n, target"
        with self._lock:
            for folder, (n, target) in self._rows_of(path, edges):
                targets.setdefault(n, []).append(folder.absolute(target))
            return tuple(
                Resolved(import_of(row), tuple(targets.get(n, ())))
                for _, (n, *row) in self._rows_of(path, sql)
            )

    def importers_of(self, path: str) -> tuple[str, ...]:
        """Return the files that import a file."""
        sql = "SELECT DISTINCT path FROM edges JOIN files ON id=source WHERE target=?1 ORDER BY path"
        found = {folder.absolute(row[0]) for folder, row in self._rows_of(path, sql)} - self._open.keys()
        for other in [*self._open]:
            if other != path and any(path in one.paths for one in self.imports_of(other)):
                found.add(other)
        return tuple(sorted(found))

    def similar_names(self, name: str, limit: int = 10) -> tuple[str, ...]:
        """Return defined names that are written much like `name`, the likest first."""
        plain = _plain(name)
        near = {
            other
            for other in self._names()
            if other != name and abs(len(other) - len(name)) <= 2 + len(name) // 3
        }
        scored = []
        matcher = difflib.SequenceMatcher(b=plain, autojunk=False)
        for other in near:
            matcher.set_seq1(_plain(other))
            if matcher.real_quick_ratio() > 0.7 and matcher.quick_ratio() > 0.7:
                scored.append((-matcher.ratio(), other))
        return tuple(other for score, other in sorted(scored)[:limit] if score < -0.7)

    def edges(self) -> Iterator[tuple[str, str]]:
        """Yield each pair of a file and a file that it imports, as kept on disk."""
        joined = "edges JOIN files a ON a.id=source JOIN files b ON b.id=target"
        sql = f"SELECT DISTINCT a.path, b.path FROM {joined}"
        for folder, (source, target) in self._rows(sql):
            yield folder.absolute(source), folder.absolute(target)

    def uses(self) -> Iterator[tuple[str, str, int]]:
        """Yield each file with each name that it uses, and how often."""
        sql = "SELECT path, name, lines FROM refs JOIN files ON id=file"
        for folder, (path, name, lines) in self._rows(sql):
            yield folder.absolute(path), name, lines.count(" ") + 1

    # Within

    def _found(
        self, sql: str, bindings: Sequence[Any], is_meant: Callable[[Definition], bool]
    ) -> Iterator[Found]:
        for folder, (relative, *row) in self._rows(sql, bindings):
            path = folder.absolute(relative)
            if path not in self._open:
                yield Found(path, definition_of(row))
        for path, tags in [*self._open.items()]:
            yield from (Found(path, one) for one in tags.definitions if is_meant(one))

    def _names(self) -> Iterator[str]:
        for folder in [*self._folders.values()]:
            names = folder.names
            if names is None:
                rows = self._rows_in(folder, "SELECT DISTINCT name FROM definitions", ())
                names = folder.names = [row[0] for row in rows]
            yield from names
        for tags in [*self._open.values()]:
            yield from (one.name for one in tags.definitions)

    def _resolved(self, path: str, tags: FileTags) -> tuple[Resolved, ...]:
        from .import_graph import Resolver

        with self._lock:
            folder = self._folder_of(path)
            if folder is None:
                return tuple(Resolved(one, ()) for one in tags.imports)
            if folder.resolver is None:
                rows = self._rows_in(folder, "SELECT path FROM files", ())
                folder.resolver = Resolver([row[0] for row in rows], _reader(folder.folder))
            relative = folder.relative(path) or ""
            found = [(one, folder.resolver.resolve(relative, tags.language, one)) for one in tags.imports]
            return tuple(Resolved(one, tuple(map(folder.absolute, paths))) for one, paths in found)

    def _folder_of(self, path: str) -> _Folder | None:
        inside = [folder for folder in self._folders.values() if folder.relative(path) is not None]
        return max(inside, key=lambda folder: len(folder.folder), default=None)

    def _rows(self, sql: str, bindings: Sequence[Any] = ()) -> Iterator[tuple[_Folder, tuple[Any, ...]]]:
        for folder in [*self._folders.values()]:
            for row in self._rows_in(folder, sql, bindings):
                yield folder, row

    def _rows_of(self, path: str, sql: str) -> Iterator[tuple[_Folder, tuple[Any, ...]]]:
        """Yield the rows of one file; its number is `?1` in the query."""
        folder = self._folder_of(path)
        if folder is None:
            return
        known = self._rows_in(folder, "SELECT id FROM files WHERE path=?", (folder.relative(path),))
        for (number,) in known:
            for row in self._rows_in(folder, sql, (number,)):
                yield folder, row

    def _rows_in(self, folder: _Folder, sql: str, bindings: Sequence[Any]) -> Iterable[tuple[Any, ...]]:
        import apsw

        try:
            with self._lock:
                return folder.connection.execute(sql, bindings).fetchall()
        except (apsw.CorruptError, apsw.NotADBError):
            self._on_damage(folder.folder)
            return ()
        except (apsw.BusyError, apsw.ConnectionClosedError, apsw.IOError):
            return ()

    def _detach(self, folder: str) -> None:
        known = self._folders.pop(os.path.normpath(folder), None)
        if known is not None:
            known.connection.close()


def _reader(folder: str) -> Callable[[str], str | None]:
    def read(relative: str) -> str | None:
        data = read_bytes(str(Path(folder, relative)), folder)
        return data.decode("utf-8-sig", "replace") if data is not None else None

    return read


def _plain(name: str) -> str:
    return name.replace("_", "").casefold()
