"""The project's own tests as a last check of a change, where the user wants that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..codegen.project_tests import run_project_tests
from ..core.documents import Document
from ..core.errors import InputError
from ..core.kit import Kit
from .edit_files import FileEdit


@dataclass(frozen=True, slots=True)
class TestsRun:
    """How the tests went, as a check and warnings; `passed` is None where none came to an end."""

    check: str
    passed: bool | None = None
    warnings: tuple[str, ...] = ()


async def run_tests(kit: Kit, document: Document, files: Sequence[FileEdit]) -> TestsRun:
    """Return how the tests went with all `files` changed.

    Nothing is run in a folder that the user does not trust: its tests are its code.
    """
    if document.folder is None or document.folder not in kit.trusted_folders:
        return TestsRun("tests not run: this folder is not trusted")
    texts = {one.target.path: one.new_text for one in files if one.target.path is not None}
    try:
        result = await run_project_tests(document, texts)
    except InputError as error:
        return TestsRun(f"tests not run: {error}")
    check = f"{result.words}; {result.isolation}"
    if result.is_good:
        return TestsRun(check, result.passed)
    return TestsRun(check, result.passed, (f"{result.words}\n{result.details}".strip(),))
