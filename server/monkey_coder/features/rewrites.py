"""Other ways to write Python that its structure allows, without a model."""

from __future__ import annotations

import io
import tokenize

from ..codegen.ruff import Finding, check
from ..core.documents import Document, Span, apply_edits
from ..creative.variation import Part

# Less nesting: no `else` after a return, nested `if`s in one.
_FLAT = ("RET505", "RET506", "RET507", "RET508")
_NESTED = ("SIM102",)
# In the language's idiom. Ruff calls these fixes unsafe because they drop comments that stand inside; where
# they do, they are not used here.
_SAFE_BUT_FOR_COMMENTS = ("SIM108", "SIM110", "PERF401")
_IDIOMS = ("C4", "SIM118", "PIE", "UP", "FURB")
_PASSES = 6


def rewrites(document: Document, span: Span) -> tuple[tuple[Part, str], ...]:
    """Return other texts of the whole document, changed within the lines of `span` alone, each once.

    None in a language other than Python. Raises: InputError if ruff cannot be run.
    """
    if document.language != "python":
        return ()
    text = document.text
    line = text.rfind("\n", 0, span.start) + 1
    span = Span(line if not text[line : span.start].strip() else span.start, span.end)
    flat = _rewritten(text, span, _FLAT, unsafe=_NESTED)
    idiomatic = _rewritten(text, span, _IDIOMS, unsafe=_SAFE_BUT_FOR_COMMENTS)
    both = _rewritten(text, span, (*_FLAT, *_IDIOMS), unsafe=(*_NESTED, *_SAFE_BUT_FOR_COMMENTS))
    found = ((Part.VERSE, flat), (Part.CHORUS, idiomatic), (Part.CHORUS, both))
    new = {after: part for part, after in reversed(found) if after != text}
    return tuple((part, after) for after, part in reversed(new.items()))


def _rewritten(text: str, span: Span, rules: tuple[str, ...], unsafe: tuple[str, ...]) -> str:
    """Return the text after all fixes of these rules within the span, again until none is left."""
    for _ in range(_PASSES):
        fix = next((one for one in _findings(text, span, rules, unsafe) if _keeps_comments(text, one)), None)
        if fix is None:
            return text
        new = apply_edits(text, fix.edits)
        span = Span(span.start, span.end + len(new) - len(text))
        text = new
    return text


def _findings(text: str, span: Span, rules: tuple[str, ...], unsafe: tuple[str, ...]) -> list[Finding]:
    found = list(check(text, rules, line_length=100))
    if unsafe:
        found += check(text, unsafe, line_length=100, unsafe=True, preview=True)
    return [
        one
        for one in found
        if one.edits and all(span.start <= edit.start and edit.end <= span.end for edit in one.edits)
    ]


def _keeps_comments(text: str, one: Finding) -> bool:
    return comments(apply_edits(text, one.edits)) == comments(text)


def comments(text: str) -> tuple[str, ...]:
    """Return the comments of a Python text in order; none if it cannot be read."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return ()
    return tuple(token.string for token in tokens if token.type == tokenize.COMMENT)
