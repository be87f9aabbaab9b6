"""Marks that code takes on its way through a page or a listing: escapes, curled quotes, line numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from .lines import Lines
from .merge import squeezed

_CURLED = str.maketrans("\u2018\u2019\u201c\u201d\u00a0", "''\"\" ")
_NUMBER = re.compile(r"^\s*(\d+)(?:(\t)| ?([|│→:]) ?)")
# What a page has to escape, and no more: to `html.unescape` "&section" begins with a paragraph sign.
_ESCAPES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&#x27;": "'", "&apos;": "'", "&amp;": "&"}
_ESCAPED = re.compile("|".join(_ESCAPES))


def unmarked(lines: Lines, search: Sequence[str], new: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return quoted and new lines without marks that the quoted ones have and the file has not.

    Only where it is certain: every quoted line that has the mark is no line of the file, and without the
    mark most of them are.
    """
    was, now = list(search), list(new)
    for change in (_without_numbers(was, now), _unescaped, _straight):
        if change is _unescaped and any(_ESCAPED.search(line) and re.search("[<>]", line) for line in now):
            continue  # Not all was escaped, so an escape may be what is meant.
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


def _unescaped(line: str) -> str:
    return _ESCAPED.sub(lambda match: _ESCAPES[match[0]], line)


def _without_numbers(quoted: Sequence[str], new: Sequence[str]) -> Callable[[str], str]:
    """Return what takes the numbers from lines, if they number all quoted ones upwards, all alike.

    New lines with a colon, which may be keys, only where all of them are numbered in the same way.
    """
    found = [_NUMBER.match(line) for line in quoted if line.strip()]
    numbers = [int(match[1]) for match in found if match is not None]
    marks = {match[2] or match[3] for match in found if match is not None}
    if len(numbers) < len(found) or len(marks) != 1 or any(b <= a for a, b in pairwise(numbers)):
        return lambda line: line
    (mark,) = marks

    def is_numbered(line: str) -> bool:
        match = _NUMBER.match(line)
        return match is not None and (match[2] or match[3]) == mark and int(match[1]) >= numbers[0]

    are_keys = mark == ":" and not all(is_numbered(line) for line in new if line.strip())

    def bare(line: str) -> str:
        if not is_numbered(line) or (are_keys and line in new and line not in quoted):
            return line
        return _NUMBER.sub("", line)

    return bare
