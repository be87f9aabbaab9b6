"""Which lines of a new text an edit has touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .streaming_diff import diff, lines_of


@dataclass(frozen=True, slots=True)
class Touched:
    """The lines of `text` that were not in the old text so, as half-open ranges from 0.

    A range is empty where lines were only taken away.
    """

    text: str
    ranges: tuple[tuple[int, int], ...]

    @property
    def lines(self) -> frozenset[int]:
        return frozenset(line for start, end in self.ranges for line in range(start, end))

    def covers(self, start: int, end: int) -> bool:
        """Tell whether a touched line lies in lines `start` up to `end`."""
        return any(
            first < max(end, start + 1) and start < max(last, first + 1) for first, last in self.ranges
        )


def touched(before: str, after: str) -> Touched:
    """Return the lines of `after` that differ from `before`."""
    ranges: list[tuple[int, int]] = []
    delta = 0
    for hunk in diff(before, after):
        start = hunk.start + delta
        delta += len(hunk.text) - (hunk.end - hunk.start)
        first = len(lines_of(after[:start])) if start else 0
        if start and not after[:start].endswith(("\n", "\r")):
            first -= 1
        ranges.append((first, first + len(lines_of(hunk.text))))
    return Touched(after, tuple(ranges))


def fresh_lines(before: str, after: Touched) -> Sequence[tuple[int, str]]:
    """Return (number from 1, line) of what the edit wrote and the old text has nowhere."""
    known = {line.strip() for line in lines_of(before)}
    lines = lines_of(after.text)
    return [(index + 1, lines[index]) for index in sorted(after.lines) if lines[index].strip() not in known]
