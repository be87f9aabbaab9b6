"""What is done to one file in a folder that stands open. Nothing here follows a link."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import FileError
from .walk import Place

# Linux has O_NONBLOCK (opening a pipe must not wait for its writer), Windows has O_BINARY.
_SAFE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | _SAFE
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFE
# Not writable for others, whatever the umask: it may come from a service that never set one.
_NEW_MODE = 0o644
_LINK_MARK = b"symbolic link\0"


@dataclass(frozen=True, slots=True)
class Found:
    """What was at a place: a file's bytes (of a link: where it leads), its status and attributes."""

    content: bytes
    status: os.stat_result
    attributes: tuple[tuple[str, bytes], ...] = ()

    @property
    def hash(self) -> str:
        return hash_of(self.content, self.status.st_mode)

    @property
    def signature(self) -> tuple[int, ...]:
        return signature_of(self.status)


def hash_of(content: bytes, mode: int = stat.S_IFREG) -> str:
    """Return the SHA-256 of a file's bytes; a link to them has another one."""
    return hashlib.sha256(_LINK_MARK + content if stat.S_ISLNK(mode) else content).hexdigest()


def signature_of(status: os.stat_result) -> tuple[int, ...]:
    """Return what differs once a file was replaced or written."""
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def look(place: Place) -> os.stat_result | None:
    """Return the status of what is at a place, or None if nothing is."""
    if place.n_missing:
        return None
    try:
        return os.stat(place.at, dir_fd=place.folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def take(place: Place, limit_bytes: int) -> Found:
    """Return what is at a place: a regular file of at most `limit_bytes`, or a link.

    Raises: FileError for anything else, OSError.
    """
    status = look(place)
    if status is None:
        raise FileNotFoundError(2, os.strerror(2))
    if stat.S_ISLNK(status.st_mode):
        return Found(os.fsencode(os.readlink(place.at, dir_fd=place.folder)), status)
    # Opening some devices does something already, so look before opening, and again after.
    _require_readable(place.path, status, limit_bytes)
    descriptor = os.open(place.at, _READ, dir_fd=place.folder)
    with os.fdopen(descriptor, "rb") as file:
        opened = os.fstat(descriptor)
        _require_readable(place.path, opened, limit_bytes)
        if place.folder is None and (status.st_dev, status.st_ino) != (opened.st_dev, opened.st_ino):
            raise FileError(f"{place.path!r} was replaced while it was opened; try again")
        content = file.read(limit_bytes + 1)
        attributes = _attributes(descriptor)
    if len(content) > limit_bytes:
        raise FileError(_too_large(place.path, len(content), limit_bytes))
    return Found(content, opened, attributes)


def content(name: str, folder: int, limit_bytes: int) -> bytes | None:
    """Return the bytes of a regular file in an open folder; None for anything else, or for more of them.

    `take` for many files: it does not say why not. Raises: OSError.
    """
    status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if not stat.S_ISREG(status.st_mode) or status.st_size > limit_bytes:
        return None
    descriptor = os.open(name, _READ, dir_fd=folder)
    try:
        opened = os.fstat(descriptor)
        if not stat.S_ISREG(opened.st_mode):
            return None
        data = os.read(descriptor, opened.st_size + 1)
        if len(data) != opened.st_size:  # It grows or shrinks, or its file system gives it in parts.
            pieces, size = [data], len(data)
            while size <= limit_bytes and (piece := os.read(descriptor, limit_bytes + 1 - size)):
                pieces.append(piece)
                size += len(piece)
            data = b"".join(pieces)
    finally:
        os.close(descriptor)
    return data if len(data) <= limit_bytes else None


def names_beside(place: Place) -> list[str]:
    """Return the names in the folder of a place, sorted. Raises: OSError."""
    with os.scandir(Path(place.at).parent if place.folder is None else place.folder) as entries:
        return sorted(entry.name for entry in entries)


def state(place: Place, limit_bytes: int) -> str | None:
    """Return the hash of what is at a place, None for nothing, "" for what cannot be read."""
    if look(place) is None:
        return None
    try:
        return take(place, limit_bytes).hash
    except (OSError, FileError):
        return ""


def put_beside(place: Place, content: bytes, mode: int | None, old: Found | None) -> None:
    """Make the file at `place` and flush it to the disk, with the owner and attributes of `old`.

    Without a `mode` it has the one that new files have here. Raises: OSError, with no file left.
    """
    if mode is not None and stat.S_ISLNK(mode):
        os.symlink(os.fsdecode(content), place.at, dir_fd=place.folder)
        return
    descriptor = os.open(place.at, _CREATE, _NEW_MODE if mode is None else 0o600, dir_fd=place.folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            _dress(descriptor, None if mode is None else stat.S_IMODE(mode), old)
            os.fsync(descriptor)
    except BaseException:
        remove(place)
        raise


def publish(temporary: Place, place: Place, *, replaces: bool) -> None:
    """Give `temporary` the name of `place`. Raises: FileExistsError if it may not replace a file there."""
    if replaces:
        os.replace(temporary.at, place.at, src_dir_fd=temporary.folder, dst_dir_fd=place.folder)
    elif sys.platform == "win32":
        Path(temporary.at).rename(place.at)  # POSIX would replace an existing target here.
    else:
        try:
            os.link(
                temporary.at,
                place.at,
                src_dir_fd=temporary.folder,
                dst_dir_fd=place.folder,
                follow_symlinks=False,
            )
        except FileExistsError:
            raise
        except OSError:
            # FAT and some network file systems have no links: take the name first, then fill it.
            os.close(os.open(place.at, _CREATE, 0o600, dir_fd=place.folder))
            os.replace(temporary.at, place.at, src_dir_fd=temporary.folder, dst_dir_fd=place.folder)
        else:
            os.unlink(temporary.at, dir_fd=temporary.folder)
    sync_folder(place)


def remove(place: Place) -> None:
    """Remove the file or the link at a place, if there is one."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(place.at, dir_fd=place.folder)


def sync_folder(place: Place) -> None:
    """Make a new, changed or removed name survive a power cut, where the file system can."""
    if place.folder is not None:
        # Nothing is lost by a folder that cannot be synchronised: some network file systems.
        with contextlib.suppress(OSError):
            os.fsync(place.folder)


def _dress(descriptor: int, mode: int | None, old: Found | None) -> None:
    """Give an open file the owner, the attributes and the mode of another, as far as is allowed."""
    if sys.platform == "win32":
        return
    if old is not None:
        mine = os.fstat(descriptor)
        if (old.status.st_uid, old.status.st_gid) != (mine.st_uid, mine.st_gid):
            # Only root may give a file away; everyone else's new file is their own, as in other editors.
            try:
                os.fchown(descriptor, old.status.st_uid, old.status.st_gid)
            except PermissionError:
                with contextlib.suppress(PermissionError):
                    os.fchown(descriptor, -1, old.status.st_gid)
        if sys.platform == "linux":
            for name, value in old.attributes:
                with contextlib.suppress(OSError):  # Some attributes belong to the system.
                    os.setxattr(descriptor, name, value)
    if mode is not None:
        os.fchmod(descriptor, mode)  # Last: a change of owner drops set-user-ID.


def _attributes(descriptor: int) -> tuple[tuple[str, bytes], ...]:
    if sys.platform != "linux":
        return ()
    try:
        return tuple((name, os.getxattr(descriptor, name)) for name in os.listxattr(descriptor))
    except OSError:
        return ()  # This file system has none.


def _require_readable(path: str, status: os.stat_result, limit_bytes: int) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise FileError(f"{path!r} is a folder; name a file in it")
    if not stat.S_ISREG(status.st_mode):
        raise FileError(f"{path!r} is a pipe or a device; only regular files are read")
    if status.st_size > limit_bytes:
        raise FileError(_too_large(path, status.st_size, limit_bytes))


def _too_large(path: str, size: int, limit_bytes: int) -> str:
    return (
        f"{path!r} is too large: {size / 1e6:.1f} MB, and at most {limit_bytes / 1e6:.1f} MB are read; "
        "split the file or copy the part in question into one of its own"
    )
