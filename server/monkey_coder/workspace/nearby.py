"""The files around a document, read within limits of count, size and time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

MAX_BYTES = 1_000_000
_SKIPPED = frozenset(
    {
        "node_modules", "bower_components", "__pycache__", "venv", "env", "dist", "build", "target", "vendor",
        "site-packages", "coverage", "out", "obj", "bin", "third_party",
    }
)  # fmt: skip


def project_files(
    folder: str,
    extensions: tuple[str, ...],
    *,
    near: str | None = None,
    limit: int = 20_000,
    seconds: float = 2.0,
) -> Iterator[Path]:
    """Yield regular files under `folder` by extension, those beside `near` first.

    Hidden folders, links and folders of dependencies are not entered. Stops quietly after `limit`
    files or `seconds`.
    """
    until = monotonic() + seconds
    first = str(Path(near).parent) if near else ""
    count = 0
    seen: set[str] = set()
    starts = [first, folder] if first and _is_within(first, folder) else [folder]
    for start in starts:
        pending = [start]
        while pending and count < limit and monotonic() < until:
            here = pending.pop()
            if here in seen:
                continue
            seen.add(here)
            folders: list[str] = []
            for entry in entries_of(here):
                if entry.is_dir(follow_symlinks=False):
                    if not entry.name.startswith(".") and entry.name not in _SKIPPED:
                        folders.append(entry.path)
                elif entry.name.endswith(extensions) and entry.is_file(follow_symlinks=False):
                    count += 1
                    yield Path(entry.path)
            pending.extend(reversed(folders))


def read_source(path: Path, *, max_bytes: int = MAX_BYTES) -> str | None:
    """Return a file's text, its line ends as they are; None if it is gone, too large or not UTF-8."""
    try:
        if not path.is_file() or path.stat().st_size > max_bytes:
            return None
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def entries_of(folder: str) -> list[os.DirEntry[str]]:
    """Return what lies in a folder, by name; nothing if it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []
