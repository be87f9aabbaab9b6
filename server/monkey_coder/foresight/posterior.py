"""How likely a kind of task succeeds with a model and a strategy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .beta import Chance, chance

# Worth of each level's mean as a prior for the next, in outcomes.
_STRENGTH = 6.0
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Record:
    """The state: good and bad outcomes by (task kind, model, strategy)."""

    counts: Mapping[Key, tuple[float, float]] = field(default_factory=dict)


def success(state: Record, kind: str, model: str, strategy: str, *, level: float = 0.9) -> Chance:
    """Return how likely an answer is good, with its credible interval.

    Technique: a hierarchy of Beta beliefs (Gelman et al., Bayesian Data Analysis, ch. 5): what is known
    of everything is the prior for the model, that for the model on this kind of task, and that for the
    strategy. With no outcome at all the interval is nearly everything.
    """
    good, bad, n = belief(state, kind, model, strategy)
    return chance(good, bad, level=level, n=n)


def belief(state: Record, kind: str, model: str, strategy: str) -> tuple[float, float, float]:
    """Return the two parameters of what `success` believes, and how many outcomes it is of the strategy."""
    good, bad = 1.0, 1.0
    outcomes = 0.0
    levels: tuple[tuple[str | None, str | None, str | None], ...] = (
        (None, None, None),
        (None, model, None),
        (kind, model, None),
        (kind, model, strategy),
    )
    for i, key in enumerate(levels):
        more_good, more_bad = _sums(state, key)
        outcomes = more_good + more_bad
        if i:
            mean, strength = good / (good + bad), min(_STRENGTH, good + bad)
            good, bad = strength * mean, strength * (1 - mean)
        good, bad = good + more_good, bad + more_bad
    return good, bad, outcomes


def learn_success(
    state: Record, kind: str, model: str, strategy: str, quality: float, *, discount: float = 0.999
) -> Record:
    """Return the state that also knows an outcome of this quality, 0..1. Older ones fade."""
    if not math.isfinite(quality):
        return state
    quality = min(max(quality, 0.0), 1.0)
    counts = {key: (good * discount, bad * discount) for key, (good, bad) in state.counts.items()}
    good, bad = counts.get((kind, model, strategy), (0.0, 0.0))
    counts[kind, model, strategy] = (good + quality, bad + 1 - quality)
    return Record(counts)


def dump_record(state: Record) -> list[Any]:
    """Return the state as JSON values."""
    return [[*key, good, bad] for key, (good, bad) in state.counts.items()]


def load_record(data: Any) -> Record:
    """Return the state that was dumped. Raises: ValueError, TypeError if it is none."""
    counts: dict[Key, tuple[float, float]] = {}
    for kind, model, strategy, good, bad in data:
        numbers = float(good), float(bad)
        if not all(math.isfinite(number) and number >= 0 for number in numbers):
            raise ValueError(f"counts are numbers from 0 up, not {numbers!r}")
        counts[str(kind), str(model), str(strategy)] = numbers
    return Record(counts)


def _sums(state: Record, wanted: tuple[str | None, str | None, str | None]) -> tuple[float, float]:
    good = bad = 0.0
    for key, (more_good, more_bad) in state.counts.items():
        if all(want is None or want == have for want, have in zip(wanted, key, strict=True)):
            good += more_good
            bad += more_bad
    return good, bad
