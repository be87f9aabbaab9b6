"""Exact look-ahead: which model to try next, or to stop, up to three attempts deep."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .verifier import Verifier

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_STEPS = 3
_NEVER = -1e9


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known before an attempt.

    `passes[m, d]` is how likely model m solves a task of difficulty d, `difficulty[d]` how likely
    the task is of that difficulty. `costs` are expected dollars, `most` what an attempt cannot
    exceed; `left_usd` may still be spent. A dollar is worth `price` of a solved task. An attempt after
    k failures costs `dearer[k]` times as much: hard tasks are long ones.
    """

    passes: Floats
    difficulty: Floats
    costs: Floats
    most: Floats
    price: float
    verifier: Verifier
    dearer: tuple[float, ...] = (1.0, 1.0, 1.0)
    left_usd: float = math.inf


@dataclass(frozen=True, slots=True)
class Step:
    """The next attempt: which model (None: stop), what going on is worth, how likely it is accepted."""

    model: int | None
    value: float
    accepted: float = 0.0


def look_ahead(outlook: Outlook, tried: tuple[int, ...], steps: int) -> Step:
    """Return the best next attempt after those in `tried` were all rejected, with `steps` left.

    Every sequence of up to three further attempts is valued exactly under the belief about the
    difficulty, which each rejection makes worse: backward induction in a partially observable
    decision process (Bellman 1957; Kaelbling, Littman & Cassandra 1998); with one step and
    independent models it is Weitzman's search (1979). An attempt pays if it is accepted and good,
    which a verifier that errs makes rarer. No attempt is taken, now or later in the plan, that could
    exceed what is left to spend. Raises: ValueError for more than `MOST_STEPS` steps.
    """
    import numpy as np

    if steps > MOST_STEPS:
        raise ValueError(f"look-ahead goes {MOST_STEPS} attempts deep, not {steps}; search a tree instead")
    free = np.ones(len(outlook.costs), dtype=bool)
    free[list(tried)] = False
    if steps <= 0 or not free.any():
        return Step(None, 0.0)
    good = outlook.passes * (1 - outlook.verifier.false_reject)
    accepted = good + (1 - outlook.passes) * outlook.verifier.false_accept
    rejected = 1 - accepted
    weights = outlook.difficulty
    for model in tried:
        weights = weights * rejected[model]
    total = float(weights.sum())
    weights = weights / total if total > 0 else np.full(len(weights), 1 / len(weights))
    prices = [outlook.price * outlook.costs * outlook.dearer[_stage(len(tried) + k)] for k in range(steps)]
    values = good @ weights - prices[0]
    if steps > 1:
        values = values + _later(outlook, free, good, rejected, weights, prices)
    values[~free | (outlook.most > outlook.left_usd)] = _NEVER
    best = int(values.argmax())
    if values[best] <= 0:
        return Step(None, 0.0)
    return Step(best, float(values[best]), float(accepted[best] @ weights))


def _stage(failed: int) -> int:
    return min(failed, MOST_STEPS - 1)


def _later(
    outlook: Outlook,
    free: NDArray[np.bool_],
    good: Floats,
    rejected: Floats,
    weights: Floats,
    prices: Sequence[Floats],
) -> Floats:
    """Return, for each first attempt, what one or two more are worth where it is rejected."""
    import numpy as np

    each = np.arange(len(good))
    after_one = weights * rejected
    second = after_one @ good.T - after_one.sum(1)[:, None] * prices[1]
    together = outlook.most[:, None] + outlook.most[None, :]
    if len(prices) > 2:
        after_two = after_one[:, None, :] * rejected[None]
        third = after_two @ good.T - after_two.sum(2)[:, :, None] * prices[2]
        third[:, :, ~free] = _NEVER
        third[each, :, each] = _NEVER
        third[:, each, each] = _NEVER
        if outlook.left_usd < math.inf:
            third[together[:, :, None] + outlook.most > outlook.left_usd] = _NEVER
        second = second + np.maximum(third.max(2), 0.0)
    second[:, ~free] = _NEVER
    second[each, each] = _NEVER
    second[together > outlook.left_usd] = _NEVER
    result: Floats = np.maximum(second.max(1), 0.0)
    return result
