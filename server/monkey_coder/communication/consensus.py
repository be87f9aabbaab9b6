"""Votes among agents: by heads, by weight, or with a quorum; the minority's view is kept.

Weighted majority after Littlestone and Warmuth (Information and Computation 108, 1994), with the weight of
a voter as the log-odds of being right, which is the optimal weight for independent voters (Nitzan and
Paroush, International Economic Review 23, 1982); quorums after Gifford (SOSP 1979).
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from ..core.errors import InputError

Choice = TypeVar("Choice", bound=Hashable)


class Rule(StrEnum):
    """What carries a choice: more than half of the heads that voted, more than half of the weight, or
    the most weight once a quorum has voted."""

    MAJORITY = "majority"
    WEIGHTED = "weighted"
    QUORUM = "quorum"


@dataclass(frozen=True, slots=True)
class Vote(Generic[Choice]):
    """One agent's choice. `weight` is not negative."""

    voter: str
    choice: Choice
    weight: float = 1.0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Verdict(Generic[Choice]):
    """What was decided; `choice` is None if nothing was. `support` is the share that it has, from 0 to 1.

    `minority` are the votes for anything else, the heaviest first.
    """

    choice: Choice | None
    support: float
    minority: tuple[Vote[Choice], ...]
    why: str


def weight_of(p_right: float) -> float:
    """Return the weight of a voter that is right with probability `p_right`; 0 for a coin or worse."""
    p = min(max(p_right, 0.0), 1.0 - 1e-9)
    return max(0.0, math.log(p / (1.0 - p))) if p > 0 else 0.0


def decide(votes: Sequence[Vote[Choice]], rule: Rule, *, quorum: int = 1) -> Verdict[Choice]:
    """Return what these votes decide. Of two votes by one voter the later counts.

    `quorum` is how many must have voted under `Rule.QUORUM`. A tie decides nothing.
    Raises: InputError for a negative weight.
    """
    cast = tuple({vote.voter: vote for vote in votes}.values())
    if any(not vote.weight >= 0 or math.isinf(vote.weight) for vote in cast):
        raise InputError("a vote has a finite weight that is not negative")
    if rule is Rule.QUORUM and len(cast) < quorum:
        return Verdict(None, 0.0, cast, f"{len(cast)} voted, {quorum} are needed")
    by_heads = rule is Rule.MAJORITY
    shares: dict[Choice, float] = {}
    for vote in cast:
        shares[vote.choice] = shares.get(vote.choice, 0.0) + (1.0 if by_heads else vote.weight)
    total = sum(shares.values())
    if total <= 0:
        return Verdict(None, 0.0, cast, "nobody voted with any weight")
    best = max(shares, key=lambda choice: shares[choice])
    support = shares[best] / total
    is_tie = sum(math.isclose(share, shares[best]) for share in shares.values()) > 1
    is_carried = not is_tie and (rule is Rule.QUORUM or support > 0.5)
    against = sorted((v for v in cast if not is_carried or v.choice != best), key=lambda v: -v.weight)
    if not is_carried:
        why = "a tie" if is_tie else f"no choice has more than half: the best has {support:.0%}"
        return Verdict(None, support, tuple(against), why)
    return Verdict(best, support, tuple(against), f"{support:.0%} of {len(cast)} votes by {rule.value}")
