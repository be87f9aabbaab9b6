"""Whether the files of one change agree: what one of them imports of another is still there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from ..workspace.tags import FileTags, tags


@dataclass(frozen=True, slots=True)
class Version:
    """A file's text before and after."""

    path: str
    language: str
    before: str
    after: str


def disagreements(files: Sequence[Version]) -> tuple[str, ...]:
    """Return what one file imports by name from another that defined it, and does so no longer."""
    after = {file.path: tags(file.after, file.language) for file in files}
    found: list[str] = []
    for source in files:
        gone = _gone(source, after[source.path])
        if not gone:
            continue
        for user in files:
            if user is source:
                continue
            used = _imported(after[user.path], source.path) & gone
            names = ", ".join(f"`{name}`" for name in sorted(used))
            if names:
                found.append(
                    f"{_short(user)} imports {names} from {_short(source)}, which no longer defines it"
                )
    return tuple(found)


def _gone(file: Version, after: FileTags) -> frozenset[str]:
    """Return the top-level names that the file neither defines nor imports any more."""
    names = {one.name for one in tags(file.before, file.language).definitions if not one.container}
    given = {name for one in after.imports for pair in one.names for name in pair}
    if "*" in given:
        return frozenset()
    return frozenset(names - given - {one.name for one in after.definitions})


def _imported(user: FileTags, path: str) -> set[str]:
    """Return the names that a file imports from modules that are called as `path` is."""
    pure = PurePath(path)
    called = {pure.stem, pure.parent.name} if pure.stem in ("__init__", "index", "mod") else {pure.stem}
    return {
        name
        for one in user.imports
        if (re.split(r"[./\\:]+", re.sub(r"\.[cm]?[jt]sx?$", "", one.module)) or [""])[-1] in called
        for name, _ in one.names
    }


def _short(file: Version) -> str:
    return PurePath(file.path).name
