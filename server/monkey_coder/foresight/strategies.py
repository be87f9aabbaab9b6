"""Which strategy the outcomes speak for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .projection import Amount

# Outcomes below which a strategy is not known, and how sure it must be that it is the better one.
_LEAST, _SURE = 3.0, 0.6


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a strategy promises: a Beta belief in its answers being good, of which `n` outcomes speak, and
    what it costs (None: nobody knows)."""

    strategy: str
    good: float
    bad: float
    n: float
    cost: Amount | None = None

    @property
    def mean(self) -> float:
        return self.good / (self.good + self.bad)

    @property
    def variance(self) -> float:
        return self.mean * (1 - self.mean) / (self.good + self.bad + 1)


@dataclass(frozen=True, slots=True)
class Preferred:
    """The strategy to take, and why, for the user to read."""

    strategy: str
    why: str


def prefer(prospects: Sequence[Prospect], *, price: float = 0.2) -> Preferred:
    """Return the strategy worth most, a dollar being worth `price` of a good answer; mostly the first.

    The first is the plain one. Another takes its place only with at least three outcomes of its own, a known
    cost, and a value that is higher with a probability of 60 %: the difference of two Beta beliefs, each
    by its normal approximation (Gelman et al., Bayesian Data Analysis, 4.1). What was never tried is
    not tried unasked. On recorded outcomes of which the user had one in ten done by another strategy (the
    tasks of `agents/pipeline.py`, a dollar worth .2) this brought .697 for .689 always direct with the
    strong model and .561 for .518 with the cheap one; with five outcomes and 80 %, .689 and .524; on tasks
    that no number was chosen by .612 for .604 and .538 for .512 (`benchmarks.strategies`).
    Raises: ValueError if there is no strategy at all.
    """
    if not prospects:
        raise ValueError("there is no strategy to choose from")
    plain, *others = prospects
    best, surest = plain, 0.0
    for one in others:
        if one.n < _LEAST or one.cost is None:
            continue
        sure = _more(one, plain, price)
        if sure >= _SURE and _value(one, price) > _value(best, price):
            best, surest = one, sure
    if best is plain:
        known = [one for one in others if one.n >= _LEAST]
        return Preferred(plain.strategy, "nothing else did better so far" if known else "")
    gain = best.mean - plain.mean
    return Preferred(
        best.strategy, f"{gain:+.0%} good answers over {best.n:.0f} like it, {surest:.0%} sure to pay"
    )


def _value(one: Prospect, price: float) -> float:
    return one.mean - price * (one.cost.middle if one.cost is not None else 0.0)


def _more(one: Prospect, other: Prospect, price: float) -> float:
    """Return how likely one is worth more than the other."""
    spread = math.sqrt(one.variance + other.variance)
    return 0.5 * (1 + math.erf((_value(one, price) - _value(other, price)) / spread / math.sqrt(2)))
