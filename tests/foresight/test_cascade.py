"""Which model next, or stop: exact, within the budget, and learned from attempts."""

from __future__ import annotations

import itertools
import math
import random
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monkey_coder.foresight.ability import (
    Abilities,
    Attempt,
    difficulty_of,
    dump_abilities,
    learn_attempts,
    learn_many,
    load_abilities,
    pass_rates,
)
from monkey_coder.foresight.cascade import Cascade, Offer
from monkey_coder.foresight.lookahead import Outlook, look_ahead
from monkey_coder.foresight.state import restore_state, save_state
from monkey_coder.foresight.verifier import Verifier, calibrated

OFFERS = (Offer("cheap", 0.01, 0.05), Offer("middle", 0.1, 0.3), Offer("dear", 0.5, 1.0))
PERFECT = Verifier(0.0, 0.0)


@st.composite
def outlooks(draw: st.DrawFn) -> Outlook:
    n, levels = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    rates = st.floats(0.01, 0.99)
    weights = np.asarray(draw(st.lists(st.floats(0.05, 1), min_size=levels, max_size=levels)))
    costs = np.asarray(draw(st.lists(st.floats(0, 1), min_size=n, max_size=n)))
    return Outlook(
        np.asarray(draw(st.lists(st.lists(rates, min_size=levels, max_size=levels), min_size=n, max_size=n))),
        weights / weights.sum(),
        costs,
        costs * draw(st.floats(1, 3)),
        draw(st.floats(0, 2)),
        Verifier(draw(st.floats(0, 0.4)), draw(st.floats(0, 0.4))),
        (1.0, draw(st.floats(0.5, 2)), draw(st.floats(0.5, 2))),
        draw(st.one_of(st.just(math.inf), st.floats(0, 3))),
    )


def slowly(outlook: Outlook, tried: tuple[int, ...], steps: int, weights: np.ndarray, left: float) -> float:
    """Return the value of going on, by plain recursion."""
    best = 0.0
    if not steps:
        return best
    for model in range(len(outlook.costs)):
        if model in tried or outlook.most[model] > left:
            continue
        rates, verifier = outlook.passes[model], outlook.verifier
        good = rates * (1 - verifier.false_reject)
        rejected = 1 - good - (1 - rates) * verifier.false_accept
        price = outlook.price * outlook.costs[model] * outlook.dearer[min(len(tried), 2)]
        after = slowly(outlook, (*tried, model), steps - 1, weights * rejected, left - outlook.most[model])
        best = max(best, float(good @ weights) - price * float(weights.sum()) + after)
    return best


@settings(max_examples=150, deadline=None)
@given(outlooks(), st.integers(0, 3))
def test_look_ahead_is_exact(outlook: Outlook, steps: int) -> None:
    found = look_ahead(outlook, (), steps)
    assert found.value == pytest.approx(
        slowly(outlook, (), steps, outlook.difficulty, outlook.left_usd), abs=1e-9
    )


@settings(max_examples=80, deadline=None)
@given(outlooks())
def test_no_plan_could_spend_more_than_is_left(outlook: Outlook) -> None:
    tried: tuple[int, ...] = ()
    left = outlook.left_usd
    for steps in (3, 2, 1):
        step = look_ahead(Outlook(*[getattr(outlook, f) for f in OUTLOOK[:-1]], left), tried, steps)
        if step.model is None:
            break
        assert outlook.most[step.model] <= left
        assert step.model not in tried
        left -= outlook.most[step.model]
        tried = (*tried, step.model)


OUTLOOK = tuple(Outlook.__dataclass_fields__)


@settings(max_examples=60, deadline=None)
@given(outlooks())
def test_more_steps_are_never_worth_less_and_dearer_dollars_never_more(outlook: Outlook) -> None:
    values = [look_ahead(outlook, (), steps).value for steps in (0, 1, 2, 3)]
    assert all(a <= b + 1e-9 for a, b in itertools.pairwise(values))
    fields = {name: getattr(outlook, name) for name in OUTLOOK}
    dearer = Outlook(**{**fields, "price": outlook.price + 0.5})
    assert look_ahead(dearer, (), 3).value <= values[3] + 1e-9


def test_deeper_than_three_is_refused() -> None:
    plan = Cascade(most_tries=5).plan(OFFERS, Abilities())
    with pytest.raises(ValueError, match="3 attempts deep"):
        look_ahead(plan.outlook, (), 4)
    assert plan.next([]).model is not None


def world(seed: int, n: int) -> list[list[Attempt]]:
    """Return full outcomes of tasks of which all models find the same ones hard."""
    rng = random.Random(seed)
    tasks = []
    for _ in range(n):
        hard = rng.gauss(0, 1)
        tasks.append(
            [
                Attempt(
                    offer.model,
                    rng.random() < 1 / (1 + math.exp(-3 * (ability - hard))),
                    offer.expected_usd or 0,
                    True,
                )
                for offer, ability in zip(OFFERS, (0.0, 0.6, 1.2), strict=True)
            ]
        )
    return tasks


def test_abilities_come_out_in_their_order_and_near_their_values() -> None:
    state = learn_many(Abilities(), world(0, 400), PERFECT)
    ability = [state.ability[offer.model] for offer in OFFERS]
    assert ability == sorted(ability)
    assert ability[2] - ability[0] == pytest.approx(1.2, abs=0.4)
    assert difficulty_of(state).sum() == pytest.approx(1)


def test_a_rejection_makes_every_other_model_less_likely_to_pass() -> None:
    cascade = Cascade(price=0.0, verifier=PERFECT)
    state = learn_many(Abilities(), world(1, 200), PERFECT)
    fresh = cascade.plan(OFFERS[2:], state).next([])
    after = cascade.plan([OFFERS[0], OFFERS[2]], state).next(["cheap"])
    assert fresh.model == after.model == "dear"
    assert after.accepted < fresh.accepted - 0.1


def test_it_escalates_from_cheap_to_dear_where_a_dollar_counts() -> None:
    state = learn_many(Abilities(), world(2, 400), PERFECT)
    plan = Cascade(price=0.3, verifier=PERFECT).plan(OFFERS, state)
    order: list[str] = []
    while (step := plan.next(order)).model is not None:
        order.append(step.model)
    costs = {offer.model: offer.expected_usd for offer in OFFERS}
    assert order[0] == "cheap"
    assert [costs[model] for model in order] == sorted(costs[model] for model in order)  # type: ignore[type-var]
    assert "stopped" in plan.next(order).why


def test_the_prospect_of_a_plan_adds_up_what_its_steps_say() -> None:
    state = learn_many(Abilities(), world(2, 200), PERFECT)
    plan = Cascade(price=0.3, verifier=PERFECT).plan(OFFERS, state)
    prospect = plan.prospect()
    first = plan.next([])
    assert prospect.models[0] == first.model
    assert first.accepted < prospect.accepted < 1
    assert first.expected_usd < prospect.expected_usd < sum(offer.expected_usd or 0 for offer in OFFERS) * 2
    assert Cascade(price=1e6).plan(OFFERS, state).prospect().models == ()


def test_it_stops_where_nothing_is_worth_its_price() -> None:
    state = learn_many(Abilities(), world(3, 100), PERFECT)
    assert Cascade(price=1_000.0).plan(OFFERS, state).next([]).model is None


def test_budget_zero_asks_nobody_who_costs_and_says_why() -> None:
    plan = Cascade().plan(OFFERS, Abilities())
    step = plan.next([], left_usd=0.0)
    assert step.model is None and "$0.0000" in step.why
    unknown = Cascade().plan([Offer("new")], Abilities())
    assert unknown.next([], left_usd=5.0).model is None
    free = Cascade().plan([*OFFERS, Offer("offline", 0.0, 0.0)], Abilities())
    assert free.next([], left_usd=0.0).model == "offline"


def test_no_model_and_one_model() -> None:
    assert Cascade().plan([], Abilities()).next([]).model is None
    plan = Cascade().plan([Offer("only", 0.01)], Abilities())
    assert plan.next([]).model == "only"
    assert plan.next(["only"]).model is None


def test_a_model_that_always_fails_comes_last() -> None:
    cascade = Cascade()
    state = cascade.start()
    for i in range(40):
        state = cascade.learn(state, [Attempt("cheap", False, 0.01), Attempt("middle", i % 3 > 0, 0.1)])
    plan = cascade.plan(OFFERS[:2], state)
    assert plan.next([]).model == "middle"


def test_learning_online_finds_the_good_cascade() -> None:
    cascade = Cascade(price=0.3)
    state, rng = cascade.start(), random.Random(4)
    worth = []
    for task in world(5, 250):
        truth = {attempt.model: attempt for attempt in task}
        plan = cascade.plan([Offer(offer.model) for offer in OFFERS], state, rng)
        made: list[Attempt] = []
        while not (made and made[-1].accepted) and (model := plan.next([a.model for a in made]).model):
            made.append(Attempt(model, truth[model].accepted, truth[model].cost_usd))
        state = cascade.learn(state, made)
        worth.append(any(a.accepted for a in made) - 0.3 * sum(a.cost_usd for a in made))
    always_dear = [task[2].accepted - 0.3 * 0.5 for task in world(5, 250)]
    assert sum(worth[100:]) > sum(always_dear[100:])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.lists(
            st.builds(
                Attempt,
                st.sampled_from(["a", "b", "c"]),
                st.booleans(),
                st.floats(-1, 1e6) | st.just(math.nan) | st.just(math.inf),
                st.booleans(),
            ),
            max_size=4,
        ),
        max_size=6,
    ),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_any_feedback_leaves_a_sane_state(tasks: list[list[Attempt]], accept: float, reject: float) -> None:
    cascade = Cascade(verifier=Verifier(accept, reject))
    state = cascade.start()
    for attempts in tasks:
        state = cascade.learn(state, attempts)
    assert all(math.isfinite(value) for value in state.ability.values())
    assert all(value > 0 for value in state.variance.values())
    if state.difficulty:
        assert sum(state.difficulty) == pytest.approx(1)
    again, message = restore_state(
        "cascade", save_state("cascade", dump_abilities(state)), load_abilities, state
    )
    assert message == ""
    assert again == state
    plan = cascade.plan([Offer("a"), Offer("b", 0.1, 0.2), Offer("new")], state, random.Random(0))
    step = plan.next([], left_usd=0.2)
    assert step.model in (None, "a", "b")


@pytest.mark.parametrize(
    "text", ["{", "3", '{"version": 1, "name": "cascade", "state": {"ability": {"a": 1}}}']
)
def test_a_damaged_state_starts_anew_and_says_so(text: str) -> None:
    state, message = restore_state("cascade", text, load_abilities, Abilities())
    assert state == Abilities()
    assert "cannot be read" in message


def test_what_happened_is_bounded_in_memory() -> None:
    state = Abilities()
    rng = random.Random(0)
    for _ in range(600):
        attempts = [Attempt(f"m{i}", rng.random() < 0.5, 0.1) for i in rng.sample(range(12), 3)]
        state = learn_attempts(state, attempts, PERFECT, rounds=0)
    assert len(state.patterns) <= 400


def test_contradictory_feedback_leaves_the_odds_near_one_half() -> None:
    state = Abilities()
    for i in range(100):
        state = learn_attempts(state, [Attempt("a", i % 2 == 0, 0.1, True)], PERFECT)
    rate = float(pass_rates([state.ability["a"]])[0] @ difficulty_of(state))
    assert rate == pytest.approx(0.5, abs=0.06)


def test_costs_after_a_failure_are_learned() -> None:
    state = Abilities()
    for i in range(60):
        attempts = [Attempt("a", i % 2 == 0, 0.1)]
        if i % 2:
            attempts.append(Attempt("b", True, 0.4))
        else:
            attempts = [Attempt("b", True, 0.2)]
        state = learn_attempts(state, attempts, PERFECT)
    assert state.dearer[1] > 1.3


def test_one_decision_takes_at_most_two_milliseconds() -> None:
    cascade = Cascade()
    offers = [Offer(f"m{i}", 0.01 * i + 0.01) for i in range(8)]
    state = learn_attempts(Abilities(), [Attempt("m1", True, 0.01)], PERFECT)
    times = []
    for i in range(40):
        began = time.perf_counter()
        cascade.plan(offers, state, random.Random(i)).next([])
        times.append(time.perf_counter() - began)
    assert min(times) < 0.002


def test_a_verifier_is_calibrated_by_what_was_really_good() -> None:
    found = calibrated(
        [(True, True)] * 95 + [(False, True)] * 5 + [(True, False)] * 60 + [(False, False)] * 40
    )
    assert 0.04 < found.false_reject < 0.06
    assert 0.5 < found.false_accept < 0.6
    assert calibrated([]) == Verifier()
    with pytest.raises(ValueError, match="between 0 and 1"):
        Verifier(2.0, 0.0)
