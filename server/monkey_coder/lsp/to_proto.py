"""Character offsets become positions of the protocol here, and nowhere else."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsprotocol import types

from ..core.documents import Span, TextEdit

if TYPE_CHECKING:
    from .from_proto import Encoding
    from .store import Snapshot


def index_to_column(line: str, index: int, encoding: Encoding) -> int:
    """Return the column, in code units, of a character index in `line`."""
    head = line[:index]
    if encoding == "utf-32" or head.isascii():
        return len(head)
    if encoding == "utf-16":
        return len(head.encode("utf-16-le", "surrogatepass")) // 2
    return len(head.encode("utf-8", "surrogatepass"))


def position_at(snapshot: Snapshot, offset: int) -> types.Position:
    """Return the position of a character offset; one inside a line's terminator is the line's end."""
    line = bisect_right(snapshot.line_starts, offset) - 1
    text = snapshot.lines[line]
    index = min(offset - snapshot.line_starts[line], len(text.rstrip("\r\n")))
    return types.Position(line, index_to_column(text, index, snapshot.encoding))


def range_of(snapshot: Snapshot, span: Span) -> types.Range:
    """Return the range of a span."""
    return types.Range(position_at(snapshot, span.start), position_at(snapshot, span.end))


def text_edits(snapshot: Snapshot, edits: Sequence[TextEdit]) -> list[types.TextEdit]:
    """Return edits as the protocol's, in order of their places."""
    return [
        types.TextEdit(range_of(snapshot, Span(edit.start, edit.end)), edit.text)
        for edit in sorted(edits, key=lambda edit: (edit.start, edit.end))
    ]


def range_of_offsets(snapshot: Snapshot, start: int, end: int) -> dict[str, dict[str, int]]:
    """Return a range as plain JSON, for what is sent many times a second."""
    one, other = position_at(snapshot, start), position_at(snapshot, end)
    return {
        "start": {"line": one.line, "character": one.character},
        "end": {"line": other.line, "character": other.character},
    }
