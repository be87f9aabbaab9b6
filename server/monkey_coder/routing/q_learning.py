"""Tabular Q-learning: one row of values for each cell of tasks."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .features import TaskFeatures
from .policy import Choice, Outcome, Portfolio, Rival, affordable, checked, nothing_affordable
from .reward import reward


@dataclass(frozen=True, slots=True)
class Table:
    """The state: value and count by cell and model, mean costs, and how many outcomes were seen."""

    values: Mapping[str, Mapping[str, tuple[float, float]]] = field(default_factory=dict)
    costs: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    n: int = 0


@dataclass(frozen=True, slots=True)
class QLearning:
    """Take the model of the highest value in the task's cell; sometimes another, to learn.

    Technique: Q-learning (Watkins 1989), epsilon-greedy with decay (Sutton & Barto 2018, 2.2, 6.5).
    The step is 1/n until it reaches `step`, which then keeps up with drift.
    """

    cost_weight: float = 0.2
    step: float = 0.1
    epsilon: float = 0.3
    decay: float = 0.99
    gamma: float = 0.0
    name: str = "q"

    def start(self) -> Table:
        return Table()

    def choose(
        self, features: TaskFeatures, portfolio: Portfolio, state: Table, rng: random.Random
    ) -> Choice:
        arms = affordable(portfolio, {model: usd for model, (usd, _) in state.costs.items()})
        if not arms:
            return nothing_affordable(portfolio)
        row = state.values.get(features.bucket, {})
        rivals = tuple(
            Rival(arm.model, row.get(arm.model, (0.0, 0.0))[0], state.costs.get(arm.model, (0.0, 0.0))[0],
                  row.get(arm.model, (0.0, 0.0))[1])
            for arm in arms
        )  # fmt: skip
        epsilon = self.epsilon * self.decay**state.n
        if rng.random() < epsilon:
            chosen = rng.choice(rivals)
            return Choice(
                chosen.model, f"{chosen.model}: tried to learn more ({epsilon:.0%} of requests)", rivals
            )
        best = max(rival.quality for rival in rivals)
        chosen = rng.choice([rival for rival in rivals if rival.quality == best])
        why = f"{chosen.model}: value {best:.2f} on {features.bucket!r} after {chosen.n:.0f} outcomes"
        return Choice(chosen.model, why, rivals)

    def learn(self, state: Table, outcome: Outcome) -> Table:
        outcome = checked(outcome)
        if not outcome.weight:
            return state
        row = dict(state.values.get(outcome.features.bucket, {}))
        value, count = row.get(outcome.model, (0.0, 0.0))
        target = reward(outcome.quality, outcome.cost_usd, self.cost_weight)
        if outcome.then is not None:
            after = state.values.get(outcome.then.bucket, {})
            target += self.gamma * max((v for v, _ in after.values()), default=0.0)
        step = outcome.weight * max(self.step, 1 / (count + 1))
        row[outcome.model] = (value + step * (target - value), count + outcome.weight)
        usd, paid = state.costs.get(outcome.model, (0.0, 0.0))
        costs = {**state.costs, outcome.model: ((usd * paid + outcome.cost_usd) / (paid + 1), paid + 1)}
        return replace(
            state, values={**state.values, outcome.features.bucket: row}, costs=costs, n=state.n + 1
        )

    def dump(self, state: Table) -> Mapping[str, Any]:
        return {"values": state.values, "costs": state.costs, "n": state.n}

    def load(self, data: Mapping[str, Any]) -> Table:
        values = {
            str(cell): {str(model): _pair(pair) for model, pair in dict(row).items()}
            for cell, row in dict(data["values"]).items()
        }
        costs = {str(model): _pair(pair) for model, pair in dict(data["costs"]).items()}
        return Table(values, costs, int(data["n"]))


def _pair(pair: Any) -> tuple[float, float]:
    value, count = (float(number) for number in pair)
    if not (math.isfinite(value) and math.isfinite(count) and count >= 0):
        raise ValueError(f"a value and its count are numbers, not {pair!r}")
    return value, count
