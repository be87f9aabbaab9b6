"""Votes: what is carried has the most, a tie carries nothing, and the minority is kept."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monkey_coder.communication.consensus import Rule, Vote, decide, weight_of
from monkey_coder.core.errors import InputError

VOTES = st.lists(
    st.builds(Vote, st.sampled_from("abcdefg"), st.sampled_from("xyz"), st.floats(0, 10)), max_size=12
)


def test_heads_and_weights_may_decide_differently() -> None:
    votes = [Vote("a", "x", 5.0), Vote("b", "y", 1.0, "it is shorter"), Vote("c", "y", 1.0)]
    by_heads = decide(votes, Rule.MAJORITY)
    assert (by_heads.choice, by_heads.minority) == ("y", (votes[0],))
    by_weight = decide(votes, Rule.WEIGHTED)
    assert by_weight.choice == "x"
    assert by_weight.minority == (votes[1], votes[2])
    assert by_weight.support == pytest.approx(5 / 7)


def test_a_tie_and_a_missing_quorum_decide_nothing() -> None:
    votes = [Vote("a", "x"), Vote("b", "y")]
    assert decide(votes, Rule.MAJORITY).choice is None
    assert decide(votes, Rule.QUORUM, quorum=2).why == "a tie"
    verdict = decide(votes[:1], Rule.QUORUM, quorum=2)
    assert (verdict.choice, verdict.why) == (None, "1 voted, 2 are needed")
    assert decide([], Rule.WEIGHTED).choice is None


def test_the_later_vote_of_one_voter_counts() -> None:
    assert decide([Vote("a", "x"), Vote("a", "y")], Rule.MAJORITY).choice == "y"


def test_a_weight_is_the_log_odds_of_being_right() -> None:
    assert weight_of(0.75) == pytest.approx(math.log(3))
    assert weight_of(0.5) == weight_of(0.2) == weight_of(0.0) == 0.0
    assert math.isfinite(weight_of(1.0))
    with pytest.raises(InputError):
        decide([Vote("a", "x", -1.0)], Rule.WEIGHTED)


@given(VOTES, st.sampled_from(Rule), st.integers(0, 5))
def test_every_vote_is_either_for_what_was_decided_or_kept(
    votes: list[Vote[str]], rule: Rule, quorum: int
) -> None:
    verdict = decide(votes, rule, quorum=quorum)
    cast = list({vote.voter: vote for vote in votes}.values())
    carried = [vote for vote in cast if vote.choice == verdict.choice]
    assert sorted(map(id, [*carried, *verdict.minority])) == sorted(map(id, cast))
    assert 0.0 <= verdict.support <= 1.0
