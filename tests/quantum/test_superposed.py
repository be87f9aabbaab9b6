"""Several models at one request at once: who is kept, who is stopped, and what is said of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import pytest
from tests.clocks import in_virtual_time, loop_clock

from monkey_coder.core.documents import Document, Span
from monkey_coder.core.errors import InputError, MonkeyCoderError, ProviderError, ProviderFault
from monkey_coder.core.model import (
    Event,
    Finished,
    FinishReason,
    Message,
    Noted,
    Request,
    Task,
    TaskKind,
    TextDelta,
)
from monkey_coder.quantum.candidate import Evidence
from monkey_coder.quantum.race import Contender, Rules
from monkey_coder.quantum.superposed import Superposed
from monkey_coder.quantum.synapses import Finding

REQUEST = Request(
    Task(TaskKind.EDIT, Document("file:///p/a.py", "python", 1, "x"), Span(0, 1)), (Message("user", "do"),)
)
FOREVER = 10_000.0


@dataclass
class Paced:
    """A model that answers `text` after `after_s`, or fails."""

    name: str
    text: str = ""
    after_s: float = 1.0
    error: MonkeyCoderError | None = None
    finishes: bool = True
    requests: list[Request] = field(default_factory=list)
    is_closed: bool = False

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        self.requests.append(request)
        try:
            yield TextDelta(self.text[:1])
            await asyncio.sleep(self.after_s)
            if self.error is not None:
                raise self.error
            yield TextDelta(self.text[1:])
            if self.finishes:
                yield Finished(FinishReason.STOP, self.name)
        finally:
            self.is_closed = True


def refused(name: str) -> ProviderError:
    return ProviderError(ProviderFault.OVERLOADED, f"{name} is busy", provider=name, model=name)


async def judge(request: Request, events: tuple[Event, ...]) -> Finding:
    """Answers that begin with "bad" fail; the last letter tells variants of one answer apart."""
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    if text.startswith("bad"):
        return Finding(Evidence(parses=False), f"{text} does not parse")
    return Finding(Evidence(structure=text[:-1], length=len(text)))


async def race(
    *models: Paced, width: int = 3, temperature: float | None = None
) -> tuple[str, Finished, list[str], float]:
    """Return the answer, how it finished, what was said meanwhile, and how many seconds it took."""
    clock = loop_clock()
    began = clock.monotonic()
    superposed = Superposed([Contender(model, temperature) for model in models], judge, clock, width=width)
    async with aclosing(superposed.stream(REQUEST)) as stream:
        events = [event async for event in stream]
    finished = events[-1]
    assert isinstance(finished, Finished)
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    notes = [event.message for event in events if isinstance(event, Noted)]
    return text, finished, notes, clock.monotonic() - began


@in_virtual_time
async def test_one_fails_one_stalls_and_the_third_answers_without_waiting_for_it() -> None:
    a, b, c = Paced("a", error=refused("a")), Paced("b", "fine1", FOREVER), Paced("c", "good1", 4.0)
    text, finished, notes, took_s = await race(a, b, c)
    assert (text, finished.model) == ("good1", "c")
    assert took_s < 6.5
    assert b.is_closed
    assert "a failed: overloaded" in finished.why
    assert "b was stopped" in finished.why
    assert "3 candidates: a failed, b writing, c done" in notes


@in_virtual_time
async def test_two_fail_and_the_slow_third_is_waited_for() -> None:
    a, b, c = Paced("a", error=refused("a")), Paced("b", "bad1"), Paced("c", "good1", 60.0)
    text, finished, _, took_s = await race(a, b, c)
    assert (text, finished.model) == ("good1", "c")
    assert 60 <= took_s < 60.1
    assert "b failed: bad1 does not parse" in finished.why


@in_virtual_time
async def test_two_that_agree_are_kept_at_once_and_the_third_is_stopped() -> None:
    a, b, c = Paced("a", "same1", 3.0), Paced("b", "same2", 3.5), Paced("c", "other1", FOREVER)
    text, finished, _, took_s = await race(a, b, c)
    assert text.startswith("same")
    assert took_s < 3.6
    assert "is written like 1 of the 1 others" in finished.why
    assert c.is_closed


@in_virtual_time
async def test_two_that_do_the_same_settle_it_however_they_are_written() -> None:
    async def by_outputs(request: Request, events: tuple[Event, ...]) -> Finding:
        text = "".join(event.text for event in events if isinstance(event, TextDelta))
        return Finding(Evidence(structure=text, outputs=(text[-1],), length=len(text)), inputs=("f(1)",))

    models = Paced("a", "one way: 3", 3.0), Paced("b", "other: 3", 3.2), Paced("c", "never: 4", FOREVER)
    clock = loop_clock()
    began = clock.monotonic()
    superposed = Superposed([Contender(model) for model in models], by_outputs, clock)
    async with aclosing(superposed.stream(REQUEST)) as stream:
        finished = [event async for event in stream][-1]
    assert isinstance(finished, Finished)
    assert "gives the same outputs as 1 of the 1 others" in finished.why
    assert clock.monotonic() - began < 3.3
    assert models[2].is_closed


@in_virtual_time
async def test_an_answer_that_is_there_is_judged_though_patience_is_lost_with_those_that_write() -> None:
    for judging_s, is_waited_for in ((50.0, True), (90.0, False)):

        async def slowly(
            request: Request, events: tuple[Event, ...], judging_s: float = judging_s
        ) -> Finding:
            text = "".join(event.text for event in events if isinstance(event, TextDelta))
            await asyncio.sleep(0 if text == "first1" else judging_s)
            return await judge(request, events)

        models = Paced("a", "first1"), Paced("b", "same1"), Paced("c", "same2"), Paced("d", "x1", FOREVER)
        clock = loop_clock()
        began = clock.monotonic()
        superposed = Superposed([Contender(model) for model in models], slowly, clock, width=4)
        async with aclosing(superposed.stream(REQUEST)) as stream:
            events = [event async for event in stream]
        text = "".join(event.text for event in events if isinstance(event, TextDelta))
        assert text.startswith("same") is is_waited_for
        assert clock.monotonic() - began < 63
        assert models[3].is_closed


@in_virtual_time
async def test_the_first_is_outvoted_by_two_that_agree() -> None:
    a, b, c = Paced("a", "odd1", 2.0), Paced("b", "same1", 2.5), Paced("c", "same2", 2.8)
    text, _, _, _ = await race(a, b, c)
    assert text.startswith("same")


@in_virtual_time
async def test_who_begins_later_is_told_what_failed() -> None:
    a, b = Paced("a", "bad1"), Paced("b", "good1")
    text, finished, notes, _ = await race(a, b, width=1, temperature=0.8)
    assert (text, finished.model) == ("good1", "b")
    assert a.requests[0].messages == REQUEST.messages
    assert "bad1 does not parse" in b.requests[0].messages[-1].content
    assert b.requests[0].temperature == 0.8
    assert notes[0] == "1 candidate: a asked"


@in_virtual_time
async def test_a_reserve_is_not_asked_where_it_is_not_needed() -> None:
    a, b, c = Paced("a", "same1"), Paced("b", "same1"), Paced("c", "same1")
    _, finished, _, _ = await race(a, b, c, width=2)
    assert not c.requests
    assert "c was not needed" in finished.why


@in_virtual_time
async def test_where_no_answer_can_be_used_the_first_is_given_as_it_is() -> None:
    text, _, _, _ = await race(Paced("a", error=refused("a")), Paced("b", "bad1"), Paced("c", "bad2"))
    assert text == "bad1"


@in_virtual_time
async def test_where_nobody_answers_the_first_error_is_raised_with_the_others() -> None:
    cut = Paced("b", "x", finishes=False)
    with pytest.raises(ProviderError, match=r"a is busy .*b \(truncated\)"):
        await race(Paced("a", error=refused("a")), cut)
    with pytest.raises(InputError, match="too large"):
        await race(Paced("a", error=InputError("too large")), Paced("b", error=InputError("too large")))


@in_virtual_time
async def test_who_stops_listening_stops_them_all() -> None:
    models = [Paced(name, "good1", FOREVER) for name in "abc"]
    superposed = Superposed([Contender(model) for model in models], judge, loop_clock())
    async with aclosing(superposed.stream(REQUEST)) as stream:
        async for event in stream:
            assert isinstance(event, Noted)
            if "a writing, b writing, c writing" in event.message:
                break
    assert all(model.is_closed for model in models)


@in_virtual_time
async def test_a_fault_of_ours_is_not_hidden() -> None:
    async def broken(request: Request, events: tuple[Event, ...]) -> Finding:
        raise ZeroDivisionError

    superposed = Superposed([Contender(Paced("a", "x")), Contender(Paced("b", "x"))], broken, loop_clock())
    with pytest.raises(ExceptionGroup):
        async with aclosing(superposed.stream(REQUEST)) as stream:
            _ = [event async for event in stream]


@in_virtual_time
async def test_what_does_not_apply_goes_to_the_first_alone() -> None:
    a, b = Paced("a", "good1"), Paced("b", "good1")
    superposed = Superposed([Contender(a), Contender(b)], judge, loop_clock(), applies=lambda request: False)
    async with aclosing(superposed.stream(REQUEST)) as stream:
        assert [type(event) for event in [event async for event in stream]] == [
            TextDelta,
            TextDelta,
            Finished,
        ]
    assert not b.requests


@in_virtual_time
async def test_every_note_shows_all_candidates_and_the_last_one_what_each_came_to_and_cost() -> None:
    a, b, c, d = Paced("a", "bad1"), Paced("b", "x1", FOREVER), Paced("c", "good1"), Paced("d", "good1")

    async def price(model: str, request: Request, events: tuple[Event, ...]) -> float | None:
        return 0.5 if any(isinstance(event, Finished) for event in events) else 0.1

    taught: list[tuple[str, str]] = []

    async def failed(request: Request, model: str, problem: str) -> None:
        taught.append((model, problem))

    superposed = Superposed(
        [Contender(model) for model in (a, b, c, d)],
        judge,
        loop_clock(),
        rules=Rules(price=price, failed=failed),
    )
    async with aclosing(superposed.stream(REQUEST)) as stream:
        noted = [event.candidates async for event in stream if isinstance(event, Noted)]
    assert all([one.model for one in each] == ["a", "b", "c", "d"] for each in noted)
    assert [str(one.state) for one in noted[0]] == ["running", "running", "running", "waiting"]
    assert [str(one.state) for one in noted[-1]] == ["failed", "stopped", "won", "waiting"]
    assert [one.usd for one in noted[-1]] == [0.5, 0.1, 0.5, None]
    assert noted[-1][0].detail == "bad1 does not parse"
    assert noted[-1][2].detail.startswith("c")
    assert taught == [("a", "bad1 does not parse")]


@in_virtual_time
async def test_what_a_provider_refused_costs_nothing() -> None:
    async def price(model: str, request: Request, events: tuple[Event, ...]) -> float | None:
        return 0.5

    class Refusing(Paced):
        async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
            yield Noted("asking refusing")
            raise refused("a")

    superposed = Superposed(
        [Contender(Refusing("a")), Contender(Paced("b", "good1"))],
        judge,
        loop_clock(),
        rules=Rules(price=price),
    )
    async with aclosing(superposed.stream(REQUEST)) as stream:
        noted = [event.candidates async for event in stream if isinstance(event, Noted)]
    assert [one.usd for one in noted[-1]] == [0.0, 0.5]


def test_nobody_is_no_superposition() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Superposed([], judge, None)  # type: ignore[arg-type]


@in_virtual_time
async def test_where_all_fail_parts_of_several_are_joined_if_that_passes() -> None:
    for joined, expected in (("good1", "good1"), ("bad3", "bad1"), (None, "bad1")):

        async def join(
            request: Request, given: Sequence[tuple[str, tuple[Event, ...]]], text: str | None = joined
        ) -> tuple[Event, ...] | None:
            assert [model for model, _ in given] == ["a", "b"]
            return (TextDelta(text), Finished(FinishReason.STOP, "a + b")) if text else None

        superposed = Superposed(
            [Contender(Paced("a", "bad1")), Contender(Paced("b", "bad2"))],
            judge,
            loop_clock(),
            rules=Rules(join=join),
        )
        async with aclosing(superposed.stream(REQUEST)) as stream:
            events = [event async for event in stream]
        assert "".join(event.text for event in events if isinstance(event, TextDelta)) == expected
