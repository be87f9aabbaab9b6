"""The same deterministic request is asked once."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.clocks import FakeClock
from tests.requests import STOP, request
from tests.scripted import ScriptedModel

from monkey_coder.core.errors import ProviderError, ProviderFault
from monkey_coder.core.model import (
    Event,
    Finished,
    FinishReason,
    Message,
    ReasoningDelta,
    Request,
    TaskKind,
    TextDelta,
    Tool,
    ToolCall,
    UsageReport,
    Warned,
)
from monkey_coder.usage.cached import AnswerStore, Cached, from_text, key_of, to_text

ASKED = request(temperature=0.0)
ANSWER = (ReasoningDelta("hm"), TextDelta("h"), TextDelta("i"), UsageReport(5, 5), STOP)
PLAYED = [ReasoningDelta("hm"), TextDelta("hi"), UsageReport(0, 0), STOP]


class Rig:
    def __init__(self, path: Path, *answers: tuple[Event, ...] | Exception, most_bytes: int = 10_000) -> None:
        self.time = FakeClock()
        self.store = AnswerStore(
            str(path / "answers.sqlite"), self.time.clock, most_bytes=most_bytes, most_age_s=60
        )
        self.inner = ScriptedModel(list(answers))
        self.model = Cached(self.inner, self.store)

    async def ask(self, asked: Request = ASKED) -> list[Event]:
        return [event async for event in self.model.stream(asked)]


async def test_the_second_time_it_comes_from_the_disk_and_costs_nothing(tmp_path: Path) -> None:
    rig = Rig(tmp_path, ANSWER)
    assert await rig.ask() == list(ANSWER)
    assert await rig.ask() == PLAYED
    rig.store.close()
    again = Rig(tmp_path)
    newer = replace(ASKED, task=replace(ASKED.task, document=replace(ASKED.task.document, version=2)))
    assert await again.ask(newer) == PLAYED
    again.store.close()


@pytest.mark.parametrize(
    "other",
    [
        request("Say ho.", temperature=0.0),
        request(temperature=0.0, max_tokens=5),
        request(temperature=0.0, kind=TaskKind.FIX),
        request(temperature=0.0, stop=("x",)),
        request(temperature=0.0, suffix=""),
        request(temperature=0.0, tools=(Tool("t", "", MappingProxyType({"type": "object"})),)),
        replace(ASKED, messages=(*ASKED.messages, Message("user", "\ud800"))),
        replace(ASKED, task=replace(ASKED.task, document=replace(ASKED.task.document, text="print(2)\n"))),
    ],
)
async def test_another_request_is_another_answer(tmp_path: Path, other: Request) -> None:
    rig = Rig(tmp_path, ANSWER, (STOP,))
    await rig.ask()
    assert await rig.ask(other) == [STOP]
    rig.store.close()


@pytest.mark.parametrize("asked", [request(), request(temperature=0.7)])
async def test_chance_is_not_cached(tmp_path: Path, asked: Request) -> None:
    rig = Rig(tmp_path, ANSWER, ANSWER)
    assert await rig.ask(asked) == await rig.ask(asked) == list(ANSWER)
    assert not (tmp_path / "answers.sqlite").exists()


@pytest.mark.parametrize(
    "failure",
    [
        ProviderError(ProviderFault.OVERLOADED, "No.", provider="p", model="m"),
        (TextDelta("cut"),),
        (TextDelta("I won't."), Finished(FinishReason.REFUSED, "m")),
        (Warned("b answers"), TextDelta("hi"), STOP),
    ],
    ids=["error", "cut", "refused", "fallback"],
)
async def test_a_failure_is_never_kept(tmp_path: Path, failure: tuple[Event, ...] | Exception) -> None:
    rig = Rig(tmp_path, failure, ANSWER)
    with contextlib.suppress(ProviderError):
        await rig.ask()
    assert await rig.store.size() == (0, 0)
    assert await rig.ask() == list(ANSWER)
    rig.store.close()


async def test_an_old_answer_is_not_given(tmp_path: Path) -> None:
    rig = Rig(tmp_path, ANSWER, (STOP,), (STOP,))
    await rig.ask()
    rig.time.wait(61)
    assert await rig.ask() == [STOP]
    rig.time.wait(-3600)
    assert await rig.ask() == [STOP], "what was made in the future is no younger"
    rig.store.close()


async def test_when_it_is_full_the_least_used_goes(tmp_path: Path) -> None:
    rig = Rig(tmp_path, *[(TextDelta("x" * 200), STOP)] * 6, most_bytes=1_100)
    for name in ("a", "b", "c", "a", "d", "e"):
        await rig.ask(request(name, temperature=0.0))
        rig.time.wait(1)
    n_answers, size = await rig.store.size()
    assert n_answers == 4 and size <= 1_100
    assert len(rig.inner.requests) == 5
    for name, is_known in (("a", True), ("c", True), ("b", False)):
        known = await rig.store.get(key_of("scripted", request(name, temperature=0.0)))
        assert (known is not None) is is_known
    await rig.store.clear()
    assert await rig.store.size() == (0, 0)
    rig.store.close()


async def test_a_huge_answer_does_not_push_out_all_others(tmp_path: Path) -> None:
    rig = Rig(tmp_path, (TextDelta("x" * 3_000), STOP))
    await rig.ask()
    assert await rig.store.size() == (0, 0)
    rig.store.close()


async def test_a_broken_store_costs_a_warning_and_not_the_answer(tmp_path: Path) -> None:
    (tmp_path / "answers.sqlite").write_bytes(b"no database" * 1_000)
    rig = Rig(tmp_path, ANSWER)
    warned, *events = await rig.ask()
    assert isinstance(warned, Warned) and "Move it away" in warned.message and events == list(ANSWER)
    rig.store.close()


TEXT = st.text(max_size=5)
EVENT = st.one_of(
    st.builds(TextDelta, TEXT),
    st.builds(ReasoningDelta, TEXT),
    st.builds(ToolCall, TEXT, TEXT, st.dictionaries(TEXT, st.integers() | TEXT, max_size=2)),
)


@settings(deadline=None)
@given(events=st.lists(EVENT, max_size=8))
def test_what_is_written_is_what_is_read(events: list[Event]) -> None:
    played = from_text(to_text([*events, STOP]))
    for kind in (TextDelta, ReasoningDelta):
        assert "".join(e.text for e in played if isinstance(e, kind)) == "".join(
            e.text for e in events if isinstance(e, kind)
        )
    assert [e for e in played if isinstance(e, ToolCall)] == [e for e in events if isinstance(e, ToolCall)]
    assert played[-2:] == [UsageReport(0, 0), STOP]
