"""What one candidate learned is told to those that begin after it."""

from __future__ import annotations

import pytest

from monkey_coder.quantum.candidate import Evidence
from monkey_coder.quantum.synapses import Finding, told


def ran(*outputs: str, problem: str = "") -> Finding:
    inputs = tuple(f"f({i})" for i in range(len(outputs)))
    return Finding(Evidence(outputs=outputs), problem, inputs)


@pytest.mark.parametrize(
    "findings", [[], [Finding(Evidence())], [ran("1"), ran("1")], [ran("1"), ran("1", "2")]]
)
def test_where_nothing_was_learned_nothing_is_told(findings: list[Finding]) -> None:
    assert told(findings) == ""


def test_a_mistake_that_several_made_is_told_once() -> None:
    said = told([Finding(Evidence(), "it does not parse")] * 2 + [Finding(Evidence(), "it loops")])
    assert said.splitlines()[1:] == ["- it does not parse (2 answers)", "- it loops"]


def test_the_input_that_tells_answers_apart_is_told_with_what_each_gives() -> None:
    said = told([ran("1", "2", "0"), ran("1", "3", "0"), ran("1", "!ValueError", "0"), ran("1", "2", "0")])
    assert "differ on `f(1)`" in said
    assert "`2` (2 answers); `3`; it raises ValueError" in said
    assert "f(0)" not in said


def test_what_holds_for_all_is_told_once() -> None:
    found = Finding(Evidence(), learned=("the test `test_a` fails before any change",))
    assert told([found, found]).count("test_a") == 1
