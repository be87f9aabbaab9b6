"""Tree search, for plans that branch further than exact look-ahead can go."""

from __future__ import annotations

import math
import random
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

P = TypeVar("P", bound=Hashable)
A = TypeVar("A", bound=Hashable)


class Planning(Protocol[P, A]):
    """A decision problem: positions, what can be done there, and what chance makes of it."""

    def actions(self, position: P) -> Sequence[A]:
        """Return what can be done; nothing where the plan has ended."""

    def step(self, position: P, action: A, rng: random.Random) -> tuple[P, float]:
        """Return where one draw of chance leads, and what the step earns there (costs are negative)."""


@dataclass(frozen=True, slots=True)
class Advice(Generic[A]):
    """The action to take, what it is worth, and how often each action was tried."""

    action: A | None
    value: float
    visits: tuple[tuple[A, int], ...]


def search(
    problem: Planning[P, A],
    root: P,
    *,
    simulations: int,
    rng: random.Random,
    depth: int = 12,
    explore: float = 0.7,
) -> Advice[A]:
    """Return the best action at `root` after so many simulations, each at most `depth` steps long.

    Technique: Monte Carlo tree search with UCT (Kocsis & Szepesvári 2006) on open-loop statistics a
    position; `explore` scales the bound for returns of about 0..1. Most tried wins, as it is sounder
    than best so far (Browne et al. 2012, "robust child").
    """
    tree: dict[P, dict[A, list[float]]] = {}
    for _ in range(simulations):
        position, path, total = root, [], 0.0
        for _ in range(depth):
            actions = problem.actions(position)
            if not actions:
                break
            node = tree.setdefault(position, {action: [0.0, 0.0] for action in actions})
            action = _pick(node, explore, rng)
            before = total
            path.append((node[action], before))
            position, earned = problem.step(position, action, rng)
            total += earned
        for counts, before in path:
            counts[0] += 1
            counts[1] += total - before
    node = tree.get(root, {})
    if not node:
        return Advice(None, 0.0, ())
    best = max(node, key=lambda action: (node[action][0], node[action][1]))
    tried, worth = node[best]
    return Advice(best, worth / max(tried, 1), tuple((action, int(n)) for action, (n, _) in node.items()))


def _pick(node: dict[A, list[float]], explore: float, rng: random.Random) -> A:
    untried = [action for action, (n, _) in node.items() if not n]
    if untried:
        return rng.choice(untried)
    log = math.log(sum(n for n, _ in node.values()))
    return max(node, key=lambda a: node[a][1] / node[a][0] + explore * math.sqrt(log / node[a][0]))
