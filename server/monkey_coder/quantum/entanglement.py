"""Versions of parts that must agree, such as the files of one change, chosen together."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# How well version `a` of part `i` goes with version `b` of part `j`, for i < j: log-odds of at most 0.
Agreement = Callable[[int, int, int, int], float]


@dataclass(frozen=True, slots=True)
class Joint:
    """One version for each part, by number, and the log-odds of all of them together."""

    choice: tuple[int, ...]
    log_odds: float


def entangled(parts: Sequence[Sequence[float]], agreement: Agreement, *, tries: int = 20_000) -> Joint | None:
    """Return the best versions of all parts together; None if a part has none.

    `parts` are the log-odds of each part's versions by themselves. Technique: the likeliest assignment of
    a pairwise model over the product of all versions (Pearl 1988, "Probabilistic reasoning in intelligent
    systems", ch. 5), by best-first search: since no pair adds to the odds, what is known plus the best of
    each part that is left never promises too little, and the first whole assignment is the best (A*: Hart,
    Nilsson & Raphael 1968). After `tries` steps the most promising is finished part by part.
    Raises: ValueError for an agreement above 0.
    """
    if not parts or not all(parts):
        return None
    rest = [0.0]
    for versions in reversed(parts):
        rest.append(rest[-1] + max(versions))
    rest.reverse()
    # By what is promised, then the longer one, then the earlier versions.
    open_: list[tuple[float, int, tuple[int, ...], float]] = [(-rest[0], 0, (), 0.0)]
    while True:
        _, _, chosen, so_far = heapq.heappop(open_)
        at = len(chosen)
        if at == len(parts):
            return Joint(chosen, so_far)
        if tries <= 0:
            open_.clear()
        tries -= 1
        for version, odds in enumerate(parts[at]):
            pairs = [agreement(part, one, at, version) for part, one in enumerate(chosen)]
            if any(pair > 0 for pair in pairs):
                raise ValueError("an agreement is at most 0, so that the search can promise the best")
            log_odds = so_far + odds + sum(pairs)
            heapq.heappush(open_, (-(log_odds + rest[at + 1]), -at - 1, (*chosen, version), log_odds))
