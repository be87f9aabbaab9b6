"""Which definitions of the project a place most likely needs, with how likely each is."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from .atlas import Atlas
from .place import Place
from .signals import NAMES, Signals, signals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

WEIGHTS = "rank_weights.npz"
_TYPED = 6.0


class Ranked(NamedTuple):
    """A definition by its row in the atlas; `odds` are of being the next one used, 0 to 1."""

    row: int
    odds: float


def rank(atlas: Atlas, place: Place, most: int = 400) -> list[Ranked]:
    """Return the definitions of other files that `place` most likely needs, most likely first."""
    found = signals(atlas, place)
    if not len(found.rows):
        return []
    scores = weigh(found, _weights())
    if place.typed:
        # The weights were learned before any letter was typed.
        scores = scores + _TYPED * found.values[:, NAMES.index("typed")]
    return _ordered(found, scores, most)


def weigh(found: Signals, weights: dict[str, Array]) -> Array:
    """Return the score of each row: a network of two small layers beside a linear one."""
    import numpy as np

    n = found.values.shape[1]
    around = found.place @ weights["a"][n:] + weights["b"]
    hidden = np.maximum(found.values @ weights["a"][:n] + around, 0)
    inner = np.maximum(hidden @ weights["c"] + weights["d"], 0)
    score: Array = inner @ weights["e"] + found.values @ weights["l"][:n]
    return score


def _ordered(found: Signals, scores: Array, most: int) -> list[Ranked]:
    import numpy as np

    odds = np.exp(scores - scores.max())
    odds /= odds.sum()
    order = np.argsort(-odds, kind="stable")[:most]
    return [Ranked(*one) for one in zip(found.rows[order].tolist(), odds[order].tolist(), strict=True)]


@cache
def _weights() -> dict[str, Array]:
    import numpy as np

    with (files(__package__) / WEIGHTS).open("rb") as file, np.load(file, allow_pickle=False) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}
