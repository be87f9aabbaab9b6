"""Walk from a workspace folder down to a file, by opened folders and never by a whole path.

A path that was looked at can lead elsewhere by the time it is used: a link takes the place of a
folder in between. So each folder is opened from the one above it, never through a link; links are
read and followed by hand, and only inside the workspace folder. What is done next is done in the
folder that stands open.

Windows has no opening of one folder from another. There the walk looks at each step, follows no link
and no junction at all, and hands on a path; whoever can swap a folder between the look and the use
gets past it. `entry.py` looks again after opening, which leaves a write as the gap.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ..core.errors import FileError
from .names import why_not_portable
from .paths import outside

# Also the kernel's own limits are of this order; more is a loop, or an attack.
_MOST_LINKS = 20
_FOLDER = (
    os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
)
HAS_DESCRIPTORS = sys.platform != "win32" and {os.open, os.stat, os.rename, os.unlink} <= os.supports_dir_fd


@dataclass(frozen=True, slots=True)
class Place:
    """A name in a folder that stands open; there need not be a file of that name.

    `parts` lead from `root` to it, links resolved. Pass `at` with `dir_fd=folder` to functions of
    `os`: it is the name, or the whole path on systems without descriptors, where `folder` is None.
    With `n_missing`, the last so many folders of `parts` do not exist, and nothing can be done here.
    """

    root: str
    parts: tuple[str, ...]
    at: str
    folder: int | None
    n_missing: int = 0

    @property
    def path(self) -> str:
        """The absolute path, for people and for errors."""
        return str(Path(self.root, *self.parts))

    def beside(self, name: str) -> Place:
        """Return the place of another name in the same folder."""
        at = name if self.folder is not None else str(Path(self.at).with_name(name))
        return replace(self, parts=(*self.parts[:-1], name), at=at)


@contextmanager
def reached(
    root: str,
    parts: Sequence[str],
    *,
    made: list[tuple[str, ...]] | None = None,
    follows_last: bool = True,
) -> Iterator[Place]:
    """Open the way from `root` along `parts` and yield the place at its end.

    With a list as `made`, missing folders are made and noted there; without, the place says how many
    there are. `follows_last` says what a link at the end means: where it leads, or the link itself.
    Raises: FileError, also for a way that leads outside.
    """
    folders: list[int] = []
    try:
        try:
            if HAS_DESCRIPTORS:
                place = _descend(folders, root, list(parts), made, follows_last)
            else:
                place = _look_down(root, list(parts), made, follows_last)
        except OSError as error:
            raise _failed(Path(root, *parts), error) from error
        yield place
    finally:
        for folder in folders:
            os.close(folder)


def _descend(
    folders: list[int], root: str, todo: list[str], made: list[tuple[str, ...]] | None, follows_last: bool
) -> Place:
    """Return the place at the end of `todo`. The folders on the way stand open in `folders`."""
    # The root may be reached through links: the user chose it.
    folders.append(os.open(root, _FOLDER & ~getattr(os, "O_NOFOLLOW", 0)))
    real: list[str] = []
    n_links = 0
    while todo:
        name = todo.pop(0)
        if name in ("", "."):
            continue
        if name == "..":
            if not real:
                raise outside(str(Path(root, "..", *todo)))
            real.pop()
            os.close(folders.pop())
            continue
        status = _status(name, folders[-1])
        if status is not None and stat.S_ISLNK(status.st_mode) and (todo or follows_last):
            n_links += 1
            if n_links > _MOST_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
            target = os.readlink(name, dir_fd=folders[-1])
            if target.startswith("/"):
                target = _inside(root, target, str(Path(root, *real, name)))
                real = []
                while len(folders) > 1:
                    os.close(folders.pop())
            todo = target.split("/") + todo
            continue
        if not todo:
            return Place(root, (*real, name), name, folders[-1])
        if status is None:
            if made is None or ".." in todo:
                return _beyond(Place(root, (*real, name), name, folders[-1]), todo)
            _make(name, folders[-1], (*real, name), made)
        folders.append(os.open(name, _FOLDER, dir_fd=folders[-1]))
        real.append(name)
    raise FileError(f"{str(Path(root, *real))!r} is a folder; name a file in it")


def _look_down(root: str, todo: list[str], made: list[tuple[str, ...]] | None, follows_last: bool) -> Place:
    """Do as `_descend` does where folders cannot be opened: look at each step, and follow no link."""
    real: list[str] = []
    while todo:
        name = todo.pop(0)
        if name == "..":
            real.pop()
            continue
        if why := why_not_portable(name):
            raise FileError(f"{name!r} cannot be used: {why}")
        path = str(Path(root, *real, name))
        status = _status(path, None)
        if status is not None and _leads_elsewhere(status) and (todo or follows_last):
            raise FileError(f"{path!r} is a link, which is not followed here; name the file it leads to")
        if not todo:
            return Place(root, (*real, name), path, None)
        if status is None:
            if made is None or ".." in todo:
                return _beyond(Place(root, (*real, name), path, None), todo)
            _make(path, None, (*real, name), made)
        elif not stat.S_ISDIR(status.st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        real.append(name)
    raise FileError(f"{str(Path(root, *real))!r} is a folder; name a file in it")


def _beyond(place: Place, todo: Sequence[str]) -> Place:
    """Return the place at the end of `todo`, below the missing folder at `place`."""
    if ".." in todo:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    names = [name for name in todo if name not in ("", ".")]
    return replace(place, parts=(*place.parts, *names), n_missing=len(names))


def _status(name: str, folder: int | None) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _leads_elsewhere(status: os.stat_result) -> bool:
    """Return whether this is a link, a junction or another reparse point."""
    is_reparse = getattr(status, "st_file_attributes", 0) & stat.FILE_ATTRIBUTE_REPARSE_POINT
    return stat.S_ISLNK(status.st_mode) or bool(is_reparse)


def _make(name: str, folder: int | None, parts: tuple[str, ...], made: list[tuple[str, ...]]) -> None:
    try:
        os.mkdir(name, 0o755, dir_fd=folder)
    except FileExistsError:
        return  # Someone else was faster; opening it tells what it is.
    made.append(parts)


def _inside(root: str, target: str, link: str) -> str:
    """Return what an absolute link's target is from `root`, or raise the error for one outside."""
    for known in (root, os.path.realpath(root)):
        if target == known or target.startswith(known.rstrip("/") + "/"):
            return target[len(known.rstrip("/")) :]
    raise outside(link, target)


def _failed(path: Path, error: OSError) -> FileError:
    if error.errno == errno.ELOOP:
        return FileError(f"cannot follow {str(path)!r}: too many symbolic links; look at where they lead")
    if error.errno == errno.ENOTDIR:
        return FileError(f"cannot reach {str(path)!r}: a part of it is no folder; check the spelling")
    reason = (error.strerror or str(error)).lower()
    advice = "check the spelling and the folder" if error.errno == errno.ENOENT else "check its permissions"
    return FileError(f"cannot reach {str(path)!r}: {reason}; {advice}")
