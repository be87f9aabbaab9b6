"""Which strategy the outcomes speak for."""

from __future__ import annotations

import pytest

from monkey_coder.foresight.projection import Amount
from monkey_coder.foresight.strategies import Prospect, prefer


def prospect(name: str, good: float, bad: float, usd: float | None = 0.01) -> Prospect:
    cost = None if usd is None else Amount(usd, usd / 2, usd * 2)
    return Prospect(name, 1 + good, 1 + bad, good + bad, cost)


def test_without_a_history_it_is_the_plain_way_and_nothing_is_said() -> None:
    found = prefer([prospect("direct", 0, 0), prospect("sequential", 0, 0), prospect("parallel", 0, 0, None)])
    assert (found.strategy, found.why) == ("direct", "")


@pytest.mark.parametrize(
    ("other", "taken"),
    [
        (prospect("sequential", 28, 2), True),
        (prospect("sequential", 28, 2, 3.0), False),  # Better, but not worth its price.
        (prospect("sequential", 28, 2, None), False),  # Nobody knows its price.
        (prospect("sequential", 2, 0), False),  # Too few outcomes.
        (prospect("sequential", 16, 14), False),  # No better than it was before.
        (prospect("sequential", 3, 2), False),  # Better so far, but that may be chance.
    ],
)
def test_another_is_taken_only_where_it_surely_pays(other: Prospect, *, taken: bool) -> None:
    found = prefer([prospect("direct", 16, 14), other, prospect("cascade", 2, 20)])
    assert (found.strategy == "sequential") is taken
    assert ("good answers over 30 like it" in found.why) is taken


def test_of_several_that_pay_the_one_worth_most_is_taken() -> None:
    many = [prospect("direct", 10, 30), prospect("parallel", 30, 10, 0.9), prospect("cascade", 30, 10, 0.02)]
    assert prefer(many).strategy == "cascade"


def test_there_must_be_a_strategy() -> None:
    with pytest.raises(ValueError, match="no strategy"):
        prefer([])
