"""All policies keep the same promises: pure, bounded by the budget, able to learn, saved and restored."""

from __future__ import annotations

import dataclasses
import json
import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monkey_coder.routing.dqn import Dqn
from monkey_coder.routing.features import TaskFeatures
from monkey_coder.routing.linucb import LinUcb
from monkey_coder.routing.policy import Arm, Outcome, Policy, Portfolio
from monkey_coder.routing.q_learning import QLearning
from monkey_coder.routing.state import restore_state, save_state
from monkey_coder.routing.thompson import Thompson

POLICIES: tuple[Policy[Any], ...] = (Thompson(), QLearning(), Dqn(steps=2), LinUcb())
EACH = pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
EDIT = TaskFeatures("edit", "python", 200)
MODELS = Portfolio((Arm("small"), Arm("large"), Arm("dear")))

outcomes = st.builds(
    Outcome,
    st.builds(TaskFeatures, st.sampled_from(["edit", "chat", "nonsense"]), st.sampled_from(["", "python"])),
    st.sampled_from(["small", "large", "dear", "gone"]),
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(allow_nan=True),
)


def learned(policy: Policy[Any], n: int, *, seed: int = 0, features: TaskFeatures = EDIT) -> Any:
    """Return the state after `n` of its own choices: "large" is right in 9 of 10, "dear" costs $1."""
    rng = random.Random(seed)
    state = policy.start()
    for _ in range(n):
        model = policy.choose(features, MODELS, state, rng).model
        assert model is not None
        right = rng.random() < {"small": 0.3, "large": 0.9, "dear": 0.95}[model]
        cost = {"small": 0.001, "large": 0.01, "dear": 1.0}[model]
        state = policy.learn(state, Outcome(features, model, float(right), cost))
    return state


@EACH
def test_the_better_model_after_its_price_is_found(policy: Policy[Any]) -> None:
    state = learned(policy, 300)
    rng = random.Random(1)
    chosen = [policy.choose(EDIT, MODELS, state, rng).model for _ in range(200)]
    assert chosen.count("large") > 120


@EACH
def test_same_rng_same_state_same_choice_and_learning_changes_no_old_state(policy: Policy[Any]) -> None:
    state = learned(policy, 30)
    before = save_state(policy, state)
    one = policy.choose(EDIT, MODELS, state, random.Random(7))
    assert one == policy.choose(EDIT, MODELS, state, random.Random(7))
    policy.learn(state, Outcome(EDIT, "small", 1.0, 0.1))
    assert save_state(policy, state) == before


@EACH
def test_a_state_survives_json_and_decides_the_same(policy: Policy[Any]) -> None:
    state = learned(policy, 40)
    again, message = restore_state(policy, save_state(policy, state))
    assert message == ""
    assert policy.choose(EDIT, MODELS, state, random.Random(3)) == policy.choose(
        EDIT, MODELS, again, random.Random(3)
    )
    assert save_state(policy, again) == save_state(policy, state)


@EACH
@pytest.mark.parametrize(
    "text",
    [
        "{",
        "null",
        "[]",
        '{"version": 1}',
        '{"version": 1, "policy": "NAME", "state": 3}',
        '{"version": 1, "policy": "NAME", "state": {"edit": {"small": [-1, 0, 0]}}}',
        '{"version": 1, "policy": "NAME", "state": {"edit": {"small": ["x"]}, "values": 1, "n": 0}}',
        "[" * 100_000,
    ],
)
def test_a_damaged_state_starts_anew_and_says_so(policy: Policy[Any], text: str) -> None:
    state, message = restore_state(policy, text.replace("NAME", policy.name))
    assert "cannot be read" in message and "starts anew" in message
    assert policy.dump(state) == policy.dump(policy.start())


@EACH
def test_the_state_of_another_policy_is_not_taken(policy: Policy[Any]) -> None:
    other = next(other for other in POLICIES if other.name != policy.name)
    state, message = restore_state(policy, save_state(other, learned(other, 10)))
    assert policy.dump(state) == policy.dump(policy.start())
    assert other.name in message


@EACH
def test_an_empty_state_file_is_no_fault(policy: Policy[Any]) -> None:
    assert restore_state(policy, "")[1] == ""


@EACH
def test_budget_zero_chooses_only_what_is_free(policy: Policy[Any]) -> None:
    rng = random.Random(0)
    paid = Portfolio((Arm("a", 0.1), Arm("b", 0.1, 0.3), Arm("unknown")), budget_usd=0.0)
    choice = policy.choose(EDIT, paid, policy.start(), rng)
    assert choice.model is None
    assert "budget" in choice.why
    free = Portfolio((*paid.arms, Arm("offline", 0.0, 0.0)), budget_usd=0.0)
    assert policy.choose(EDIT, free, policy.start(), rng).model == "offline"


@EACH
def test_no_model_and_one_model(policy: Policy[Any]) -> None:
    rng = random.Random(0)
    assert policy.choose(EDIT, Portfolio(()), policy.start(), rng).model is None
    assert policy.choose(EDIT, Portfolio((Arm("only"),)), policy.start(), rng).model == "only"


@EACH
def test_a_model_that_always_fails_is_still_an_answer_where_it_is_alone(policy: Policy[Any]) -> None:
    state = policy.start()
    for _ in range(50):
        state = policy.learn(state, Outcome(EDIT, "only", 0.0, 2.0))
    assert policy.choose(EDIT, Portfolio((Arm("only"),)), state, random.Random(0)).model == "only"


@EACH
def test_a_model_that_always_fails_is_left_for_another(policy: Policy[Any]) -> None:
    both, rng = Portfolio((Arm("broken"), Arm("works"))), random.Random(2)
    state = policy.start()
    asked = []
    for _ in range(150):
        model = policy.choose(EDIT, both, state, rng).model
        assert model is not None
        state = policy.learn(state, Outcome(EDIT, model, float(model == "works"), 0.01))
        asked.append(model)
    assert asked[50:].count("broken") < 25


@EACH
def test_feedback_that_contradicts_itself_leaves_each_about_half_good(policy: Policy[Any]) -> None:
    state, rng = policy.start(), random.Random(2)
    for n in range(60):
        for model in MODELS.models:
            state = policy.learn(state, Outcome(EDIT, model, float(n % 2), 0.01))
    choices = [policy.choose(EDIT, MODELS, state, rng) for _ in range(60)]
    assert {choice.model for choice in choices} <= set(MODELS.models)
    assert all(0.2 < rival.quality < 0.8 for rival in choices[0].rivals)


@EACH
@settings(max_examples=30, deadline=None)
@given(st.lists(outcomes, max_size=12), st.integers(0, 99), st.floats(0, 2))
def test_any_feedback_leaves_a_sane_state(
    policy: Policy[Any], events: list[Outcome], seed: int, budget: float
) -> None:
    state = policy.start()
    for event in events:
        state = policy.learn(state, event)
    text = save_state(policy, state)
    assert "NaN" not in text and "Infinity" not in text
    assert restore_state(policy, text)[1] == ""
    limited = Portfolio((Arm("small", 0.1, 0.5), Arm("large", 0.2), Arm("dear", 1.0, 1.5)), budget)
    choice = policy.choose(EDIT, limited, state, random.Random(seed))
    most = {"small": 0.5, "large": 0.2, "dear": 1.5}
    assert choice.model is None or most[choice.model] <= budget
    assert choice.why


@EACH
def test_a_choice_takes_at_most_two_milliseconds(policy: Policy[Any]) -> None:
    import time

    state = learned(policy, 50)
    portfolio = Portfolio(tuple(Arm(f"model-{i}") for i in range(12)))
    rng = random.Random(0)
    times = []
    for _ in range(40):
        began = time.perf_counter()
        policy.choose(EDIT, portfolio, state, rng)
        times.append(time.perf_counter() - began)
    assert min(times) < 0.002


def test_thompson_learns_one_kind_from_another_and_then_tells_them_apart() -> None:
    policy = Thompson()
    chat = TaskFeatures("chat")
    state = policy.start()
    for _ in range(40):
        state = policy.learn(state, Outcome(EDIT, "large", 1.0, 0.0))
        state = policy.learn(state, Outcome(EDIT, "small", 0.0, 0.0))
    quality = {r.model: r.quality for r in policy.choose(chat, MODELS, state, random.Random(0)).rivals}
    assert quality["large"] > 0.8 > 0.3 > quality["small"]
    for _ in range(60):
        state = policy.learn(state, Outcome(chat, "large", 0.0, 0.0))
    rivals = {r.model: r.quality for r in policy.choose(chat, MODELS, state, random.Random(0)).rivals}
    assert rivals["large"] < 0.3
    rivals = {r.model: r.quality for r in policy.choose(EDIT, MODELS, state, random.Random(0)).rivals}
    assert rivals["large"] > 0.5


def test_thompson_expects_a_model_nobody_has_tried_to_be_worth_its_price() -> None:
    portfolio = Portfolio((Arm("cheap", 0.01), Arm("dear", 1.0), Arm("free", 0.0)))

    def qualities(dear: float) -> dict[str, float]:
        policy, rng = Thompson(), random.Random(0)
        state = policy.start()
        for _ in range(30):
            state = policy.learn(state, Outcome(EDIT, "cheap", 0.5, 0.01))
            state = policy.learn(state, Outcome(EDIT, "middling", 0.5, 0.1))
            state = policy.learn(state, Outcome(EDIT, "costly", dear, 0.5))
        arms = (*portfolio.arms, Arm("middling"), Arm("costly"))
        found = policy.choose(EDIT, Portfolio(arms), state, rng).rivals
        return {rival.model: rival.quality for rival in found}

    # By the prior dearer models are somewhat better; where they turn out to be worse, that is unlearned.
    assert qualities(0.5)["dear"] > qualities(0.5)["free"] > 0.4
    assert qualities(0.0)["dear"] < qualities(0.5)["dear"] < qualities(1.0)["dear"]


def test_thompson_follows_a_model_that_drifts() -> None:
    state = learned(Thompson(discount=0.98), 200)
    policy = Thompson(discount=0.98)
    rng = random.Random(5)
    for _ in range(250):
        model = policy.choose(EDIT, MODELS, state, rng).model
        assert model is not None
        right = rng.random() < {"small": 0.9, "large": 0.1, "dear": 0.1}[model]
        state = policy.learn(state, Outcome(EDIT, model, float(right), 0.01))
    chosen = [policy.choose(EDIT, MODELS, state, rng).model for _ in range(100)]
    assert chosen.count("small") > 80


def test_thompson_takes_another_price_of_quality_without_learning_anew() -> None:
    state = learned(Thompson(cost_weight=0.0), 300)
    thrifty = dataclasses.replace(Thompson(), cost_weight=100.0)
    assert thrifty.choose(EDIT, MODELS, state, random.Random(0)).model == "small"


def test_thompson_keeps_mean_beliefs_between_zero_and_one() -> None:
    state = learned(Thompson(), 60)
    for rival in Thompson().choose(EDIT, MODELS, state, random.Random(0)).rivals:
        assert 0 < rival.quality < 1
        assert rival.n >= 0


def test_the_target_network_carries_the_value_of_what_follows() -> None:
    """A first step that earns nothing but leads to a rewarded task is worth gamma times that task."""
    first, second = TaskFeatures("edit", "", 10), TaskFeatures("fix", "", 10_000)
    values = []
    for gamma in (0.0, 0.9):
        policy = Dqn(gamma=gamma, steps=8, copy_every=5, rate=1e-2)
        state = policy.start()
        for _ in range(150):
            state = policy.learn(state, Outcome(first, "small", 0.0, 0.0, then=second))
            state = policy.learn(state, Outcome(second, "small", 1.0, 0.0))
        values.append(policy.choose(first, MODELS, state, random.Random(1)).rivals[0].quality)
    assert abs(values[0]) < 0.2
    assert 0.6 < values[1] < 1.2


def test_q_learning_with_gamma_values_what_follows() -> None:
    first, second = TaskFeatures("edit"), TaskFeatures("fix")
    policy = QLearning(gamma=0.5)
    state = policy.learn(policy.start(), Outcome(second, "small", 1.0, 0.0))
    state = policy.learn(state, Outcome(first, "small", 0.0, 0.0, then=second))
    assert math.isclose(state.values[first.bucket]["small"][0], 0.5)


def test_why_names_the_model_and_its_rival() -> None:
    why = Thompson().choose(EDIT, MODELS, learned(Thompson(), 100), random.Random(0)).why
    assert why.startswith("large: ") and "$" in why and "next" in why


def test_states_are_small() -> None:
    assert len(save_state(Thompson(), learned(Thompson(), 500))) < 1_000
    assert json.loads(save_state(Thompson(), Thompson().start()))["state"] == {}
