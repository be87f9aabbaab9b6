"""How often each producer of candidates was right: the amplitude that a candidate starts with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_STRENGTH = 4.0


@dataclass(frozen=True, slots=True)
class Producers:
    """The state: right and wrong candidates of each producer."""

    counts: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def amplitude(state: Producers, producer: str) -> float:
    """Return the log-odds that a candidate of this producer is right, before it is looked at.

    A hierarchical Beta mean: each producer is shrunk to all of them together by a few outcomes
    (Gelman et al., Bayesian Data Analysis, ch. 5). Kept between .05 and .97, as evidence of the
    candidate itself should be able to speak against it.
    """
    right = sum(good for good, _ in state.counts.values())
    wrong = sum(bad for _, bad in state.counts.values())
    overall = (1 + right) / (2 + right + wrong)
    good, bad = state.counts.get(producer, (0.0, 0.0))
    rate = min(max((good + _STRENGTH * overall) / (good + bad + _STRENGTH), 0.05), 0.97)
    return math.log(rate / (1 - rate))


def learn_producer(
    state: Producers, producer: str, right: float, *, weight: float = 1.0, discount: float = 1.0
) -> Producers:
    """Return the state that also knows how far a candidate was right, from 0 to 1.

    It counts for `weight`, below 0 to take back what was learned; older ones fade by `discount`.
    """
    good, bad = state.counts.get(producer, (0.0, 0.0))
    good, bad = good * discount + weight * right, bad * discount + weight * (1 - right)
    return Producers({**state.counts, producer: (max(good, 0.0), max(bad, 0.0))})


def dump_producers(state: Producers) -> dict[str, Any]:
    """Return the state as JSON values."""
    return {producer: list(counts) for producer, counts in state.counts.items()}


def load_producers(data: Any) -> tuple[Producers, str]:
    """Return the state that was dumped, and a message for the user ("" if all is well).

    What is damaged gives the state of one who has seen nothing, and says so.
    """
    try:
        counts = {str(name): (float(good), float(bad)) for name, (good, bad) in dict(data).items()}
        if any(not math.isfinite(count) or count < 0 for pair in counts.values() for count in pair):
            raise ValueError("a count is no number from 0 up")
    except (TypeError, ValueError) as error:
        return Producers(), f"what was learned of producers cannot be read ({error}); it starts anew"
    return Producers(counts), ""
