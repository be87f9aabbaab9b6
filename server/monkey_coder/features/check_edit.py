"""The checks of every file that an answer changes, before anything of it is shown as ready."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..codegen.checks import Checked, check_edit
from ..codegen.streaming_diff import diff
from ..core.errors import EditError
from ..core.kit import Kit
from .edit_files import FileEdit, numbered


@dataclass(frozen=True, slots=True)
class CheckedFiles:
    """The files with what was mended in them, what was checked, and what the user should know."""

    files: tuple[FileEdit, ...]
    checks: tuple[str, ...]
    warnings: tuple[str, ...]


def checked(kit: Kit, files: Sequence[FileEdit], model: str) -> CheckedFiles:
    """Return `files` checked; their hunks are numbered on from the first, no number twice.

    Reads the disk and runs formatters: call it in a thread. Raises: EditError for what cannot be shown.
    """
    created = tuple(one.target.path for one in files if one.creates and one.target.path)
    results = [_checked(kit, one, model, created) for one in files]
    mended = numbered([file for file, _ in results], 0)
    checks = dict.fromkeys(check for _, found in results for check in found.checks)
    warnings: dict[str, None] = {}
    for index, (file, found) in enumerate(results):
        prefix = f"{_short(file)}: " if index else ""
        warnings |= dict.fromkeys(prefix + warning for warning in found.warnings)
    return CheckedFiles(mended, tuple(checks), tuple(warnings))


def _checked(kit: Kit, one: FileEdit, model: str, created: tuple[str, ...]) -> tuple[FileEdit, Checked]:
    target = one.target
    is_trusted = target.folder is not None and target.folder in kit.trusted_folders
    try:
        found = check_edit(
            target, one.new_text, model=model, creates=one.creates, is_trusted=is_trusted, created=created
        )
    except EditError as error:
        if one.confirm:  # The reason may quote a file that no model reads unasked.
            raise EditError(f"the change of {_short(one)!r} cannot be used; nothing was changed") from error
        raise
    if found.text == one.new_text:
        return one, found
    return replace(one, hunks=diff(target.text, found.text)), found


def _short(one: FileEdit) -> str:
    path, folder = one.target.path, one.target.folder
    return os.path.relpath(path, folder) if path and folder else one.name
