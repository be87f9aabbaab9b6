"""Which options are worth having: those that no other one beats on both quality and cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """A model or a plan: expected quality 0..1, expected dollars a request."""

    name: str
    quality: float
    cost_usd: float


def frontier(options: Iterable[Option]) -> tuple[Option, ...]:
    """Return the options that are not dominated, cheapest first, better as they get dearer.

    Pareto dominance (Pareto 1906): an option goes if another is at least as good and at most as dear,
    and not the same in both. Of equals the first by name stays.
    """
    kept: list[Option] = []
    for option in sorted(options, key=lambda o: (o.cost_usd, -o.quality, o.name)):
        if not kept or option.quality > kept[-1].quality:
            kept.append(option)
    return tuple(kept)


def hull(options: Iterable[Option]) -> tuple[Option, ...]:
    """Return the frontier's options that are the best at some price of quality: its convex hull
    (Andrew 1979)."""
    kept: list[Option] = []
    for option in frontier(options):
        while len(kept) > 1 and _slope(kept[-2], kept[-1]) <= _slope(kept[-2], option):
            kept.pop()
        kept.append(option)
    return tuple(kept)


def best_at(options: Sequence[Option], price: float) -> Option:
    """Return the option of the highest quality less `price` a dollar; of equals the cheapest.

    Raises: ValueError if there is none.
    """
    return max(options, key=lambda o: (o.quality - price * o.cost_usd, -o.cost_usd))


def _slope(low: Option, high: Option) -> float:
    rise, run = high.quality - low.quality, high.cost_usd - low.cost_usd
    return rise / run if run > 0 else float("inf")
