"""Which files nobody reads for a model or writes before the user has said so."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..core.errors import ConfirmError, FileError
from .names import is_protected, is_secret
from .paths import split
from .walk import Place, reached

# Tells of a path, links resolved, whether the user keeps it from models: an ignore file's matter.
Ignores = Callable[[str], bool]


@contextmanager
def reached_to_read(
    path: str, roots: Sequence[str], *, confirmed: bool, ignores: Ignores | None = None
) -> Iterator[Place]:
    """Yield the place that `path` means. Without `roots` it is the user's own path, and goes anywhere.

    Raises: ConfirmError, unless `confirmed`, for a secret and for what is ignored; FileError.
    """
    root, parts = _meant(path, roots)
    with reached(root, parts) as place:
        if not confirmed:
            if any(is_secret(way) for way in _ways(place, parts, roots)):
                raise ConfirmError(
                    f"{place.path!r} holds keys or passwords, by its name, and is not read for a model "
                    "unless you say so",
                    target=place.path,
                )
            if ignores is not None and ignores(place.path):
                raise ConfirmError(
                    f"{place.path!r} is ignored (.gitignore or .monkeyignore), and is not read for a "
                    "model unless you say so",
                    target=place.path,
                )
        yield place


def place_to_write(
    path: str, roots: Sequence[str], *, confirmed: bool, follows_last: bool = True
) -> tuple[str, tuple[str, ...]]:
    """Return the root and the names, links resolved, of the file that `path` means.

    Raises: ConfirmError, unless `confirmed`, for what programs obey and for secrets; FileError.
    """
    root, parts = _meant(path, roots)
    with reached(root, parts, follows_last=follows_last) as place:
        if not confirmed:
            require_unprotected(place.path, *_ways(place, parts, roots))
        return root, place.parts


def require_unprotected(path: str, *spellings: Sequence[str]) -> None:
    """Raises: ConfirmError if one of these ways to a file is protected or a secret."""
    if any(is_protected(parts) for parts in spellings):
        why = "programs start or obey what it says"
    elif any(is_secret(parts) for parts in spellings):
        why = "it holds keys or passwords, by its name"
    else:
        return
    raise ConfirmError(f"{path!r} is not written unless you say so: {why}", target=path)


def _meant(path: str, roots: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    if roots:
        return split(path, roots)
    target = Path(resolved(path))
    # The folders of a new file may be new too: begin at the first that is there.
    root = next((folder for folder in target.parents if folder.is_dir()), target.parent)
    return str(root), target.relative_to(root).parts


def resolved(path: str) -> str:
    """Return the user's own path absolute, links resolved; it need not exist. Raises: FileError."""
    if "\0" in path:
        raise FileError(f"{path!r} is no path: it holds a NUL character")
    try:
        return str(Path(path).resolve())
    except (OSError, RuntimeError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise FileError(f"cannot follow {path!r}: {reason}; look at its symbolic links") from error


def _ways(place: Place, parts: Sequence[str], roots: Sequence[str]) -> tuple[Sequence[str], ...]:
    """Return the ways to a file by which it is judged: links resolved, and as spelled.

    The user's own path is judged as a whole; a workspace folder may lie wherever it lies.
    """
    return (place.parts, _collapsed(parts)) if roots else (Path(place.path).parts[1:],)


def _collapsed(parts: Sequence[str]) -> list[str]:
    """Return the names without "..", as someone reads them who knows of no links."""
    return Path(os.path.normpath(Path(*parts))).as_posix().split("/")
