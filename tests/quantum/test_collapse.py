"""Candidates side by side: equal ones reinforce each other, evidence decides, and it is said why."""

from __future__ import annotations

import dataclasses
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monkey_coder.quantum.candidate import RAISED, Candidate, Evidence
from monkey_coder.quantum.collapse import collapse
from monkey_coder.quantum.interference import classes, distinguishing_input, telling_inputs
from monkey_coder.quantum.measurement import NAMES, centred, measure
from monkey_coder.quantum.producers import (
    Producers,
    amplitude,
    dump_producers,
    learn_producer,
    load_producers,
)
from monkey_coder.quantum.weights import LEARNED, fit_ranking, fit_sure

evidence = st.builds(
    Evidence,
    st.booleans(),
    st.lists(st.booleans(), min_size=2, max_size=2).map(tuple),
    st.lists(st.sampled_from(["1", "2", RAISED + "E"]), min_size=3, max_size=3).map(tuple),
    st.sampled_from(["", "x", "y"]),
    st.integers(0, 500),
)
several = st.lists(st.tuples(st.sampled_from(["a", "b"]), evidence), min_size=1, max_size=8).map(
    lambda pairs: [Candidate(str(i), producer, found) for i, (producer, found) in enumerate(pairs)]
)


def candidates(*found: Evidence) -> list[Candidate]:
    return [Candidate(str(i), "model", one) for i, one in enumerate(found)]


def kept(*found: Evidence) -> str:
    chosen = collapse(candidates(*found), Producers())
    assert chosen is not None
    return chosen.candidate.id


def test_nothing_to_choose_from() -> None:
    assert collapse([], Producers()) is None


def test_one_candidate_is_kept_whatever_it_is() -> None:
    assert kept(Evidence(parses=False)) == "0"


def test_the_majority_by_outputs_wins_though_each_is_written_differently() -> None:
    assert kept(
        Evidence(outputs=("1", "2"), structure="a"),
        Evidence(outputs=("1", "9"), structure="b"),
        Evidence(outputs=("1", "2"), structure="c"),
    ) in ("0", "2")


def test_without_outputs_the_majority_by_structure_wins() -> None:
    found = [Evidence(structure=key) for key in ("odd", "same", "same", "other")]
    assert kept(*found) == "1"


def test_an_example_outweighs_the_majority() -> None:
    wrong = Evidence(examples=(False,), outputs=("1",))
    assert kept(wrong, wrong, wrong, Evidence(examples=(True,), outputs=("2",))) == "3"


def test_what_does_not_parse_never_wins_against_what_does() -> None:
    broken = Evidence(parses=False, structure="same")
    assert kept(broken, broken, broken, Evidence(structure="alone")) == "3"


def test_a_producer_with_a_record_wins_where_all_else_is_equal() -> None:
    state = Producers()
    for _ in range(20):
        state = learn_producer(learn_producer(state, "good", True), "bad", False)
    pair = [Candidate("0", "bad", Evidence(structure="x")), Candidate("1", "good", Evidence(structure="y"))]
    chosen = collapse(pair, state)
    assert chosen is not None and chosen.candidate.id == "1"


def test_inputs_on_which_most_raise_are_left_out() -> None:
    found = candidates(
        Evidence(outputs=("1", RAISED + "a")),
        Evidence(outputs=("1", RAISED + "b")),
        Evidence(outputs=("1", "5")),
    )
    assert telling_inputs(found) == (0,)
    assert len(set(classes(found))) == 1


def test_why_names_examples_and_agreement() -> None:
    same = Evidence(examples=(True, True), outputs=("1",))
    chosen = collapse(candidates(same, same, Evidence(examples=(False, True), outputs=("2",))), Producers())
    assert chosen is not None
    assert chosen.why == (
        "model, passes 2 of 2 examples, gives the same outputs as 1 of the 2 others, "
        "1 did worse on the examples or do not parse, 2 different answers in all"
    )
    assert [c.id for c in chosen.equals] == ["1"]


def test_of_equals_the_shortest_is_kept() -> None:
    same = Evidence(outputs=("1",), length=100)
    found = [dataclasses.replace(same, length=length) for length in (101, 100, 101)]
    assert kept(*found) == "1"


def test_the_input_that_splits_most_is_found() -> None:
    found = candidates(*[Evidence(outputs=("1", str(i % 2), "1" if i else "2")) for i in range(6)])
    assert distinguishing_input(found) == 1
    assert distinguishing_input(candidates(Evidence(outputs=("1",)), Evidence(outputs=("1",)))) is None


@settings(max_examples=80, deadline=None)
@given(several)
def test_classes_partition_and_the_choice_is_one_of_them(found: list[Candidate]) -> None:
    chosen = collapse(found, Producers())
    assert chosen is not None
    assert chosen.candidate in found
    assert 0 < chosen.probability < 1
    assert len(chosen.amplitudes) == len(found)
    keys = classes(found)
    mine = keys[found.index(chosen.candidate)]
    assert {c.id for c in chosen.equals} == {
        c.id for c, key in zip(found, keys, strict=True) if key == mine and c is not chosen.candidate
    }
    assert all(len(row) == len(NAMES) for row in measure(found, Producers()))


@settings(max_examples=60, deadline=None)
@given(several, st.integers(0, 99))
def test_the_order_of_candidates_does_not_change_the_amplitudes(found: list[Candidate], seed: int) -> None:
    shuffled = random.Random(seed).sample(found, len(found))
    one, other = collapse(found, Producers()), collapse(shuffled, Producers())
    assert one is not None and other is not None
    by_id = dict(zip([c.id for c in shuffled], other.amplitudes, strict=True))
    assert [by_id[c.id] for c in found] == pytest.approx(list(one.amplitudes))


@given(several)
def test_centred_evidence_adds_up_to_nothing(found: list[Candidate]) -> None:
    for column in zip(*centred(measure(found, Producers())), strict=True):
        assert sum(column) == pytest.approx(0, abs=1e-9)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=40))
def test_amplitudes_are_bounded_and_rise_with_success(events: list[tuple[str, bool]]) -> None:
    state = Producers()
    for producer, right in events:
        before = amplitude(state, producer)
        state = learn_producer(state, producer, right)
        assert (amplitude(state, producer) >= before - 1e-12) == right or amplitude(state, producer) == before
    assert all(-3 < amplitude(state, producer) < 3.5 for producer in "abcd")
    assert load_producers(dump_producers(state)) == (state, "")


@pytest.mark.parametrize("data", [3, {"a": 1}, {"a": [1, -1]}, {"a": [float("nan"), 0]}, None])
def test_a_damaged_record_starts_anew_and_says_so(data: object) -> None:
    state, message = load_producers(data)
    assert state == Producers() and "starts anew" in message


def test_weights_are_learned_from_sets_that_tell() -> None:
    rng = random.Random(0)
    sets = []
    for _ in range(60):
        right = [rng.random() < 0.5 for _ in range(6)]
        rows = [[float(good if i == 1 else rng.random()) for i in range(len(NAMES))] for good in right]
        sets.append((centred(rows), right))
    learned = fit_ranking(sets)
    assert learned[1] > 1 > max(abs(weight) for i, weight in enumerate(learned) if i != 1)
    assert fit_ranking([([[0.0] * len(NAMES)], [True])]) == (0.0,) * len(NAMES)


def test_certainty_is_learned() -> None:
    learned = fit_sure([[float(i % 2)] for i in range(40)], [i % 2 == 1 for i in range(40)])
    assert learned[0] < 0 < learned[1]


def test_shipped_weights_fit_the_evidence() -> None:
    assert len(LEARNED.ranking) == len(NAMES)
    assert len(LEARNED.sure) == 5


def test_a_choice_among_eight_takes_at_most_two_milliseconds() -> None:
    rng = random.Random(0)
    found = [
        Evidence(True, (True,), tuple(rng.choice("123") for _ in range(40)), str(i), 100 + i)
        for i in range(8)
    ]
    times = []
    for _ in range(30):
        began = time.perf_counter()
        collapse(candidates(*found), Producers())
        times.append(time.perf_counter() - began)
    assert min(times) < 0.002
