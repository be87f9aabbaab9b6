"""What each candidate's evidence says among the others', as numbers."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Sequence

from .candidate import RAISED, Candidate
from .interference import classes, telling_inputs
from .producers import Producers, amplitude

NAMES = (
    "parses",
    "share of the examples passed",
    "passes what can be passed",
    "share of candidates in its class",
    "share of its class among those that pass",
    "share of candidates of its structure",
    "agreement on single outputs",
    "share of inputs on which it raises",
    "its producer's log-odds",
    "how unusual its length is",
    "odds of its class among those that pass",
    "best producer in its class",
)


def passing(candidates: Sequence[Candidate]) -> frozenset[int]:
    """Return the candidates that parse and pass all examples, or else those that come nearest."""
    scores = [sum(c.evidence.examples) + c.evidence.parses for c in candidates]
    best = max(scores, default=0)
    return frozenset(i for i, score in enumerate(scores) if score == best)


def measure(candidates: Sequence[Candidate], producers: Producers) -> list[list[float]]:
    """Return one number for each of `NAMES` for each candidate. What was not measured is 0 for all."""
    n = len(candidates)
    keys, near = classes(candidates), passing(candidates)
    inputs = telling_inputs(candidates)
    in_class, near_in_class = Counter(keys), Counter(keys[i] for i in near)
    structures = Counter(c.evidence.structure for c in candidates)
    by_input = [Counter(c.evidence.outputs[i] for c in candidates if c.evidence.parses) for i in inputs]
    middle = statistics.median(c.evidence.length for c in candidates) if candidates else 0
    odds = [amplitude(producers, c.producer) for c in candidates]
    support: dict[tuple[str, ...], float] = {}
    best: dict[tuple[str, ...], float] = {}
    for i, key in enumerate(keys):
        if i in near:
            support[key] = support.get(key, 0.0) + 1 / (1 + math.exp(-odds[i]))
        best[key] = max(best.get(key, odds[i]), odds[i])
    all_support = sum(support.values()) or 1.0
    rows = []
    for i, (candidate, key) in enumerate(zip(candidates, keys, strict=True)):
        evidence = candidate.evidence
        outputs = [evidence.outputs[j] for j in inputs] if evidence.parses else []
        rows.append(
            [
                float(evidence.parses),
                sum(evidence.examples) / max(1, len(evidence.examples)),
                float(i in near),
                in_class[key] / n,
                near_in_class[key] / max(1, len(near)) if i in near else 0.0,
                structures[evidence.structure] / n if evidence.structure else 0.0,
                _mean([counts[out] / n for counts, out in zip(by_input, outputs, strict=False)]),
                _mean([float(out.startswith(RAISED)) for out in outputs]),
                odds[i],
                min(3.0, abs(math.log((evidence.length + 1) / (middle + 1)))),
                support.get(key, 0.0) / all_support if i in near else 0.0,
                best[key],
            ]
        )
    return rows


def centred(rows: Sequence[Sequence[float]]) -> list[list[float]]:
    """Return each candidate's numbers less the mean of all candidates of the request."""
    means = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    return [[value - mean for value, mean in zip(row, means, strict=True)] for row in rows]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
