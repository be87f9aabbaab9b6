"""Documents from files and back, for doors whose client keeps none of its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.documents import Document
from ..core.errors import FileError
from ..filesystem.diff import unified_diff
from ..filesystem.guard import Ignores
from ..filesystem.history import Past, changes_of, diff_of_change, undo
from ..filesystem.read import FileText, read_text
from ..filesystem.write import NewText, Written, write_texts
from ..workspace.editorconfig import charset_of
from ..workspace.languages import language_of
from ..workspace.walk import is_ignored
from .documents import holds

__all__ = [
    "Change",
    "Past",
    "Written",
    "changes_of",
    "diff_of",
    "diff_of_change",
    "project_folder",
    "read_document",
    "read_for_model",
    "text_on_disk",
    "undo",
    "write_documents",
]

# What stands at the top of a project, the surest first.
_MARKS = (
    ".git", ".hg", ".jj", "pyproject.toml", "package.json", "go.mod", "Cargo.toml", "pom.xml",
    "build.gradle", "composer.json", "Gemfile", "CMakeLists.txt", "setup.py", "Makefile",
)  # fmt: skip


def read_file(
    path: str,
    *,
    folder: str | None = None,
    roots: Sequence[str] = (),
    confirmed: bool = False,
    ignores: Ignores | None = None,
) -> FileText:
    """Read as `read_text` does, with what `.editorconfig` says of the encoding.

    `folder` is the project's, by default the one of `roots` that holds the file, else the nearest.
    """

    def charset(resolved: str) -> str:
        holding = folder or next((root for root in roots if holds(root, resolved)), None)
        return charset_of(resolved, holding or project_folder(resolved))

    return read_text(path, roots=roots, confirmed=confirmed, ignores=ignores, charsets=charset)


def read_document(path: str, *, folder: str | None = None, confirmed: bool = False) -> Document:
    """Return the file at `path`, which the user named, as a document in its project's folder.

    Raises: ConfirmError for a file that holds secrets, by its name, unless `confirmed`; FileError.
    """
    file = read_file(path, folder=folder, confirmed=confirmed)
    return Document(
        uri=Path(file.path).as_uri(),
        language=language_of(file.path),
        version=0,
        text=file.text,
        path=file.path,
        folder=folder or project_folder(file.path),
    )


def read_for_model(path: str, folders: Sequence[str], *, confirmed: bool = False) -> FileText:
    """Return a file that a model asked for, which lies in one of the workspace folders.

    Raises: ConfirmError, unless `confirmed`, for a secret, for what an ignore file names and for a hard
    link; FileError.
    """

    def ignores(resolved: str) -> bool:
        return any(is_ignored(resolved, folder) for folder in folders)

    return read_file(path, roots=folders, confirmed=confirmed, ignores=ignores)


def text_on_disk(path: str) -> str | None:
    """Return what the file at `path` holds now, to compare it; None if there is none. Raises: FileError."""
    return read_file(path, confirmed=True).text if Path(path).exists() else None


@dataclass(frozen=True, slots=True)
class Change:
    """The new `text` of `document`; `creates` says that there is no such file yet."""

    document: Document
    text: str
    creates: bool = False


def write_documents(
    changes: Sequence[Change],
    *,
    backups: str | None,
    title: str = "",
    confirmed: bool | Collection[str] = False,
) -> Written:
    """Write all texts where their documents were read, or none of them.

    Each file must still hold the text it had then. Raises: ConfirmError for what programs obey, a
    secret, and a file with several names, unless all is `confirmed` or that holds the error's target;
    FileError. Nothing was written then.
    """
    texts = [_new_text(change) for change in changes]
    return write_texts(texts, backups=backups, confirmed=confirmed, title=title)


def _new_text(change: Change) -> NewText:
    document = change.document
    assert document.path is not None
    roots = (document.folder,) if document.folder else ()
    if change.creates:
        charset = charset_of(document.path, document.folder)
        return NewText(document.path, change.text, None, roots, charset)
    like = read_file(document.path, folder=document.folder, confirmed=True)
    if like.text != document.text:
        raise FileError(f"{document.path!r} has changed since it was read; nothing was written, try again")
    return NewText(
        document.path, change.text, like, tuple(folder for folder in roots if holds(folder, like.path))
    )


def diff_of(document: Document, text: str, *, creates: bool = False) -> str:
    """Return the unified diff from `document` to `text`, named by the path inside its folder."""
    path = Path(document.path or document.uri)
    if document.folder and path.is_relative_to(document.folder):
        path = path.relative_to(document.folder)
    return unified_diff(None if creates else document.text, text, path.as_posix())


def project_folder(path: str) -> str | None:
    """Return the folder of the project that holds a file: the nearest that looks like one, or its own.

    A home folder and the root of a disk are no projects: None there.
    """
    above = Path(path).resolve().parents
    homes = {Path.home(), Path(Path(path).anchor)}
    for folder in above:
        if folder in homes:
            break
        if any((folder / mark).exists() for mark in _MARKS):
            return str(folder)
    return None if not above or above[0] in homes else str(above[0])
