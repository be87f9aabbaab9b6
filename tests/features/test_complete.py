"""Ghost text: every request answered, a burst asks once, typing along asks no more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import replace

from tests.scripted import ScriptedModel

from monkey_coder.core.documents import Document
from monkey_coder.core.kit import Kit, Limits
from monkey_coder.core.model import Event, Finished, FinishReason, Request, TextDelta
from monkey_coder.features.complete import Completer, Trigger

STOP = Finished(FinishReason.STOP, "scripted")


def kit_with(model: object, *, quiet_s: float = 0.0) -> Kit:
    return Kit(model, model, model, time.monotonic, limits=Limits(quiet_s=quiet_s))  # type: ignore[arg-type]


def document(marked: str, version: int = 1) -> tuple[Document, int]:
    offset = marked.index("<|>")
    return Document("file:///a.py", "python", version, marked.replace("<|>", "")), offset


async def check(marked: str, *, says: str, expect: str | None) -> None:
    completer = Completer(kit_with(ScriptedModel([(TextDelta(says), STOP)])))
    answer = await completer.complete(*document(marked), Trigger.INVOKED)
    assert (answer.text if answer else None) == expect


async def test_suffix_overlap_is_removed() -> None:
    await check("print(<|>)\n", says="'hi')", expect="'hi'")


async def test_a_fence_is_removed() -> None:
    await check("x = <|>\n", says="```python\n1\n```\nDone.", expect="1")


async def test_what_stands_in_the_line_is_not_repeated() -> None:
    await check("    return <|>\n", says="    return x + 1", expect="x + 1")


async def test_what_follows_is_not_repeated() -> None:
    await check(
        "def f():\n    <|>\n    return total\n", says="total = 1\n    return total", expect="total = 1"
    )


async def test_nothing_but_space_is_no_suggestion() -> None:
    await check("x = 1<|>\n", says="  \n", expect=None)


async def test_a_cut_stream_is_no_suggestion() -> None:
    completer = Completer(kit_with(ScriptedModel([(TextDelta("half"),)])))
    assert await completer.complete(*document("x = <|>\n"), Trigger.INVOKED) is None


async def test_typing_along_a_suggestion_asks_no_more() -> None:
    model = ScriptedModel([(TextDelta("value + 1"), STOP)])
    completer = Completer(kit_with(model))
    for typed in ("", "v", "val", "value +", "val"):
        answer = await completer.complete(*document(f"x = {typed}<|>\n"), Trigger.AUTOMATIC)
        assert answer is not None
        assert typed + answer.text == "value + 1"
    assert len(model.requests) == 1


class SlowModel:
    name = "slow"

    def __init__(self) -> None:
        self.n_asked = 0
        self.n_closed = 0

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        self.n_asked += 1
        try:
            await asyncio.sleep(0.05)
            yield TextDelta("done")
            yield STOP
        finally:
            self.n_closed += 1


async def test_a_burst_is_answered_whole_and_asks_once() -> None:
    model = SlowModel()
    completer = Completer(kit_with(model, quiet_s=0.03))
    tasks = []
    for count in range(20):
        tasks.append(
            asyncio.ensure_future(completer.complete(*document("a" * count + "<|>\n"), Trigger.AUTOMATIC))
        )
        await asyncio.sleep(0)
    answers = await asyncio.gather(*tasks)
    assert answers[:-1] == [None] * 19
    assert answers[-1] is not None
    assert model.n_asked == 1


async def test_a_superseded_request_closes_its_stream() -> None:
    model = SlowModel()
    completer = Completer(kit_with(model))
    first = asyncio.ensure_future(completer.complete(*document("a<|>\n"), Trigger.INVOKED))
    await asyncio.sleep(0.01)
    second = await completer.complete(*document("ab<|>\n"), Trigger.INVOKED)
    assert await first is None
    assert second is not None
    assert (model.n_asked, model.n_closed) == (2, 2)


async def test_a_cancelled_request_is_cancelled() -> None:
    model = SlowModel()
    completer = Completer(kit_with(model))
    task = asyncio.ensure_future(completer.complete(*document("a<|>\n"), Trigger.INVOKED))
    await asyncio.sleep(0.01)
    task.cancel()
    (result,) = await asyncio.gather(task, return_exceptions=True)
    assert isinstance(result, asyncio.CancelledError)
    assert model.n_closed == 1


async def test_ghost_text_that_is_switched_off_comes_only_when_asked_for() -> None:
    model = ScriptedModel([(TextDelta("12"), STOP)])
    completer = Completer(replace(kit_with(model), suggests_unasked=False))
    assert await completer.complete(*document("x = <|>\n"), Trigger.AUTOMATIC) is None
    assert await completer.complete(*document("x = <|>\n"), Trigger.INVOKED) is not None


async def test_a_silent_language_gets_none() -> None:
    completer = Completer(replace(kit_with(ScriptedModel([])), silent_languages=frozenset({"python"})))
    assert await completer.complete(*document("x = <|>\n"), Trigger.INVOKED) is None


async def test_a_suggestion_that_saves_no_key_comes_only_when_asked_for() -> None:
    completer = Completer(kit_with(ScriptedModel([(TextDelta(":"), STOP), (TextDelta(":"), STOP)])))
    assert await completer.complete(*document("try<|>\n"), Trigger.AUTOMATIC) is None
    assert await completer.complete(*document("try<|>\n"), Trigger.INVOKED) is not None
