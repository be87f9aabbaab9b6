"""Documents from files and back, for doors whose client keeps none of its own."""

from __future__ import annotations

from pathlib import Path

from ..core.documents import Document
from ..core.errors import FileError
from ..filesystem.diff import unified_diff
from ..filesystem.read import read_text
from ..filesystem.write import Written, write_text
from ..workspace.languages import language_of

# What stands at the top of a project, the surest first.
_MARKS = (
    ".git", ".hg", ".jj", "pyproject.toml", "package.json", "go.mod", "Cargo.toml", "pom.xml",
    "build.gradle", "composer.json", "Gemfile", "CMakeLists.txt", "setup.py", "Makefile",
)  # fmt: skip


def read_document(path: str, *, folder: str | None = None) -> Document:
    """Return the file at `path` as a document in its project's folder. Raises: FileError."""
    file = read_text(path)
    return Document(
        uri=Path(file.path).as_uri(),
        language=language_of(file.path),
        version=0,
        text=file.text,
        path=file.path,
        folder=folder or project_folder(file.path),
    )


def write_document(document: Document, text: str, *, creates: bool, backups: str | None) -> Written:
    """Write `text` where `document` was read, provided that the file still holds the text it had then.

    Raises: FileError, with nothing written.
    """
    assert document.path is not None
    if creates:
        return write_text(document.path, text, roots=[document.folder] if document.folder else ())
    file = read_text(document.path)
    if file.text != document.text:
        raise FileError(f"{document.path!r} has changed since it was read; nothing was written, try again")
    return write_text(document.path, text, like=file, backups=backups)


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
