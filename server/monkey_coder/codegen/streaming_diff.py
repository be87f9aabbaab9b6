"""A line diff of a text that is still arriving: what has been shown never changes its mind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from ..core.documents import Hunk

# A line that says little ("}", "else:", "") matches only this near; any other within the far limit.
_NEAR, _FAR = 4, 400
_TELLING_CHARACTERS = 8


@dataclass
class StreamingDiff:
    """Turns new lines, as they come, into stable hunks against `old` (lines with their ends).

    Greedy: a new line that equals an old one at or after the place reached keeps it and deletes
    what was skipped; any other new line is inserted. The whole is diffed again when it is all there
    (`diff`), so a greedy choice costs a larger preview and never a wrong result.
    """

    old: Sequence[str]
    _at: int = 0
    _groups: list[tuple[int, int, list[str]]] = field(default_factory=list)
    _places: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for index, line in enumerate(self.old):
            self._places.setdefault(line.rstrip(), []).append(index)

    def feed(self, line: str) -> None:
        """Take the next whole line of the new text, its line end included."""
        found = self._find(line)
        if found is None:
            self._change(self._at, [line])
            return
        if found > self._at or self.old[found] != line:
            kept = [] if self.old[found] == line else [line]
            self._change(found + len(kept), kept)
        self._at = found + 1

    def groups(self) -> tuple[tuple[int, int, str], ...]:
        """Return the changes so far: first old line, line after the last one, new text."""
        return tuple((start, end, "".join(lines)) for start, end, lines in self._groups)

    def _find(self, line: str) -> int | None:
        stripped = line.rstrip()
        reach = _FAR if len(stripped.strip()) >= _TELLING_CHARACTERS else _NEAR
        for index in self._places.get(stripped, ()):
            if index >= self._at:
                return index if index - self._at <= reach else None
        return None

    def _change(self, upto: int, lines: list[str]) -> None:
        """Delete the old lines from the place reached up to `upto` and insert `lines` there."""
        if self._groups and self._groups[-1][1] == self._at:
            start, _, before = self._groups[-1]
            self._groups[-1] = (start, upto, before + lines)
        else:
            self._groups.append((self._at, upto, lines))
        self._at = max(self._at, upto)


def diff(old: str, new: str, *, offset: int = 0) -> tuple[Hunk, ...]:
    """Return the hunks that turn `old` into `new`, whole lines each, numbered from 0.

    `offset` is where `old` begins in the document. Lines end at \\n, \\r\\n or \\r.
    """
    old_lines, new_lines = lines_of(old), lines_of(new)
    head = _common(old_lines, new_lines)
    tail = _common(old_lines[head:][::-1], new_lines[head:][::-1])
    old_middle = old_lines[head : len(old_lines) - tail]
    new_middle = new_lines[head : len(new_lines) - tail]
    starts = _starts(old_lines, offset)
    matcher = SequenceMatcher(None, old_middle, new_middle, autojunk=len(old_middle) > 2_000)
    changes = [opcode for opcode in matcher.get_opcodes() if opcode[0] != "equal"]
    return tuple(
        Hunk(index, starts[head + i1], starts[head + i2], "".join(new_middle[j1:j2]))
        for index, (_, i1, i2, j1, j2) in enumerate(changes)
    )


def hunks_of(
    groups: Sequence[tuple[int, int, str]], old_lines: Sequence[str], *, offset: int, first_id: int = 0
) -> tuple[Hunk, ...]:
    """Return line groups of a `StreamingDiff` as hunks in character offsets."""
    starts = _starts(old_lines, offset)
    return tuple(
        Hunk(first_id + index, starts[start], starts[end], text)
        for index, (start, end, text) in enumerate(groups)
    )


def lines_of(text: str) -> list[str]:
    """Split `text` behind each \\n, \\r\\n or \\r, and nowhere else, keeping the line ends."""
    lines: list[str] = []
    for piece in text.split("\n"):
        lines += _after_returns(piece + "\n")
    last = lines.pop()[:-1]
    if last:
        lines.append(last)
    return lines


def _after_returns(line: str) -> list[str]:
    if "\r" not in line[:-2]:
        return [line]
    body, end = (line[:-2], "\r\n") if line.endswith("\r\n") else (line[:-1], "\n")
    pieces = [piece + "\r" for piece in body.split("\r")]
    pieces[-1] = pieces[-1][:-1] + end
    return pieces


def _starts(lines: Sequence[str], offset: int) -> list[int]:
    starts = [offset]
    for line in lines:
        starts.append(starts[-1] + len(line))
    return starts


def _common(a: Sequence[str], b: Sequence[str]) -> int:
    count = 0
    for one, other in zip(a, b, strict=False):
        if one != other:
            break
        count += 1
    return count
