"""Edits as an answer: the new text of a selection, or SEARCH/REPLACE blocks against the document."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from ..core.documents import Document, Span, TextEdit, apply_edits
from ..core.errors import EditError

_MARK = re.compile(r"\s*(<{5,9} ?SEARCH\b|={5,9}\s*$|>{5,9} ?REPLACE\b)")
_FENCE = re.compile(r"^\s{0,3}(`{3,}|~{3,})", re.MULTILINE)
_LONG = 5_000
_MANY = 50
_MARKS = ("<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE")


def answer_text(document: Document, span: Span, edits: Sequence[TextEdit]) -> str:
    """Return the new text of `span` where all edits lie inside it, else SEARCH/REPLACE blocks.

    Raises: EditError if the document's own lines look like the blocks' marks.
    """
    wanted = [edit for edit in edits if document.text[edit.start : edit.end] != edit.text]
    if not wanted:
        return document.text[span.start : span.end]
    is_inside = not span.is_empty and all(
        span.start <= edit.start and edit.end <= span.end for edit in wanted
    )
    if is_inside and span.end - span.start > _LONG and len(wanted) <= _MANY:
        try:
            return search_blocks(document.text, wanted)
        except EditError:
            pass  # Marks of blocks stand in the text; the whole of it can be said all the same.
    if is_inside:
        moved = [TextEdit(edit.start - span.start, edit.end - span.start, edit.text) for edit in wanted]
        new = apply_edits(document.text[span.start : span.end], moved)
        # An empty answer means no change, so a selection that goes away is said in blocks.
        if new.strip():
            return fenced(new)
    return search_blocks(document.text, wanted)


def fenced(text: str) -> str:
    """Return an answer's text, in a fence of its own if a line of it could be taken for one."""
    marks = _FENCE.findall(text)
    if not marks and not any(_MARK.match(line) for line in text.split("\n")):
        return text
    return code_block(text)


def code_block(text: str, language: str = "") -> str:
    """Return a text as a block of code in Markdown, in a fence longer than any inside it."""
    marks = _FENCE.findall(text)
    fence = "`" * (max((len(mark) for mark in marks), default=2) + 1)
    return f"{fence}{language}\n{text}{'' if text.endswith(chr(10)) else chr(10)}{fence}\n"


def line_edits(old: str, new: str) -> tuple[TextEdit, ...]:
    """Return the edits, whole lines each, that make `new` of `old`."""
    before, after = _lines(old), _lines(new)
    starts = [0]
    for line in before:
        starts.append(starts[-1] + len(line))
    # Over 200 lines the matcher passes over the commonest ones, without which it is quadratic.
    codes = SequenceMatcher(None, before, after).get_opcodes()
    return tuple(
        TextEdit(starts[first], starts[last], "".join(after[low:high]))
        for tag, first, last, low, high in codes
        if tag != "equal"
    )


def search_blocks(text: str, edits: Sequence[TextEdit]) -> str:
    """Return `edits` as SEARCH/REPLACE blocks, each found once in `text`."""
    lines = _lines(text)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    blocks: list[str] = []
    for first, last in _ranges(text, lines, starts, edits):
        inside = [edit for edit in edits if starts[first] <= edit.start and edit.end <= starts[last]]
        old = text[starts[first] : starts[last]]
        moved = [TextEdit(edit.start - starts[first], edit.end - starts[first], edit.text) for edit in inside]
        blocks.append(_block(old, apply_edits(old, moved)))
    return "".join(blocks)


def pieces(text: str) -> Iterator[str]:
    """Yield a text line by line, as a stream would bring it."""
    yield from _lines(text)


def _lines(text: str) -> list[str]:
    parts = text.split("\n")
    lines = [part + "\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines


def _ranges(
    text: str, lines: list[str], starts: list[int], edits: Sequence[TextEdit]
) -> list[tuple[int, int]]:
    """Return the line ranges to quote: around each edit, widened until found once, joined if they meet."""
    ranges: list[tuple[int, int]] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        first = max(0, min(bisect_right(starts, edit.start) - 1, len(lines) - 1))
        last = min(max(first + 1, bisect_left(starts, edit.end)), len(lines))
        while not _is_once(text, text[starts[first] : starts[last]]) and (first > 0 or last < len(lines)):
            first, last = max(0, first - 1), min(len(lines), last + 1)
        if ranges and first <= ranges[-1][1]:
            first, last = min(first, ranges[-1][0]), max(last, ranges.pop()[1])
        ranges.append((first, last))
    return ranges


def _is_once(text: str, part: str) -> bool:
    if not part.strip():
        return False
    at = text.find(part)
    return text.find(part, at + 1) < 0


def _block(old: str, new: str) -> str:
    for line in (*old.splitlines(), *new.splitlines()):
        if _MARK.match(line):
            raise EditError(
                "the text holds conflict marks; resolve them, or select exactly the lines to change"
            )
    close = "" if old.endswith("\n") or not old else "\n"
    end = "" if new.endswith("\n") or not new else "\n"
    return f"{_MARKS[0]}\n{old}{close}{_MARKS[1]}\n{new}{end}{_MARKS[2]}\n"
