"""What a request will probably cost and how long it will take, with intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# The prior: logarithms spread by so much, as sure as after so many amounts.
_SPREAD, _PRIOR = 0.8, 3.0
# Standard deviations that hold 90 % of a normal variable.
_NINETY = 1.645


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount (dollars, seconds): its median, and the interval it lies in 9 times of 10."""

    middle: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Amounts:
    """The state: count, mean and sum of squared deviations of logarithms, by key."""

    logs: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)


def project(state: Amounts, key: str, *, guess: float | None = None) -> Amount | None:
    """Return what the next amount of this key will probably be; None where nobody knows.

    `guess` is what a price list says. Technique: amounts are log-normal, with a normal-gamma prior
    about the guess; the interval is the predictive one, wider the less is known (Gelman et al.,
    Bayesian Data Analysis, 3.3; the t by a normal of its variance).
    """
    n, mean, squares = state.logs.get(key, (0.0, 0.0, 0.0))
    if guess is not None and guess <= 0 and not n:
        return Amount(0.0, 0.0, 0.0)
    if guess is None or guess <= 0:
        if not n:
            return None
        guess = math.exp(mean)
    prior = math.log(guess)
    centre = (_PRIOR * prior + n * mean) / (_PRIOR + n)
    squares += _PRIOR * n / (_PRIOR + n) * (mean - prior) ** 2 + _PRIOR * _SPREAD**2
    degrees = _PRIOR + n
    spread = math.sqrt(squares / degrees * (1 + 1 / degrees) * degrees / max(degrees - 2, 1))
    return Amount(math.exp(centre), math.exp(centre - _NINETY * spread), math.exp(centre + _NINETY * spread))


def learn_amount(state: Amounts, key: str, amount: float, *, discount: float = 0.995) -> Amounts:
    """Return the state that also knows this amount (Welford 1962). Nothing and less teach nothing."""
    if not (math.isfinite(amount) and amount > 0):
        return state
    n, mean, squares = state.logs.get(key, (0.0, 0.0, 0.0))
    n, squares = n * discount + 1, squares * discount
    step = math.log(amount) - mean
    mean += step / n
    squares += step * (math.log(amount) - mean)
    return Amounts({**state.logs, key: (n, mean, squares)})


def dump_amounts(state: Amounts) -> dict[str, Any]:
    """Return the state as JSON values."""
    return {key: list(numbers) for key, numbers in state.logs.items()}


def load_amounts(data: Any) -> Amounts:
    """Return the state that was dumped. Raises: ValueError, TypeError if it is none."""
    logs = {}
    for key, numbers in dict(data).items():
        n, mean, squares = (float(number) for number in numbers)
        if not all(map(math.isfinite, (n, mean, squares))) or n < 0 or squares < 0 or abs(mean) > 50:
            raise ValueError(f"these were never amounts: {numbers!r}")
        logs[str(key)] = (n, mean, squares)
    return Amounts(logs)
