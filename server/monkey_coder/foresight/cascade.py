"""Which model to try first, which after a rejection, and when to stop."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from .ability import (
    SPREAD,
    Abilities,
    Attempt,
    difficulty_of,
    dump_abilities,
    learn_attempts,
    levels,
    load_abilities,
    pass_rates,
)
from .lookahead import MOST_STEPS, Outlook, Step, look_ahead
from .verifier import Verifier

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Costs of models differ by so much (the standard deviation of their logarithms).
_COST_SPREAD = 1.2


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that may be asked. `expected_usd` by the price list, `most_usd` by its limit of tokens;
    None where nobody knows."""

    model: str
    expected_usd: float | None = None
    most_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Next:
    """The next attempt, or None to stop; `why` is for the user to read."""

    model: str | None
    why: str
    value: float = 0.0
    accepted: float = 0.0
    expected_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Prospect:
    """The models that would be asked until one is accepted, how likely one is, and the expected cost."""

    models: tuple[str, ...]
    accepted: float
    expected_usd: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What one task's attempts are decided by; the same beliefs for all of them."""

    models: tuple[str, ...]
    outlook: Outlook
    most_tries: int

    def next(self, rejected: Sequence[str], left_usd: float = math.inf) -> Next:
        """Return the next attempt after these models' answers were rejected, with so much to spend."""
        tried = tuple(self.models.index(model) for model in rejected)
        left = min(self.most_tries - len(tried), MOST_STEPS)
        step = look_ahead(replace(self.outlook, left_usd=left_usd), tried, left)
        if step.model is None:
            return Next(None, self._why_stop(left, left_usd))
        model = self.models[step.model]
        dearer = self.outlook.dearer[min(len(tried), len(self.outlook.dearer) - 1)]
        usd = float(self.outlook.costs[step.model]) * dearer
        return Next(model, self._why(step, model, usd, rejected), step.value, step.accepted, usd)

    def prospect(self, left_usd: float = math.inf) -> Prospect:
        """Return what the whole plan comes to if it is followed."""
        rejected: list[str] = []
        reached, usd = 1.0, 0.0
        while (step := self.next(rejected, left_usd)).model is not None:
            usd += reached * step.expected_usd
            reached *= 1 - step.accepted
            rejected.append(step.model)
        return Prospect(tuple(rejected), 1 - reached, usd)

    def _why(self, step: Step, model: str, usd: float, rejected: Sequence[str]) -> str:
        after = f" after {', '.join(rejected)}" if rejected else ""
        return f"{model}{after}: {step.accepted:.0%} to pass the checks for about ${usd:.4f}"

    def _why_stop(self, left: int, left_usd: float) -> str:
        if left <= 0:
            return f"stopped: {self.most_tries} attempts were made"
        if len(self.models) and (self.outlook.most > left_usd).all():
            return f"stopped: no attempt is sure to cost at most the ${max(left_usd, 0):.4f} that are left"
        return "stopped: another attempt is not worth its price"


@dataclass(frozen=True, slots=True)
class Cascade:
    """Plans attempts, and learns from what became of them.

    A task's plan samples each model's ability from what is believed of it (posterior sampling:
    Thompson 1933; Osband, Russo & Van Roy 2013), less widely by `sharpness`, and looks ahead exactly
    (`lookahead.py`). `price` is how much of a solved task a dollar is worth. Without an rng the plan
    uses the means and explores nothing.
    """

    price: float = 0.2
    most_tries: int = 3
    sharpness: float = 30.0
    discount: float = 0.9995
    verifier: Verifier = field(default_factory=Verifier)

    def start(self) -> Abilities:
        return Abilities()

    def plan(
        self,
        offers: Sequence[Offer],
        state: Abilities,
        rng: random.Random | None = None,
        *,
        hardness: float = 0.0,
    ) -> Plan:
        """Return the plan for one task; `hardness` shifts how hard it is expected to be."""
        import numpy as np

        costs = _expected_costs(offers, state, rng)
        abilities = []
        for offer, cost in zip(offers, costs, strict=True):
            known = state.ability.get(offer.model)
            ability = state.guess(cost) if known is None else known
            if rng is not None:
                variance = state.variance.get(offer.model, SPREAD**2)
                ability += rng.gauss(0, 1) * math.sqrt(variance / self.sharpness)
            abilities.append(ability)
        most = _most_costs(offers, state, costs)
        difficulty = difficulty_of(state)
        if hardness:
            difficulty = difficulty * np.exp(hardness * levels())
            difficulty = difficulty / difficulty.sum()
        outlook = Outlook(
            pass_rates(abilities) if abilities else np.zeros((0, len(difficulty))),
            difficulty,
            np.asarray(costs, float),
            np.asarray(most, float),
            self.price,
            self.verifier,
            state.dearer,
        )
        return Plan(tuple(offer.model for offer in offers), outlook, self.most_tries)

    def learn(self, state: Abilities, attempts: Sequence[Attempt]) -> Abilities:
        """Return the state that also knows the attempts made at one task."""
        return learn_attempts(state, attempts, self.verifier, discount=self.discount)

    def dump(self, state: Abilities) -> Mapping[str, Any]:
        return dump_abilities(state)

    def load(self, data: Mapping[str, Any]) -> Abilities:
        return load_abilities(data)


def _expected_costs(offers: Sequence[Offer], state: Abilities, rng: random.Random | None) -> list[float]:
    """Return what an attempt by each model probably costs.

    A model without a price and without an attempt is taken to cost like the others, give or take:
    costs are log-normal over models.
    """
    known = [cost.usd / cost.n for cost in state.costs.values() if cost.n > 0 and cost.usd > 0]
    middle = sum(map(math.log, known)) / len(known) if known else None
    costs = []
    for offer in offers:
        paid = state.costs.get(offer.model)
        if offer.expected_usd is not None:
            n, usd = (paid.n, paid.usd) if paid else (0.0, 0.0)
            costs.append((2 * offer.expected_usd + usd) / (2 + n))
        elif paid is not None and paid.n > 0:
            costs.append(paid.usd / paid.n)
        elif middle is None:
            costs.append(0.0)
        else:
            costs.append(math.exp(middle + (_COST_SPREAD * rng.gauss(0, 1) if rng else 0.0)))
    return costs


def _most_costs(offers: Sequence[Offer], state: Abilities, costs: Sequence[float]) -> list[float]:
    """Return what an attempt by each model cannot exceed: infinite where nobody knows."""
    most = []
    for offer, expected in zip(offers, costs, strict=True):
        if offer.most_usd is not None:
            most.append(offer.most_usd)
            continue
        paid = state.costs.get(offer.model)
        seen = 2 * paid.most_usd if paid is not None and paid.n >= 3 else None
        if offer.expected_usd is None and seen is None:
            most.append(math.inf)
        else:
            most.append(max(expected, seen or 0.0))
    return most
