"""The project's own tests as a last check of a change, where the user wants that."""

from __future__ import annotations

from collections.abc import Sequence

from ..codegen.project_tests import run_project_tests
from ..core.documents import Document
from ..core.errors import InputError
from ..core.kit import Kit
from .edit_files import FileEdit


async def run_tests(kit: Kit, document: Document, files: Sequence[FileEdit]) -> tuple[str, tuple[str, ...]]:
    """Return how the tests went with all `files` changed, as a check, and warnings if not all is well.

    Nothing is run in a folder that the user does not trust: its tests are its code.
    """
    if document.folder is None or document.folder not in kit.trusted_folders:
        return "tests not run: this folder is not trusted", ()
    texts = {one.target.path: one.new_text for one in files if one.target.path is not None}
    try:
        result = await run_project_tests(document, texts)
    except InputError as error:
        return f"tests not run: {error}", ()
    check = f"{result.words}; {result.isolation}"
    if result.is_good:
        return check, ()
    return check, (f"{result.words}\n{result.details}".strip(),)
