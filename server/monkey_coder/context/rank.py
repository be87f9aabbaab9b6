"""Which definitions of the project a place most likely needs, with how likely each is."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from ..workspace.atlas import Atlas
from .place import Place
from .signals import NAMES, Signals, signals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

WEIGHTS = "rank_weights.npz"
_TYPED = 6.0
# So few rows at a time that OpenBLAS keeps to the calling thread: on a busy machine its other threads
# spin for 15 ms of CPU over what takes this one 0.5 ms.
_BLOCK = 160


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
    scores: Array = np.empty(len(found.values), np.float32)
    for at in range(0, len(scores), _BLOCK):
        values = found.values[at : at + _BLOCK]
        hidden = np.maximum(values @ weights["a"][:n] + around, 0)
        inner = np.maximum(hidden @ weights["c"] + weights["d"], 0)
        scores[at : at + _BLOCK] = inner @ weights["e"] + values @ weights["l"][:n]
    return scores


def _ordered(found: Signals, scores: Array, most: int) -> list[Ranked]:
    import numpy as np

    odds = np.exp(scores - scores.max())
    odds /= odds.sum()
    if len(odds) > most:
        # In their order, and with all that are as likely as the last one: as a whole stable sort does.
        least = np.partition(odds, len(odds) - most)[len(odds) - most]
        best = np.flatnonzero(odds >= least)
        order = best[np.argsort(-odds[best], kind="stable")][:most]
    else:
        order = np.argsort(-odds, kind="stable")
    return [*map(Ranked, found.rows[order].tolist(), odds[order].tolist())]


@cache
def _weights() -> dict[str, Array]:
    import numpy as np

    with (files(__package__) / WEIGHTS).open("rb") as file, np.load(file, allow_pickle=False) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}
