"""What has been changed, and how to take it back. Nothing of this is in the user's own git."""

from __future__ import annotations

import contextlib
import stat
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import FileError, InputError
from .commit import LIMIT_BYTES, Change, commit, remove_made_folders
from .diff import unified_diff
from .encoding import decode_to_show
from .entry import state, take
from .lock import locked
from .move import rename_again
from .record import Entry, Record, State, kept_bytes, records
from .walk import reached

KEPT = 100
KEPT_BYTES = 64_000_000
KEPT_DAYS = 30
_ALWAYS_KEPT = 10


@dataclass(frozen=True, slots=True)
class Past:
    """A change that was made. `is_undone` says that it was taken back, `undoes` that it took one back."""

    id: str
    title: str
    time_s: float
    paths: tuple[str, ...]
    is_undone: bool
    undoes: str | None


def changes_of(store: str, folders: Sequence[str] = ()) -> list[Past]:
    """Return the changes that touched one of `folders` (none: all changes), newest first."""
    listed: list[Past] = []
    undone: set[str] = set()
    for record in reversed(list(records(Path(store), State.DONE))):
        is_undone = record.id in undone
        if record.undoes is not None and not is_undone:
            undone.add(record.undoes)
        if not folders or any(_is_in(path, folders) for path in record.paths):
            listed.append(
                Past(record.id, record.title, record.time_s, record.paths, is_undone, record.undoes)
            )
    return listed


def undo(store: str, folders: Sequence[str] = (), id_: str | None = None) -> Past:
    """Take back a change, by default the newest that still stands, and return it. All files or none.

    Itself a change: to undo it does the first one again.
    Raises: InputError if there is none to take back; FileError if a file has changed since.
    """
    past, record = _chosen(store, folders, id_)
    if past.is_undone:
        raise InputError(f"the change {id_} was taken back already; see `monkey-coder undo --list`")
    title = f"undo: {past.title}" if past.title else "undo"
    if record.rename is not None:
        rename_again(record.rename.back, Path(store), title=title, undoes=past.id)
        return past
    changes = [
        Change(entry.root, entry.parts, content, entry.new_hash, None if content is None else entry.mode)
        for entry, content in zip(record.entries, _kept(record), strict=True)
    ]
    commit(changes, Path(store), title=title, undoes=past.id, parts_links=True)
    for entry in record.entries:
        if entry.old_hash is None:
            remove_made_folders(entry)
    prune(Path(store))
    return past


def diff_of_change(store: str, folders: Sequence[str] = (), id_: str | None = None) -> str:
    """Return the unified diff from what was there before a change to what is there now.

    Raises: InputError if there is no such change, FileError.
    """
    _, record = _chosen(store, folders, id_)
    if record.rename is not None:
        old, new = (_name(path, folders) for path in record.paths)
        return f"rename from {old}\nrename to {new}\n"
    return "".join(
        _diff(entry, content, folders) for entry, content in zip(record.entries, _kept(record), strict=True)
    )


def prune(store: Path) -> None:
    """Drop what is old or too much; the newest few changes always stay.

    What fails here fails no write: the next one tries again.
    """
    until = time.time() - KEPT_DAYS * 86_400
    total = 0
    with contextlib.suppress(OSError, FileError), locked(store):
        for i, path in enumerate(sorted(store.glob(f"*.{State.DONE}"), reverse=True)):
            status = path.stat()
            total += status.st_size
            if i >= _ALWAYS_KEPT and (i >= KEPT or total > KEPT_BYTES or status.st_mtime < until):
                path.unlink()


def _chosen(store: str, folders: Sequence[str], id_: str | None) -> tuple[Past, Record]:
    listed = changes_of(store, folders)
    if id_ is None:
        listed = [past for past in listed if not past.is_undone and past.undoes is None]
        if not listed:
            raise InputError("there is no change of files here to take back or to show")
    else:
        listed = [past for past in listed if past.id == id_ or past.id.endswith(f"-{id_}")]
        if not listed:
            raise InputError(f"there is no change {id_!r} here; see `monkey-coder undo --list`")
    for record in records(Path(store), State.DONE):
        if record.id == listed[0].id:
            return listed[0], record
    raise InputError(f"the change {listed[0].id} is no longer kept")


def _kept(record: Record) -> list[bytes | None]:
    try:
        return kept_bytes(record)
    except (OSError, ValueError) as error:
        raise FileError(f"what was there before cannot be read: {error}; nothing was changed") from error


def _is_in(path: str, folders: Sequence[str]) -> bool:
    return any(Path(path).is_relative_to(folder) for folder in folders)


def _name(path: str, folders: Sequence[str]) -> str:
    top = next((folder for folder in folders if Path(path).is_relative_to(folder)), None)
    return (Path(path).relative_to(top) if top else Path(path)).as_posix()


def _diff(entry: Entry, content: bytes | None, folders: Sequence[str]) -> str:
    name = _name(entry.path, [*folders, entry.root])
    now: bytes | None = None
    with reached(entry.root, entry.parts, follows_last=False) as place:
        if state(place, LIMIT_BYTES) is not None:
            now = take(place, LIMIT_BYTES).content
    old_text, new_text = _text(content, entry.path), _text(now, entry.path)
    is_link = entry.mode is not None and stat.S_ISLNK(entry.mode)
    if is_link or "\0" in (old_text or "") + (new_text or ""):
        return "" if content == now else f"Binary files a/{name} and b/{name} differ\n"
    return unified_diff(old_text, new_text, name)


def _text(content: bytes | None, path: str) -> str | None:
    return None if content is None else decode_to_show(content, path)
