"""Which candidate is kept, how sure that is, and why."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .candidate import Candidate
from .interference import classes
from .measurement import centred, measure, passing
from .producers import Producers, amplitude
from .weights import LEARNED, Weights


@dataclass(frozen=True, slots=True)
class Collapse:
    """The candidate that is kept, those equivalent to it, and how likely it is right.

    `amplitudes` are all candidates' scores in log-odds against each other; `why` is for the user.
    """

    candidate: Candidate
    equals: tuple[Candidate, ...]
    probability: float
    amplitudes: tuple[float, ...]
    why: str


def collapse(
    candidates: Sequence[Candidate], producers: Producers, weights: Weights = LEARNED
) -> Collapse | None:
    """Return the candidate to keep; None if there is none.

    Each candidate's producer and evidence give its amplitude by learned weights (reranking by
    execution: Shi et al. 2022, "Natural language to code translation with execution"; Inala et al.
    2022), in which the share of equivalent candidates counts most after the user's own examples. Of
    candidates within a hundredth of each other the shortest is kept, then the first.
    """
    if not candidates:
        return None
    scores = [
        sum(weight * value for weight, value in zip(weights.ranking, row, strict=True))
        for row in centred(measure(candidates, producers))
    ]
    best = min(range(len(candidates)), key=lambda i: (-round(scores[i], 2), candidates[i].evidence.length, i))
    keys = classes(candidates)
    equals = tuple(c for i, c in enumerate(candidates) if keys[i] == keys[best] and i != best)
    odds = weights.sure[0] + sum(
        weight * value
        for weight, value in zip(weights.sure[1:], certainty(candidates, producers, best), strict=True)
    )
    probability = 1 / (1 + math.exp(-min(max(odds, -30.0), 30.0)))
    why = _why(candidates, best, len(equals), len(set(keys)))
    return Collapse(candidates[best], equals, probability, tuple(scores), why)


def certainty(candidates: Sequence[Candidate], producers: Producers, at: int) -> list[float]:
    """Return what tells how sure a choice is: the share of examples passed, whether there were any,
    the share of candidates equivalent to it, and its producer's log-odds."""
    evidence, keys = candidates[at].evidence, classes(candidates)
    return [
        sum(evidence.examples) / max(1, len(evidence.examples)),
        float(bool(evidence.examples)),
        keys.count(keys[at]) / len(candidates),
        amplitude(producers, candidates[at].producer),
    ]


def _why(candidates: Sequence[Candidate], best: int, n_equal: int, n_classes: int) -> str:
    evidence, n = candidates[best].evidence, len(candidates)
    said = [f"{candidates[best].producer}"]
    if evidence.examples:
        said.append(f"passes {sum(evidence.examples)} of {len(evidence.examples)} examples")
    if n > 1 and n_equal:
        how = "gives the same outputs as" if evidence.outputs else "is written like"
        said.append(f"{how} {n_equal} of the {n - 1} others")
    elif n > 1:
        said.append(f"agrees with none of the {n - 1} others")
    if n > 1:
        failed = n - len(passing(candidates))
        if failed:
            said.append(f"{failed} did worse on the examples or do not parse")
        if n_classes > 1:
            said.append(f"{n_classes} different answers in all")
    return ", ".join(said)
