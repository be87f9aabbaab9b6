"""How good an answer is, as far as checks can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# What each check says about whether an answer is right, in parts of the score. What only tells style
# weighs little: a model that formats well is no better at thinking.
CHECKS: Mapping[str, float] = {
    "tests": 8.0,
    "examples": 8.0,
    "parses": 4.0,
    "types": 2.0,
    "names": 2.0,
    "lint": 1.0,
    "format": 0.5,
    "small": 0.5,
}
# An answer that fails one of these is not used whatever else it passes.
_MUST = ("parses",)


@dataclass(frozen=True, slots=True)
class Score:
    """A score from 0 to 1, and the checks that took most from it."""

    value: float
    failed: tuple[str, ...]

    @property
    def words(self) -> str:
        return f"{self.value:.0%} of the checks" + (f", not {', '.join(self.failed)}" if self.failed else "")


def score(results: Mapping[str, float]) -> Score:
    """Return the score of an answer from the share of each check that it passed, 0..1.

    A weighted mean of the checks that were run. Checks that are unknown here count 1; no check at all
    scores one half. What must pass and does not scores 0.
    """
    known = {check: min(max(share, 0.0), 1.0) for check, share in results.items() if share == share}
    failed = tuple(
        sorted(
            (c for c, share in known.items() if share < 1), key=lambda c: -CHECKS.get(c, 1.0) * (1 - known[c])
        )
    )
    if any(known.get(check, 1.0) < 1 for check in _MUST):
        return Score(0.0, failed)
    total = sum(CHECKS.get(check, 1.0) for check in known)
    if not total:
        return Score(0.5, ())
    return Score(sum(CHECKS.get(check, 1.0) * share for check, share in known.items()) / total, failed)
