"""What a spelled path means: the names from a workspace folder down to a file. Touches no file."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote_to_bytes

from ..core.errors import FileError
from .names import why_unsafe

_URI = re.compile(r"file://(?:localhost)?(/[^?#]*)")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_DRIVE = re.compile(r"[A-Za-z]:")
_LONGEST = 4000


def path_of_uri(uri: str) -> str:
    """Return the path that a `file:` URI names on this machine. Raises: FileError for any other."""
    match = _URI.fullmatch(uri)
    if match is None or _BAD_PERCENT.search(uri):
        raise FileError(f"{uri[:200]!r} is no plain file URI of this machine, such as file:///folder/a.py")
    try:
        path = unquote_to_bytes(match[1]).decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileError(f"{uri[:200]!r} is no UTF-8 where it has percent signs") from error
    return path[1:] if sys.platform == "win32" and _DRIVE.match(path, 1) else path


def split(path: str, roots: Sequence[str], *, may_be_folder: bool = False) -> tuple[str, tuple[str, ...]]:
    """Return the one of `roots` that `path` lies in by its spelling, and the names from there down.

    A relative path starts at the first root. Nothing is resolved: ".." stays where a folder stands
    before it, and links are for the walk to follow. No names at all are the root itself.
    Raises: FileError.
    """
    assert roots
    spelled = path.replace("\\", "/") if sys.platform == "win32" else path
    if "\0" in path:
        raise FileError(f"{path!r} is no path: it holds a NUL character")
    if not path or len(path) > _LONGEST:
        raise FileError(f"{path[:100]!r} is no path: it is {'too long' if path else 'empty'}")
    if spelled.endswith("/") and not may_be_folder:
        raise FileError(f"{path[:200]!r} is a folder; name a file in it")
    for root in sorted(roots, key=len, reverse=True) if _is_absolute(spelled) else roots[:1]:
        rest = _below(spelled, root)
        if rest is not None:
            return root, _names(path, rest)
    raise outside(path)


def outside(path: str, target: str = "") -> FileError:
    """Return the error that says that `path` leads out of the workspace folders."""
    is_what = f" (it is {target!r})" if target else ""
    return FileError(
        f"{path[:200]!r} lies outside the workspace folders{is_what}; "
        "open its folder in the workspace to work on it"
    )


def _is_absolute(spelled: str) -> bool:
    return spelled.startswith("/") or (sys.platform == "win32" and _DRIVE.match(spelled) is not None)


def _below(spelled: str, root: str) -> str | None:
    """Return what is left of a path below `root`, or None if it is spelled otherwise."""
    if not _is_absolute(spelled):
        return spelled
    for known in dict.fromkeys((root, os.path.realpath(root))):
        top = Path(known).as_posix().rstrip("/")
        if os.path.normcase(spelled) == os.path.normcase(top):
            return "."
        if os.path.normcase(spelled).startswith(os.path.normcase(f"{top}/")):
            return spelled[len(top) + 1 :]
    return None


def _names(path: str, rest: str) -> tuple[str, ...]:
    """Return the names in `rest`; `path` is what an error says."""
    names = [name for name in rest.split("/") if name not in ("", ".")]
    depth = 0
    for name in names:
        depth += -1 if name == ".." else 1
        if depth < 0:
            raise outside(path)
        if why := why_unsafe(name):
            raise FileError(f"{path[:200]!r} cannot be used: {why}")
    return tuple(names)
