"""Places as a person writes them: `FILE`, `FILE:L1-L2`, `FILE:LINE:COL`, all counted from 1."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ..core.documents import Span
from ..core.errors import InputError

_RANGE = re.compile(r"(?P<path>.+?)(?::L?(?P<first>\d+)(?:-L?(?P<last>\d+))?)?", re.DOTALL)
_POINT = re.compile(r"(?P<path>.+):(?P<line>\d+):(?P<column>\d+)", re.DOTALL)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines `first` to `last` of a file, or all of it where they are None."""

    path: str
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """The place before character `column` of `line`."""

    path: str
    line: int
    column: int


def parse_lines(text: str) -> Lines:
    """Return the file and the lines that `FILE[:L1[-L2]]` names; a drive letter is part of the file.

    Raises: InputError.
    """
    match = _RANGE.fullmatch(text)
    if match is None or match["first"] is None or Path(text).exists():
        return Lines(text)
    first = int(match["first"])
    last = int(match["last"] or first)
    if not 1 <= first <= last:
        raise InputError(f"{text!r}: lines count from 1 and run forward, such as {match['path']}:3-12")
    return Lines(match["path"], first, last)


def parse_point(text: str) -> Point:
    """Return the place that `FILE:LINE:COL` names. Raises: InputError."""
    match = _POINT.fullmatch(text)
    if match is None:
        raise InputError(f"{text!r} names no place; write FILE:LINE:COL, such as src/app.py:12:5")
    point = Point(match["path"], int(match["line"]), int(match["column"]))
    if point.line < 1 or point.column < 1:
        raise InputError(f"{text!r}: lines and columns count from 1")
    return point


def span_of(lines: Lines, text: str) -> Span:
    """Return the characters of these lines, the end of the last one included. Raises: InputError."""
    if lines.first is None or lines.last is None:
        return Span(0, len(text))
    starts = _starts(text)
    if lines.last >= len(starts):
        raise InputError(_past_end(lines.path, lines.last, len(starts) - 1))
    return Span(starts[lines.first - 1], starts[lines.last])


def offset_of(point: Point, text: str) -> int:
    """Return the offset of a place, which may be just after the last character of its line.

    Raises: InputError.
    """
    starts = _starts(text)
    if point.line == len(starts) and (not text or text.endswith(("\n", "\r"))):
        line = ""  # The empty line after the last line end.
    elif point.line >= len(starts):
        raise InputError(_past_end(point.path, point.line, len(starts) - 1))
    else:
        line = text[starts[point.line - 1] : starts[point.line]].rstrip("\r\n")
    if point.column > len(line) + 1:
        raise InputError(
            f"line {point.line} of {point.path} has {len(line)} characters, so the last column is "
            f"{len(line) + 1}, not {point.column}"
        )
    return starts[point.line - 1] + point.column - 1


def position_of(offset: int, text: str) -> tuple[int, int]:
    """Return the line and the column, from 1, of an offset."""
    starts = _starts(text)
    line = next((i for i in range(len(starts) - 1, -1, -1) if starts[i] <= offset), 0)
    if line == len(starts) - 1 and line > 0 and not text.endswith(("\n", "\r")):
        line -= 1
    return line + 1, offset - starts[line] + 1


def _starts(text: str) -> list[int]:
    """Return where each line starts, as editors count them, and at last the end of the text."""
    return [0, *(match.end() for match in _LINE.finditer(text))]


def _past_end(path: str, line: int, n_lines: int) -> str:
    lines = "1 line" if n_lines == 1 else f"{n_lines} lines"
    return f"{path} has {lines}, so there is no line {line}"
