"""Positions of the protocol become character offsets here, and nowhere else.

A column counts code units of the negotiated encoding. As the specification has it, one past the
end of a line means the line's end; a line past the end of the text means the text's end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from ..core.documents import Diagnostic, Span

if TYPE_CHECKING:
    from lsprotocol import types

    from .store import Snapshot

Encoding = Literal["utf-8", "utf-16", "utf-32"]


def column_to_index(line: str, column: int, encoding: Encoding) -> int:
    """Return the character index in `line` (with its terminator) of a column.

    A column inside a character counts as the place after it.
    """
    size = len(line)
    while size and line[size - 1] in "\r\n":
        size -= 1
    if encoding == "utf-32" or column <= 0 or line.isascii():
        return min(max(column, 0), size)
    content = line[:size]
    if encoding == "utf-16":
        units = content.encode("utf-16-le", "surrogatepass")
        if 2 * column >= len(units):
            return size
        # A low surrogate at the cut: the cut lies inside a pair, unless the low one stands alone.
        if 0xDC <= units[2 * column + 1] <= 0xDF and 0xD8 <= units[2 * column - 1] <= 0xDB:
            column += 1
        return len(units[: 2 * column].decode("utf-16-le", "surrogatepass"))
    encoded = content.encode("utf-8", "surrogatepass")
    while column < len(encoded) and encoded[column] & 0xC0 == 0x80:
        column += 1
    return len(encoded[:column].decode("utf-8", "surrogatepass"))


def place_in_lines(lines: Sequence[str], line: int, column: int, encoding: Encoding) -> tuple[int, int]:
    """Return (line, character index) of a position, both inside the text."""
    if line >= len(lines):
        return len(lines) - 1, len(lines[-1])
    if line < 0:
        return 0, 0
    return line, column_to_index(lines[line], column, encoding)


def offset_at(snapshot: Snapshot, position: types.Position) -> int:
    """Return the character offset of a position."""
    line, index = place_in_lines(snapshot.lines, position.line, position.character, snapshot.encoding)
    return snapshot.line_starts[line] + index


def span_of(snapshot: Snapshot, range_: types.Range) -> Span:
    """Return the span of a range; one that runs backwards is turned round."""
    start, end = offset_at(snapshot, range_.start), offset_at(snapshot, range_.end)
    return Span(min(start, end), max(start, end))


def diagnostic_of(snapshot: Snapshot, diagnostic: types.Diagnostic) -> Diagnostic:
    """Return a diagnostic of the protocol as ours."""
    message = diagnostic.message
    return Diagnostic(
        span=span_of(snapshot, diagnostic.range),
        message=message if isinstance(message, str) else str(getattr(message, "value", message)),
        code="" if diagnostic.code is None else str(diagnostic.code),
        source=diagnostic.source or "",
    )
