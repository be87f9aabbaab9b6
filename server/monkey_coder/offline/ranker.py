"""Weigh the features of candidates into probabilities, with weights learned on other projects.

A network of two small layers, shared by all languages. `ghost_weights.npz` was made by
`benchmarks/ghost_train.py`, which says from which projects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

# Standardised features are cut off here: what is farther out was hardly seen in training.
LIMIT = 6.0


@dataclass(frozen=True, slots=True)
class Ranker:
    """The weights: of the two layers, with the standardisation folded into nothing."""

    mean: Floats
    scale: Floats
    first: Floats
    first_bias: Floats
    second: Floats
    second_bias: Floats
    last: Floats
    line: Floats

    def probabilities(self, rows: Floats) -> NDArray[np.float64]:
        """Return the probability of each row; the last row is "none of these"."""
        import numpy as np

        inputs = np.clip((rows - self.mean) / self.scale, -LIMIT, LIMIT)
        hidden = np.maximum(inputs @ self.first + self.first_bias, 0)
        hidden = np.maximum(hidden @ self.second + self.second_bias, 0)
        scores = (hidden @ self.last)[:, 0].astype(np.float64)
        scores = np.exp(scores - scores.max())
        result: NDArray[np.float64] = scores / scores.sum()
        return result

    def confidence(self, probabilities: Sequence[float]) -> float:
        """Return how likely the whole rest of the line is right, from its tokens' probabilities."""
        import numpy as np

        score = float(line_features(probabilities) @ self.line)
        return float(1 / (1 + np.exp(-score)))


def line_features(probabilities: Sequence[float]) -> Floats:
    """Return what a line's confidence is made of."""
    import numpy as np

    logs = np.log(np.maximum(probabilities, 1e-6))
    total = float(logs.sum())
    return np.array([1.0, total, float(logs.min()), np.log(len(logs)), np.log1p(-total)], np.float32)


@cache
def load_ranker() -> Ranker:
    """Return the shipped weights."""
    import numpy as np

    with files(__package__).joinpath("ghost_weights.npz").open("rb") as file:
        arrays: Any = np.load(file, allow_pickle=False)
        return Ranker(**{name: arrays[name].astype(np.float32) for name in Ranker.__dataclass_fields__})
