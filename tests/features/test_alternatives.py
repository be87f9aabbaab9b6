"""Other ways to write a function: from structure, from models, and what is refused."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

import pytest
from tests.scripted import ScriptedModel

from monkey_coder.core.documents import Document, Span
from monkey_coder.core.errors import InputError
from monkey_coder.core.kit import Kit
from monkey_coder.core.model import Event, Finished, FinishReason, Request, TextDelta
from monkey_coder.features.alternatives import Alternatives, alternatives
from monkey_coder.features.rewrites import rewrites

CODE = '''\
def doubled(numbers, limit):
    """Return the doubles of the small ones.

    >>> doubled([1, 9], 5)
    [2]
    """
    if limit < 0:
        raise ValueError("limit")
    found = []
    for number in numbers:
        if number < limit:
            found.append(number * 2)
    if found:
        return found
    else:
        return []


def other(values):
    return [value for value in values if value]
'''
BODY = CODE[: CODE.index("\n\n\ndef other") + 1]


def kit(*models: ScriptedModel) -> Kit:
    offline = ScriptedModel([], name="offline")
    first = models[0] if models else offline
    return Kit(first, first, offline, time.monotonic, alternative_models=models)


def says(name: str, *texts: str) -> ScriptedModel:
    return ScriptedModel(
        [(TextDelta(f"```python\n{text}```\n"), Finished(FinishReason.STOP, name)) for text in texts], name
    )


async def found(*models: ScriptedModel, code: str = CODE, at: str = "found = []") -> Alternatives:
    place = code.index(at)
    return await alternatives(kit(*models), Document("file:///a.py", "python", 1, code), Span(place, place))


async def test_without_a_model_structure_allows_an_early_return_and_a_comprehension() -> None:
    given = await found()
    assert given.name == "doubled"
    assert {one.producer for one in given.found} == {"structure"}
    texts = [one.new_text for one in given.found]
    assert any("found = [number * 2 for number in numbers if number < limit]" in text for text in texts)
    assert any("        return found\n    return []\n" in text for text in texts)
    for one in given.found:
        names: dict[str, object] = {}
        exec(one.new_text, names)
        assert names["doubled"]([1, 9, 2], 5) == [2, 4]  # type: ignore[operator]
        assert one.new_text.endswith(CODE[CODE.index("def other") :])
    assert "simpler" in " ".join(one.trade_off for one in given.found)


async def test_each_model_writes_its_own_part_and_what_loses_the_theme_is_refused() -> None:
    body = BODY.index("    found = []")
    idiom = BODY[:body] + "    return [number * 2 for number in numbers if number < limit]\n"
    other = BODY.replace("numbers, limit", "numbers, limit=5")
    a = says("a", other, other)
    b = says("b", idiom)
    given = await found(a, b)
    assert {request.task.instruction.split(".")[0] for request in (*a.requests, *b.requests)} == {
        "Rewrite this in the most straightforward way: plain steps, no cleverness",
        "Rewrite this in the language's own idiom, as its experts would write it",
        "Rewrite this with another algorithm or data structure than it uses now",
    }
    assert any(one.producer == "b" for one in given.found)
    assert any("a, straightforward: it changes the signature" in why for why in given.refused)
    assert len(given.refused) == 2


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('        raise ValueError("limit")\n', "        return []\n", "it does not raise ValueError"),
        ("    [2]\n", "    [3]\n", ""),
        (">>> doubled([1, 9], 5)", ">>> doubled([1], 5)", "it changes the examples"),
        ("def doubled", "def tripled", "it changes the signature"),
    ],
)
async def test_what_must_be_kept(old: str, new: str, why: str) -> None:
    assert old in BODY
    given = await found(says("m", *[BODY.replace(old, new)] * 3))
    assert any(why in one for one in given.refused) if why else not given.refused


async def test_a_comment_is_never_lost() -> None:
    code = CODE.replace(
        "        if number < limit:\n", "        # Only small ones.\n        if number < limit:\n"
    )
    for one in (await found(code=code)).found:
        assert "# Only small ones." in one.new_text


async def test_outside_of_a_function_the_user_is_told_what_to_do() -> None:
    with pytest.raises(InputError, match="put the cursor into one"):
        await found(code="x = 1\n", at="x")


def test_only_python_is_rewritten_by_rule() -> None:
    document = Document("file:///a.js", "javascript", 1, "function f() { return 1 }\n")
    assert rewrites(document, Span(0, 10)) == ()


async def test_the_same_answer_counts_once() -> None:
    same = says("m", *[BODY.replace("    else:\n        return []\n", "    return []\n")] * 3)
    texts: Sequence[str] = [one.new_text for one in (await found(same)).found]
    assert len(set(texts)) == len(texts)
    assert replace(kit(same), alternative_models=()).model is same


async def test_a_model_that_stalls_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stalled(ScriptedModel):
        is_stopped = False

        async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
            try:
                await asyncio.Event().wait()
            finally:
                self.is_stopped = True
            yield TextDelta("never")

    monkeypatch.setattr("monkey_coder.features.alternatives._LEAST_S", 0.0)
    stalled = Stalled([], "stalled")
    quick = says("quick", *[BODY.replace("number * 2", "2 * number")] * 2)
    found = await alternatives(kit(quick, stalled), *at("found"))
    assert [why for why in found.refused if why.startswith("stalled")] == [
        "stalled, idiomatic: it took too long"
    ]
    assert stalled.is_stopped
    assert found.found


async def test_the_last_line_with_its_end_is_in_the_function() -> None:
    last = CODE.index("        return []")
    span = Span(last, CODE.index("\n", last) + 1)
    document = Document("file:///a.py", "python", 1, CODE)
    assert (await alternatives(kit(), document, span)).name == "doubled"
