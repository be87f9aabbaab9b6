"""What is kept of one change of files: enough to finish it, to take it back, and to show it.

A record is one file: a line of JSON, then the old bytes of each file, compressed. Its suffix is its
state, and a rename changes that: `open` (nothing of the change shows yet), `commit` (all is written
beside the files, and has begun to take their names), `done`.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path


class State(StrEnum):
    """How far a change has come."""

    OPEN = "open"
    COMMIT = "commit"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a change. A hash is None where there is no file.

    `mode` is the old file's type and mode, or what the new one is to have; None: as new files have.
    `temporary` is the name of the new file until it takes its own; `n_missing` folders above it were
    made for it. `n_kept` is the size of the old bytes in the record.
    """

    root: str
    parts: tuple[str, ...]
    old_hash: str | None
    new_hash: str | None
    mode: int | None
    temporary: str
    n_missing: int
    n_kept: int

    @property
    def path(self) -> str:
        return str(Path(self.root, *self.parts))


@dataclass(frozen=True, slots=True)
class Rename:
    """A file or folder that took another name; roots and parts as in an entry."""

    root: str
    parts: tuple[str, ...]
    new_root: str
    new_parts: tuple[str, ...]

    @property
    def paths(self) -> tuple[str, str]:
        """The old path and the new one."""
        return str(Path(self.root, *self.parts)), str(Path(self.new_root, *self.new_parts))

    @property
    def back(self) -> Rename:
        return Rename(self.new_root, self.new_parts, self.root, self.parts)


@dataclass(frozen=True, slots=True)
class Record:
    """One change: what it was called, when it was made (Unix time), and which change it took back.

    It has entries, or else it is a rename.
    """

    id: str
    title: str
    time_s: float
    undoes: str | None
    entries: tuple[Entry, ...]
    where: Path = field(compare=False)
    rename: Rename | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        return self.rename.paths if self.rename else tuple(entry.path for entry in self.entries)

    @property
    def state(self) -> State:
        return State(self.where.suffix[1:])


def new_id() -> str:
    """Return an id that sorts by time; its last six characters are enough for a person."""
    return f"{time.time_ns():019d}-{secrets.token_hex(3)}"


def write_record(store: Path, record: Record, kept: Sequence[bytes]) -> Record:
    """Write an open record and flush it to the disk; `kept` are the compressed old bytes."""
    header = {
        "version": 1,
        "id": record.id,
        "title": record.title,
        "time_s": record.time_s,
        "undoes": record.undoes,
        "entries": [asdict(entry) for entry in record.entries],
        "rename": asdict(record.rename) if record.rename else None,
    }
    draft = store / f"{record.id}.new"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(json.dumps(header).encode() + b"\n")
            file.writelines(kept)
            file.flush()
            os.fsync(descriptor)
        return _renamed(record, draft, State.OPEN)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def mark(record: Record, state: State) -> Record:
    """Give a record another state, for good."""
    return _renamed(record, record.where, state)


def drop(record: Record) -> None:
    """Remove a record of something that is over."""
    record.where.unlink(missing_ok=True)
    _sync(record.where.parent)


def records(store: Path, *states: State) -> Iterator[Record]:
    """Yield the records in these states, oldest first; a file that is none is passed over."""
    wanted = {f".{state}" for state in states}
    try:
        names = sorted(path for path in store.iterdir() if path.suffix in wanted)
    except FileNotFoundError:
        return
    for path in names:
        # It may have just been finished by another process, or be of a version still to come.
        with contextlib.suppress(FileNotFoundError, ValueError, KeyError, TypeError):
            yield _read(path)


def drafts(store: Path) -> list[Path]:
    """Return what is left of records that were never completed."""
    return [path for path in store.iterdir() if path.suffix == ".new"]


def kept_bytes(record: Record) -> list[bytes | None]:
    """Return the old bytes of each file, None where there was none. Raises: OSError, ValueError."""
    with record.where.open("rb") as file:
        file.readline()
        blobs = [file.read(entry.n_kept) for entry in record.entries]
    try:
        return [
            None if entry.old_hash is None else zlib.decompress(blob)
            for entry, blob in zip(record.entries, blobs, strict=True)
        ]
    except zlib.error as error:
        raise ValueError(f"the record {record.where} is damaged") from error


def _read(path: Path) -> Record:
    with path.open("rb") as file:
        header = json.loads(file.readline())
    if header["version"] != 1:
        raise ValueError("a later version")
    entries = tuple(Entry(**{**entry, "parts": tuple(entry["parts"])}) for entry in header["entries"])
    found = header.get("rename")
    rename = found and Rename(
        found["root"], tuple(found["parts"]), found["new_root"], tuple(found["new_parts"])
    )
    return Record(header["id"], header["title"], header["time_s"], header["undoes"], entries, path, rename)


def _renamed(record: Record, now: Path, state: State) -> Record:
    where = record.where.parent / f"{record.id}.{state}"
    now.replace(where)
    if state is not State.DONE:  # Whether all is done can be seen from the files.
        _sync(where.parent)
    return replace(record, where=where)


def _sync(folder: Path) -> None:
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
