"""A budget, turned into a price of quality: how much of a good answer a dollar is worth."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

# Prices that make everything but the free worthless, and steps that find one to a millionth.
_HIGHEST, _STEPS = 1e6, 60


def price_for(spending: Callable[[float], float], budget_usd: float, *, floor: float = 0.0) -> float:
    """Return the lowest price, at least `floor`, at which spending stays within the budget.

    `spending(price)` is what would be spent if a dollar was worth `price` of a good answer; it never
    rises with the price. The price is a budget's Lagrange multiplier (Everett 1963), found by
    bisection. Where no price is high enough the result is infinite: nothing that costs may be asked.
    """
    if math.isnan(budget_usd) or budget_usd < 0:
        return math.inf
    if spending(floor) <= budget_usd:
        return floor
    if spending(_HIGHEST) > budget_usd:
        return math.inf
    low, high = floor, _HIGHEST
    for _ in range(_STEPS):
        # Prices differ by orders of magnitude, so the middle is the geometric one but near nought.
        middle = math.sqrt(max(low, 1e-6) * high)
        if not low < middle < high:
            break
        low, high = (low, middle) if spending(middle) <= budget_usd else (middle, high)
    return high


@dataclass(frozen=True, slots=True)
class Allowance:
    """A budget for a number of requests, and what has been spent of it."""

    budget_usd: float
    n_requests: int
    spent_usd: float = 0.0
    n_done: int = 0

    @property
    def left_usd(self) -> float:
        """What may still be spent at most; never below 0."""
        return max(self.budget_usd - self.spent_usd, 0.0)

    @property
    def share_usd(self) -> float:
        """What a request may cost on average from now on, if all that are expected come."""
        return self.left_usd / max(self.n_requests - self.n_done, 1)

    def spent(self, cost_usd: float) -> Allowance:
        """Return the allowance after a request that cost so much."""
        cost = cost_usd if math.isfinite(cost_usd) and cost_usd > 0 else 0.0
        return Allowance(self.budget_usd, self.n_requests, self.spent_usd + cost, self.n_done + 1)
