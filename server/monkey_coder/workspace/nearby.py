"""The files around a document, read within limits of count, size and time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from time import monotonic

from .walk import siblings, walk

MAX_BYTES = 1_000_000


def project_files(
    folder: str,
    extensions: tuple[str, ...],
    *,
    near: str | None = None,
    limit: int = 20_000,
    seconds: float = 2.0,
) -> Iterator[Path]:
    """Yield the user's source files under `folder` by extension, those beside `near` first.

    Ignored files are left out. Stops quietly after `limit` files or `seconds`.
    """
    until = monotonic() + seconds
    seen: set[str] = set()
    beside = siblings(near, folder) if near else []
    for file in chain(beside, walk(folder)):
        if len(seen) >= limit or monotonic() > until:
            return
        if file.path.endswith(extensions) and file.path not in seen:
            seen.add(file.path)
            yield Path(file.path)


def read_source(path: Path, *, max_bytes: int = MAX_BYTES) -> str | None:
    """Return a file's text, its line ends as they are; None if it is gone, too large or not UTF-8."""
    try:
        if not path.is_file() or path.stat().st_size > max_bytes:
            return None
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None


def entries_of(folder: str) -> list[os.DirEntry[str]]:
    """Return what lies in a folder, by name; nothing if it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []
