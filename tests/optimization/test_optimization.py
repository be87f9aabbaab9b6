"""Frontier, budget, scores, costs, thresholds and the table of trade-offs."""

from __future__ import annotations

import itertools
import json
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monkey_coder.optimization.budget import Allowance, price_for
from monkey_coder.optimization.costs import Costs, dump_costs, expected_usd, learn_cost, load_costs
from monkey_coder.optimization.frontier import Option, best_at, frontier, hull
from monkey_coder.optimization.quality import score
from monkey_coder.optimization.thresholds import Threshold, break_even, learn_threshold, should_escalate
from monkey_coder.optimization.tradeoffs import table, tradeoffs

options = st.lists(
    st.builds(Option, st.sampled_from("abcdefgh"), st.floats(0, 1), st.floats(0, 5)), max_size=9
)


@given(options)
def test_the_frontier_dominates_and_is_not_dominated(found: list[Option]) -> None:
    front = frontier(found)
    assert bool(front) == bool(found)
    for one, other in itertools.pairwise(front):
        assert one.cost_usd < other.cost_usd and one.quality < other.quality
    for option in found:
        assert any(o.quality >= option.quality and o.cost_usd <= option.cost_usd for o in front)


@given(options.filter(bool), st.floats(0, 10))
def test_the_best_at_any_price_lies_on_the_hull(found: list[Option], price: float) -> None:
    worth = max(o.quality - price * o.cost_usd for o in found)
    assert max(o.quality - price * o.cost_usd for o in hull(found)) == pytest.approx(worth, abs=1e-9)
    assert best_at(found, price).quality - price * best_at(found, price).cost_usd == pytest.approx(worth)
    assert set(hull(found)) <= set(frontier(found))


@settings(deadline=None)
@given(options.filter(bool), st.floats(0, 6), st.floats(0, 6))
def test_a_price_keeps_the_budget_and_falls_as_it_grows(
    found: list[Option], one: float, other: float
) -> None:
    def spending(price: float) -> float:
        return best_at(found, price).cost_usd

    low, high = sorted((one, other))
    prices = [price_for(spending, budget) for budget in (low, high)]
    assert prices[1] <= prices[0]
    for price, budget in zip(prices, (low, high), strict=True):
        if price < math.inf:
            assert spending(price) <= budget
        if 0 < price < math.inf:
            assert spending(price * 0.99) > budget or spending(price) <= budget


def test_the_price_is_the_lowest_that_keeps_the_budget() -> None:
    found = [Option("cheap", 0.6, 0.1), Option("dear", 0.8, 1.1)]

    def spending(price: float) -> float:
        return best_at(found, price).cost_usd

    assert price_for(spending, 0.5) == pytest.approx(0.2, rel=1e-4)
    assert price_for(spending, 2.0) == 0
    assert price_for(spending, 2.0, floor=0.3) == 0.3
    assert price_for(spending, 0.05) == math.inf
    assert price_for(spending, math.nan) == math.inf
    assert price_for(spending, -1.0) == math.inf


@given(st.floats(0, 100), st.lists(st.floats(), max_size=20))
def test_an_allowance_is_never_below_nothing(budget: float, costs: list[float]) -> None:
    allowance = Allowance(budget, 10)
    for cost in costs:
        after = allowance.spent(cost)
        assert 0 <= after.left_usd <= allowance.left_usd
        allowance = after
    assert allowance.n_done == len(costs)
    assert allowance.share_usd <= allowance.left_usd


def test_a_share_of_the_allowance_is_for_each_request_to_come() -> None:
    assert Allowance(10.0, 100).share_usd == pytest.approx(0.1)
    assert Allowance(10.0, 100).spent(5.05).share_usd == pytest.approx(0.05)
    assert Allowance(0.0, 100).share_usd == 0


def test_what_must_pass_and_does_not_scores_nothing() -> None:
    assert score({"parses": 0, "tests": 1}).value == 0
    assert score({}).value == 0.5
    assert score({"parses": 1, "tests": 1}).value == 1
    assert score({"tests": math.nan}).value == 0.5


def test_tests_weigh_more_than_style_and_are_named_first() -> None:
    no_tests, no_style = score({"tests": 0, "format": 1}), score({"tests": 1, "format": 0})
    assert no_tests.value < 0.1 < 0.9 < no_style.value
    both = score({"format": 0.0, "tests": 0.5, "parses": 1})
    assert both.failed == ("tests", "format")
    assert both.words == "64% of the checks, not tests, format"


@given(st.dictionaries(st.sampled_from(["tests", "parses", "lint", "mine"]), st.floats()))
def test_a_score_is_a_share(results: dict[str, float]) -> None:
    assert 0 <= score(results).value <= 1


def test_costs_are_learned_by_model_and_provider() -> None:
    state = Costs()
    for cost in (0.1, 0.3, math.nan, -1.0):
        state = learn_cost(state, "openai/small", cost)
    state = learn_cost(state, "openai/large", 1.0)
    assert expected_usd(state, "openai/small") == pytest.approx(0.2)
    assert expected_usd(state, "openai/small", guess=0.6) == pytest.approx(0.4)
    assert expected_usd(state, "new/model") is None
    assert state.models["openai/small"].error_usd == pytest.approx(0.1)
    assert state.providers()["openai"].usd == pytest.approx(1.4)
    assert load_costs(json.loads(json.dumps(dump_costs(state)))) == (state, "")


@pytest.mark.parametrize("data", [None, 1, {"a": 1}, {"a": [1, 2]}, {"a": [1, -2, 0]}, {"a": ["x", 0, 0]}])
def test_damaged_costs_start_anew_and_say_so(data: object) -> None:
    state, message = load_costs(data)
    assert state == Costs() and "starts anew" in message


def test_the_threshold_lets_through_no_more_bad_answers_than_wanted() -> None:
    rng = random.Random(0)
    state = Threshold()
    let, bad = 0, 0
    for i in range(6_000):
        confidence = rng.random()
        good = rng.random() < confidence * (0.95 if i < 3_000 else 0.9)
        if not should_escalate(state, confidence):
            let, bad = let + 1, bad + (not good)
        state = learn_threshold(state, confidence, good, most_bad=0.2)
    assert bad / let == pytest.approx(0.2, abs=0.02)


@given(st.lists(st.tuples(st.floats(), st.booleans()), max_size=50))
def test_the_threshold_stays_a_share(events: list[tuple[float, bool]]) -> None:
    state = Threshold()
    for confidence, good in events:
        state = learn_threshold(state, confidence, good)
    assert 0 <= state.value <= 1
    assert should_escalate(state, math.nan)


def test_break_even_is_what_the_stronger_one_is_worth_after_its_price() -> None:
    assert break_even(0.2, 1.0, 0.9) == pytest.approx(0.7)
    assert break_even(5.0, 1.0, 0.9) == 0


def test_the_table_has_three_lines_and_last_weeks_cost() -> None:
    found = [
        Option("mini", 0.6, 0.01),
        Option("middle", 0.75, 0.05),
        Option("dear", 0.8, 1.0),
        Option("useless", 0.5, 0.5),
    ]
    lines = tradeoffs(found, n_past=100, past_usd={"dear": 80.0})
    assert [(line.label, line.option.name) for line in lines] == [
        ("cheapest", "mini"),
        ("balanced", "middle"),
        ("best", "dear"),
    ]
    assert "| balanced | middle | 75% | $0.0500 | $5.00 |" in table(lines)
    assert "$80.00" in table(lines)


def test_one_model_or_none() -> None:
    assert [line.label for line in tradeoffs([Option("only", 0.5, 0.1)])] == ["cheapest"]
    assert tradeoffs([]) == ()
