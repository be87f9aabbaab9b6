"""What may go wrong, from what went wrong before."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .beta import Chance, chance

_STRENGTH = 6.0
# Before anything is known, a kind of failure happens about this often.
_RARE = 0.02


@dataclass(frozen=True, slots=True)
class Failures:
    """The state: requests and failures by cause, for each (task kind, model)."""

    counts: Mapping[tuple[str, str], tuple[float, Mapping[str, float]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Risk:
    """A cause of failure, such as "does not parse", and how likely it is."""

    cause: str
    chance: Chance

    @property
    def words(self) -> str:
        return f"{self.chance.mean:.0%} risk: {self.cause}"


def risks(state: Failures, kind: str, model: str, *, least: float = 0.05) -> tuple[Risk, ...]:
    """Return the causes at least this likely, likeliest first.

    A hierarchical Beta rate for each cause: over everything, then for this kind of task and model
    (Gelman et al., Bayesian Data Analysis, ch. 5).
    """
    requests = sum(n for n, _ in state.counts.values())
    here, failed = state.counts.get((kind, model), (0.0, {}))
    found = []
    for cause in sorted({cause for _, causes in state.counts.values() for cause in causes}):
        total = sum(causes.get(cause, 0.0) for _, causes in state.counts.values())
        mean = (_STRENGTH * _RARE + total) / (_STRENGTH + requests)
        bad = _STRENGTH * mean + failed.get(cause, 0.0)
        good = _STRENGTH * (1 - mean) + here - failed.get(cause, 0.0)
        found.append(Risk(cause, chance(bad, max(good, 1e-6), n=here)))
    found = [risk for risk in found if risk.chance.mean >= least]
    return tuple(sorted(found, key=lambda risk: -risk.chance.mean))


def learn_failures(
    state: Failures, kind: str, model: str, causes: Sequence[str], *, discount: float = 0.999
) -> Failures:
    """Return the state that also knows a request and the causes it failed by, none if it did not."""
    counts = {
        key: (n * discount, {cause: count * discount for cause, count in failed.items()})
        for key, (n, failed) in state.counts.items()
    }
    n, failed = counts.get((kind, model), (0.0, {}))
    counts[kind, model] = (n + 1, {**failed, **{cause: failed.get(cause, 0.0) + 1 for cause in set(causes)}})
    return Failures(counts)


def dump_failures(state: Failures) -> list[Any]:
    """Return the state as JSON values."""
    return [[kind, model, n, dict(failed)] for (kind, model), (n, failed) in state.counts.items()]


def load_failures(data: Any) -> Failures:
    """Return the state that was dumped. Raises: ValueError, TypeError if it is none."""
    counts: dict[tuple[str, str], tuple[float, Mapping[str, float]]] = {}
    for kind, model, n, failed in data:
        numbers = {str(cause): float(count) for cause, count in dict(failed).items()}
        if not all(math.isfinite(x) and 0 <= x <= float(n) + 1e-6 for x in numbers.values()):
            raise ValueError("more failed than was asked for")
        counts[str(kind), str(model)] = (float(n), numbers)
    return Failures(counts)
