"""Where lines stand that a model quotes with slips: the one place that fits far better than any other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from .lines import Lines
from .merge import squeezed

# How unlike (in characters out of all) the quote may be, and how much worse the next place must be.
_MOST_ERROR = 0.15
_MARGIN_FACTOR, _MARGIN_CHARACTERS = 2.0, 4.0
_CANDIDATES = 8
_LEAST_CHARACTERS = 12
_MOST_LINES = 400
# What a quoted line that does not stand there to the letter costs besides, when lines are laid beside the
# file's, and what share of a line of the file that is left out: models leave out more than they make up.
_UNLIKE, _SKIPPED = 20.0, 0.5


@dataclass(frozen=True, slots=True)
class Fit:
    """A place where the quote nearly stands. `aligned` are indexes among the telling lines.

    `error` is the number of characters that differ, of `size`, and `cost` what the alignment was chosen by.
    """

    aligned: tuple[int | None, ...]
    error: float
    size: int
    cost: float

    @property
    def start(self) -> int:
        return next(at for at in self.aligned if at is not None)

    @property
    def end(self) -> int:
        return next(at for at in reversed(self.aligned) if at is not None) + 1

    @property
    def is_near(self) -> bool:
        return self.error <= _MOST_ERROR * self.size

    def is_clearly_better_than(self, other: Fit) -> bool:
        return other.error >= _MARGIN_FACTOR * self.error + _MARGIN_CHARACTERS


def fits(lines: Lines, quoted: Sequence[str]) -> list[Fit]:
    """Return the places that resemble the quote, best first, none overlapping a better one."""
    wanted = [squeezed(line) for line in quoted if line.strip()]
    size = sum(map(len, wanted))
    if size < _LEAST_CHARACTERS or not lines.squeezed or len(wanted) > _MOST_LINES:
        return []
    slack = max(2, len(wanted) // 4)
    found: list[Fit] = []
    windows = [
        (max(0, start - slack), start + len(wanted) + slack) for start in _starts(lines, wanted, slack)
    ]
    for low, high in windows:
        fit = _aligned(lines.squeezed[low:high], wanted, low, size, slack)
        if fit is not None:
            found.append(fit)
    if not found:
        return []
    best = min(found, key=lambda fit: (fit.cost, fit.start))
    if _is_unsure(lines.squeezed, wanted, best, slack) or any(
        _more_stands(lines.squeezed[low:high], wanted, best, lines) for low, high in windows
    ):
        return []
    for low, high in windows:  # A rival in the same window hides behind the best.
        for part_low, part_high in ((low, min(high, best.start)), (max(low, best.end), high)):
            if part_low < part_high and low < best.end and best.start < high:
                part = lines.squeezed[part_low:part_high]
                fit = _aligned(part, wanted, part_low, size, len(part) + len(wanted))
                if fit is not None:
                    found.append(fit)
    found.sort(key=lambda fit: (fit.cost, fit.start))
    kept: list[Fit] = []
    for fit in found:
        if all(fit.end <= other.start or other.end <= fit.start for other in kept):
            kept.append(fit)
    return kept


def _more_stands(window: Sequence[str], wanted: Sequence[str], best: Fit, lines: Lines) -> bool:
    """Tell whether more of the quoted lines stand here to the letter, in order, than where they fit best.

    Then the best fit may be a neighbour made after the same pattern, and the quote lack some lines.
    """
    n_exact = sum(
        at is not None and lines.squeezed[at] == line for at, line in zip(best.aligned, wanted, strict=True)
    )
    matches = SequenceMatcher(None, window, wanted, autojunk=False).get_matching_blocks()
    return sum(match.size for match in matches) > n_exact


def _is_unsure(lines: Sequence[str], wanted: Sequence[str], best: Fit, slack: int) -> bool:
    """Tell whether a quoted line is no less like a line beside the one where it is laid."""
    for index, (line, at) in enumerate(zip(wanted, best.aligned, strict=True)):
        if at is None or lines[at] == line:
            continue
        above = next((one for one in reversed(best.aligned[:index]) if one is not None), at - slack - 1)
        below = next((one for one in best.aligned[index + 1 :] if one is not None), at + slack + 1)
        others = {*lines[max(0, above + 1) : at], *lines[at + 1 : below]} - {lines[at]}
        if any(line_error(line, other) <= line_error(line, lines[at]) for other in others):
            return True
    return False


def _starts(lines: Lines, wanted: Sequence[str], slack: int) -> list[int]:
    """Return where the quote may begin, by the votes of the lines that stand there as quoted."""
    votes: Counter[int] = Counter()
    for index, line in enumerate(wanted):
        places = lines.places.get(line, ())
        if 0 < len(places) <= 200:
            for at in places:
                votes[at - index] += 100 * len(line) // len(places) + 1
    unknown = [index for index, line in enumerate(wanted) if line not in lines.places]
    if unknown:  # Lines that stand in many places vote for too many of them.
        longest = max(unknown, key=lambda index: len(wanted[index]))
        for at in _near_lines(lines.squeezed, wanted[longest]):
            votes[at - longest] += 100 * len(wanted[longest]) // _CANDIDATES
    chosen: list[int] = []
    for start, _ in votes.most_common():
        if all(abs(start - other) > slack // 2 for other in chosen):
            chosen.append(start)
            if len(chosen) == _CANDIDATES:
                break
    return chosen


def _near_lines(lines: Sequence[str], wanted: str) -> list[int]:
    """Return the lines most like `wanted` by the groups of three letters that they share."""
    groups = _groups(wanted)
    scored: list[tuple[float, int]] = []
    for index, line in enumerate(lines):
        if 0.6 * len(wanted) <= len(line) <= 1.7 * len(wanted):
            other = _groups(line)
            share = len(groups & other) / (len(groups | other) or 1)
            if share > 0.3:
                scored.append((-share, index))
    return [index for _, index in sorted(scored)[:_CANDIDATES]]


def _groups(line: str) -> set[str]:
    return {line[at : at + 3] for at in range(max(1, len(line) - 2))}


def _aligned(window: Sequence[str], wanted: Sequence[str], low: int, size: int, slack: int) -> Fit | None:
    """Return the cheapest way to lay `wanted` in `window`, whose ends cost nothing.

    Line i of `wanted` is looked for from i up to i + 3 * slack of the window and nowhere else.
    """
    n, m = len(wanted), len(window)
    unfit = float("inf")
    before = [0.0] * (m + 1)
    steps: list[list[int]] = [[0] * (m + 1)]  # 1: both lines, 2: quoted line is absent, 3: line is skipped
    for i, line in enumerate(wanted, 1):
        row, moves = [unfit] * (m + 1), [2] * (m + 1)
        first, last = max(0, i - slack), min(m, i + 3 * slack)
        for j in range(first, last + 1):
            both = before[j - 1] + _cost(line, window[j - 1]) if j and before[j - 1] < unfit else unfit
            absent = before[j] + len(line) + _UNLIKE
            skipped = row[j - 1] + len(window[j - 1]) * _SKIPPED if j and i < n else unfit
            best = min(both, absent, skipped)
            row[j] = best
            moves[j] = 1 if best == both < unfit else 2 if best == absent else 3
        before = row
        steps.append(moves)
    i, j = n, min(range(m + 1), key=lambda at: (before[at], at))
    cost, error = before[j], 0.0
    aligned: list[int | None] = [None] * n
    while i > 0:
        move = steps[i][j]
        if move == 1:
            i, j = i - 1, j - 1
            aligned[i] = low + j
            error += line_error(wanted[i], window[j])
        elif move == 2:
            i -= 1
            error += len(wanted[i])
        else:
            j -= 1
            error += len(window[j])
    if cost == unfit or all(at is None for at in aligned):
        return None
    return Fit(tuple(aligned), error, size, cost)


def _cost(one: str, other: str) -> float:
    return line_error(one, other) + _UNLIKE if one != other else 0.0


@lru_cache(maxsize=4_096)
def line_error(one: str, other: str) -> float:
    """Return how many characters differ, or infinity for lines that are not the same line at all."""
    if one == other:
        return 0.0
    longest = max(len(one), len(other))
    if min(len(one), len(other)) < 0.6 * longest or len(set(one) & set(other)) * 2 < len(set(one)):
        return float("inf")
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.quick_ratio() < 0.7:
        return float("inf")
    same = sum(block.size for block in matcher.get_matching_blocks())
    return longest - same if same >= 0.7 * longest else float("inf")
