"""Alternatives are run against the examples and the tests of the function, where the user trusts them."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.features.test_alternatives import BODY, CODE, kit, says

from monkey_coder.core.documents import Document, Span
from monkey_coder.features.alternatives import Alternatives, alternatives

TESTS = """\
from a import doubled


def test_doubled():
    assert doubled([1, 2], 2) == [2]
    assert doubled([1, 2], 9) == [2, 4]


def test_of_before():
    assert doubled([], 1) == []
"""
# Keeps signature, examples and errors, and does something else for two numbers.
WRONG = BODY.replace("number * 2", "numbers[0] * 2")
PROJECT = {"a.py": CODE, "test_a.py": TESTS, "test_b.py": "def test_b():\n    assert False\n"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VIRTUAL_ENV", str(Path(sys.executable).parent.parent))
    for name, text in PROJECT.items():
        (tmp_path / name).write_text(text)
    return tmp_path


async def given(folder: Path, *texts: str, trusted: bool = True, code: str = CODE) -> Alternatives:
    model = says("m", *(texts or [BODY] * 3))
    path = folder / "a.py"
    document = Document(path.as_uri(), "python", 1, code, str(path), str(folder))
    at = code.index("found = []")
    trust = frozenset({str(folder)} if trusted else ())
    return await alternatives(replace(kit(model), trusted_folders=trust), document, Span(at, at))


async def test_what_is_shown_was_run_and_says_what_passed(folder: Path) -> None:
    found = (await given(folder)).found
    assert found
    assert {one.verified for one in found} == {("4 examples pass", "2 tests pass")}


async def test_what_fails_an_example_of_the_tests_is_refused_with_it(folder: Path) -> None:
    one = await given(folder, WRONG, BODY, BODY)
    assert "m" not in {each.producer for each in one.found}
    assert "m, straightforward: the example `doubled([1, 2], 9)` gives [2, 2], not [2, 4]" in one.refused


async def test_without_trust_nothing_is_run_and_nothing_is_said_to_be_verified(folder: Path) -> None:
    one = await given(folder, WRONG, BODY, BODY, trusted=False)
    assert not any(each.verified for each in one.found)
    assert not one.refused


async def test_what_fails_already_proves_nothing(folder: Path) -> None:
    (folder / "test_a.py").write_text(TESTS.replace("== [2]", "== [3]"))
    found = (await given(folder)).found
    assert {one.verified for one in found} == {("3 examples pass",)}
