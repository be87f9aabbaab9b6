"""What an outcome was worth: quality from what the checks and the user said."""

from __future__ import annotations

from enum import StrEnum


class Act(StrEnum):
    """What the user did with an answer."""

    KEPT = "kept"
    EDITED = "edited"
    UNDONE = "undone"
    DISMISSED = "dismissed"
    NONE = "none"


# How far each act says that the answer was right. An edited answer was mostly kept; one that was
# dismissed unread may still have been right.
_WORTH = {Act.KEPT: 1.0, Act.EDITED: 0.7, Act.UNDONE: 0.0, Act.DISMISSED: 0.1}


def quality(act: Act, checks: float | None = None) -> float:
    """Return the quality of an answer, 0..1: the user's word where there is one, else the checks'.

    `checks` is the share of checks that passed. What the user kept counts fully even where a check
    complained; where the user has not said anything, the checks stand alone, and without either it
    is one half.
    """
    if act is Act.NONE:
        return 0.5 if checks is None else min(max(checks, 0.0), 1.0)
    if checks is None or act in (Act.KEPT, Act.UNDONE):
        return _WORTH[act]
    return 0.75 * _WORTH[act] + 0.25 * min(max(checks, 0.0), 1.0)


def reward(quality_value: float, cost_usd: float, cost_weight: float) -> float:
    """Return what an answer was worth after its price: quality less `cost_weight` a dollar."""
    return quality_value - cost_weight * cost_usd
