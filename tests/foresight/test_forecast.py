"""Odds, prices and risks with their intervals, in words, and how well they came true."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monkey_coder.foresight.beta import chance, cumulative, quantile
from monkey_coder.foresight.calibration import calibration
from monkey_coder.foresight.forecast import Forecast, in_sequence, price_words
from monkey_coder.foresight.kept import Habits, Reply, dump_habits, learn_kept, load_habits, p_kept
from monkey_coder.foresight.mcts import search
from monkey_coder.foresight.posterior import Record, dump_record, learn_success, load_record, success
from monkey_coder.foresight.projection import (
    Amount,
    Amounts,
    dump_amounts,
    learn_amount,
    load_amounts,
    project,
)
from monkey_coder.foresight.risk import Failures, dump_failures, learn_failures, load_failures, risks
from monkey_coder.foresight.state import restore_state, save_state

counts = st.floats(0.05, 400)


def test_the_incomplete_beta_function_has_its_known_values() -> None:
    assert cumulative(1, 1, 0.3) == pytest.approx(0.3)
    assert cumulative(2, 3, 0.4) == pytest.approx(0.5248)
    assert cumulative(0.5, 0.5, 0.25) == pytest.approx(1 / 3)
    assert cumulative(30, 10, 0.7) == pytest.approx(0.2263, abs=0.02)


@settings(max_examples=60, deadline=None)
@given(counts, counts, st.floats(0.01, 0.99))
def test_quantiles_undo_the_distribution_and_intervals_hold_the_middle(a: float, b: float, at: float) -> None:
    assert cumulative(a, b, quantile(a, b, at)) == pytest.approx(at, abs=1e-4) or min(a, b) < 1
    found = chance(a, b)
    assert 0 <= found.low <= quantile(a, b, 0.5) <= found.high <= 1


@given(counts, counts, st.floats(0, 1), st.floats(0, 1))
def test_the_distribution_never_falls(a: float, b: float, x: float, y: float) -> None:
    low, high = sorted((x, y))
    assert 0 <= cumulative(a, b, low) <= cumulative(a, b, high) + 1e-9 <= 1 + 1e-8


def test_odds_borrow_from_above_and_narrow_with_evidence() -> None:
    unknown = success(Record(), "edit", "a", "direct")
    assert unknown.low < 0.1 and unknown.high > 0.9
    state = Record()
    for _ in range(30):
        state = learn_success(state, "edit", "a", "direct", 1.0)
        state = learn_success(state, "edit", "b", "direct", 0.0)
    known = success(state, "edit", "a", "direct")
    elsewhere = success(state, "chat", "a", "cascade")
    assert known.mean > 0.9 and known.high - known.low < 0.15
    assert 0.6 < elsewhere.mean < known.mean
    assert success(state, "edit", "b", "direct").mean < 0.1
    assert elsewhere.high - elsewhere.low > known.high - known.low


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.floats(allow_nan=True)), max_size=9)
)
def test_odds_are_odds_whatever_was_learned(events: list[tuple[str, str, float]]) -> None:
    state = Record()
    for kind, model, quality in events:
        state = learn_success(state, kind, model, "direct", quality)
    for model in "xyz":
        found = success(state, "a", model, "direct")
        assert 0 <= found.low <= found.mean <= found.high <= 1
    assert load_record(json.loads(json.dumps(dump_record(state)))) == state


def test_costs_follow_what_was_paid_and_intervals_hold_nine_of_ten() -> None:
    rng = random.Random(0)
    state = Amounts()
    assert project(state, "edit/a") is None
    first = project(state, "edit/a", guess=0.5)
    assert first is not None and first.low < 0.2 and first.high > 1
    inside = 0
    for i in range(400):
        amount = 0.01 * math.exp(rng.gauss(0, 0.5))
        known = project(state, "edit/a", guess=0.02)
        if i >= 50 and known is not None:
            inside += known.low <= amount <= known.high
        state = learn_amount(state, "edit/a", amount)
    assert 0.85 < inside / 350 < 0.96
    final = project(state, "edit/a", guess=0.02)
    assert final is not None and final.middle == pytest.approx(0.01, rel=0.2)
    assert load_amounts(json.loads(json.dumps(dump_amounts(state)))) == state


def test_what_is_free_stays_free_and_nonsense_teaches_nothing() -> None:
    assert project(Amounts(), "offline", guess=0.0) == Amount(0.0, 0.0, 0.0)
    for amount in (math.nan, math.inf, -1.0, 0.0):
        assert learn_amount(Amounts(), "a", amount) == Amounts()


def test_a_forecast_says_it_in_one_line() -> None:
    forecast = Forecast(chance(84, 16, n=100), Amount(0.012, 0.004, 0.03), Amount(8.4, 4, 20), 2)
    assert forecast.words == "≈ $0.012 (0.004–0.03), 84% [78–90] to pass the checks, 2 files, about 8.4 s"
    assert price_words(None) == "price unknown"
    assert price_words(Amount(0, 0, 0)) == "free"
    assert price_words(Amount(1234.5, 100, 3000)) == "≈ $1234 (100–3000)"
    assert price_words(Amount(0.00001234, 1e-6, 0.1)) == "≈ $0.000012 (0.000001–0.1)"


def test_a_forecast_names_the_likeliest_risk() -> None:
    state = Failures()
    for i in range(40):
        state = learn_failures(state, "edit", "a", ["does not parse"] if i % 4 == 0 else [])
    (risk,) = risks(state, "edit", "a")
    assert 0.18 < risk.chance.mean < 0.28
    assert Forecast(chance(1, 1), risks=(risk,)).words.endswith("risk: does not parse")
    assert risks(Failures(), "edit", "a") == ()
    assert load_failures(json.loads(json.dumps(dump_failures(state)))) == state


def test_costs_in_sequence_add_up_and_unknown_ones_spoil_it() -> None:
    assert in_sequence(Amount(1, 0.5, 2), Amount(2, 1, 4)) == Amount(3, 1.5, 6)
    assert in_sequence(Amount(1, 0.5, 2), None) is None
    assert in_sequence() is None


def test_calibration_of_honest_and_of_boastful_forecasts() -> None:
    rng = random.Random(0)
    said = [rng.random() for _ in range(3_000)]
    happened = [rng.random() < p for p in said]
    honest = calibration(said, happened)
    boastful = calibration([min(1.0, p + 0.3) for p in said], happened)
    assert honest.error < 0.04 < boastful.error
    assert honest.brier < boastful.brier and honest.log_loss < boastful.log_loss
    assert sum(cell.n for cell in honest.bins) == 3_000
    assert calibration([], []).words == "no forecast has been tested yet"
    with pytest.raises(ValueError, match="argument"):
        calibration([0.5], [])


REPLY = Reply("rename it", 1, 0, 1, 3, 2, 900, 80)


def test_keeping_in_runs_is_learned() -> None:
    rng = random.Random(1)
    state, kept, losses, flat = Habits(), True, [], []
    for i in range(300):
        kept = kept if rng.random() < 0.85 else not kept
        p = p_kept(state, REPLY)
        if i >= 60:
            losses.append(-math.log(p if kept else 1 - p))
            flat.append(math.log(2))
        state = learn_kept(state, REPLY, kept)
    assert sum(losses) < 0.8 * sum(flat)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.builds(
                Reply,
                st.text(max_size=20),
                st.integers(0, 9),
                st.integers(0, 3),
                st.integers(0, 9),
                st.integers(-3, 10**6),
                st.integers(0, 10**6),
            ),
            st.booleans(),
        ),
        max_size=15,
    )
)
def test_odds_of_keeping_are_odds_and_the_state_survives_json(events: list[tuple[Reply, bool]]) -> None:
    state = Habits()
    for reply, kept in events:
        assert 0 < p_kept(state, reply) < 1
        state = learn_kept(state, reply, kept)
    again, message = restore_state("kept", save_state("kept", dump_habits(state)), load_habits, Habits())
    assert message == ""
    assert p_kept(again, REPLY) == p_kept(state, REPLY)
    assert all(
        reply.request not in save_state("kept", dump_habits(state))
        for reply, _ in events
        if len(reply.request) > 17
    )


def test_a_damaged_state_of_habits_starts_anew() -> None:
    data = dump_habits(learn_kept(Habits(), REPLY, True))
    data["experts"] = data["experts"][:1]
    state, message = restore_state("kept", save_state("kept", data), load_habits, Habits())
    assert state == Habits() and "starts anew" in message


class Ladder:
    """Climb a step for 0.1, or stop; at the fourth step lies a prize of 1, won half of the time."""

    def actions(self, position: int) -> Sequence[str]:
        return ("climb", "stop") if 0 <= position < 4 else ()

    def step(self, position: int, action: str, rng: random.Random) -> tuple[int, float]:
        if action == "stop":
            return -1, 0.0
        return position + 1, -0.1 + (position == 3 and rng.random() < 0.5)


def test_tree_search_sees_what_lies_several_steps_ahead() -> None:
    advice = search(Ladder(), 1, simulations=600, rng=random.Random(0))
    assert advice.action == "climb"
    assert 0.0 < advice.value < 0.3
    assert advice == search(Ladder(), 1, simulations=600, rng=random.Random(0))


def test_tree_search_at_the_end_has_no_advice() -> None:
    assert search(Ladder(), 4, simulations=10, rng=random.Random(0)).action is None
    assert search(Ladder(), 0, simulations=0, rng=random.Random(0)).action is None
