"""Other ways to write code that its structure allows, without a model."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Sequence

from ..codegen.ruff import Finding, check
from ..core.documents import Document, Span, TextEdit, apply_edits
from ..creative.variation import Part
from .python_places import Rule, edits_of
from .rewrites_ecma import flattened
from .rewrites_python import FLATTER, IDIOMATIC, RESTRUCTURED

# Less nesting: no `else` after a return, nested `if`s in one.
_FLAT = ("RET505", "RET506", "RET507", "RET508")
_NESTED = ("SIM102", "PLR5501")
# In the language's idiom. Ruff calls these fixes unsafe because they drop comments that stand inside; where
# they do, they are not used here.
_SAFE_BUT_FOR_COMMENTS = ("SIM103", "SIM108", "SIM110")
_IDIOMS = ("C4", "SIM118", "PIE", "UP", "FURB")
_PASSES = 6


def rewrites(document: Document, span: Span) -> tuple[tuple[Part, str], ...]:
    """Return other texts of the whole document, changed within the lines of `span` alone, each once.

    Those of Python, and of JavaScript and TypeScript less nesting; none in other languages. Raises:
    InputError if ruff cannot be run.
    """
    text = document.text
    span = _whole_lines(text, span)
    if document.language != "python":
        flat = flattened(document, span)
        return ((Part.VERSE, flat),) if flat != text else ()
    unsafe = (*_NESTED, *_SAFE_BUT_FOR_COMMENTS)
    found = (
        (Part.VERSE, _rewritten(text, span, _FLAT, _NESTED, FLATTER)),
        (Part.CHORUS, _rewritten(text, span, _IDIOMS, _SAFE_BUT_FOR_COMMENTS, IDIOMATIC)),
        (Part.CHORUS, _rewritten(text, span, (*_FLAT, *_IDIOMS), unsafe, (*IDIOMATIC, *FLATTER))),
        (Part.BRIDGE, _rewritten(text, span, (), (), RESTRUCTURED)),
    )
    new = {after: part for part, after in reversed(found) if after != text}
    return tuple((part, after) for after, part in reversed(new.items()))


def _whole_lines(text: str, span: Span) -> Span:
    """Return a span with the rest of its first and last line, as far as nothing stands there."""
    start, end = text.rfind("\n", 0, span.start) + 1, text.find("\n", span.end) + 1
    if text[start : span.start].strip():
        start = span.start
    if not end or text[span.end : end].strip():
        end = span.end
    return Span(start, end)


def _rewritten(
    text: str, span: Span, rules: tuple[str, ...], unsafe: tuple[str, ...], own: tuple[Rule, ...]
) -> str:
    """Return the text after all fixes of these rules within the span, again until none is left."""
    for _ in range(_PASSES):
        found = [one.edits for one in _findings(text, span, rules, unsafe)]
        found += [(edit,) for edit in edits_of(text, span, own)]
        edits = next((one for one in found if _keeps_comments(text, one)), None)
        if edits is None:
            return text
        new = apply_edits(text, edits)
        span = Span(span.start, span.end + len(new) - len(text))
        text = new
    return text


def _findings(text: str, span: Span, rules: tuple[str, ...], unsafe: tuple[str, ...]) -> list[Finding]:
    found = list(check(text, rules, line_length=100)) if rules else []
    if unsafe:
        found += check(text, unsafe, line_length=100, unsafe=True, preview=True)
    return [
        one
        for one in found
        if one.edits
        and all(span.start <= edit.start and edit.end <= span.end for edit in one.edits)
        and not (one.code == "SIM110" and _may_stop(text, one.edits))
    ]


def _may_stop(text: str, edits: Sequence[TextEdit]) -> bool:
    """Tell whether edits touch a `next`, whose end is another error inside of a generator."""
    return any("next" in text[edit.start : edit.end] for edit in edits)


def _keeps_comments(text: str, edits: Sequence[TextEdit]) -> bool:
    return comments(apply_edits(text, edits)) == comments(text)


def comments(text: str) -> tuple[str, ...]:
    """Return the comments of a Python text in order; none if it cannot be read."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return ()
    return tuple(token.string for token in tokens if token.type == tokenize.COMMENT)
