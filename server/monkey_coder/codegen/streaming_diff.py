"""A line diff of a text that is still arriving: what has been shown never changes its mind."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from ..core.documents import Hunk

# A line that says little ("}", "else:", "") matches only this near; any other within the far limit.
_NEAR, _FAR = 4, 400
_TELLING_CHARACTERS = 8
# Pairs of equal lines between two anchors beyond which they are shown as one change.
_MOST_PAIRS = 20_000


@dataclass(frozen=True, slots=True)
class HunkRow:
    """The hunks of a diff at one moment, made when they are looked at: taking one costs nothing.

    `settled` and `lines` only ever grow; the first `n_settled` and `n_lines` are those of that moment.
    """

    settled: Sequence[Hunk]
    n_settled: int
    last: tuple[int, int, int] = (-1, 0, 0)  # id, start and end; no such hunk if the id is negative
    lines: Sequence[str] = ()
    n_lines: int = 0

    def __len__(self) -> int:
        return self.n_settled + (self.last[0] >= 0)

    def __iter__(self) -> Iterator[Hunk]:
        yield from self.settled[: self.n_settled]
        if self.last[0] >= 0:
            yield Hunk(*self.last, "".join(self.lines[: self.n_lines]))

    @property
    def mark(self) -> tuple[object, ...]:
        """What differs between two moments of one diff."""
        return self.n_settled, self.last, self.n_lines


@dataclass
class StreamingDiff:
    """Turns new lines, as they come, into stable hunks against `old` (lines with their ends).

    Greedy: a new line that equals an old one at or after the place reached keeps it and deletes
    what was skipped; any other new line is inserted. The whole is diffed again when it is all there
    (`diff`), so a greedy choice costs a larger preview and never a wrong result. A line costs the
    same however many came before it. `offset` is where `old` begins in the document.
    """

    old: Sequence[str]
    offset: int = 0
    _at: int = 0
    _groups: list[tuple[int, int, list[str]]] = field(default_factory=list)
    _settled: list[Hunk] = field(default_factory=list)
    _places: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for index, line in enumerate(self.old):
            self._places.setdefault(line.rstrip(), []).append(index)
        self._starts = _starts(self.old, self.offset)

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

    def hunks(self, *, first_id: int = 0) -> list[Hunk]:
        """Return the changes so far as hunks in character offsets of the document."""
        return list(self.row(first_id=first_id))

    def row(self, *, first_id: int = 0) -> HunkRow:
        """Return the same as `hunks`, at a cost that does not grow with their number."""
        if self._settled and self._settled[0].id != first_id:
            self._settled = []
        for index in range(len(self._settled), len(self._groups) - 1):
            self._settled.append(self._hunk(index, first_id))
        if not self._groups:
            return HunkRow((), 0)
        start, end, lines = self._groups[-1]
        last = (first_id + len(self._groups) - 1, self._starts[start], self._starts[end])
        return HunkRow(self._settled, len(self._groups) - 1, last, lines, len(lines))

    def _hunk(self, index: int, first_id: int) -> Hunk:
        start, end, lines = self._groups[index]
        return Hunk(first_id + index, self._starts[start], self._starts[end], "".join(lines))

    def _find(self, line: str) -> int | None:
        stripped = line.rstrip()
        reach = _FAR if len(stripped.strip()) >= _TELLING_CHARACTERS else _NEAR
        places = self._places.get(stripped, [])
        nearest = bisect_left(places, self._at)
        if nearest == len(places) or places[nearest] - self._at > reach:
            return None
        return places[nearest]

    def _change(self, upto: int, lines: list[str]) -> None:
        """Delete the old lines from the place reached up to `upto` and insert `lines` there."""
        if self._groups and self._groups[-1][1] == self._at:
            start, _, before = self._groups[-1]
            before += lines
            self._groups[-1] = (start, upto, before)
        else:
            self._groups.append((self._at, upto, list(lines)))
        self._at = max(self._at, upto)


def diff(old: str, new: str, *, offset: int = 0) -> tuple[Hunk, ...]:
    """Return the hunks that turn `old` into `new`, whole lines each, numbered from 0.

    `offset` is where `old` begins in the document. Lines end at \\n, \\r\\n or \\r.
    """
    old_lines, new_lines = lines_of(old), lines_of(new)
    starts = _starts(old_lines, offset)
    return tuple(
        Hunk(index, starts[i1], starts[i2], "".join(new_lines[j1:j2]))
        for index, (i1, i2, j1, j2) in enumerate(_changes(old_lines, new_lines))
    )


def _changes(old: list[str], new: list[str]) -> list[tuple[int, int, int, int]]:
    """Return what differs as (old from, old to, new from, new to), in order, none touching another.

    Lines that stand once on either side are matched first, as patience diff does, so that the cost
    grows no faster than the text; what lies between them is small.
    """
    found: list[tuple[int, int, int, int]] = []
    i = j = 0
    for anchor_i, anchor_j in (*_anchors(old, new), (len(old), len(new))):
        found += _between(old, new, (i, anchor_i, j, anchor_j))
        i, j = anchor_i + 1, anchor_j + 1
    joined: list[tuple[int, int, int, int]] = []
    for change in found:
        if joined and joined[-1][1] == change[0] and joined[-1][3] == change[2]:
            joined[-1] = (joined[-1][0], change[1], joined[-1][2], change[3])
        else:
            joined.append(change)
    return joined


def _anchors(old: list[str], new: list[str]) -> list[tuple[int, int]]:
    """Return the longest rising row of lines that stand exactly once in `old` and once in `new`."""
    in_old, in_new = Counter(old), Counter(new)
    where = {line: index for index, line in enumerate(old) if in_old[line] == 1 == in_new[line]}
    tops: list[int] = []
    piles: list[tuple[int, int, int]] = []  # old index, new index, the one before in the row
    last: list[int] = []
    for j, line in enumerate(new):
        i = where.get(line)
        if i is None:
            continue
        at = bisect_left(tops, i)
        piles.append((i, j, last[at - 1] if at else -1))
        if at == len(tops):
            tops.append(i)
            last.append(len(piles) - 1)
        else:
            tops[at], last[at] = i, len(piles) - 1
    row: list[tuple[int, int]] = []
    at = last[-1] if last else -1
    while at >= 0:
        i, j, at = piles[at]
        row.append((i, j))
    return row[::-1]


def _between(
    old: list[str], new: list[str], gap: tuple[int, int, int, int]
) -> list[tuple[int, int, int, int]]:
    """Return the changes between two anchors; one change where a finer look would cost too much."""
    i1, i2, j1, j2 = gap
    while i1 < i2 and j1 < j2 and old[i1] == new[j1]:
        i1, j1 = i1 + 1, j1 + 1
    while i1 < i2 and j1 < j2 and old[i2 - 1] == new[j2 - 1]:
        i2, j2 = i2 - 1, j2 - 1
    if i1 == i2 and j1 == j2:
        return []
    counts = Counter(old[i1:i2])
    pairs = sum(counts[line] for line in new[j1:j2])
    if i1 == i2 or j1 == j2 or pairs == 0 or pairs > _MOST_PAIRS:
        return [(i1, i2, j1, j2)]
    matcher = SequenceMatcher(None, old[i1:i2], new[j1:j2], autojunk=False)
    return [
        (i1 + a0, i1 + a1, j1 + b0, j1 + b1)
        for tag, a0, a1, b0, b1 in matcher.get_opcodes()
        if tag != "equal"
    ]


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
