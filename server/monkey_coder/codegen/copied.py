"""Marks that code takes on its way through a page or a listing: escapes, curled quotes, line numbers."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from .lines import Lines
from .merge import squeezed

_CURLED = str.maketrans("\u2018\u2019\u201c\u201d\u00a0", "''\"\" ")
_NUMBER = re.compile(r"^\s*(\d+)(?:\t| ?[|│→:] ?)")


def unmarked(lines: Lines, search: Sequence[str], new: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return quoted and new lines without marks that the quoted ones have and the file has not.

    Only where it is certain: every quoted line that has the mark is no line of the file, and without the
    mark most of them are.
    """
    was, now = list(search), list(new)
    for change in (_without_numbers(was), html.unescape, _straight):
        pairs = [(line, change(line)) for line in was if line.strip()]
        marked = [(line, bare) for line, bare in pairs if line != bare]
        known = [bare for line, bare in marked if _stands(lines, bare) and not _stands(lines, line)]
        if known and len(known) * 2 >= len(marked) and not any(_stands(lines, line) for line, _ in marked):
            was, now = [change(line) for line in was], [change(line) for line in now]
    return was, now


def _stands(lines: Lines, line: str) -> bool:
    """Tell whether the file has a line: with the very same characters, other blanks apart."""
    bare = squeezed(line)
    if not bare or bare not in lines.places:
        return False
    return "\u00a0" not in line or "\u00a0" in lines.text


def _straight(line: str) -> str:
    return line.translate(_CURLED)


def _without_numbers(quoted: Sequence[str]) -> Callable[[str], str]:
    """Return what takes the numbers from lines, if they number all quoted ones upwards."""
    found = [_NUMBER.match(line) for line in quoted if line.strip()]
    numbers = [int(match[1]) for match in found if match is not None]
    if len(numbers) < len(found) or any(b <= a for a, b in pairwise(numbers)):
        return lambda line: line
    return lambda line: _NUMBER.sub("", line)
