"""Who calls a name, anywhere in the workspace: text first, syntax to confirm."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from ..core.documents import Document
from .functions import enclosing
from .languages import LANGUAGES
from .nearby import project_files, read_source
from .symbols import references
from .syntax import SyntaxTree

_FAMILIES = (
    ("javascript", "javascriptreact", "typescript", "typescriptreact"),
    ("c", "cpp"),
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its file, its line from 1, the function that makes it ("" at the top level)."""

    path: str
    line: int
    caller: str


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls found. `is_complete` is false where time or count cut the search short."""

    found: tuple[Call, ...]
    is_complete: bool
    n_files: int


def callers(
    name: str, document: Document, *, is_method: bool = False, seconds: float = 1.5, limit: int = 40
) -> Calls:
    """Return the calls of `name`: in the document as it is now, then in the folder's other files."""
    until = monotonic() + seconds
    wanted = _Wanted(name, is_method, Path(document.path).stem if document.path else "")
    found = _calls(wanted, document.text, document.language, document.path or document.uri)
    n_files = 1
    if document.folder is None:
        return Calls(tuple(found[:limit]), True, n_files)
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    for path in project_files(
        document.folder, _extensions(document.language), near=document.path, seconds=seconds
    ):
        if monotonic() > until or len(found) >= limit:
            return Calls(tuple(found[:limit]), False, n_files)
        if str(path) == document.path:
            continue
        text = read_source(path)
        n_files += 1
        if text is not None and word.search(text):
            found += _calls(wanted, text, _language_of(path, document.language), str(path))
    return Calls(tuple(found[:limit]), monotonic() <= until, n_files)


@dataclass(frozen=True, slots=True)
class _Wanted:
    name: str
    is_method: bool
    module: str

    def is_meant(self, text: str, start: int) -> bool:
        """Return whether a call at `start` can be this one: `x.name()` for a method, `name()` else."""
        before = re.search(r"([\w$]*)\s*(?:\.|->|::|\?\.)$", text[max(0, start - 80) : start])
        if before is None:
            return not self.is_method
        return self.is_method or before[1] in (self.module, "self", "this", "cls")


def _calls(wanted: _Wanted, text: str, language: str, path: str) -> list[Call]:
    tree = SyntaxTree(text, language)
    result = []
    for use in references(tree):
        is_named = use.name == wanted.name and use.kind in ("call", "class")
        if is_named and wanted.is_meant(text, use.span.start):
            around = enclosing(tree, use.span)
            result.append(Call(path, use.line, around.qualified_name if around else ""))
    return result


def _extensions(language: str) -> tuple[str, ...]:
    family = next((family for family in _FAMILIES if language in family), (language,))
    return tuple(extension for member in family for extension in LANGUAGES[member].extensions)


def _language_of(path: Path, language: str) -> str:
    family = next((family for family in _FAMILIES if language in family), (language,))
    return next((member for member in family if path.suffix in LANGUAGES[member].extensions), language)
