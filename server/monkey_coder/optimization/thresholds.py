"""How unsure one must be before a stronger model is asked: a threshold that finds its own height."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Threshold:
    """The state: below this confidence a stronger model is asked."""

    value: float = 0.5
    n: int = 0


def should_escalate(state: Threshold, confidence: float) -> bool:
    """Tell whether to ask a stronger model. What is no number is no confidence."""
    return not confidence >= state.value


def learn_threshold(
    state: Threshold, confidence: float, was_good: bool, *, most_bad: float = 0.1, step: float = 0.05
) -> Threshold:
    """Return the threshold after an answer that was not escalated turned out good or bad.

    Technique: adaptive conformal inference (Gibbs & Candès 2021): up by a step for each bad answer
    that was let through, down by a little for each good one, so that in the long run a share of at
    most `most_bad` of what is let through is bad, however the models drift. An answer that was
    escalated teaches nothing.
    """
    if not math.isfinite(confidence) or should_escalate(state, confidence):
        return state
    change = step * ((0.0 if was_good else 1.0) - most_bad)
    return Threshold(min(max(state.value + change, 0.0), 1.0), state.n + 1)


def break_even(price: float, stronger_usd: float, stronger_quality: float) -> float:
    """Return the confidence below which asking a stronger model pays, at this price of quality.

    The answer at hand is dropped for the stronger one's, of which `stronger_quality` is expected.
    """
    return min(max(stronger_quality - price * stronger_usd, 0.0), 1.0)
