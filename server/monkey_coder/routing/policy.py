"""What every way of choosing a model has in common: values in, values out.

A policy is a frozen object without memory. What it has learned is a state, which its caller keeps:
`learn` gives a new one back. The same rng and values give the same choice.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from .features import TaskFeatures

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Arm:
    """A model that can be chosen.

    `expected_usd` is what one answer probably costs by the price list, `most_usd` what it cannot
    exceed (by its limit of tokens); None where nobody knows.
    """

    model: str
    expected_usd: float | None = None
    most_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The models to choose from, and what may still be spent on this answer."""

    arms: tuple[Arm, ...]
    budget_usd: float = math.inf

    @property
    def models(self) -> tuple[str, ...]:
        return tuple(arm.model for arm in self.arms)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an answer: its quality from 0 to 1 (see `reward.quality`), and its cost.

    `weight` below 1 is for evidence that says less, such as a suggestion that was only looked at.
    `then` is the task that followed from this answer, such as a second try after a rejected first.
    """

    features: TaskFeatures
    model: str
    quality: float
    cost_usd: float
    weight: float = 1.0
    then: TaskFeatures | None = None


@dataclass(frozen=True, slots=True)
class Rival:
    """How one model looked when the choice was made: expected quality, expected cost, number of
    outcomes behind them."""

    model: str
    quality: float
    cost_usd: float
    n: float


@dataclass(frozen=True, slots=True)
class Choice:
    """The model to ask, or None where none can be afforded; `why` is for the user to read."""

    model: str | None
    why: str
    rivals: tuple[Rival, ...] = ()


class Policy(Protocol[S]):
    """A way to choose a model and to learn from what became of it."""

    @property
    def name(self) -> str:
        """What the user selects it by."""

    def start(self) -> S:
        """Return the state of one who has seen nothing."""

    def choose(self, features: TaskFeatures, portfolio: Portfolio, state: S, rng: random.Random) -> Choice:
        """Return which model to ask, and why. Spends nothing and changes nothing."""

    def learn(self, state: S, outcome: Outcome) -> S:
        """Return the state that also knows this outcome."""

    def dump(self, state: S) -> Mapping[str, Any]:
        """Return the state as JSON values."""

    def load(self, data: Mapping[str, Any]) -> S:
        """Return the state that `dump` wrote. Raises: ValueError, TypeError or KeyError if it is none."""


def affordable(portfolio: Portfolio, learned_usd: Mapping[str, float]) -> tuple[Arm, ...]:
    """Return the arms whose cost cannot be above the budget, as far as anybody knows.

    Where there is a limit, a model of which nobody knows a price may cost anything, and is left out.
    """
    if portfolio.budget_usd == math.inf:
        return portfolio.arms
    chosen = []
    for arm in portfolio.arms:
        known = [arm.most_usd] if arm.most_usd is not None else [arm.expected_usd, learned_usd.get(arm.model)]
        costs = [cost for cost in known if cost is not None]
        if costs and max(costs) <= portfolio.budget_usd:
            chosen.append(arm)
    return tuple(chosen)


def nothing_affordable(portfolio: Portfolio) -> Choice:
    """Return the choice of no model, in words that say what to do."""
    if not portfolio.arms:
        return Choice(None, "no model is configured; add one to the settings")
    return Choice(
        None,
        f"no model is sure to cost at most the ${max(portfolio.budget_usd, 0):.4f} that are left; "
        "raise the budget, or add a model without a price",
    )


def checked(outcome: Outcome) -> Outcome:
    """Return the outcome with its numbers in range. What is no number counts as nothing learned."""
    quality, cost, weight = outcome.quality, outcome.cost_usd, outcome.weight
    if not (math.isfinite(quality) and math.isfinite(cost) and math.isfinite(weight)):
        return replace(outcome, quality=0.0, cost_usd=0.0, weight=0.0)
    return replace(
        outcome,
        quality=min(max(quality, 0.0), 1.0),
        cost_usd=max(cost, 0.0),
        weight=min(max(weight, 0.0), 1.0),
    )
