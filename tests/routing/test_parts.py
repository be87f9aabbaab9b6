"""Features, dominance, rewards and the contest between policies."""

from __future__ import annotations

import dataclasses
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monkey_coder.config.schema import ROUTINGS
from monkey_coder.core.documents import Document, Span
from monkey_coder.core.model import Task, TaskKind
from monkey_coder.routing.contest import Standing, may_take_over, replayed
from monkey_coder.routing.features import (
    N_FEATURES,
    TaskFeatures,
    features_of,
    features_of_text,
    load_features,
)
from monkey_coder.routing.linucb import LinUcb
from monkey_coder.routing.named import policy_named
from monkey_coder.routing.pareto import probably_better, undominated
from monkey_coder.routing.policy import Arm, Outcome, Portfolio
from monkey_coder.routing.q_learning import QLearning
from monkey_coder.routing.reward import Act, quality
from monkey_coder.routing.thompson import Thompson


def test_features_count_and_keep_no_text() -> None:
    text = "Fix src/a.py and src/b.py\nTraceback (most recent call last):\n```\nValueError\n```"
    found = features_of_text(text, kind="fix", language="python")
    assert (found.n_files, found.n_code_blocks, found.has_traceback, found.has_error) == (2, 1, True, True)
    assert "src" not in json.dumps(dataclasses.asdict(found))
    assert load_features(dataclasses.asdict(found)) == found


def test_features_of_a_task_count_its_selection() -> None:
    document = Document("file:///a.py", "python", 1, "abc\ndef\n")
    found = features_of(Task(TaskKind.EDIT, document, Span(0, 3), "rename it"))
    assert (found.kind, found.language, found.n_selected, found.n_chars) == ("edit", "python", 3, 12)


@given(st.text(max_size=200), st.text(max_size=10), st.text(max_size=10))
def test_any_text_gives_a_vector_of_the_same_length(text: str, kind: str, language: str) -> None:
    vector = features_of_text(text, kind=kind, language=language).vector
    assert len(vector) == N_FEATURES
    assert all(-1 <= number <= 2 for number in vector)


counts = st.floats(0.1, 500)


@given(
    st.dictionaries(
        st.sampled_from("abcdef"), st.tuples(counts, counts, st.floats(0, 5), st.floats(0, 100)), min_size=1
    )
)
def test_some_model_always_stays_and_the_cheapest_is_one(
    models: dict[str, tuple[float, float, float, float]],
) -> None:
    beliefs = {model: (good, bad) for model, (good, bad, _, _) in models.items()}
    costs = {model: cost for model, (_, _, cost, _) in models.items()}
    kept = undominated(beliefs, costs, {model: n for model, (_, _, _, n) in models.items()})
    assert kept
    assert min(costs.values()) in [costs[model] for model in kept]


def test_what_is_worse_and_dearer_is_left_out_once_it_is_known() -> None:
    beliefs, costs = {"good": (90.0, 10.0), "bad": (20.0, 80.0)}, {"good": 0.1, "bad": 0.2}
    assert undominated(beliefs, costs, {"good": 100, "bad": 100}) == ("good",)
    assert undominated(beliefs, costs, {"good": 100, "bad": 1}) == ("good", "bad")
    assert undominated(beliefs, {"good": 0.3, "bad": 0.2}, {"good": 100, "bad": 100}) == ("good", "bad")


@given(st.tuples(counts, counts), st.tuples(counts, counts))
def test_better_and_worse_are_opposites(one: tuple[float, float], other: tuple[float, float]) -> None:
    assert probably_better(one, other) + probably_better(other, one) == pytest.approx(1)


def test_the_users_word_counts_more_than_the_checks() -> None:
    assert quality(Act.KEPT, 0.0) == 1
    assert quality(Act.UNDONE, 1.0) == 0
    assert quality(Act.NONE, 0.4) == 0.4
    assert quality(Act.NONE) == 0.5
    assert quality(Act.EDITED, 0.0) < quality(Act.EDITED, 1.0)
    assert quality(Act.NONE, 7.0) == 1


def test_the_replay_method_finds_the_better_policy() -> None:
    rng = random.Random(0)
    features = TaskFeatures("edit")
    history = []
    for _ in range(1_500):
        model = rng.choice(["a", "b", "c"])
        right = rng.random() < {"a": 0.9, "b": 0.2, "c": 0.2}[model]
        history.append(Outcome(features, model, float(right), 0.0))
    portfolio = Portfolio((Arm("a"), Arm("b"), Arm("c")))
    random_one = QLearning(epsilon=1.0, decay=1.0, name="random")
    best, worst = replayed(history, [random_one, Thompson()], portfolio, 0.2)
    assert (best.policy, worst.policy) == ("thompson", "random")
    assert best.mean > 0.8 and len(best.means) == best.n
    assert may_take_over(worst, best)
    assert not may_take_over(best, worst)


def test_a_policy_takes_over_where_what_it_sees_counts() -> None:
    """LinUCB sees a traceback, the tallies of the default do not; where it says nothing, nobody wins."""

    def standings(counts: bool) -> dict[str, Standing]:
        rng = random.Random(3)
        history = []
        for _ in range(900):
            has_traceback, model = rng.random() < 0.5, rng.choice(["a", "b"])
            odds = (0.95 if (model == "b") == has_traceback else 0.2) if counts else 0.7
            features = TaskFeatures("fix", "python", 300, has_traceback=has_traceback)
            history.append(Outcome(features, model, float(rng.random() < odds), 0.01))
        portfolio = Portfolio((Arm("a"), Arm("b")))
        return {one.policy: one for one in replayed(history, [Thompson(), LinUcb()], portfolio, 0.2)}

    found = standings(True)
    assert may_take_over(found["thompson"], found["linucb"])
    assert not may_take_over(found["linucb"], found["thompson"])
    even = standings(False)
    assert not may_take_over(even["thompson"], even["linucb"])
    assert not may_take_over(even["linucb"], even["thompson"])


def test_each_policy_is_called_what_the_settings_call_it() -> None:
    assert [named.name for name in ROUTINGS if (named := policy_named(name)) is not None] == list(
        ROUTINGS[1:]
    )
    assert policy_named("off") is None and policy_named("nonsense") is None


def test_nobody_takes_over_on_little_evidence() -> None:
    assert not may_take_over(Standing("a", 0.1, 0.01, 99, ()), Standing("b", 0.9, 0.01, 99, ()))


def test_an_empty_history_has_no_winner() -> None:
    (standing,) = replayed([], [Thompson()], Portfolio((Arm("a"),)), 0.2)
    assert standing.n == 0
    assert not may_take_over(standing, standing)
