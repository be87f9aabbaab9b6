"""A day of requests from a cold start: what ours solves and spends, next to fixed ways to choose.

Usage: python -m benchmarks.day DATA [--budget USD] [--price P] [--seeds N]. 300 of the recorded tasks
in random order, at most three tries each, checks that accept 15 % of what is wrong and reject 5 % of
what is right. An answer counts if it was accepted and is right. Nothing is known at the start: not
which models are good, nor what they usually cost, only what an attempt cannot exceed: each model's
dearest one (a limit of tokens). `--budget` is what the day may cost (default: 40 % of what the strongest
model would have cost), `--price` how much of a solved task a dollar is worth (default 0.2).

The fixed ways are chosen in hindsight, on the very same tasks: the model that solves most, the
cheapest, and the best of all cascades of up to three models. The last line is a JSON object.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from monkey_coder.foresight.ability import Abilities
from monkey_coder.foresight.cascade import Cascade, Offer
from monkey_coder.optimization.budget import Allowance, price_for

from .replay_cascade import NOISY, PRICE, Day, attempt
from .replay_data import PORTFOLIO, Outcomes, divided, outcomes, rows

N_REQUESTS = 300
_EVERY = 20


@dataclass
class Result:
    """What a way to choose came to: solved, dollars a request, reward."""

    success: list[float] = field(default_factory=list)
    usd: list[float] = field(default_factory=list)
    reward: list[float] = field(default_factory=list)

    def add(self, success: float, usd: float, price: float) -> None:
        self.success.append(success)
        self.usd.append(usd)
        self.reward.append(success - price * usd)

    def means(self) -> list[float]:
        return [round(float(np.mean(values)), 4) for values in (self.success, self.usd, self.reward)]


def ours(tasks: Outcomes, allowance: Allowance, price: float, most_usd: Sequence[float], seed: int) -> Day:
    """Return what the product's own cascade makes of the tasks, learning as it goes."""
    learner = Cascade(price=price)
    state = learner.start()
    chance, rng = random.Random(seed), random.Random(seed + 1)
    offers = [Offer(model, most_usd=most) for model, most in zip(tasks.models, most_usd, strict=True)]
    day = Day()
    for task in range(len(tasks)):
        if task % _EVERY == 0:
            learner = replace(learner, price=_price(learner, offers, state, allowance, price))
        plan = learner.plan(offers, state, rng)
        made = attempt(plan, tasks, task, NOISY, chance, day, allowance.left_usd)
        state = learner.learn(state, made)
        allowance = allowance.spent(day.usd[-1])
    return day


def _price(
    learner: Cascade, offers: list[Offer], state: Abilities, allowance: Allowance, floor: float
) -> float:
    """Return the price of a dollar at which the rest of the day keeps within what is left."""

    def spending(price: float) -> float:
        return replace(learner, price=price).plan(offers, state).prospect().expected_usd

    price = price_for(spending, allowance.share_usd, floor=floor)
    return price if price < math.inf else floor


def fixed(tasks: Outcomes, sequence: tuple[int, ...]) -> tuple[float, float]:
    """Return what a fixed cascade is expected to solve and to cost a request, the verdicts averaged."""
    reached = np.ones(len(tasks))
    solved = usd = np.zeros(len(tasks))
    for at in sequence:
        right = tasks.solved[:, at].astype(float)
        usd = usd + reached * tasks.usd[:, at]
        solved = solved + reached * right * (1 - NOISY.false_reject)
        reached = reached * (right * NOISY.false_reject + (1 - right) * (1 - NOISY.false_accept))
    return float(solved.mean()), float(usd.mean())


def best_cascade(tasks: Outcomes, price: float) -> tuple[int, ...]:
    """Return the cascade of up to three models that earns most on these tasks."""
    sequences = (
        sequence
        for length in (1, 2, 3)
        for sequence in itertools.permutations(range(len(tasks.models)), length)
    )

    def reward(sequence: tuple[int, ...]) -> float:
        solved, usd = fixed(tasks, sequence)
        return solved - price * usd

    return max(sequences, key=reward)


def main() -> None:
    parser = argparse.ArgumentParser(description="A day of requests from a cold start.")
    parser.add_argument("data", type=Path, help="the folder of recorded outcomes")
    parser.add_argument("--budget", type=float, help="dollars for the day")
    parser.add_argument("--price", type=float, default=PRICE, help="of a solved task a dollar is worth")
    parser.add_argument("--seeds", type=int, default=20, help="days to average over (default 20)")
    arguments = parser.parse_args()
    price = arguments.price
    tasks = _tasks(arguments.data)
    print(f"{min(N_REQUESTS, len(tasks))} of {len(tasks)} tasks a day", file=sys.stderr, flush=True)
    results = {
        name: Result() for name in ("ours", "strongest", "cheapest", "fixed_cascade", "strongest_unchecked")
    }
    most_usd = tasks.usd.max(0).tolist()
    overruns, budgets = 0, []
    for seed in range(arguments.seeds):
        order = np.random.default_rng(seed).permutation(len(tasks))[:N_REQUESTS]
        today = tasks.part(order.tolist())
        strongest, cheapest = int(today.solved.mean(0).argmax()), int(today.usd.mean(0).argmin())
        budget = arguments.budget
        if budget is None:
            budget = 0.4 * float(today.usd[:, strongest].sum())
        budgets.append(budget)
        day = ours(today, Allowance(budget, len(today)), price, most_usd, seed)
        overruns += sum(day.usd) > budget
        results["ours"].add(float(np.mean(day.solved)), float(np.mean(day.usd)), price)
        results["strongest"].add(*fixed(today, (strongest,)), price)
        results["cheapest"].add(*fixed(today, (cheapest,)), price)
        results["fixed_cascade"].add(*fixed(today, best_cascade(today, price)), price)
        unchecked = float(today.solved[:, strongest].mean()), float(today.usd[:, strongest].mean())
        results["strongest_unchecked"].add(*unchecked, price)
        print(
            f"day {seed + 1}: {[round(r[-1], 3) for r in (results['ours'].success, results['ours'].usd)]}",
            file=sys.stderr,
        )
    _tell(results, overruns, budgets)


def _tasks(data: Path) -> Outcomes:
    """Return the tasks to draw from: those to judge on if they fill a day, else all."""
    path = data / "routing_swebench.jsonl"
    dev, judged = outcomes(path)
    if len(judged) >= N_REQUESTS:
        return judged
    found = [row for row in rows(path) if all(model in row["outcomes"] for model in PORTFOLIO)]
    assert len(found) >= len(divided(found)[1])
    return Outcomes(
        (*dev.rows, *judged.rows),
        dev.models,
        np.vstack([dev.solved, judged.solved]),
        np.vstack([dev.usd, judged.usd]),
    )


def _tell(results: dict[str, Result], overruns: int, budgets: list[float]) -> None:
    print(f"{'':20} solved  $ a request  reward")
    for name, result in results.items():
        solved, usd, reward = result.means()
        print(f"{name:20} {solved:.4f}  {usd:.4f}       {reward:.4f}")
    means = {name: result.means() for name, result in results.items()}
    summary: dict[str, Any] = {
        "success": means["ours"][0],
        "cost": means["ours"][1],
        "reward": means["ours"][2],
        "strongest": means["strongest"][:2],
        "strongest_unchecked": means["strongest_unchecked"][:2],
        "cheapest": means["cheapest"][:2],
        "fixed_cascade": means["fixed_cascade"][:2],
        "fixed_cascade_reward": means["fixed_cascade"][2],
        "cost_share_of_strongest": round(means["ours"][1] / means["strongest"][1], 4),
        "overruns": overruns,
        "budget": round(float(np.mean(budgets)), 2),
        "days": len(budgets),
    }
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
