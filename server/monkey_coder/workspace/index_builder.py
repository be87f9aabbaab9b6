"""Bring the index of one folder up to date with its files. Runs in a process of its own."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import apsw

from ..filesystem.names import is_secret
from .index_store import HASH_BYTES, IN_MEMORY, IndexStore, Stamp, UnreadableIndexError, set_aside
from .tags import FileTags, tags
from .walk import IGNORE_FILES, FolderReader, SourceFile, read_bytes, source_file, source_text, walk

Report = Callable[[dict[str, Any]], None]

# More files than these are not indexed: a folder of a million must not fill memory or disk.
MOST_FILES = 50_000
_COMMIT_EVERY_S = 0.5
_REPORT_EVERY_S = 0.25
# What tells where imports lead: a change in one concerns every file.
_MANIFESTS = frozenset({"go.mod", "Cargo.toml", "package.json", "tsconfig.json", "jsconfig.json"})
# Data whose keys no code refers to: known by name alone.
_NOT_PARSED = frozenset({"json", "yaml", "toml", "html", "plaintext"})


class IndexBuilder:
    """Keeps the index of `folder` at `database`, or in memory where no file can be kept.

    What the user should know is reported once as {"note": TEXT}. Raises nothing for what is wrong with
    the disk or the database: the index goes on in memory then.
    """

    def __init__(
        self,
        database: Path,
        folder: str,
        report: Report,
        *,
        skip: Sequence[str] = (),
        visiting: Callable[[str], None] = lambda _: None,
        is_checked: bool = False,
    ) -> None:
        """`skip` and `visiting` are as for `walk`; `visiting` is told of files too. `is_checked` has the
        database looked through for damage.
        """
        self.folder = os.path.normpath(folder)
        self.database, self._report, self._skip = database, report, frozenset(skip)
        self._visiting = visiting
        self._said: set[str] = set()
        self.store = self._open(is_checked)

    @property
    def is_in_memory(self) -> bool:
        return self.store.connection.filename == ""

    def update(self) -> bool:
        """Read all that is new or changed, forget what is gone; return whether anything was."""
        return self._kept(self._update)

    def refresh(self, paths: Sequence[str]) -> bool:
        """The same for these paths alone: files that were written, made or removed, or folders."""
        names = {Path(path).name for path in paths}
        if not names.isdisjoint(IGNORE_FILES) or any(Path(path).is_dir() for path in paths):
            return self.update()
        return self._kept(lambda: self._refresh(paths))

    def keep_atlas(self, parts: Mapping[str, bytes]) -> None:
        """Keep an atlas of the rows; without room for it who needs one does without."""
        with suppress(apsw.Error, OSError):
            self.store.keep_atlas(parts)

    def close(self) -> None:
        """Close the database."""
        self.store.close()

    # What is done

    def _update(self) -> bool:
        listed = list(islice(walk(self.folder, skip=self._skip, visiting=self._visiting), MOST_FILES + 1))
        if len(listed) > MOST_FILES:
            listed.pop()
            self._say(
                f"{self.folder} has more than {MOST_FILES:,} source files: the first of them are known."
            )
        known = self.store.stamps()
        paths = {self._relative(file.path) for file in listed}
        gone = [path for path in known if path not in paths]
        changed = [file for file in listed if not self._is_known(file, known)]
        if not gone and not changed:
            self._report({"files": len(listed), "of": len(listed)})
            return False
        new = self._read(changed, known, len(listed))
        with self.store.writing():
            self.store.remove(gone)
            self.store.sort()
            if gone or new:
                self.store.link(self._manifest)
        self._report({"files": len(listed), "of": len(listed)})
        return True

    def _refresh(self, paths: Sequence[str]) -> bool:
        known: dict[str, Stamp] = {}
        gone: list[str] = []
        files: list[SourceFile] = []
        for path in dict.fromkeys(paths):
            below = self.store.stamps_below(self._relative(path))
            known |= below
            file = source_file(path, self.folder)
            if file is None:
                gone += below
            elif not self._is_known(file, known):
                files.append(file)
        is_new = any(self._relative(file.path) not in known for file in files)
        read = self._read(files, known, len(files))
        manifests = not _MANIFESTS.isdisjoint(Path(path).name for path in paths)
        with self.store.writing():
            self.store.remove(gone)
            if gone or is_new or manifests:
                self.store.link(self._manifest)
            elif read:
                self.store.link(self._manifest, only=read)
        return bool(gone or files)

    def _read(self, files: Sequence[SourceFile], known: dict[str, Stamp], of: int) -> list[str]:
        """Read files into the store; return the paths of those whose content is another."""
        read: list[str] = []
        reader = FolderReader(self.folder)
        at, reported = 0, 0.0
        while at < len(files):
            started = time.monotonic()
            with self.store.writing():
                while at < len(files) and time.monotonic() - started < _COMMIT_EVERY_S:
                    if time.monotonic() - reported > _REPORT_EVERY_S:
                        reported = time.monotonic()
                        self._report({"files": of - len(files) + at, "of": of})
                    self._visiting(files[at].path)
                    if self._take(files[at], reader.read(files[at].path), known):
                        read.append(self._relative(files[at].path))
                    at += 1
        reader.close()
        return read

    def _take(self, file: SourceFile, data: bytes | None, known: dict[str, Stamp]) -> bool:
        path = self._relative(file.path)
        content_hash = hashlib.sha256(data or b"").digest()[:HASH_BYTES]
        old = known.get(path)
        if old is not None and old.hash == content_hash:
            self.store.touch(path, file.mtime_ns, file.size)
            return False
        is_read = file.language not in _NOT_PARSED and not is_secret(path.split("/"))
        text = source_text(data, file.path) if data is not None and is_read else None
        found = tags(text, file.language) if text is not None else FileTags(file.language)
        self.store.put(path, file.mtime_ns, file.size, content_hash, found)
        return True

    def _manifest(self, path: str) -> str | None:
        data = read_bytes(str(Path(self.folder, path)), self.folder)
        return data.decode("utf-8-sig", "replace") if data is not None else None

    def _relative(self, path: str) -> str:
        return path[len(self.folder) :].replace(os.sep, "/").lstrip("/")

    def _is_known(self, file: SourceFile, known: dict[str, Stamp]) -> bool:
        stamp = known.get(self._relative(file.path))
        return stamp is not None and (stamp.mtime_ns, stamp.size) == (file.mtime_ns, file.size)

    # What can go wrong with the database

    def _kept(self, act: Callable[[], bool]) -> bool:
        """Do `act`; where the database fails, again with another, in the end in memory."""
        try:
            return act()
        except (apsw.CorruptError, apsw.NotADBError) as error:
            self.store.close()
            self.store = self._anew(error)
        except (apsw.Error, OSError) as error:
            if self.is_in_memory:
                raise
            self.store.close()
            self.store = self._in_memory(error)
        return self._kept(self._update)

    def _open(self, is_checked: bool) -> IndexStore:
        try:
            store = IndexStore(str(self.database))
            try:
                if is_checked and store.connection.execute("PRAGMA quick_check").get != "ok":
                    raise apsw.CorruptError("pages do not fit together")
            except BaseException:
                store.close()
                raise
        except UnreadableIndexError:
            return self._anew(None)
        except (apsw.CorruptError, apsw.NotADBError) as error:
            return self._anew(error)
        except (apsw.Error, OSError) as error:
            return self._in_memory(error)
        return store

    def _anew(self, error: Exception | None) -> IndexStore:
        """Set the database aside and begin another."""
        try:
            aside = set_aside(self.database)
            if error is not None:
                self._say(
                    f"The index of {self.folder} was damaged ({error}). It is kept as {aside} and made anew."
                )
            return IndexStore(str(self.database))
        except (apsw.Error, OSError) as again:
            return self._in_memory(again)

    def _in_memory(self, error: Exception) -> IndexStore:
        self._say(
            f"The index of {self.folder} cannot be kept at {self.database} ({error}); it is in memory until "
            "this ends. Make room, or see what else holds the file."
        )
        return IndexStore(IN_MEMORY)

    def _say(self, note: str) -> None:
        if note not in self._said:
            self._said.add(note)
            self._report({"note": note})
