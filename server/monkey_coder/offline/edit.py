"""Edit: the few instructions that structure alone can carry out, in their usual wordings."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ..codegen.ruff import Finding, check, format_text
from ..codegen.syntax import syntax_problems
from ..core.documents import Document, Span, TextEdit, apply_edits
from ..core.errors import InputError
from ..workspace.conventions import line_length
from ..workspace.functions import definitions
from ..workspace.syntax import SyntaxTree
from .answer import line_edits
from .rename import rename_edits
from .wrap import wrap_edits

ECMA = ("javascript", "javascriptreact", "typescript", "typescriptreact")


@dataclass(frozen=True, slots=True)
class Edited:
    """The edits that carry out an instruction, and what the user should know about them."""

    edits: tuple[TextEdit, ...]
    notes: tuple[str, ...] = ()


_Act = Callable[[Document, Span, "re.Match[str]"], Edited]


def offline_edits() -> tuple[str, ...]:
    """Return what the offline engine can do, each as an instruction that it understands."""
    return (
        "rename OLD to NEW",
        "wrap in try (or: wrap in try/except ValueError)",
        "wrap in with open(path) as file",
        "wrap in if CONDITION",
        "format",
        "sort imports",
        "remove unused imports",
        "convert to f-strings",
        "modernize",
        "add type hints",
    )


def edit_edits(document: Document, span: Span, instruction: str) -> Edited:
    """Return the edits that carry out `instruction` on `span`, or on the whole text if that is empty.

    Raises: InputError if the instruction is not one that structure alone can carry out.
    """
    said = " ".join(instruction.strip().rstrip(".!").split())
    for pattern, act in _ACTS:
        match = re.fullmatch(pattern, said, re.IGNORECASE)
        if match:
            found = act(document, span, match)
            after = apply_edits(document.text, found.edits)
            problems = syntax_problems(document.text, after, document.language)
            if problems:
                why = f"that would break the syntax ({problems[0]})"
                raise InputError(f"{why}; select whole statements and try again")
            return found
    known = "; ".join(f'"{edit}"' for edit in offline_edits())
    raise InputError(
        f"the offline engine cannot follow {said[:80]!r}. It can do: {known}. For anything else configure"
        " a model: set a provider's API key, or start a local server such as Ollama"
    )


def _rename(document: Document, span: Span, match: re.Match[str]) -> Edited:
    edits = rename_edits(document, span, match["old"], match["new"])
    scope = "this file" if span.is_empty else "the selection"
    return Edited(edits, (f"renamed {len(edits)} times in {scope}; other files were not touched",))


def _wrap(document: Document, span: Span, match: re.Match[str]) -> Edited:
    return Edited(wrap_edits(document, span, match["how"]))


def _needs_python(document: Document, what: str) -> None:
    if document.language != "python":
        raise InputError(f"offline, {what} works for Python only; for {document.language} configure a model")


def _format(document: Document, span: Span, _: re.Match[str]) -> Edited:
    _needs_python(document, "formatting")
    lines = None
    if not span.is_empty and document.text[span.start : span.end].strip() != document.text.strip():
        lines = (document.text.count("\n", 0, span.start) + 1, document.text.count("\n", 0, span.end - 1) + 1)
    new = format_text(
        document.text, file_name=document.path or "text.py", line_length=line_length(document), lines=lines
    )
    return _changed(document, new, "it is formatted already")


def _by_rules(rules: Sequence[str], nothing: str, *, unsafe: bool = False, whole: bool = False) -> _Act:
    def act(document: Document, span: Span, _: re.Match[str]) -> Edited:
        _needs_python(document, "this")
        text, end, codes = document.text, span.end, set[str]()
        # One fix can make room for the next: `%` becomes `format`, which becomes an f-string.
        for _round in range(4):
            edits: list[TextEdit] = []
            for finding in _findings(document, text, rules, unsafe=unsafe):
                is_inside = (
                    whole or span.is_empty or (finding.span.start < end and span.start < finding.span.end)
                )
                is_apart = all(e.end <= o.start or o.end <= e.start for e in finding.edits for o in edits)
                if finding.edits and is_inside and is_apart:
                    edits += finding.edits
                    codes.add(finding.code)
            if not edits:
                break
            text = apply_edits(text, edits)
            end += sum(len(edit.text) - (edit.end - edit.start) for edit in edits)
        found = _changed(document, text, nothing)
        return replace(found, notes=(*found.notes, _TUPLES)) if "UP031" in codes else found

    return act


_TUPLES = "look at each former `%`: it means something else where its right side is a tuple"


def _findings(document: Document, text: str, rules: Sequence[str], *, unsafe: bool) -> tuple[Finding, ...]:
    name = document.path or "text.py"
    return check(text, rules, file_name=name, line_length=line_length(document), unsafe=unsafe)


def _changed(document: Document, new: str, nothing: str) -> Edited:
    return Edited(line_edits(document.text, new), (nothing,) if new == document.text else ())


_LITERAL_TYPES = (
    ("bool", r"True|False|not .+|isinstance\(.*\)"),
    ("str", r"[fF]?(['\"]).*\1|str\(.*\)"),
    ("int", r"-?\d+|len\(.*\)"),
)


def _hints(document: Document, span: Span, _: re.Match[str]) -> Edited:
    """Add the return annotations that the body proves."""
    _needs_python(document, "adding type hints")
    tree = SyntaxTree(document.text, "python")
    edits: list[TextEdit] = []
    left = 0
    for definition in definitions(tree):
        at = definition.span
        is_inside = span.is_empty or (at.start < span.end and span.start < at.end)
        if definition.is_class or definition.returns or not is_inside or definition.node.has_error:
            continue
        parameters = definition.node.child_by_field_name("parameters")
        kind = _proved_type(definition.returned, definition.yielded)
        if kind and parameters is not None and not _may_never_return(document.text, definition.span):
            edits.append(TextEdit(tree.end(parameters), tree.end(parameters), f" -> {kind}"))
        else:
            left += 1
    notes = [f"{left} functions return what structure alone cannot name"] if left else []
    if not edits and not left:
        notes.append("every function here has a return annotation already")
    return Edited(tuple(edits), tuple(notes))


def _may_never_return(text: str, span: Span) -> bool:
    """Return whether a body only raises: an abstract method, whose type its subclasses decide."""
    return (
        "NotImplementedError" in text[span.start : span.end]
        or "@abstractmethod" in text[span.start - 40 : span.end]
    )


def _proved_type(returned: Sequence[str], yielded: Sequence[str]) -> str:
    if yielded:
        return ""
    if all(text in ("", "None") for text in returned):
        return "None"
    for kind, pattern in _LITERAL_TYPES:
        # A body whose last statement is no return could also give None, so only one form is sure.
        if len(returned) == 1 and re.fullmatch(pattern, returned[0], re.DOTALL) and "or " not in returned[0]:
            return kind if kind != "str" or returned[0].count(returned[0].lstrip("fF")[0]) == 2 else ""
    return ""


_THIS = r"(?: (?:this|it|the (?:selection|code|lines?|block|file)|selection|code|file|imports))?"
_NAME = r"[`'\"]?(?P<{}>[^\W\d][\w$]*)[`'\"]?"
_KINDS = r"(?:variable |function |method |class |parameter |symbol )?"
_RENAME = rf"rename (?:the )?{_KINDS}{_NAME.format('old')} (?:to|into|as|->|=>) {_NAME.format('new')}"
_WRAP = (
    rf"(?:wrap|surround|put|enclose){_THIS} (?:in|with|by|into)(?: an?| the)? (?P<how>(?:try|with|if)\b.*)"
)
_F_STRINGS = (
    rf"(?:convert|change|switch|turn|use|migrate|make){_THIS}(?: strings?)?(?: to| into)? ?f-?strings?"
)
_MODERN = rf"(?:moderni[sz]e|upgrade|update)(?: the)?(?: python)?(?: syntax| types?| annotations?)?{_THIS}"
_F_RULES = ("UP030", "UP031", "UP032", "FLY002")
_ACTS: tuple[tuple[str, _Act], ...] = (
    (_RENAME, _rename),
    (_WRAP, _wrap),
    (rf"(?:re)?format{_THIS}(?: with ruff)?", _format),
    (
        r"(?:sort|organi[sz]e|order|tidy)(?: up)?(?: the| my| all)? imports",
        _by_rules(("I",), "the imports are in order already", whole=True),
    ),
    (
        r"(?:remove|delete|drop|clean up)(?: the| all| any)? unused imports",
        _by_rules(("F401",), "no import is unused", whole=True),
    ),
    (_F_STRINGS, _by_rules(_F_RULES, "there is nothing here to make an f-string of", unsafe=True)),
    (_MODERN, _by_rules(("UP", "C4", "PIE790"), "nothing here is out of date")),
    (r"add(?: the)?(?: missing)?(?: return)? (?:type ?)?(?:hints?|annotations?|types)", _hints),
)
