"""Which strategy the outcomes speak for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .beta import Chance
from .projection import Amount

# Outcomes below which a strategy is not known, and how sure it must be that it is the better one.
_LEAST, _SURE = 5.0, 0.8
# Standard deviations from the mean to each end of an interval that holds 90 %.
_NINETY = 1.645


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a strategy promises: how likely its answer is good, and what it costs (None: nobody knows)."""

    strategy: str
    good: Chance
    cost: Amount | None = None


@dataclass(frozen=True, slots=True)
class Preferred:
    """The strategy to take, and why, for the user to read."""

    strategy: str
    why: str


def prefer(prospects: Sequence[Prospect], *, price: float = 0.2) -> Preferred:
    """Return the strategy worth most, a dollar being worth `price` of a good answer; mostly the first.

    The first is the plain one. Another takes its place only with at least five outcomes of its own, a known
    cost, and a value that is higher with a probability of 80 %: the difference of two Beta beliefs, each
    by its normal approximation (Gelman et al., Bayesian Data Analysis, 4.1). What was never tried is
    not tried unasked: on recorded outcomes it lost more often than it won (`agents/pipeline.py`).
    Raises: ValueError if there is no strategy at all.
    """
    if not prospects:
        raise ValueError("there is no strategy to choose from")
    plain, *others = prospects
    best, surest = plain, 0.0
    for one in others:
        if one.good.n < _LEAST or one.cost is None:
            continue
        sure = _more(one, plain, price)
        if sure >= _SURE and _value(one, price) > _value(best, price):
            best, surest = one, sure
    if best is plain:
        known = [one for one in others if one.good.n >= _LEAST]
        return Preferred(plain.strategy, "nothing else did better so far" if known else "")
    gain = best.good.mean - plain.good.mean
    return Preferred(
        best.strategy, f"{gain:+.0%} good answers over {best.good.n:.0f} like it, {surest:.0%} sure to pay"
    )


def _value(one: Prospect, price: float) -> float:
    return one.good.mean - price * (one.cost.middle if one.cost is not None else 0.0)


def _more(one: Prospect, other: Prospect, price: float) -> float:
    """Return how likely one is worth more than the other."""
    spreads = [(chance.high - chance.low) / (2 * _NINETY) for chance in (one.good, other.good)]
    spread = math.hypot(*spreads) or 1e-9
    return 0.5 * (1 + math.erf((_value(one, price) - _value(other, price)) / spread / math.sqrt(2)))
