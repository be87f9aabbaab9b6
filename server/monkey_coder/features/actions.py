"""What can be done with a selection: titles at once, without asking any model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..core.documents import Diagnostic, Document, Span
from ..core.model import TaskKind

# Languages whose text is prose or data: there is nothing to test in them.
_NO_TESTS = {"plaintext", "markdown", "json", "yaml", "toml", "html", "css"}

_WORDS = r"(?:(?:async|export|default|pub|public|static|private)\s+)*"
_FUNCTION = re.compile(rf"^[ \t]*{_WORDS}(?:def|function|fn|func)\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Action:
    """One entry of the editor's menu. `lsp_kind` is the protocol's name for its kind."""

    title: str
    kind: TaskKind
    lsp_kind: str
    takes_instruction: bool = False
    diagnostics: tuple[Diagnostic, ...] = ()


def actions(document: Document, span: Span, diagnostics: Sequence[Diagnostic]) -> tuple[Action, ...]:
    """Return what can be done at `span`; fixes come first where there are diagnostics."""
    found: list[Action] = []
    if diagnostics:
        first = diagnostics[0].message.splitlines()[0] if diagnostics[0].message else "problem"
        title = f"Fix: {first[:60]}" if len(diagnostics) == 1 else f"Fix {len(diagnostics)} problems"
        found.append(Action(title, TaskKind.FIX, "quickfix", diagnostics=tuple(diagnostics)))
    if not document.text.strip():
        return tuple(found)
    what = "file" if span.is_empty else "selection"
    found += [
        Action("Document", TaskKind.DOCUMENT, "refactor.rewrite"),
        Action(f"Change {what} by an instruction…", TaskKind.EDIT, "refactor.rewrite", True),
        Action(f"Explain {what}", TaskKind.EXPLAIN, "source"),
        Action(f"Review {what}", TaskKind.REVIEW, "source"),
    ]
    if document.language not in _NO_TESTS:
        found.append(Action("Write tests", TaskKind.TEST, "refactor"))
    if not diagnostics:
        found.append(Action(f"Fix problems in {what}", TaskKind.FIX, "refactor.rewrite"))
    return tuple(found)


def may_be_in_function(text: str, offset: int) -> bool:
    """Tell at a glance, without parsing, whether a place may lie in a function."""
    end = text.find("\n", offset)
    return _FUNCTION.search(text, 0, end if end >= 0 else len(text)) is not None
