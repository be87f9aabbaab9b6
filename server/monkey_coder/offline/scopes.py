"""Where the last tokens were seen before: in the workspace, in the folder, in the file.

A scope answers one question: at which places do the last n tokens stand, for the greatest n and
for every smaller one, and what came next there. Nested caches: Hellendoorn and Devanbu 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .store import DEPTH, Index

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.intp]

# Of more places than this that share a context, a sample is drawn.
_FEW = 768
_SAMPLE = 128
_FEW_ALIVE = 128


@dataclass(frozen=True, slots=True)
class Matches:
    """Places in a stream that follow the context: how many tokens agree, and what each counts for."""

    places: Ints
    lengths: Ints
    weights: NDArray[np.float64]

    def next(self, end: int) -> Matches:
        """Return the places one token on, those before `end`."""
        kept = self.places + 1 < end
        return Matches(self.places[kept] + 1, self.lengths[kept], self.weights[kept])

    def within(self, start: int, stop: int) -> Matches:
        """Return the places from `start` up to `stop`."""
        kept = (self.places >= start) & (self.places < stop)
        return Matches(self.places[kept], self.lengths[kept], self.weights[kept])


def no_matches() -> Matches:
    """Return no places."""
    import numpy as np

    return Matches(np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros(0))


class Stream:
    """A short stream of tokens. One that is `kept` is sorted, which pays when it is asked often."""

    def __init__(self, tokens: NDArray[np.int32], *, kept: bool = False) -> None:
        import numpy as np

        self.tokens = tokens
        self._order = np.argsort(tokens[:-1], kind="stable") if kept else None
        self._sorted = tokens[self._order] if self._order is not None else None

    def after(self, token: int) -> Ints:
        """Return the places right after each `token`, in order."""
        import numpy as np

        if self._order is None or self._sorted is None:
            return np.flatnonzero(self.tokens[:-1] == token) + 1
        low, high = self._sorted.searchsorted(np.array((token, token + 1), self._sorted.dtype))
        return self._order[low:high] + 1


def match_stream(source: Stream, context: Sequence[int]) -> Matches:
    """Return the places of a short stream that follow at least the last token of `context`.

    Places that agree in two tokens or more are all there (the latest, if too many); of those that
    agree in one, a sample.
    """
    import numpy as np

    stream = source.tokens
    places = source.after(context[-1])
    if len(places) <= _FEW:
        return Matches(places, _lengths(stream, places, context, 1), np.ones(len(places)))
    second = stream[places - 2] == context[-2]
    longer, single = places[second][-_FEW:], places[~second]
    step = max(1, len(single) // _SAMPLE)
    single = single[::-step]
    lengths = np.concatenate((_lengths(stream, longer, context, 2), np.ones(len(single), np.intp)))
    weights = np.ones(len(lengths))
    weights[len(longer) :] = step
    return Matches(np.concatenate((longer, single)), lengths, weights)


def match_index(index: Index, context: Sequence[int], skipped: Sequence[tuple[int, int]]) -> Matches:
    """Return places of the workspace that follow `context`: all for a long context, else a sample.

    `skipped` are ranges of the stream that do not count, such as the open file as it was on disk.
    """
    import numpy as np

    stream, order = index.stream, index.order
    last = context[-1]
    if last >= len(index.buckets) - 1:
        return no_matches()
    low, high = int(index.buckets[last]), int(index.buckets[last + 1])
    depth = 1
    parts: list[Ints] = []
    lengths: list[Ints] = []
    weights: list[NDArray[np.float64]] = []
    while high - low > _FEW and depth < min(DEPTH, len(context)):
        inner_low, inner_high = _narrow(stream, order, low, high, depth, context[-1 - depth])
        _sample(order, low, inner_low, inner_high, high, depth, parts, lengths, weights)
        low, high, depth = inner_low, inner_high, depth + 1
    if high - low > _FEW:
        _sample(order, low, low, low, high, depth, parts, lengths, weights)
    elif high > low:
        places = order[low:high].astype(np.intp)
        parts.append(places)
        lengths.append(_lengths(stream, places, context, depth))
        weights.append(np.ones(len(places)))
    if not parts:
        return no_matches()
    found = Matches(np.concatenate(parts), np.concatenate(lengths), np.concatenate(weights))
    for start, stop in skipped:
        kept = (found.places < start) | (found.places > stop)
        if not kept.all():
            found = Matches(found.places[kept], found.lengths[kept], found.weights[kept])
    return found


def _narrow(
    stream: NDArray[np.int32], order: NDArray[np.int32], low: int, high: int, depth: int, token: int
) -> tuple[int, int]:
    """Return the part of `order[low:high]` whose token `depth` before the last is `token`."""

    def bisect(low: int, high: int, bound: int) -> int:
        while low < high:
            middle = (low + high) // 2
            at = int(order[middle]) - 1 - depth
            if at >= 0 and stream[at] >= bound:
                high = middle
            else:
                low = middle + 1
        return low

    first = bisect(low, high, token)
    return first, bisect(first, high, token + 1)


def _sample(
    order: NDArray[np.int32],
    low: int,
    inner_low: int,
    inner_high: int,
    high: int,
    depth: int,
    parts: list[Ints],
    lengths: list[Ints],
    weights: list[NDArray[np.float64]],
) -> None:
    """Add a regular sample of the places in low..high that are outside the inner range."""
    import numpy as np

    outside = (inner_low - low) + (high - inner_high)
    if outside <= 0:
        return
    n = min(outside, _SAMPLE)
    at = np.arange(n) * outside // n
    at += low
    at[at >= inner_low] += inner_high - inner_low
    parts.append(order[at].astype(np.intp))
    lengths.append(np.full(n, depth, np.intp))
    weights.append(np.full(n, outside / n))


def _lengths(stream: NDArray[np.int32], places: Ints, context: Sequence[int], known: int) -> Ints:
    """Return how many tokens before each place agree with the end of `context`, up to `DEPTH`."""
    import numpy as np

    lengths = np.full(len(places), known, np.intp)
    deepest = min(DEPTH, len(context))
    alive = np.arange(len(places))
    depth = known
    while depth < deepest and len(alive) > _FEW_ALIVE:
        at = places[alive] - 1 - depth
        alive = alive[(stream[at] == context[-1 - depth]) & (at >= 0)]
        depth += 1
        lengths[alive] = depth
    if depth < deepest and len(alive):
        # Few are left: all depths at once are cheaper than one after the other.
        back = np.arange(depth, deepest)
        at = places[alive][:, None] - 1 - back
        wanted = np.array(context[-1 - depth : -1 - deepest : -1], stream.dtype)
        agree = (stream[np.maximum(at, 0)] == wanted) & (at >= 0)
        lengths[alive] = depth + np.logical_and.accumulate(agree, axis=1).sum(1)
    return lengths
