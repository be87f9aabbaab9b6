"""A day of requests, through the benchmark that judges it: it keeps its budget whatever it is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from benchmarks.day import best_cascade, fixed, ours
from benchmarks.replay_data import Outcomes, divided, interval

from monkey_coder.optimization.budget import Allowance


def recorded(seed: int, n: int = 150) -> Outcomes:
    """Return made-up outcomes of three models, the dearer the better, on tasks that differ."""
    rng = np.random.default_rng(seed)
    hard = rng.normal(0, 1.5, n)
    rates = 1 / (1 + np.exp(-3 * (np.asarray([0.0, 0.5, 1.0])[None] - hard[:, None])))
    usd = np.asarray([0.02, 0.1, 0.6])[None] * np.exp(rng.normal(0, 0.4, (n, 3)))
    return Outcomes(tuple({} for _ in range(n)), ("mini", "middle", "dear"), rng.random((n, 3)) < rates, usd)


@pytest.mark.parametrize("budget", [0.0, 0.5, 3.0, 10.0, 40.0])
def test_the_budget_is_never_exceeded(budget: float) -> None:
    tasks = recorded(int(budget * 10))
    day = ours(tasks, Allowance(budget, len(tasks)), 0.2, tasks.usd.max(0).tolist(), seed=1)
    assert sum(day.usd) <= budget
    assert max(day.attempts) <= 3
    assert budget >= 0.5 or not sum(day.usd)


def test_more_money_solves_more_and_a_tight_budget_is_used_well() -> None:
    tasks = recorded(3)
    solved = []
    for budget in (0.0, 10.0, math.inf):
        day = ours(tasks, Allowance(budget, len(tasks)), 0.2, tasks.usd.max(0).tolist(), seed=2)
        solved.append(np.mean(day.solved))
    assert solved[0] == 0
    assert solved[1] > 0.35
    assert solved[2] >= solved[1] - 0.05


def test_a_fixed_cascade_is_valued_as_its_verdicts_average() -> None:
    tasks = recorded(4, 400)
    one, _ = fixed(tasks, (0,))
    assert one == pytest.approx(0.95 * tasks.solved[:, 0].mean())
    solved, usd = fixed(tasks, best_cascade(tasks, 0.2))
    assert all(solved - 0.2 * usd >= s - 0.2 * c for s, c in (fixed(tasks, (i,)) for i in range(3)))


def test_rows_of_another_mark_are_judged_before_the_holdout() -> None:
    marked = [{"split": "dev"}, {"split": "holdout"}, {"split": "hidden"}]
    assert divided(marked) == ([0], [2])
    assert divided(marked[:2]) == ([0], [1])
    assert divided([{}, {}]) == ([], [0, 1])


def test_paired_intervals_hold_the_mean() -> None:
    mean, low, high = interval([0.1, 0.3, 0.2, 0.2] * 20)
    assert 0.15 < low < mean < high < 0.25
    assert mean == pytest.approx(0.2)
