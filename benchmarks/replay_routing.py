"""Which model to ask, judged on what each model really made of each task and cost.

Cold: a router that has seen nothing works through the judged tasks. Warm: it has learned from the
development tasks before, on which every model was run side by side. Warm by its own choices: it has
worked through them from a cold start, and saw of each only what its own choice came to.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from monkey_coder.routing.features import TaskFeatures, features_of_text
from monkey_coder.routing.policy import Arm, Outcome, Policy, Portfolio
from monkey_coder.routing.thompson import Thompson

from .replay_data import Outcomes, interval

PRICES = (0.05, 0.2, 0.5, 1.0)


def routing(
    dev: Outcomes,
    judged: Outcomes,
    *,
    n_seeds: int = 20,
    make: Callable[[float], Policy[Any]] = lambda price: Thompson(cost_weight=price),
) -> dict[str, Any]:
    """Return, for each price of a dollar, how the router did cold and warm, and how others did."""
    portfolio = Portfolio(tuple(Arm(model) for model in judged.models))
    dev_features, features = _features(dev), _features(judged)
    result: dict[str, Any] = {}
    seconds: list[float] = []
    for price in PRICES:
        policy = make(price)
        ours, simple, warm, known = (np.zeros(len(judged)) for _ in range(4))
        history = policy.start()
        for task in range(len(dev)):
            for at, model in enumerate(dev.models):
                history = policy.learn(history, _outcome(dev, dev_features, task, at, model))
        for seed in range(n_seeds):
            draw = np.random.default_rng(1_000 + seed)
            dev_order, order = draw.permutation(len(dev)), draw.permutation(len(judged))
            rng = random.Random(seed)
            simple[order] += _simple_thompson(judged, order, price, seed)
            work = partial(_run, policy, portfolio, rng, price, seconds)
            ours[order] += work(policy.start(), judged, features, order)[0]
            _, learned = work(policy.start(), dev, dev_features, dev_order)
            warm[order] += work(learned, judged, features, order)[0]
            known[order] += work(history, judged, features, order)[0]
        fixed = (judged.solved - price * judged.usd).mean(0).max()
        result[str(price)] = {
            "cold": float(ours.mean() / n_seeds),
            "warm": float(known.mean() / n_seeds),
            "warm_own": float(warm.mean() / n_seeds),
            "best_fixed": float(fixed),
            "thompson_cold": float(simple.mean() / n_seeds),
            "cold_less_thompson": interval(((ours - simple) / n_seeds).tolist()),
        }
    result["ms"] = float(np.median(seconds) * 1e3)
    return result


def _features(outcomes: Outcomes) -> list[TaskFeatures]:
    return [
        features_of_text(row.get("prompt", ""), kind=row.get("kind", ""), language=row.get("language", ""))
        for row in outcomes.rows
    ]


def _outcome(outcomes: Outcomes, features: Sequence[TaskFeatures], task: int, at: int, model: str) -> Outcome:
    solved, usd = float(outcomes.solved[task, at]), float(outcomes.usd[task, at])
    return Outcome(features[task], model, solved, usd)


def _run(
    policy: Policy[Any],
    portfolio: Portfolio,
    rng: random.Random,
    price: float,
    seconds: list[float],
    state: Any,
    outcomes: Outcomes,
    features: Sequence[TaskFeatures],
    order: Sequence[int],
) -> tuple[np.ndarray, Any]:
    """Return the reward of each task in order, and what was learned."""
    rewards = []
    for task in order:
        began = time.perf_counter()
        model = policy.choose(features[task], portfolio, state, rng).model
        seconds.append(time.perf_counter() - began)
        assert model is not None
        at = outcomes.models.index(model)
        state = policy.learn(state, _outcome(outcomes, features, task, at, model))
        rewards.append(float(outcomes.solved[task, at]) - price * float(outcomes.usd[task, at]))
    return np.asarray(rewards), state


def _simple_thompson(outcomes: Outcomes, order: Sequence[int], price: float, seed: int) -> np.ndarray:
    """Return the rewards of the simple baseline: Beta(1, 1) for each model and its mean cost."""
    rng = np.random.default_rng(seed)
    n_models = len(outcomes.models)
    good, bad, usd = np.ones(n_models), np.ones(n_models), np.zeros(n_models)
    rewards = []
    for task in order:
        n = good + bad - 2
        costs = np.divide(usd, n, out=np.zeros(n_models), where=n > 0)
        at = int(np.argmax(rng.beta(good, bad) - price * costs))
        solved, cost = float(outcomes.solved[task, at]), float(outcomes.usd[task, at])
        good[at] += solved
        bad[at] += 1 - solved
        usd[at] += cost
        rewards.append(solved - price * cost)
    assert all(map(math.isfinite, rewards))
    return np.asarray(rewards)
