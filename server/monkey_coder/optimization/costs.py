"""What each model and each provider costs, learned from what was paid."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Spending:
    """Requests and dollars, and the sum of the dollars' squares."""

    n: float = 0.0
    usd: float = 0.0
    squares: float = 0.0

    @property
    def mean_usd(self) -> float:
        return self.usd / self.n if self.n else 0.0

    @property
    def error_usd(self) -> float:
        """The standard error of the mean."""
        if self.n < 2:
            return math.inf
        return math.sqrt(max(self.squares / self.n - self.mean_usd**2, 0.0) / (self.n - 1))


@dataclass(frozen=True, slots=True)
class Costs:
    """The state: what was spent, by "provider/model"."""

    models: Mapping[str, Spending] = field(default_factory=dict)

    def providers(self) -> dict[str, Spending]:
        """Return the same by provider."""
        found: dict[str, Spending] = {}
        for model, s in self.models.items():
            provider = model.partition("/")[0]
            old = found.get(provider, Spending())
            found[provider] = Spending(old.n + s.n, old.usd + s.usd, old.squares + s.squares)
        return found


def learn_cost(state: Costs, model: str, cost_usd: float, *, discount: float = 1.0) -> Costs:
    """Return the state that also knows what a request cost. What is no amount teaches nothing."""
    if not (math.isfinite(cost_usd) and cost_usd >= 0):
        return state
    old = state.models.get(model, Spending())
    learned = Spending(
        old.n * discount + 1, old.usd * discount + cost_usd, old.squares * discount + cost_usd**2
    )
    return Costs({**state.models, model: learned})


def expected_usd(state: Costs, model: str, *, guess: float | None = None) -> float | None:
    """Return what a request probably costs: the price list's guess counts as two requests; None
    where nobody knows."""
    known = state.models.get(model, Spending())
    if guess is None:
        return known.mean_usd if known.n else None
    return (2 * guess + known.usd) / (2 + known.n)


def dump_costs(state: Costs) -> dict[str, Any]:
    """Return the state as JSON values."""
    return {model: [s.n, s.usd, s.squares] for model, s in state.models.items()}


def load_costs(data: Any) -> tuple[Costs, str]:
    """Return the state that was dumped, and a message for the user ("" if all is well).

    What is damaged gives the state of one who has seen nothing, and says so.
    """
    try:
        models = {str(m): Spending(float(n), float(usd), float(sq)) for m, (n, usd, sq) in dict(data).items()}
        for s in models.values():
            if not all(math.isfinite(x) and x >= 0 for x in (s.n, s.usd, s.squares)):
                raise ValueError("an amount is no number from 0 up")
    except (TypeError, ValueError) as error:
        return Costs(), f"what was learned of costs cannot be read ({error}); it starts anew"
    return Costs(models), ""
