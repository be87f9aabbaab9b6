"""The default: Thompson sampling over a hierarchy of Beta beliefs, with a cost model of its own."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .features import TaskFeatures
from .pareto import undominated
from .policy import Arm, Choice, Outcome, Portfolio, Rival, affordable, checked, nothing_affordable


@dataclass(frozen=True, slots=True)
class Tally:
    """What is known of one model on one kind of task: sums of good, bad and dollars."""

    good: float = 0.0
    bad: float = 0.0
    cost_usd: float = 0.0

    @property
    def n(self) -> float:
        return self.good + self.bad


@dataclass(frozen=True, slots=True)
class Beliefs:
    """The state: tallies by kind of task, then by model."""

    kinds: Mapping[str, Mapping[str, Tally]] = field(default_factory=dict)


_NONE = Tally()


@dataclass(frozen=True, slots=True)
class Thompson:
    """Sample each model's quality from what is believed of it, and take the best after its price.

    Technique: Thompson sampling (Thompson 1933), with the posterior sharpened by `sharpness` as
    Chapelle & Li 2011 ("An empirical evaluation of Thompson sampling", 3.2) found to regret less, and
    once more for each `settles` outcomes known: who has learned much explores little. Beta beliefs
    in a hierarchy (Gelman et al., Bayesian Data Analysis, ch. 5): models of its price → one model on
    all tasks → one model on this kind of task, each worth `strength` outcomes of prior for the next.
    That dearer models are better is itself learned, by a ridge regression of quality on the logarithm
    of cost (Hoerl & Kennard 1970) whose prior is `growth`, give or take as much, for e times the cost.
    Cost is learned apart, so that `cost_weight` (quality for a dollar) can change at any time.
    `discount` lets old outcomes fade where models drift (Garivier & Moulines 2011). Models that are
    surely both worse and dearer than another are not explored (`pareto.py`).
    """

    cost_weight: float = 0.2
    strength: float = 16.0
    growth: float = 0.02
    sharpness: float = 10.0
    settles: float = 100.0
    discount: float = 0.9995
    name: str = "thompson"

    def start(self) -> Beliefs:
        return Beliefs()

    def choose(
        self, features: TaskFeatures, portfolio: Portfolio, state: Beliefs, rng: random.Random
    ) -> Choice:
        totals = {arm.model: _total(state, arm.model) for arm in portfolio.arms}
        learned = {model: tally.cost_usd / tally.n for model, tally in totals.items() if tally.n > 0}
        arms = affordable(portfolio, learned)
        if not arms:
            return nothing_affordable(portfolio)
        costs = {arm.model: self._cost(arm, totals[arm.model]) for arm in portfolio.arms}
        expected = self._expected(totals, costs)
        beliefs = {
            arm.model: self._belief(features.kind, arm.model, state, totals, expected[arm.model])
            for arm in arms
        }
        rivals = tuple(
            Rival(model, good / (good + bad), costs[model], totals[model].n)
            for model, (good, bad) in beliefs.items()
        )
        open_models = undominated(beliefs, costs, {model: totals[model].n for model in beliefs})
        settled = 1 + sum(tally.n for tally in totals.values()) / self.settles
        values = {}
        for model in open_models:
            # What was learned is sharpened, ignorance is not: a model that is new gets its trial.
            known = totals[model].n / (totals[model].n + 1)
            sharp = 1 + (self.sharpness * settled - 1) * known
            good, bad = (max(sharp * part, 1e-3) for part in beliefs[model])
            values[model] = rng.betavariate(good, bad) - self.cost_weight * costs[model]
        best = max(open_models, key=values.__getitem__)
        return Choice(best, self._why(best, rivals), rivals)

    def learn(self, state: Beliefs, outcome: Outcome) -> Beliefs:
        outcome = checked(outcome)
        if not outcome.weight:
            return state
        kind = outcome.features.kind
        faded = {
            model: Tally(t.good * self.discount, t.bad * self.discount, t.cost_usd * self.discount)
            for model, t in state.kinds.get(kind, {}).items()
        }
        old = faded.get(outcome.model, _NONE)
        faded[outcome.model] = Tally(
            old.good + outcome.weight * outcome.quality,
            old.bad + outcome.weight * (1 - outcome.quality),
            old.cost_usd + outcome.weight * outcome.cost_usd,
        )
        return replace(state, kinds={**state.kinds, kind: faded})

    def dump(self, state: Beliefs) -> Mapping[str, Any]:
        return {
            kind: {model: [t.good, t.bad, t.cost_usd] for model, t in tallies.items()}
            for kind, tallies in state.kinds.items()
        }

    def load(self, data: Mapping[str, Any]) -> Beliefs:
        return Beliefs(
            {
                str(kind): {str(model): _tally(*numbers) for model, numbers in dict(tallies).items()}
                for kind, tallies in data.items()
            }
        )

    def _expected(self, totals: Mapping[str, Tally], costs: Mapping[str, float]) -> dict[str, float]:
        """Return the mean quality of models of each one's cost; of one that costs nothing, of all."""
        weights = {model: t.n / (t.n + self.strength) for model, t in totals.items()}
        seen = {model: t.good / t.n for model, t in totals.items() if t.n > 0}
        mean = (1 + sum(weights[m] * quality for m, quality in seen.items())) / (2 + sum(weights.values()))
        logs = {model: math.log(usd) for model, usd in costs.items() if usd > 0}
        known = {model: weights[model] for model in logs.keys() & seen.keys()}
        if not sum(known.values()):
            return dict.fromkeys(totals, mean)
        middle = sum(weight * logs[model] for model, weight in known.items()) / sum(known.values())
        # A model's mean lies about the trend with variance 1/4 * (1/strength + 1/n).
        products = sum(w * (logs[model] - middle) * (seen[model] - mean) for model, w in known.items())
        squares = sum(w * (logs[model] - middle) ** 2 for model, w in known.items())
        prior = 1 / (4 * self.strength * self.growth**2)
        slope = (self.growth * prior + products) / (prior + squares)
        return {
            model: min(max(mean + slope * (logs.get(model, middle) - middle), 0.05), 0.95) for model in totals
        }

    def _belief(
        self, kind: str, model: str, state: Beliefs, totals: Mapping[str, Tally], expected: float
    ) -> tuple[float, float]:
        """Return the Beta belief about a model on a kind of task."""
        here = state.kinds.get(kind, {}).get(model, _NONE)
        total = totals[model]
        elsewhere = max(total.n - here.n, 0.0)
        mean = (self.strength * expected + max(total.good - here.good, 0.0)) / (self.strength + elsewhere)
        strength = min(self.strength + elsewhere, 2 * self.strength)
        return strength * mean + here.good, strength * (1 - mean) + here.bad

    def _cost(self, arm: Arm, total: Tally) -> float:
        """Return the expected cost: the price list's for a start, then what was paid. Unknown is 0,
        so that a model is tried once before its price counts against it."""
        if arm.expected_usd is None:
            return total.cost_usd / total.n if total.n > 0 else 0.0
        return (arm.expected_usd * 2 + total.cost_usd) / (2 + total.n)

    def _why(self, model: str, rivals: tuple[Rival, ...]) -> str:
        by_model = {rival.model: rival for rival in rivals}
        chosen = by_model.pop(model)
        said = f"{model}: {chosen.quality:.0%} good at ${chosen.cost_usd:.4f} after {chosen.n:.0f} outcomes"
        if not by_model:
            return f"{said}; no other model can be asked"
        value = {r.model: r.quality - self.cost_weight * r.cost_usd for r in rivals}
        second = max(by_model.values(), key=lambda rival: value[rival.model])
        against = f"{second.model}: {second.quality:.0%} at ${second.cost_usd:.4f}"
        if value[second.model] > value[model]:
            return f"{said}; tried to learn more, next to {against}"
        return f"{said}; next best {against}"


def _total(state: Beliefs, model: str) -> Tally:
    tallies = [kinds[model] for kinds in state.kinds.values() if model in kinds]
    return Tally(sum(t.good for t in tallies), sum(t.bad for t in tallies), sum(t.cost_usd for t in tallies))


def _tally(good: float, bad: float, cost_usd: float) -> Tally:
    numbers = (float(good), float(bad), float(cost_usd))
    if not all(math.isfinite(number) and number >= 0 for number in numbers):
        raise ValueError(f"a tally holds numbers from 0 up, not {numbers!r}")
    return Tally(*numbers)
