"""The index of one folder on disk: an SQLite file with what `tags` found in each of its files.

One process writes; any number read. Whatever is in it can be made again from the files.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..filesystem.names import is_secret
from .import_statements import Import, Lines
from .tags import Definition, FileTags

if TYPE_CHECKING:
    from .import_graph import Read, Resolver

# Another number makes readers and writers set the file aside and begin again.
VERSION = 3
IN_MEMORY = ":memory:"
HASH_BYTES = 16
_PATHS, _HASHES = "paths", "stamps"
# In no path.
_END = "\0"
_BUSY_MS = 4_000
_SCHEMA = f"""
CREATE TABLE files(id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, mtime_ns INTEGER NOT NULL,
  size INTEGER NOT NULL, hash BLOB NOT NULL, language TEXT NOT NULL);
CREATE TABLE definitions(file INTEGER NOT NULL, n INTEGER NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
  container TEXT NOT NULL, header_first INTEGER NOT NULL, header_last INTEGER NOT NULL,
  first INTEGER NOT NULL, last INTEGER NOT NULL, signature TEXT NOT NULL, doc TEXT NOT NULL,
  PRIMARY KEY(file, n)) WITHOUT ROWID;
CREATE TABLE refs(file INTEGER NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL, lines TEXT NOT NULL,
  PRIMARY KEY(file, name, role)) WITHOUT ROWID;
CREATE TABLE imports(file INTEGER NOT NULL, n INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  module TEXT NOT NULL, names TEXT NOT NULL, alias TEXT NOT NULL, level INTEGER NOT NULL,
  is_exported INTEGER NOT NULL, is_system INTEGER NOT NULL, PRIMARY KEY(file, n)) WITHOUT ROWID;
CREATE TABLE comments(file INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  text TEXT NOT NULL, PRIMARY KEY(file, first)) WITHOUT ROWID;
CREATE TABLE atlas(part TEXT PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE edges(source INTEGER NOT NULL, n INTEGER NOT NULL, target INTEGER NOT NULL,
  PRIMARY KEY(source, n, target)) WITHOUT ROWID;
PRAGMA user_version={VERSION};
"""
_BY_NAME = """
CREATE INDEX IF NOT EXISTS definitions_by_name ON definitions(name);
CREATE INDEX IF NOT EXISTS refs_by_name ON refs(name);
CREATE INDEX IF NOT EXISTS edges_by_target ON edges(target);
"""
_ALL_FILES = "SELECT path, id, language FROM files"
_NAMESPACES = """
SELECT name, container, path FROM definitions JOIN files ON files.id=file
WHERE kind='module' AND language='csharp'
"""
_OF_A_FILE = ("definitions", "refs", "imports", "comments")
_INSERT = {
    "definitions": "INSERT INTO definitions VALUES(?,?,?,?,?,?,?,?,?,?,?)",
    "refs": "INSERT INTO refs VALUES(?,?,?,?)",
    "imports": "INSERT INTO imports VALUES(?,?,?,?,?,?,?,?,?,?)",
    "comments": "INSERT OR IGNORE INTO comments VALUES(?,?,?,?)",
}
# So many rows wait until they are written, table by table.
_MOST_WAITING = 5_000
# The imports of so many files are kept until they are linked; those of more are read back.
_MOST_KEPT = 2_000


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a file was when it was read. `hash` tells its content from any other."""

    id: int
    mtime_ns: int
    size: int
    hash: bytes


class UnreadableIndexError(ValueError):
    """The file is no index of this version. It never reaches a user."""


class IndexStore:
    """The writer's side of an index. Raises: apsw's errors, where the disk or another process does."""

    def __init__(self, path: str) -> None:
        """Open the index at `path`, made where it is missing; `IN_MEMORY` keeps it off the disk.

        Raises: UnreadableIndexError for another version.
        """
        import apsw

        self._files: dict[str, tuple[int, str]] = {}
        self._resolver: Resolver | None = None
        self._version: object = None
        # Those of the files read last, for `link`, which is called next.
        self._imports: dict[str, tuple[Import, ...]] = {}
        self._imports_version: object = None
        self._waiting: dict[str, list[tuple[object, ...]]] = {table: [] for table in _OF_A_FILE}
        if path != IN_MEMORY:
            Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self.connection = apsw.Connection(path)
        try:
            self.connection.set_busy_timeout(_BUSY_MS)
            self.connection.execute("PRAGMA journal_mode=WAL")
            # Killed in between, the last batch may be missing and is read again; the file stays whole.
            self.connection.execute("PRAGMA synchronous=NORMAL; PRAGMA journal_size_limit=4000000")
            with self.writing():
                version = self.connection.pragma("user_version")
                if version == 0:
                    self.connection.execute(_SCHEMA)
                elif version != VERSION:
                    raise UnreadableIndexError(f"{path} is an index of version {version}")
        except BaseException:
            self.connection.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def image(self) -> bytes:
        """Return the whole database as bytes, for a reader in another process."""
        return self.connection.serialize("main")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Do all that is in the body, or nothing."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._write()
        except BaseException:
            self._imports.clear()
            for rows in self._waiting.values():
                rows.clear()
            # SQLite has rolled back by itself where the disk was full.
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def stamps(self) -> dict[str, Stamp]:
        """Return what is known of every file, by its path."""
        rows = self.connection.execute("SELECT path, id, mtime_ns, size, hash FROM files")
        return {path: Stamp(*rest) for path, *rest in rows}

    def stamps_below(self, path: str) -> dict[str, Stamp]:
        """Return what is known of one file, or of all in a folder."""
        # "0" is the character after "/".
        is_meant = "path=?1 OR (path > ?1||'/' AND path < ?1||'0')"
        sql = f"SELECT path, id, mtime_ns, size, hash FROM files WHERE {is_meant}"
        return {found: Stamp(*rest) for found, *rest in self.connection.execute(sql, (path,))}

    def sort(self) -> None:
        """Make ready to be asked by name. Call it within `writing`, when the first files are there: with
        the many of the beginning it takes half the time to sort them all at once.
        """
        self.connection.execute(_BY_NAME)

    def put(self, path: str, mtime_ns: int, size: int, content_hash: bytes, found: FileTags) -> None:
        """Take what stands in a file in place of what was known of it. Call it within `writing`."""
        run = self.connection.execute
        values = (mtime_ns, size, content_hash, found.language, path)
        number = run("SELECT id FROM files WHERE path=?", (path,)).get
        if number is None:
            run("INSERT INTO files(mtime_ns, size, hash, language, path) VALUES(?,?,?,?,?)", values)
            number = self.connection.last_insert_rowid()
        else:
            self._write()
            run("UPDATE files SET mtime_ns=?, size=?, hash=?, language=? WHERE path=?", values)
            for table in _OF_A_FILE:
                run(f"DELETE FROM {table} WHERE file=?", (number,))
        definitions, refs, imports, comments = (self._waiting[table] for table in _OF_A_FILE)
        definitions += [(number, n, *definition_row(one)) for n, one in enumerate(found.definitions)]
        uses: dict[tuple[str, str], str] = {}
        for name, line, role in found.references:
            key = name, role
            uses[key] = f"{uses[key]} {line}" if key in uses else str(line)
        refs += [(number, *key, uses[key]) for key in sorted(uses)]
        if not self._imports:
            self._imports_version = self.connection.pragma("data_version")
        if len(self._imports) < _MOST_KEPT:
            self._imports[path] = found.imports
        imports += [(number, n, *import_row(one)) for n, one in enumerate(found.imports)]
        comments += [(number, *one.lines, one.text) for one in found.comments]
        if len(refs) > _MOST_WAITING:
            self._write()

    def _write(self) -> None:
        """Write the rows that wait."""
        for table, rows in self._waiting.items():
            if rows:
                self.connection.executemany(_INSERT[table], rows)
                rows.clear()

    def keep_atlas(self, parts: Mapping[str, bytes]) -> None:
        """Keep what `atlas_kept` made of the rows in place of what it made before."""
        with self.writing():
            self.connection.execute("DELETE FROM atlas")
            self.connection.executemany("INSERT INTO atlas VALUES(?,?)", [*parts.items()])

    def n_stale(self) -> int:
        """Return how many files are not what they were when the atlas that is kept was laid out."""
        sql = f"SELECT part, data FROM atlas WHERE part IN ('{_PATHS}', '{_HASHES}')"
        then = stamps_of(dict(self.connection.execute(sql)))
        now = self.connection.execute("SELECT path, hash FROM files")
        changed = (
            then.items() ^ {path: stamp for path, stamp in now if not is_secret(path.split("/"))}.items()
        )
        return len(dict(changed))

    def touch(self, path: str, mtime_ns: int, size: int) -> None:
        """Note that a file was written again with the same content."""
        self.connection.execute("UPDATE files SET mtime_ns=?, size=? WHERE path=?", (mtime_ns, size, path))

    def remove(self, paths: Iterable[str]) -> None:
        """Forget files. Call it within `writing`."""
        self._write()
        for path in paths:
            number = self.connection.execute("SELECT id FROM files WHERE path=?", (path,)).get
            if number is not None:
                for table in _OF_A_FILE:
                    self.connection.execute(f"DELETE FROM {table} WHERE file=?", (number,))
                self.connection.execute("DELETE FROM edges WHERE source=?1 OR target=?1", (number,))
                self.connection.execute("DELETE FROM files WHERE id=?", (number,))

    def link(self, read: Read, only: Iterable[str] | None = None) -> None:
        """Find the files that imports mean: of all files, or `only` of these where the project has the
        same files and manifests as at the last time. Call it within `writing`.
        """
        run = self.connection.execute
        self._write()
        # Another editor on the same folder writes as well: what was known of the files may be old.
        version = self.connection.pragma("data_version")
        if version != self._imports_version:
            self._imports.clear()
        if only is None or self._resolver is None or version != self._version:
            self._version = version
            from .import_graph import Resolver

            self._files = {path: (number, language) for path, number, language in run(_ALL_FILES)}
            self._resolver = Resolver(self._files, read, self._namespaces())
        if only is None:
            run("DELETE FROM edges")
        files = self._files
        edges = []
        for path in files if only is None else [path for path in only if path in files]:
            number, language = files[path]
            if only is not None:
                run("DELETE FROM edges WHERE source=?", (number,))
            for n, one in self._imports_of(path, number):
                targets = self._resolver.resolve(path, language, one)
                edges += [(number, n, files[target][0]) for target in targets]
        self._imports.clear()
        self.connection.executemany("INSERT OR IGNORE INTO edges VALUES(?,?,?)", edges)

    def _imports_of(self, path: str, number: int) -> Iterable[tuple[int, Import]]:
        if path in self._imports:
            return enumerate(self._imports[path])
        rows = self.connection.execute(f"SELECT n, {IMPORT_COLUMNS} FROM imports WHERE file=?", (number,))
        return [(n, import_of(row)) for n, *row in rows]

    def _namespaces(self) -> dict[str, list[str]]:
        result: dict[str, list[str]] = {}
        for name, container, path in self.connection.execute(_NAMESPACES):
            result.setdefault(f"{container}.{name}".lstrip("."), []).append(path)
        return result


def stamp_parts(stamps: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the parts of an atlas that tell which files it is of: the hash of each by its path."""
    return {_PATHS: _END.join(stamps).encode("utf-8", "surrogatepass"), _HASHES: b"".join(stamps.values())}


def stamps_of(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return what `stamp_parts` was given; nothing where there is no atlas."""
    hashes = parts.get(_HASHES, b"")
    starts = range(0, len(hashes), HASH_BYTES)
    paths = parts[_PATHS].decode("utf-8", "surrogatepass").split(_END) if hashes else []
    return {path: hashes[at : at + HASH_BYTES] for path, at in zip(paths, starts, strict=False)}


DEFINITION_COLUMNS = "name, kind, container, header_first, header_last, first, last, signature, doc"


def definition_row(one: Definition) -> tuple[object, ...]:
    """Return a definition as it is kept."""
    return (one.name, one.kind, one.container, *one.header, *one.whole, one.signature, one.doc)


def definition_of(row: Sequence[Any]) -> Definition:
    """Return what `definition_row` kept."""
    name, kind, container, header_first, header_last, first, last, signature, doc = row
    return Definition(
        name, kind, container, Lines(header_first, header_last), Lines(first, last), signature, doc
    )


IMPORT_COLUMNS = "first, last, module, names, alias, level, is_exported, is_system"


def import_row(one: Import) -> tuple[object, ...]:
    """Return an import as it is kept."""
    return (*one.lines, one.module, _packed(one.names), *one[3:])


def import_of(row: Sequence[Any]) -> Import:
    """Return what `import_row` kept."""
    first, last, module, names, alias, level, is_exported, is_system = row
    pairs = tuple(_pair(line) for line in names.split("\n")) if names else ()
    return Import(module, Lines(first, last), pairs, alias, level, bool(is_exported), bool(is_system))


def _packed(names: Iterable[tuple[str, str]]) -> str:
    """Return a line for each name, with what it is called here after a tab if that is another."""
    return "\n".join([name if name == local else f"{name}\t{local}" for name, local in names])


def _pair(line: str) -> tuple[str, str]:
    name, tab, local = line.partition("\t")
    return name, local if tab else name


def set_aside(path: Path) -> Path:
    """Give a damaged index another name, with its data; return that. Only the newest is kept."""
    for older in path.parent.glob(f"{path.stem}.damaged-*"):
        with suppress(OSError):
            older.unlink()
    aside = path.with_name(f"{path.stem}.damaged-{time.time_ns()}{path.suffix}")
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            Path(f"{path}{suffix}").replace(f"{aside}{suffix}")
    return aside
