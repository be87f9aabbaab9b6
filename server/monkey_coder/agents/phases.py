"""The phases of a change, by strategy."""

from __future__ import annotations

from ..core.model import Strategy

ANALYSE, PLAN, IMPLEMENT, TEST, REVIEW = "analyse", "plan", "implement", "test", "review"
# The phases of each strategy in their order. A cascade plans only once a first answer failed its checks.
PHASES = {
    Strategy.SEQUENTIAL: (ANALYSE, PLAN, IMPLEMENT, TEST, REVIEW),
    Strategy.CASCADE: (ANALYSE, IMPLEMENT, TEST, PLAN),
}
