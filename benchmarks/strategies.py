"""Judge how strategies are chosen on recorded outcomes of two models at programming tasks.

Usage: python -m benchmarks.strategies DATA [--seeds N]. DATA is the folder of recorded outcomes, of which
`routing_strategy.jsonl` is read: what a plain call, a plan before the code, and plans with rework made of
each task (MapCoder: Islam, Ali & Parvez 2024). A cascade is the plain call, and the last where the checks
refuse its answer; they let 15 % of bad answers pass and refuse 5 % of good ones. The user has one task in
ten done by a strategy at random, the others are left to `auto`. Reward is solved less .2 a dollar. The
last line is a JSON object: for each model, [direct, planned, phases, cascade, auto] on the rows judged.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from monkey_coder.foresight.posterior import Record, belief, learn_success
from monkey_coder.foresight.projection import Amounts, learn_amount, project
from monkey_coder.foresight.strategies import Preferred, Prospect, prefer

from .replay_data import Row, divided, rows

MODELS = ("gpt-4-turbo", "gpt-3.5-turbo")
STRATEGIES = ("direct", "planned", "phases", "cascade")
_ARMS = {"planned": "SelfPlanning", "phases": "MapCoder"}
_PRICE, _TRIED = 0.2, 0.1
_FALSE_ACCEPT, _FALSE_REJECT = 0.15, 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description="Judge the choice of strategies on recorded outcomes.")
    parser.add_argument("data", type=Path, help="the folder of recorded outcomes")
    parser.add_argument("--seeds", type=int, default=20, help="orders to average over (default 20)")
    arguments = parser.parse_args()
    every = rows(arguments.data / "routing_strategy.jsonl")
    dev, judged = divided(every)
    result: dict[str, object] = {"judged_tasks": len(judged)}
    slowest = 0.0
    for name, part in (("dev", dev), ("judged", judged)):
        for model in MODELS:
            tasks = [every[i] for i in part]
            runs = [_run(tasks, model, seed) for seed in range(arguments.seeds)]
            found = [round(statistics.mean(run[0][i] for run in runs), 4) for i in range(5)]
            slowest = max(slowest, statistics.median(run[1] for run in runs))
            print(f"{name:>6} {model:<14}", *(f"{x:.3f}" for x in found), file=sys.stderr)
            if name == "judged":
                result[model] = found
    result["decision_ms"] = round(slowest, 3)
    print(json.dumps(result))


def _run(tasks: Sequence[Row], model: str, seed: int) -> tuple[list[float], float]:
    """Return the mean reward of each strategy and of `auto`, and the median decision in milliseconds."""
    rng = random.Random(seed)
    order = rng.sample(list(tasks), len(tasks))
    record, costs = Record(), Amounts()
    rewards: list[list[float]] = []
    times: list[float] = []
    for row in order:
        made = {name: _outcome(row, model, name, rng) for name in STRATEGIES}
        began = time.perf_counter()
        chosen = _chosen(record, costs, model).strategy
        times.append((time.perf_counter() - began) * 1_000)
        if rng.random() < _TRIED:
            chosen = rng.choice(STRATEGIES)
        solved, usd = made[chosen]
        record = learn_success(record, "edit", model, chosen, float(solved))
        costs = learn_amount(costs, chosen, usd)
        rewards.append([one - _PRICE * cost for one, cost in (*made.values(), (solved, usd))])
    return [statistics.mean(column) for column in zip(*rewards, strict=True)], statistics.median(times)


def _chosen(record: Record, costs: Amounts, model: str) -> Preferred:
    """Return what `auto` takes, as the product does."""
    return prefer(
        [Prospect(name, *belief(record, "edit", model, name), project(costs, name)) for name in STRATEGIES]
    )


def _outcome(row: Row, model: str, strategy: str, rng: random.Random) -> tuple[bool, float]:
    """Return whether a strategy solved a task, and what that cost."""
    plain = next(
        row["outcomes"][f"{model}|{arm}"]
        for arm in ("Direct", "CoT", "Analogical")
        if f"{model}|{arm}" in row["outcomes"]
    )
    solved, usd = bool(plain[0]), float(plain[1])
    if strategy == "direct":
        return solved, usd
    arm = _ARMS.get(strategy, _ARMS["phases"])
    other = row["outcomes"].get(f"{model}|{arm}", plain)
    if strategy in _ARMS:
        return bool(other[0]), float(other[1])
    accepted = rng.random() >= _FALSE_REJECT if solved else rng.random() < _FALSE_ACCEPT
    return (solved, usd) if accepted else (bool(other[0]), usd + float(other[1]))


if __name__ == "__main__":
    main()
