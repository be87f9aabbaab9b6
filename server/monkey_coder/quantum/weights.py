"""How much each kind of evidence counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .measurement import NAMES


@dataclass(frozen=True, slots=True)
class Weights:
    """`ranking` weighs centred evidence; `sure` turns evidence of the one that was chosen into the
    log-odds that it is right: a constant, then the four numbers of `collapse.certainty`."""

    ranking: tuple[float, ...]
    sure: tuple[float, ...]


# From the development rows of public sets of programs by many models (HumanEval and MBPP), by
# `python -m benchmarks.replay_selection DATA`.
LEARNED = Weights(
    ranking=(3.447, 3.122, 2.842, 0.015, 1.688, 0.353, 4.844, -1.928, 0.240, -0.050, 2.045, 0.862),
    sure=(-0.687, 6.035, -5.399, 1.641, 0.990),
)


def fit_ranking(
    sets: Sequence[tuple[Sequence[Sequence[float]], Sequence[bool]]], *, ridge: float = 20.0
) -> tuple[float, ...]:
    """Return the weights that best tell right from wrong candidates of the same request.

    Each set is the centred evidence of a request's candidates, and which of them are right; sets in
    which all are right, or none, teach nothing and are left out. Technique: logistic regression with
    a ridge on standardised evidence, by Newton's method (Cox 1958; Hoerl & Kennard 1970).
    """
    import numpy as np

    telling = [(rows, right) for rows, right in sets if any(right) and not all(right)]
    if not telling:
        return (0.0,) * len(NAMES)
    x = np.vstack([np.asarray(rows, float) for rows, _ in telling])
    y = np.concatenate([np.asarray(right, float) for _, right in telling])
    return tuple(_logistic(x, y, ridge, with_constant=False))


def fit_sure(
    rows: Sequence[Sequence[float]], right: Sequence[bool], *, ridge: float = 1.0
) -> tuple[float, ...]:
    """Return a constant and weights for the log-odds that a chosen candidate is right (Platt 1999)."""
    import numpy as np

    return tuple(_logistic(np.asarray(rows, float), np.asarray(right, float), ridge, with_constant=True))


def _logistic(x, y, ridge: float, *, with_constant: bool) -> list[float]:  # type: ignore[no-untyped-def]
    import numpy as np

    scale = x.std(0) + 1e-6
    z = x / scale
    if with_constant:
        z = np.hstack([np.ones((len(z), 1)), z])
        scale = np.concatenate([[1.0], scale])
    weights = np.zeros(z.shape[1])
    for _ in range(25):
        p = 1 / (1 + np.exp(-np.clip(z @ weights, -30, 30)))
        bend = (z * (p * (1 - p))[:, None]).T @ z + ridge * np.eye(len(weights))
        weights = weights - np.linalg.solve(bend, z.T @ (p - y) + ridge * weights)
    result: list[float] = (weights / scale).tolist()
    assert all(map(math.isfinite, result))
    return result
