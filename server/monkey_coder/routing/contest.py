"""Which policy would have done best on the user's own history, and whether it may take over."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .policy import Outcome, Policy, Portfolio
from .reward import reward


@dataclass(frozen=True, slots=True)
class Standing:
    """How a policy did on the outcomes on which it agreed with what was really asked.

    `means` is the reward per outcome up to each of those, for a plot; `error` the standard error of
    `mean`. `n` counts the agreeing outcomes.
    """

    policy: str
    mean: float
    error: float
    n: int
    means: tuple[float, ...]


def replayed(
    history: Sequence[Outcome],
    policies: Sequence[Policy[Any]],
    portfolio: Portfolio,
    cost_weight: float,
    seed: int = 0,
) -> tuple[Standing, ...]:
    """Return how each policy would have done, best first.

    Technique: the replay method (Li, Chu, Langford & Wang 2011): a policy is judged on, and learns
    from, the outcomes of which it would have asked for the same model. It is unbiased where the
    models were asked at random, and otherwise favours policies like the one that was at work.
    """
    standings = []
    for policy in policies:
        rng = random.Random(seed)
        state = policy.start()
        rewards: list[float] = []
        means: list[float] = []
        for outcome in history:
            if policy.choose(outcome.features, portfolio, state, rng).model != outcome.model:
                continue
            state = policy.learn(state, outcome)
            rewards.append(reward(outcome.quality, outcome.cost_usd, cost_weight))
            means.append(sum(rewards) / len(rewards))
        standings.append(_standing(policy.name, rewards, tuple(means)))
    return tuple(sorted(standings, key=lambda standing: -standing.mean))


def may_take_over(reigning: Standing, challenger: Standing, *, least: int = 100) -> bool:
    """Tell whether the challenger is better beyond doubt: by two standard errors, on enough outcomes."""
    if min(reigning.n, challenger.n) < least:
        return False
    return challenger.mean - reigning.mean > 2 * math.hypot(reigning.error, challenger.error)


def _standing(name: str, rewards: Sequence[float], means: tuple[float, ...]) -> Standing:
    n = len(rewards)
    if not n:
        return Standing(name, -math.inf, math.inf, 0, ())
    mean = sum(rewards) / n
    variance = sum((value - mean) ** 2 for value in rewards) / max(n - 1, 1)
    return Standing(name, mean, math.sqrt(variance / n) if n > 1 else math.inf, n, means)
