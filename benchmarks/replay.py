"""Judge decisions on recorded outcomes: routing, cascades, selection, forecasts of acceptance.

Usage: python -m benchmarks.replay DATA [--seeds N (default 20)]. DATA is the folder of recorded
outcomes. Learned is from rows marked "dev"; judged on those with another mark (see `replay_data.py`).
The last line is a JSON object; `routing` holds, for each price of a dollar, [cold, warm, best fixed model in
hindsight, simple Thompson sampling cold].
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from monkey_coder.foresight.ability import Abilities
from monkey_coder.foresight.cascade import Cascade, Offer
from monkey_coder.foresight.forecast import Forecast
from monkey_coder.foresight.kept import Habits, p_kept
from monkey_coder.foresight.posterior import Record, success
from monkey_coder.foresight.projection import Amounts, project
from monkey_coder.foresight.risk import Failures, risks
from monkey_coder.optimization.budget import price_for
from monkey_coder.optimization.frontier import Option, best_at
from monkey_coder.quantum.collapse import collapse
from monkey_coder.routing.features import features_of_text
from monkey_coder.routing.policy import Arm, Outcome, Portfolio
from monkey_coder.routing.thompson import Thompson

from .replay_cascade import cascade
from .replay_data import Outcomes, divided, outcomes, rows
from .replay_feedback import feedback, reply
from .replay_routing import PRICES, routing
from .replay_selection import FILES, draws, problem, selection, track_record


def main() -> None:
    parser = argparse.ArgumentParser(description="Judge decisions on recorded outcomes.")
    parser.add_argument("data", type=Path, help="the folder of recorded outcomes")
    parser.add_argument("--seeds", type=int, default=20, help="orders to average over, five times in routing")
    arguments = parser.parse_args()
    data = arguments.data
    result: dict[str, Any] = {}
    dev, judged = outcomes(data / "routing_swebench.jsonl")
    _say(f"routing: {len(dev)} tasks to learn from, {len(judged)} to judge on")
    # A cold run of routing varies by .05 from order to order, and is quick.
    routed = routing(dev, judged, n_seeds=5 * arguments.seeds)
    result["routing"] = {
        str(p): [round(routed[str(p)][key], 4) for key in ("cold", "warm", "best_fixed", "thompson_cold")]
        for p in PRICES
    }
    result["routing_warm_own_choices"] = {str(p): round(routed[str(p)]["warm_own"], 4) for p in PRICES}
    result["routing_cold_less_thompson"] = {
        str(p): [round(x, 4) for x in routed[str(p)]["cold_less_thompson"]] for p in PRICES
    }
    _say("cascade")
    planned = cascade(dev, judged, n_seeds=arguments.seeds)
    for kind in ("perfect", "noisy"):
        result[f"cascade_{kind}"] = round(planned[kind]["planned"], 4)
        result[f"cascade_cold_{kind}"] = round(planned[kind]["cold"], 4)
        result[f"cascade_warm_{kind}"] = round(planned[kind]["warm"], 4)
    for key, name in FILES.items():
        _say(key)
        found = selection(data / name)
        result[key] = round(found["accuracy"], 4)
        result[f"{key}_oracle"] = round(found["oracle"], 4)
        result[f"{key}_problems"] = found["n"]
    _say("feedback")
    foretold = feedback(data / "edit_feedback_aider.jsonl")
    result["feedback_logloss"] = round(foretold["logloss"], 4)
    result["feedback_calibration_error"] = round(foretold["error"], 4)
    result["decision_ms"] = round(max(routed["ms"], planned["ms"]), 3)
    result["routing_ms"], result["cascade_ms"] = round(routed["ms"], 3), round(planned["ms"], 3)
    result["all_rooms_ms"] = round(all_rooms_ms(dev, data), 3)
    _table(result)
    print(json.dumps(result))


def all_rooms_ms(dev: Outcomes, data: Path, *, n: int = 60) -> float:
    """Return how long all decisions about one request take together: which model, which cascade, what
    it will cost, at what price of quality, which of eight candidates, and whether it will be kept."""
    policy, learner, rng = Thompson(), Cascade(), random.Random(0)
    beliefs, abilities = policy.start(), Abilities()
    arms = Portfolio(tuple(Arm(model, 0.1) for model in dev.models))
    offers = [Offer(model, 0.1) for model in dev.models]
    features = features_of_text("rename it", kind="edit")
    options = [Option(model, 0.1 * i, 0.05 * i) for i, model in enumerate(dev.models)]
    for model in dev.models:
        beliefs = policy.learn(beliefs, Outcome(features, model, 1.0, 0.1))
    all_rows = rows(data / FILES["selection_he"])
    problems = [problem(all_rows[i]) for i in divided(all_rows)[0]]
    producers = track_record(problems)
    candidates = next(draws(problems, 1, seed=0))[1]
    edit = reply(rows(data / "edit_feedback_aider.jsonl")[0])
    seconds = []
    for _ in range(n):
        began = time.perf_counter()
        price = price_for(lambda at: best_at(options, at).cost_usd, 0.1)
        choice = policy.choose(features, arms, beliefs, rng)
        learner.plan(offers, abilities, rng).next([])
        odds = success(Record(), "edit", choice.model or "", "direct")
        forecast = Forecast(
            odds, project(Amounts(), "edit", guess=0.1), None, 1, risks(Failures(), "edit", "a")
        )
        assert forecast.words and price >= 0
        collapse(candidates, producers)
        p_kept(Habits(), edit)
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds) * 1e3)


def _table(result: dict[str, Any]) -> None:
    print("price    cold    warm  own choices  best fixed  Thompson cold  cold less Thompson")
    for price, (cold, warm, fixed, simple) in result["routing"].items():
        own = result["routing_warm_own_choices"][price]
        mean, low, high = result["routing_cold_less_thompson"][price]
        print(
            f"{price:>5}  {cold:.4f}  {warm:.4f}       {own:.4f}      {fixed:.4f}         {simple:.4f}"
            f"  {mean:+.4f} [{low:+.4f}, {high:+.4f}]"
        )
    for key, value in result.items():
        if not isinstance(value, dict):
            print(f"{key:28} {value}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
