"""Beta beliefs: means, quantiles, credible intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chance:
    """A probability and the interval it lies in, in `level` of cases; `n` outcomes speak for it."""

    mean: float
    low: float
    high: float
    n: float = 0.0


def chance(good: float, bad: float, *, level: float = 0.9, n: float = 0.0) -> Chance:
    """Return the mean of a Beta belief and its equal-tailed credible interval."""
    tail = (1 - level) / 2
    return Chance(good / (good + bad), quantile(good, bad, tail), quantile(good, bad, 1 - tail), n)


def quantile(good: float, bad: float, at: float) -> float:
    """Return the value below which a Beta(good, bad) variable lies with probability `at`, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        if cumulative(good, bad, middle) < at:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def cumulative(good: float, bad: float, x: float) -> float:
    """Return the probability that a Beta(good, bad) variable is at most `x`.

    The continued fraction of the incomplete beta function by Lentz's method (Press et al., Numerical
    Recipes, 6.4).
    """
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (good + 1) / (good + bad + 2):
        return 1 - cumulative(bad, good, 1 - x)
    front = math.exp(
        math.lgamma(good + bad)
        - math.lgamma(good)
        - math.lgamma(bad)
        + good * math.log(x)
        + bad * math.log1p(-x)
    )
    c, d = 1.0, 1 / _away(1 - (good + bad) * x / (good + 1))
    fraction = d
    for m in range(1, 300):
        even = m * (bad - m) * x / ((good + 2 * m - 1) * (good + 2 * m))
        odd = -(good + m) * (good + bad + m) * x / ((good + 2 * m) * (good + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _away(1 + term * d)
            c = _away(1 + term / c)
            fraction *= c * d
        if abs(c * d - 1) < 1e-10:
            break
    return min(max(front * fraction / good, 0.0), 1.0)


def _away(value: float) -> float:
    """Return the value, or one that can be divided by."""
    return value if abs(value) > 1e-30 else 1e-30
