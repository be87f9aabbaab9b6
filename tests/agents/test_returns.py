"""What personas return is believed only if it is what they must return."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monkey_coder.agents.returns import BadReturnError, Plan, Review, plan_of, review_of

PLAN: dict[str, Any] = {"steps": ["one"], "files": ["a.py"], "risks": []}
REVIEW: dict[str, Any] = {"verdict": "keep", "confidence": 0.5, "defects": []}


def test_a_plan_may_stand_in_a_fence_or_between_words() -> None:
    for around in ("{}", "```json\n{}\n```", "Here it is: {} I hope it helps."):
        assert plan_of(around.replace("{}", json.dumps(PLAN))) == Plan(("one",), ("a.py",))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "one JSON object"),
        ("{", "one JSON object"),
        ("[" * 100_000 + "{}", "steps"),
        ('{"steps": [' + "[" * 50_000 + "]}", "does not parse"),
        (json.dumps(PLAN | {"steps": []}), "is empty"),
        (json.dumps(PLAN | {"steps": "one"}), "list of texts"),
        (json.dumps(PLAN | {"files": None}), "list of texts"),
    ],
)
def test_what_is_no_plan_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(BadReturnError, match=why):
        plan_of(text)


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "maybe"},
        {"confidence": 2},
        {"confidence": "high"},
        {"confidence": True},
        {"confidence": float("nan")},
        {"defects": {}},
        {"defects": ["slow"]},
        {"defects": [{"remedy": ""}]},
        {"verdict": "rework"},
    ],
)
def test_what_is_no_review_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadReturnError):
        review_of(json.dumps(REVIEW | change))


def test_texts_are_cut_and_stripped_of_what_controls_a_terminal() -> None:
    found = plan_of(json.dumps(PLAN | {"steps": ["\x1b[31mred" + "x" * 1000] * 50}))
    assert len(found.steps) == 12
    assert len(found.steps[0]) == 400
    assert "\x1b" not in found.steps[0]


@given(st.text() | st.dictionaries(st.text(), st.none() | st.booleans() | st.text()).map(json.dumps))
def test_nothing_else_than_a_bad_return_is_raised(text: str) -> None:
    for parse in (plan_of, review_of):
        with contextlib.suppress(BadReturnError):
            assert isinstance(parse(text), Plan | Review)
