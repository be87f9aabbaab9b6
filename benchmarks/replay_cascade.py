"""Which model to ask next, or to stop, judged on what each model really made of each task and cost.

Planned: the development tasks are known in full. Cold: nothing is known, and each attempt tells only
whether the checks accepted it. Warm: the same after the development tasks. The checks are those of
the data (perfect), or err at random: they accept 15 % of what is wrong, reject 5 % of what is right.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from monkey_coder.foresight.ability import Abilities, Attempt, learn_many
from monkey_coder.foresight.cascade import Cascade, Offer, Plan
from monkey_coder.foresight.verifier import Verifier, calibrated

from .replay_data import Outcomes

PRICE = 0.2
PERFECT, NOISY = Verifier(0.0, 0.0), Verifier(0.15, 0.05)


@dataclass
class Day:
    """What a stream of tasks came to: of each task solved or not, dollars and attempts."""

    solved: list[bool] = field(default_factory=list)
    usd: list[float] = field(default_factory=list)
    attempts: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def reward(self, price: float = PRICE) -> float:
        return float(np.mean(self.solved) - price * np.mean(self.usd))


def cascade(dev: Outcomes, judged: Outcomes, *, n_seeds: int = 20) -> dict[str, Any]:
    """Return the reward of planned, cold and warm cascades with either kind of checks."""
    result: dict[str, Any] = {}
    seconds: list[float] = []
    offers = [Offer(model) for model in judged.models]
    known = learn_many(Abilities(), [side_by_side(dev, task) for task in range(len(dev))], PERFECT)
    for name, checks in (("perfect", PERFECT), ("noisy", NOISY)):
        planned, cold, warm, solved = [], [], [], []
        for seed in range(n_seeds):
            draw = np.random.default_rng(1_000 + seed)
            dev_order, order = draw.permutation(len(dev)), draw.permutation(len(judged))
            chance, rng = random.Random(seed), random.Random(seed + 1)
            told = [(accepts(checks, ok, chance), bool(ok)) for ok in dev.solved.ravel()]
            planner = Cascade(price=PRICE, verifier=calibrated(told))
            plan = planner.plan(offers, known)
            day = Day()
            for task in order:
                attempt(plan, judged, task, checks, chance, day)
            planned.append(day.reward())
            solved.append(float(np.mean(day.solved)))
            learner = Cascade(price=PRICE)
            cold_day, _ = online(learner, learner.start(), judged, order, checks, chance, rng)
            cold.append(cold_day.reward())
            _, state = online(learner, learner.start(), dev, dev_order, checks, chance, rng)
            warm_day, _ = online(learner, state, judged, order, checks, chance, rng)
            warm.append(warm_day.reward())
            seconds += cold_day.seconds
        result[name] = {
            "planned": float(np.mean(planned)),
            "planned_solved": float(np.mean(solved)),
            "cold": float(np.mean(cold)),
            "warm": float(np.mean(warm)),
        }
    result["ms"] = float(np.median(seconds) * 1e3)
    return result


def side_by_side(outcomes: Outcomes, task: int) -> list[Attempt]:
    """Return what every model made of a task."""
    return [
        Attempt(model, bool(outcomes.solved[task, at]), float(outcomes.usd[task, at]), is_certain=True)
        for at, model in enumerate(outcomes.models)
    ]


def accepts(checks: Verifier, is_right: bool, chance: random.Random) -> bool:
    """Return the verdict of checks that err."""
    if is_right:
        return chance.random() >= checks.false_reject
    return chance.random() < checks.false_accept


def online(
    learner: Cascade,
    state: Abilities,
    outcomes: Outcomes,
    order: Sequence[int],
    checks: Verifier,
    chance: random.Random,
    rng: random.Random,
) -> tuple[Day, Abilities]:
    """Return what a stream of tasks came to, planned one by one, and what was learned."""
    day = Day()
    offers = [Offer(model) for model in outcomes.models]
    for task in order:
        began = time.perf_counter()
        plan = learner.plan(offers, state, rng)
        plan.next([])
        day.seconds.append(time.perf_counter() - began)
        state = learner.learn(state, attempt(plan, outcomes, task, checks, chance, day))
    return day, state


def attempt(
    plan: Plan,
    outcomes: Outcomes,
    task: int,
    checks: Verifier,
    chance: random.Random,
    day: Day,
    left_usd: float = float("inf"),
) -> list[Attempt]:
    """Follow the plan until an answer is accepted or it stops; return the attempts made."""
    made: list[Attempt] = []
    is_solved = False
    while True:
        spent = sum(one.cost_usd for one in made)
        model = plan.next([one.model for one in made], left_usd - spent).model
        if model is None:
            break
        at = outcomes.models.index(model)
        is_right = bool(outcomes.solved[task, at])
        accepted = accepts(checks, is_right, chance)
        made.append(Attempt(model, accepted, float(outcomes.usd[task, at])))
        if accepted:
            is_solved = is_right
            break
    day.solved.append(is_solved)
    day.usd.append(sum(one.cost_usd for one in made))
    day.attempts.append(len(made))
    return made
