"""Which models are worth exploring: those that no other one surely beats on both counts."""

from __future__ import annotations

import math
from collections.abc import Mapping

# A model goes unexplored once another is cheaper and this surely better; both seen this often.
_SURE = 0.98
_SEEN = 3.0


def undominated(
    beliefs: Mapping[str, tuple[float, float]], costs: Mapping[str, float], n: Mapping[str, float]
) -> tuple[str, ...]:
    """Return the models that are not surely worse and dearer than another one; never none.

    `beliefs` are Beta counts (good, bad). The probability that one Beta exceeds another is taken by
    the normal approximation. Pareto dominance: Pareto 1906; pruning arms by it: Drugan & Nowé 2013.
    """
    kept = []
    for model in beliefs:
        rivals = (other for other in beliefs if other != model and costs[other] <= costs[model])
        if n[model] < _SEEN or not any(
            n[other] >= _SEEN and probably_better(beliefs[other], beliefs[model]) > _SURE for other in rivals
        ):
            kept.append(model)
    return tuple(kept)


def probably_better(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return about how likely the first Beta variable is above the second."""
    means, variances = [], []
    for good, bad in (one, other):
        total = good + bad
        means.append(good / total)
        variances.append(good * bad / (total * total * (total + 1)))
    spread = math.sqrt(sum(variances))
    if spread == 0:
        return 0.5 if means[0] == means[1] else float(means[0] > means[1])
    return 0.5 * (1 + math.erf((means[0] - means[1]) / (spread * math.sqrt(2))))
