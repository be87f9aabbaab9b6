"""Write one text file as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import FileError
from .read import BOM, FileText, common_eol, hash_of, read_bytes, resolve

BACKUPS_KEPT = 10
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class Written:
    """The file that was written, the hash of its new bytes, and where the old ones were kept."""

    path: str
    hash: str
    backup: str | None


def write_text(
    path: str,
    text: str,
    *,
    like: FileText | None = None,
    backups: str | None = None,
    roots: Sequence[str] = (),
) -> Written:
    """Replace the file at `path` by `text`, in the form of `like`, what was read there before.

    Byte order mark, mode, owner and symbolic links stay. Where all line ends were CRLF, new ones
    become so. `backups` is a folder that keeps the newest few old versions of each file. Without
    `like` the file is created.

    Raises: FileError, with the old file untouched, if the file is not as `like` says, if there is
    one where one was to be created, if it is read-only, has hard links or lies outside `roots`.
    """
    target = Path(resolve(path, roots))
    content = _encode(text, like, path)
    try:
        if like is None:
            _create(target, content)
            return Written(str(target), hash_of(content), None)
        old = _unchanged(target, like)
        backup = None if backups is None else _keep(Path(backups), target, old)
        temporary = _write_beside(target, content, like.mode)
        try:
            _copy_attributes(target, temporary)
            _unchanged(target, like)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise FileError(
            f"cannot write {path!r}: {reason}; nothing was changed, check the folder's permissions "
            "and the space on the disk"
        ) from error
    return Written(str(target), hash_of(content), backup)


def _encode(text: str, like: FileText | None, path: str) -> bytes:
    if like is not None and like.eol == "\r\n" and common_eol(text) != "\r\n":
        text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise FileError(
            f"the text for {path!r} holds half of a surrogate pair; nothing was written"
        ) from error
    return BOM + content if like is not None and like.has_bom else content


def _unchanged(target: Path, like: FileText) -> bytes:
    """Return the bytes of the file, provided that they and the file are still those of `like`."""
    changed = FileError(f"{str(target)!r} has changed since it was read; nothing was written, try again")
    if str(target) != like.path or target.stat().st_size != like.size:
        raise changed
    content, status = read_bytes(str(target), like.size)
    if hash_of(content) != like.hash:
        raise changed
    if status.st_nlink > 1:
        raise FileError(
            f"{str(target)!r} has {status.st_nlink} names (hard links), which a safe write would part; "
            "nothing was written, replace it by a copy of its own first"
        )
    if not os.access(target, os.W_OK):
        raise FileError(f"{str(target)!r} is read-only; nothing was written, allow writing to it first")
    return content


def _write_beside(target: Path, content: bytes, mode: int | None) -> Path:
    """Return a new file in the folder of `target` that safely holds `content`.

    Without `mode` it has the one that new files have here.
    """
    temporary = target.with_name(f".{target.name[:100]}.{secrets.token_hex(8)}.tmp")
    descriptor = os.open(temporary, _FLAGS, 0o666 if mode is None else 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        if mode is not None:
            temporary.chmod(mode)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _create(target: Path, content: bytes) -> None:
    """Create `target`; its folder is made where it is missing."""
    if target.exists():
        raise FileError(f"{str(target)!r} is there already; nothing was written")
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = _write_beside(target, content, None)
    try:
        _publish(temporary, target)
    except FileExistsError as error:
        raise FileError(f"{str(target)!r} is there already; nothing was written") from error
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(target.parent)


def _publish(temporary: Path, target: Path) -> None:
    """Give `temporary` the name `target`. Raises: FileExistsError if another has it."""
    if sys.platform == "win32":
        temporary.rename(target)  # POSIX would replace an existing target here.
        return
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:
        # FAT and some network file systems have no links: take the name first, then fill it.
        os.close(os.open(target, _FLAGS, 0o666))
        temporary.replace(target)


def _copy_attributes(source: Path, copy: Path) -> None:
    """Give `copy` the owner, the mode and the extended attributes of `source`, as far as is allowed."""
    if sys.platform == "win32":
        return
    status = source.stat()
    mine = copy.stat()
    if (status.st_uid, status.st_gid) != (mine.st_uid, mine.st_gid):
        # Only root may give a file away; everyone else's new file is their own, as in other editors.
        with contextlib.suppress(PermissionError):
            os.chown(copy, status.st_uid, status.st_gid)
            copy.chmod(stat.S_IMODE(status.st_mode))  # A change of owner drops set-user-ID.
    if sys.platform == "linux":
        # Some attributes belong to the system, and some file systems have none at all.
        with contextlib.suppress(OSError):
            for name in os.listxattr(source):
                os.setxattr(copy, name, os.getxattr(source, name))


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut, where the file system can."""
    if sys.platform == "win32":
        return
    # The file stands already; a folder that cannot be opened or synchronised takes nothing from it.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _keep(backups: Path, target: Path, content: bytes) -> str:
    """Store `content` as the newest old version of `target`; return its path."""
    folder = backups / f"{target.name[:60]}-{hash_of(str(target).encode('utf-8', 'replace'))[:16]}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{time.time_ns():020d}{target.suffix[:20]}"
    kept = _write_beside(folder / name, content, 0o600).rename(folder / name)
    for old in sorted(folder.iterdir())[:-BACKUPS_KEPT]:
        old.unlink(missing_ok=True)
    return str(kept)
