"""Change files all or none: whatever happens in between, also the end of this process.

First the old bytes and the plan are kept in the store and flushed. Then every new file is written
beside its place and flushed. Then, for several files, the plan is marked: from here on it is
finished, not taken back. Then each new file takes its name. `recover` finds plans that nobody
finished, and does it: by the lock, none of them is being worked on.
"""

from __future__ import annotations

import contextlib
import logging
import os
import stat
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import ConfirmError, FileError
from .entry import Found, hash_of, look, publish, put_beside, remove, signature_of, state, sync_folder, take
from .lock import locked
from .names import why_not_portable
from .record import Entry, Record, State, drafts, drop, kept_bytes, mark, new_id, records, write_record
from .walk import Place, reached

log = logging.getLogger(__name__)

LIMIT_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class Change:
    """A file and what it shall hold: bytes, or None for no file.

    `parts` are the names from `root`, links resolved. `base` is the hash of what must be there now,
    None for nothing. `mode` is for a file that is not there: its type and mode. `parts_links` allows to
    part the file from its other names (hard links).
    """

    root: str
    parts: tuple[str, ...]
    content: bytes | None
    base: str | None
    mode: int | None = None
    parts_links: bool = False

    @property
    def path(self) -> str:
        return str(Path(self.root, *self.parts))


def commit(
    changes: Sequence[Change],
    store: Path,
    *,
    title: str = "",
    undoes: str | None = None,
    parts_links: bool = False,
) -> str:
    """Make all `changes`, or none of them, and return the id of the record in `store`.

    `parts_links` allows to part every one of the files from its other names.
    Raises: FileError, with every file as it was.
    """
    try:
        with locked(store):
            for warning in _recover(store):
                log.warning("%s", warning)
            return _commit(changes, store, title, undoes, parts_links)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        names = ", ".join(repr(change.path) for change in changes[:3])
        raise FileError(
            f"cannot write {names}: {reason}; nothing was changed, check the folder's permissions "
            "and the space on the disk"
        ) from error


def recover(store: Path) -> tuple[str, ...]:
    """Finish or take back what was interrupted; return what the user should know of it."""
    try:
        if not store.is_dir() or not (drafts(store) or any(records(store, State.OPEN, State.COMMIT))):
            return ()
        with locked(store, wait_s=1.0):
            return _recover(store)
    except (OSError, FileError) as error:
        return (f"an interrupted change of files could not be looked at: {error}",)


def _recover(store: Path) -> tuple[str, ...]:
    warnings: list[str] = []
    for path in drafts(store):
        path.unlink(missing_ok=True)
    for record in records(store, State.OPEN, State.COMMIT):
        try:
            warnings += _forward(record) if _can_finish(record) else _back(record)
        except (OSError, FileError, ValueError) as error:
            if all(Path(entry.root).is_dir() for entry in record.entries):
                warnings.append(f"an interrupted change ({record.title or record.id}) is still open: {error}")
    return tuple(warnings)


def _commit(changes: Sequence[Change], store: Path, title: str, undoes: str | None, parts_links: bool) -> str:
    found = [_verified(change, parts_links or change.parts_links) for change in changes]
    kept = [b"" if one is None else zlib.compress(one.content, 1) for one, _ in found]
    id_ = new_id()
    entries = tuple(
        Entry(
            root=change.root,
            parts=change.parts,
            old_hash=change.base,
            new_hash=None if change.content is None else hash_of(change.content, _new_mode(change, old) or 0),
            mode=change.mode if old is None else old.status.st_mode,
            temporary=f".{change.parts[-1][:40]}.{id_[-6:]}-{i}.tmp",
            n_missing=n_missing,
            n_kept=len(blob),
        )
        for i, (change, (old, n_missing), blob) in enumerate(zip(changes, found, kept, strict=True))
    )
    record = Record(id_, title, time.time(), undoes, entries, store / id_)
    record = write_record(store, record, kept)
    try:
        for entry, change, (old, _) in zip(entries, changes, found, strict=True):
            if change.content is not None:
                _write(entry, change, old)
        if len(entries) > 1:
            record = mark(record, State.COMMIT)
        for entry, (old, _) in zip(entries, found, strict=True):
            _show(entry, old)
        return mark(record, State.DONE).id
    except BaseException as error:
        _take_back(record, error)
        raise


def _take_back(record: Record, error: BaseException) -> None:
    """Put back what was there after a failure. Raises: FileError if that fails too."""
    try:
        _back(record)
    except (OSError, FileError, ValueError) as worse:
        raise FileError(
            f"cannot write ({error}), and cannot put back what was there yet ({worse}); it is put back "
            "when Monkey Coder starts or writes the next time"
        ) from worse


def _verified(change: Change, parts_links: bool) -> tuple[Found | None, int]:
    """Return what is at a place, as the change expects it, and how many folders it lacks."""
    with reached(change.root, change.parts, follows_last=False) as place:
        status = look(place)
        if status is None:
            if change.base is not None:
                raise FileError(
                    f"{change.path!r} was deleted since it was read; nothing was written, read it again"
                )
            # What was there before may come back under any name.
            for name in () if change.mode is not None else change.parts[-1 - place.n_missing :]:
                if why := why_not_portable(name):
                    raise FileError(f"no file or folder is made with the name {name!r}: {why}")
            return None, place.n_missing
        if change.base is None:
            raise FileError(f"{change.path!r} is there already; nothing was written")
        old = take(place, LIMIT_BYTES)
        if old.hash != change.base:
            raise FileError(f"{change.path!r} has changed since it was read; nothing was written, try again")
        _require_writable(place, status, parts_links)
        return old, 0


def _require_writable(place: Place, status: os.stat_result, parts_links: bool) -> None:
    if stat.S_ISLNK(status.st_mode):
        return
    if status.st_nlink > 1 and not parts_links:
        raise ConfirmError(
            f"{place.path!r} has {status.st_nlink} names (hard links), which a safe write would part; "
            "nothing was written, replace it by a copy of its own first",
            target=place.path,
        )
    # Root may write anything; that the file is marked is meant all the same.
    if not status.st_mode & 0o222 or not os.access(place.at, os.W_OK, dir_fd=place.folder):
        raise FileError(f"{place.path!r} is read-only; nothing was written, allow writing to it first")


def _new_mode(change: Change, old: Found | None) -> int | None:
    return change.mode if old is None else old.status.st_mode


def _write(entry: Entry, change: Change, old: Found | None) -> None:
    """Write the new file beside its place; folders that are missing are made."""
    assert change.content is not None
    with reached(entry.root, entry.parts, made=[], follows_last=False) as place:
        put_beside(place.beside(entry.temporary), change.content, entry.mode, old)


def _show(entry: Entry, old: Found | None) -> None:
    """Have the new file take its name, provided that the old one is still as it was found."""
    with reached(entry.root, entry.parts, follows_last=False) as place:
        status = look(place)
        if (None if status is None else signature_of(status)) != (None if old is None else old.signature):
            raise FileError(f"{entry.path!r} has changed meanwhile; nothing was written, try again")
        _finish(entry, place)


def _finish(entry: Entry, place: Place) -> None:
    if entry.new_hash is None:
        remove(place)
        sync_folder(place)
        return
    try:
        publish(place.beside(entry.temporary), place, replaces=entry.old_hash is not None)
    except FileExistsError as error:
        raise FileError(f"{entry.path!r} is there already; nothing was written") from error


def _can_finish(record: Record) -> bool:
    """Return whether every file of the change is new already, or waits beside its place."""
    if record.rename is not None:
        with reached(record.rename.root, record.rename.parts, follows_last=False) as place:
            return look(place) is None
    for entry in record.entries:
        with reached(entry.root, entry.parts, follows_last=False) as place:
            now = state(place, LIMIT_BYTES)
            if now == entry.new_hash:
                continue
            waits = entry.new_hash is None or (
                not place.n_missing and state(place.beside(entry.temporary), LIMIT_BYTES) == entry.new_hash
            )
            if record.state is State.OPEN or now != entry.old_hash or not waits:
                return False
    return True


def _forward(record: Record) -> list[str]:
    for entry in record.entries:
        with reached(entry.root, entry.parts, follows_last=False) as place:
            if state(place, LIMIT_BYTES) != entry.new_hash:
                _finish(entry, place)
            elif not place.n_missing:
                remove(place.beside(entry.temporary))
    mark(record, State.DONE)
    return []


def _back(record: Record) -> list[str]:
    """Put back what was there, and return what could not be: a file that someone else changed since.

    All that waits goes first: so whoever has to do this again sees that it is being taken back.
    """
    for entry in record.entries:
        with reached(entry.root, entry.parts, follows_last=False) as place:
            if not place.n_missing:
                remove(place.beside(entry.temporary))
    theirs: list[str] = []
    # Nothing has taken its name in an open record, except the one file of one that is complete.
    if record.state is State.COMMIT or len(record.entries) == 1:
        for entry, content in zip(record.entries, kept_bytes(record), strict=True):
            theirs += _put_back(entry, content)
    for entry in record.entries:
        remove_made_folders(entry)
    drop(record)
    return [
        f"an interrupted change ({record.title or record.id}) was taken back, but {path!r} had been "
        "changed since and was left as it is"
        for path in theirs
    ]


def _put_back(entry: Entry, content: bytes | None) -> list[str]:
    with reached(entry.root, entry.parts, follows_last=False) as place:
        now = state(place, LIMIT_BYTES)
        if now == entry.old_hash:
            return []
        if now != entry.new_hash or place.n_missing:
            return [entry.path]
        if content is None:
            remove(place)
            sync_folder(place)
            return []
        beside = place.beside(entry.temporary)
        put_beside(beside, content, entry.mode, None if now is None else take(place, LIMIT_BYTES))
        publish(beside, place, replaces=now is not None)
        return []


def remove_made_folders(entry: Entry) -> None:
    """Remove the folders that were made for a file, if nothing else is in them."""
    # One that has other files by now stays, and one that cannot be removed takes nothing from anyone.
    with contextlib.suppress(OSError, FileError):
        for n in range(entry.n_missing):
            folder = entry.parts[: len(entry.parts) - 1 - n]
            with reached(entry.root, folder, follows_last=False) as place:
                if look(place) is not None:
                    os.rmdir(place.at, dir_fd=place.folder)
                    sync_folder(place)
