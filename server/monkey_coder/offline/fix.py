"""Fix: brackets first, then names without an import, then what the linter can repair."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..codegen.imports import Import, import_edit
from ..codegen.ruff import Finding, check
from ..codegen.syntax import syntax_problems
from ..core.documents import Diagnostic, Document, Span, TextEdit, apply_edits
from ..workspace.conventions import line_length
from ..workspace.syntax import SyntaxTree
from ..workspace.unresolved import ECMA, Source, first_party, sources_of, undefined_names
from .answer import line_edits
from .brackets import balance

_RULES = ("E4", "E7", "E9", "F", "W", "B", "PLE", "PIE790", "RUF100")
_MAX_NAMES = 20


@dataclass(frozen=True, slots=True)
class Fixed:
    """The edits that fix what was found, and what could not be decided or was looked for in vain."""

    edits: tuple[TextEdit, ...]
    notes: tuple[str, ...] = ()


def fix_edits(document: Document, span: Span, diagnostics: Sequence[Diagnostic] = ()) -> Fixed:
    """Return the fixes for the reported problems, for those in `span`, or for the whole text.

    Edits that would break the syntax are dropped.
    """
    tree = SyntaxTree(document.text, document.language)
    if not tree.is_parsed:
        return Fixed((), (f"there is no grammar for {document.language!r}; offline nothing was looked for",))
    if tree.problems():
        return _balanced(document, tree)
    notes: list[str] = []
    scope = _scope(span, diagnostics)
    edits = _imports(document, tree, scope, diagnostics, notes)
    if document.language == "python":
        edits += _ruff(document, scope, diagnostics)
    safe = _without_overlaps(edits)
    if syntax_problems(document.text, apply_edits(document.text, safe), document.language):
        notes.append("the fixes found would have broken the syntax, so none was made")
        safe = []
    if not safe and not notes:
        notes.append(_looked_for(document))
    return Fixed(tuple(safe), tuple(notes))


def _looked_for(document: Document) -> str:
    looked = ["unbalanced brackets and quotes"]
    if document.language == "python":
        looked += ["names without an import", "what ruff can fix"]
    elif document.language in ECMA:
        looked.append("names that another file of the workspace exports")
    return f"nothing to fix here; looked for {', '.join(looked[:-1])}{' and ' * bool(looked[1:])}{looked[-1]}"


def _balanced(document: Document, tree: SyntaxTree) -> Fixed:
    edits = balance(document.text, document.language)
    first = tree.line(tree.problems()[0])
    if not edits:
        return Fixed((), (f"line {first} cannot be read, and no single bracket, quote or colon mends it",))
    left = SyntaxTree(apply_edits(document.text, edits), document.language).problems()
    note = (f"{len(left)} syntax errors are left; fix again after looking at the change",) if left else ()
    return Fixed(edits, note)


def _scope(span: Span, diagnostics: Sequence[Diagnostic]) -> list[Span] | None:
    """Return where fixes are wanted; None for everywhere."""
    if diagnostics:
        return [diagnostic.span for diagnostic in diagnostics]
    return None if span.is_empty else [span]


def _wanted(scope: list[Span] | None, span: Span) -> bool:
    return scope is None or any(span.start <= part.end and part.start <= span.end for part in scope)


def _imports(
    document: Document,
    tree: SyntaxTree,
    scope: list[Span] | None,
    diagnostics: Sequence[Diagnostic],
    notes: list[str],
) -> list[TextEdit]:
    names = _undefined(document, tree, scope, diagnostics)
    edits: list[TextEdit] = []
    text = document.text
    added: list[Import] = []
    for name in names[:_MAX_NAMES]:
        sources = sources_of(name, document)
        if not sources:
            notes.append(
                f"`{name}` is not defined, and neither the workspace nor the standard library has it"
            )
        elif len(sources) > 1:
            listed = ", ".join(_spelled(source) for source in sources[:4])
            notes.append(f"`{name}` could come from several places, so none was picked: {listed}")
        else:
            added.append(Import(sources[0].module, sources[0].name, sources[0].alias))
    party = first_party(document) if added and document.language == "python" else frozenset()
    for wanted in added:
        edit = import_edit(text, wanted, document.language, first_party=party)
        if edit is not None:
            text = apply_edits(text, [edit])
            edits.append(edit)
    return [*line_edits(document.text, text)]


def _spelled(source: Source) -> str:
    return f"{source.module}.{source.name}" if source.name else source.module


def _undefined(
    document: Document, tree: SyntaxTree, scope: list[Span] | None, diagnostics: Sequence[Diagnostic]
) -> list[str]:
    if document.language == "python":
        found = check(document.text, ("F821",), file_name=document.path or "text.py")
        names = [
            match[1]
            for finding in found
            if _wanted(scope, finding.span) and (match := re.search(r"`(\w+)`", finding.message))
        ]
        return list(dict.fromkeys(names))
    if document.language in ECMA:
        reported = {word for found in diagnostics for word in re.findall(r"['\"`](\w+)['\"`]", found.message)}
        names = undefined_names(tree)
        if scope is None:
            return names
        inside = {
            name for part in scope for name in re.findall(r"[\w$]+", document.text[part.start : part.end])
        }
        return [name for name in names if name in inside or name in reported]
    return []


def _ruff(document: Document, scope: list[Span] | None, diagnostics: Sequence[Diagnostic]) -> list[TextEdit]:
    codes = [found.code for found in diagnostics if re.fullmatch(r"[A-Z]{1,4}\d{2,4}", found.code)]
    found = check(
        document.text,
        tuple(dict.fromkeys((*_RULES, *codes))),
        file_name=document.path or "text.py",
        line_length=line_length(document),
    )
    chosen: list[Finding] = [finding for finding in found if finding.edits and _wanted(scope, finding.span)]
    return [edit for finding in chosen for edit in finding.edits]


def _without_overlaps(edits: list[TextEdit]) -> list[TextEdit]:
    kept: list[TextEdit] = []
    for edit in edits:
        if edit in kept:
            continue
        if all(edit.end < other.start or other.end < edit.start for other in kept):
            kept.append(edit)
    return sorted(kept, key=lambda edit: edit.start)
