"""Delete and rename inside the workspace folders."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..core.errors import FileError
from .commit import LIMIT_BYTES, Change, commit
from .entry import look, names_beside, sync_folder, take
from .guard import place_to_write, require_unprotected
from .lock import locked
from .names import why_not_portable
from .record import Record, Rename, State, drop, mark, new_id, write_record
from .walk import Place, reached

_MOST = 10_000


def delete(path: str, *, roots: Sequence[str], backups: str, confirmed: bool = False) -> str:
    """Delete a file, a link (not what it leads to) or a folder with all in it; return the change's id.

    What was there is kept and can be taken back, except folders that were empty.
    Raises: ConfirmError, FileError; nothing was deleted then.
    """
    root, parts = place_to_write(path, roots, confirmed=confirmed, follows_last=False)
    changes: list[Change] = []
    folders: list[tuple[str, ...]] = []
    for below, found in _all_below(root, parts, reads=True):
        if not confirmed:
            require_unprotected(str(Path(root, *below)), below)
        if found is None:
            folders.append(below)
        else:
            changes.append(Change(root, below, None, found))
    id_ = commit(changes, Path(backups), title=f"delete {Path(*parts).as_posix()}", parts_links=True)
    for folder in sorted(folders, key=len, reverse=True):
        with reached(root, folder, follows_last=False) as place:
            try:
                os.rmdir(place.at, dir_fd=place.folder)
            except OSError as error:
                raise _failed("delete", place, error) from error
            sync_folder(place)
    return id_


def rename(path: str, new_path: str, *, roots: Sequence[str], backups: str, confirmed: bool = False) -> str:
    """Give a file, a link or a folder another name, where there is none yet; return the change's id.

    Raises: ConfirmError, FileError; nothing was renamed then.
    """
    root, parts = place_to_write(path, roots, confirmed=confirmed, follows_last=False)
    new_root, new_parts = place_to_write(new_path, roots, confirmed=confirmed, follows_last=False)
    if why := why_not_portable(new_parts[-1]):
        raise FileError(f"no file is made with the name {new_parts[-1]!r}: {why}")
    if root == new_root and new_parts[: len(parts)] == parts:
        raise FileError(f"{path!r} cannot be moved into itself")
    for below, _ in _all_below(root, parts, reads=False):
        if not confirmed:
            renamed = (*new_parts, *below[len(parts) :])
            require_unprotected(str(Path(root, *below)), below)
            require_unprotected(str(Path(new_root, *renamed)), renamed)
    title = f"rename {Path(*parts).as_posix()} to {Path(*new_parts).as_posix()}"
    return rename_again(Rename(root, parts, new_root, new_parts), Path(backups), title=title)


def rename_again(wanted: Rename, store: Path, *, title: str, undoes: str | None = None) -> str:
    """Rename what may be renamed, and return the change's id. Raises: FileError; nothing was renamed then."""
    with (
        locked(store),
        reached(wanted.root, wanted.parts, follows_last=False) as old,
        reached(wanted.new_root, wanted.new_parts, follows_last=False) as new,
    ):
        if look(old) is None:
            raise FileError(f"there is no {old.path!r}; check the spelling")
        if new.n_missing:
            raise FileError(f"cannot rename to {new.path!r}: its folder does not exist; make it first")
        if look(new) is not None:
            raise FileError(f"{new.path!r} is there already; nothing was renamed")
        id_ = new_id()
        record = Record(id_, title, time.time(), undoes, (), store / id_, wanted)
        try:
            record = write_record(store, record, ())
            os.rename(old.at, new.at, src_dir_fd=old.folder, dst_dir_fd=new.folder)
        except OSError as error:
            drop(record)
            raise _failed("rename", old, error) from error
        sync_folder(new)
        sync_folder(old)
        return mark(record, State.DONE).id


def _all_below(
    root: str, parts: tuple[str, ...], *, reads: bool
) -> Iterator[tuple[tuple[str, ...], str | None]]:
    """Yield `parts` and, of a folder, all below it: the names, and the hash, or None for a folder.

    Unless it `reads`, every hash is "".

    Raises: FileError if there is nothing, or too much.
    """
    n_found = 0
    todo = [parts]
    while todo:
        below = todo.pop()
        n_found += 1
        if n_found > _MOST:
            raise FileError(f"more than {_MOST} files are in {str(Path(root, *parts))!r}; do it yourself")
        with reached(root, below, follows_last=False) as place:
            status = look(place)
            if status is None:
                raise FileError(f"there is no {place.path!r}; check the spelling")
            try:
                if not stat.S_ISDIR(status.st_mode):
                    yield below, take(place, LIMIT_BYTES).hash if reads else ""
                    continue
                with reached(root, [*below, "listed"], follows_last=False) as inside:
                    todo += [(*below, name) for name in names_beside(inside)]
            except OSError as error:
                raise _failed("read", place, error) from error
        yield below, None


def _failed(what: str, place: Place, error: OSError) -> FileError:
    reason = (error.strerror or str(error)).lower()
    return FileError(f"cannot {what} {place.path!r}: {reason}; check the permissions of its folder")
