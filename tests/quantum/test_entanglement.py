"""Parts that must agree are chosen together."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monkey_coder.quantum.entanglement import entangled

ODDS = st.floats(-5, 5, allow_nan=False)


def apart(i: int, a: int, j: int, b: int) -> float:
    return 0.0 if a == b else -4.0


def test_the_best_of_each_is_given_up_where_they_do_not_agree() -> None:
    joint = entangled([[2.0, 1.0], [0.0, 1.5]], apart)
    assert joint is not None
    assert (joint.choice, joint.log_odds) == ((1, 1), 2.5)


def test_without_a_version_there_is_no_whole() -> None:
    assert entangled([], apart) is None
    assert entangled([[1.0], []], apart) is None


def test_an_agreement_that_adds_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 0"):
        entangled([[0.0], [0.0]], lambda *_: 1.0)


@given(st.lists(st.lists(ODDS, min_size=1, max_size=4), min_size=1, max_size=4), st.randoms())
def test_it_is_the_best_of_the_whole_product(parts: list[list[float]], random: object) -> None:
    pairs = {
        (i, a, j, b): -random.random() * 5  # type: ignore[attr-defined]
        for i, j in itertools.combinations(range(len(parts)), 2)
        for a in range(len(parts[i]))
        for b in range(len(parts[j]))
    }

    def worth(choice: tuple[int, ...]) -> float:
        own = sum(odds[one] for odds, one in zip(parts, choice, strict=True))
        together = itertools.combinations(enumerate(choice), 2)
        return own + sum(pairs[i, a, j, b] for (i, a), (j, b) in together)

    best = max(map(worth, itertools.product(*(range(len(odds)) for odds in parts))))
    joint = entangled(parts, lambda *key: pairs[key])
    assert joint is not None
    assert joint.log_odds == pytest.approx(best)
    assert worth(joint.choice) == pytest.approx(best)


def test_a_huge_product_ends_all_the_same() -> None:
    parts = [[0.0, -0.001, -0.002, -0.003]] * 40
    joint = entangled(parts, lambda i, a, j, b: -1.0 if (a + b + i) % 3 else 0.0, tries=500)
    assert joint is not None
    assert len(joint.choice) == 40
