"""Where the tests of a document go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..core.documents import Document
from ..core.errors import InputError
from ..core.model import Task
from ..workspace.languages import language_of
from ..workspace.test_layout import test_path
from .edit_files import same_file
from .files import read_file


def with_target(task: Task, opened: Sequence[Document] = ()) -> Task:
    """Return a TEST task with the file its answer belongs in, by the project's own layout.

    A file that does not exist yet has version -1 and no text; one of `opened` is as the editor has it.
    Reads the disk. Raises: InputError for
    a text that is not a file, FileError if the test file cannot be read.
    """
    document = task.document
    if document.path is None:
        raise InputError("tests need a file to stand beside; save the document first")
    path = test_path(document)
    target = same_file(path, opened)
    if target is not None:
        return replace(task, target=target)
    exists = Path(path).exists()
    text = read_file(path, roots=[document.folder] if document.folder else ()).text if exists else ""
    target = Document(
        uri=Path(path).as_uri(),
        language=language_of(path),
        version=0 if exists else -1,
        text=text,
        path=path,
        folder=document.folder,
    )
    return replace(task, target=target)
