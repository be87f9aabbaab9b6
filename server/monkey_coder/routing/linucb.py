"""LinUCB: a linear model of the reward for each model, with its uncertainty added on top."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .features import N_FEATURES, TaskFeatures
from .policy import Choice, Outcome, Portfolio, Rival, affordable, checked, nothing_affordable
from .reward import reward

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """One model's regression: the inverse of its design matrix, and what its rewards add up to."""

    inverse: Floats
    response: Floats
    cost_usd: float = 0.0
    n: float = 0.0


@dataclass(frozen=True, slots=True)
class Lines:
    """The state: a regression by model. The arrays are never written to."""

    models: Mapping[str, Line] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LinUcb:
    """Take the model whose reward may be highest, given the task's features.

    Technique: LinUCB with disjoint models (Li, Chu, Langford & Schapire 2010), the inverse kept up
    by Sherman & Morrison 1950. `alpha` weighs the uncertainty, `ridge` pulls weights to zero.
    """

    cost_weight: float = 0.2
    alpha: float = 0.3
    ridge: float = 1.0
    name: str = "linucb"

    def start(self) -> Lines:
        return Lines()

    def choose(
        self, features: TaskFeatures, portfolio: Portfolio, state: Lines, rng: random.Random
    ) -> Choice:
        import numpy as np

        learned = {model: line.cost_usd / line.n for model, line in state.models.items() if line.n}
        arms = affordable(portfolio, learned)
        if not arms:
            return nothing_affordable(portfolio)
        x = np.asarray(features.vector)
        rivals, bounds = [], {}
        for arm in arms:
            line = state.models.get(arm.model) or self._new()
            mean = float(line.inverse @ line.response @ x)
            bounds[arm.model] = mean + self.alpha * float(np.sqrt(max(x @ line.inverse @ x, 0.0)))
            rivals.append(Rival(arm.model, mean, learned.get(arm.model, 0.0), line.n))
        best = max(bounds.values())
        chosen = rng.choice([rival for rival in rivals if bounds[rival.model] == best])
        why = (
            f"{chosen.model}: reward {chosen.quality:.2f}, at best {best:.2f}, after {chosen.n:.0f} outcomes"
        )
        return Choice(chosen.model, why, tuple(rivals))

    def learn(self, state: Lines, outcome: Outcome) -> Lines:
        import numpy as np

        outcome = checked(outcome)
        if not outcome.weight:
            return state
        line = state.models.get(outcome.model) or self._new()
        x = np.asarray(outcome.features.vector) * np.sqrt(outcome.weight)
        ax = line.inverse @ x
        worth = reward(outcome.quality, outcome.cost_usd, self.cost_weight) * np.sqrt(outcome.weight)
        learned = Line(
            line.inverse - np.outer(ax, ax) / (1 + x @ ax),
            line.response + worth * x,
            line.cost_usd + outcome.weight * outcome.cost_usd,
            line.n + outcome.weight,
        )
        return Lines({**state.models, outcome.model: learned})

    def dump(self, state: Lines) -> Mapping[str, Any]:
        return {
            model: [line.inverse.tolist(), line.response.tolist(), line.cost_usd, line.n]
            for model, line in state.models.items()
        }

    def load(self, data: Mapping[str, Any]) -> Lines:
        import numpy as np

        models = {}
        for model, (inverse, response, cost_usd, n) in data.items():
            line = Line(np.array(inverse, float), np.array(response, float), float(cost_usd), float(n))
            shapes = line.inverse.shape, line.response.shape
            if shapes != ((N_FEATURES, N_FEATURES), (N_FEATURES,)):
                raise ValueError(f"{N_FEATURES} features were expected, and arrays of {shapes!r} found")
            if not (np.isfinite(line.inverse).all() and np.isfinite(line.response).all()):
                raise ValueError("a number is not finite")
            models[str(model)] = line
        return Lines(models)

    def _new(self) -> Line:
        import numpy as np

        return Line(np.eye(N_FEATURES) / self.ridge, np.zeros(N_FEATURES))
