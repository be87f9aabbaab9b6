"""The other files that an answer changes, each checked as the document asked about is."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..codegen.answer import FileAnswer
from ..codegen.streaming_diff import diff
from ..codegen.syntax import syntax_problems
from ..core.documents import Document, Hunk, apply_edits
from ..core.errors import ConfirmError, EditError, FileError
from ..filesystem.guard import place_to_write
from ..workspace.languages import language_of
from .files import read_file, read_for_model


def _none_opened() -> Sequence[Document]:
    return ()


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where an edit may change files besides its document: in `folders`.

    `opened` returns the files that an editor holds, whose texts count instead of those on disk.
    """

    folders: tuple[str, ...] = ()
    opened: Callable[[], Sequence[Document]] = _none_opened


@dataclass(frozen=True, slots=True)
class FileEdit:
    """The change of one file. `creates` says that `target` does not exist yet.

    `confirm` says why the user has to agree before this file is written, and names it, links resolved;
    it is empty for a file like any other.
    """

    target: Document
    hunks: tuple[Hunk, ...]
    creates: bool
    confirm: str = ""

    @property
    def new_text(self) -> str:
        return apply_edits(self.target.text, self.hunks)

    @property
    def name(self) -> str:
        """How the file is called to a person."""
        return self.target.path or self.target.uri


def file_edits(
    base: Document,
    answers: Sequence[FileAnswer],
    folders: Sequence[str],
    opened: Sequence[Document],
    model: str,
) -> tuple[FileEdit, ...]:
    """Return what the answers change in other files than `base`, numbering the hunks of each from 0.

    Raises: EditError for a file outside `folders`, one that does not exist, one that is named twice, and a
    change that does not apply or does not parse; FileError for a file that cannot be read.
    """
    found: list[FileEdit] = []
    seen = {_identity(base.path)} if base.path else set()
    for answer in answers:
        one = _file_edit(base, answer, folders, opened, model)
        identity = _identity(one.name)
        if identity in seen:
            raise EditError(f"the answer names {answer.path!r} by two names; nothing was changed. Ask again")
        seen.add(identity)
        if one.hunks:
            found.append(one)
    return tuple(found)


def numbered(files: Sequence[FileEdit], first_id: int) -> tuple[FileEdit, ...]:
    """Return the files with their hunks numbered on from `first_id`, no number twice."""
    result: list[FileEdit] = []
    for one in files:
        hunks = tuple(replace(hunk, id=first_id + index) for index, hunk in enumerate(one.hunks))
        first_id += len(hunks)
        result.append(replace(one, hunks=hunks))
    return tuple(result)


def same_file(path: str, opened: Sequence[Document]) -> Document | None:
    """Return the one of `opened` that is the file at `path`, whatever way its own path is spelled."""
    identity = _identity(path)
    return next((one for one in opened if one.path is not None and _identity(one.path) == identity), None)


def check_syntax(document: Document, new: str, model: str) -> None:
    """Raises: EditError if the new text has mistakes of syntax that the document does not have."""
    problems = syntax_problems(document.text, new, document.language)
    if problems:
        raise EditError(
            f"the answer of {model} does not parse as {document.language} ({problems[0]}); nothing was "
            "changed. Ask again, or with a more exact instruction"
        )


def _file_edit(
    base: Document, answer: FileAnswer, folders: Sequence[str], opened: Sequence[Document], model: str
) -> FileEdit:
    if not folders:
        raise EditError(
            f"the answer changes {answer.path!r} too, and {base.uri} is in no workspace folder; "
            "nothing was changed. Open the folder that holds both"
        )
    path = place_of(base, answer.path, folders)
    try:
        confirm = _confirmation(path, folders)
        target = _target(path, folders, opened)
    except FileError as error:
        raise EditError(f"the answer changes {answer.path!r}: {error}; nothing was changed") from error
    if target.version < 0 and not answer.creates:
        raise EditError(f"the answer changes {answer.path!r}, which does not exist; nothing was changed")
    try:
        new = answer.apply(target.text, target.language)
        check_syntax(target, new, model)
    except EditError as error:
        # The reason may quote the file, and goes back to the model.
        said = "a file that no model reads unasked" if confirm else str(error)
        raise EditError(f"the change of {answer.path!r} does not fit: {said}") from error
    creates = target.version < 0
    # An empty new file is a change too, to be accepted like any other.
    hunks = diff(target.text, new) or ((Hunk(0, 0, 0, ""),) if creates else ())
    return FileEdit(target, hunks, creates, confirm)


def place_of(base: Document, given: str, folders: Sequence[str]) -> str:
    """Return the path that an answer means: from a workspace folder, else from beside the document."""
    if Path(given).is_absolute():
        return given
    first = [base.folder] if base.folder else []
    starts = [*first, *folders, *([str(Path(base.path).parent)] if base.path else [])]
    ways = [str(Path(start) / given) for start in starts]
    return next((way for way in ways if Path(way).exists()), ways[0])


def _confirmation(path: str, folders: Sequence[str]) -> str:
    """Return why the user has to agree to a change of this file, or "". Raises: FileError."""
    try:
        place_to_write(path, folders, confirmed=False)
        if Path(path).exists():
            read_for_model(path, folders)
    except ConfirmError as error:
        return str(error)
    return ""


def _target(path: str, folders: Sequence[str], opened: Sequence[Document]) -> Document:
    """Return the file as the editor has it, as it is on disk, or with version -1 where there is none."""
    document = same_file(path, opened)
    if document is not None:
        return document
    exists = Path(path).exists()
    root, parts = place_to_write(path, folders, confirmed=True)
    place = str(Path(root, *parts))
    text = read_file(path, roots=folders, confirmed=True).text if exists else ""
    return Document(Path(place).as_uri(), language_of(place), 0 if exists else -1, text, place, root)


def _identity(path: str) -> str:
    return os.path.normcase(os.path.realpath(path))
