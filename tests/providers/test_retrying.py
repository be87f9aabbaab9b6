"""What is tried again, when, and what never is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.clocks import in_virtual_time, loop_clock
from tests.requests import STOP, request

from monkey_coder.core.errors import ProviderError, ProviderFault
from monkey_coder.core.model import (
    Event,
    Finished,
    FinishReason,
    ReasoningDelta,
    Request,
    TaskKind,
    TextDelta,
    ToolCall,
    UsageReport,
    Warned,
)
from monkey_coder.providers.retrying import Retrying, RetryPolicy

HI = TextDelta("hi")
USAGE = UsageReport(1, 1)
Step = Event | Exception | float


def fails(fault: ProviderFault, retry_after_s: float | None = None) -> ProviderError:
    return ProviderError(fault, "Busy.", provider="p", model="m", retry_after_s=retry_after_s)


class Script:
    """Plays one list of steps a request: an event, an error, or seconds to wait."""

    name = "p/m"

    def __init__(self, *answers: Sequence[Step]) -> None:
        self.answers = list(answers)
        self.n_asked = self.n_closed = 0

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        self.n_asked += 1
        try:
            for step in self.answers.pop(0):
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, float):
                    await asyncio.sleep(step)
                else:
                    yield step
        finally:
            self.n_closed += 1


def retrying(script: Script, **policy: float) -> Retrying:
    return Retrying(
        script, loop_clock(), Random(1), provider="p", model="m", policy=RetryPolicy(**policy)  # type: ignore[arg-type]
    )  # fmt: skip


async def heard(script: Script, **policy: float) -> tuple[list[Event], ProviderError | None, float]:
    """Return the events, the error, and the seconds it all took."""
    loop, events = asyncio.get_running_loop(), list[Event]()
    began, error = loop.time(), None
    try:
        async with aclosing(retrying(script, **policy).stream(request())) as stream:
            async for event in stream:
                events.append(event)
    except ProviderError as raised:
        error = raised
    assert script.n_closed == script.n_asked
    return events, error, loop.time() - began


@pytest.mark.parametrize(
    "fault",
    [
        ProviderFault.RATE_LIMITED,
        ProviderFault.OVERLOADED,
        ProviderFault.NETWORK,
        ProviderFault.TIMEOUT,
        ProviderFault.TRUNCATED,
        ProviderFault.MALFORMED,
    ],
)
@in_virtual_time
async def test_a_passing_failure_is_not_seen(fault: ProviderFault) -> None:
    events, error, took_s = await heard(Script([fails(fault)], [fails(fault)], [HI, USAGE, STOP]))
    assert (events, error) == ([HI, USAGE, STOP], None)
    assert 0 < took_s < 1.5


@pytest.mark.parametrize(
    "fault",
    [
        ProviderFault.QUOTA_SPENT,
        ProviderFault.AUTHENTICATION,
        ProviderFault.PERMISSION,
        ProviderFault.MODEL_NOT_FOUND,
        ProviderFault.CONTEXT_TOO_LONG,
        ProviderFault.CONTENT_REFUSED,
        ProviderFault.INVALID_REQUEST,
    ],
)
@in_virtual_time
async def test_waiting_does_not_help_against_these(fault: ProviderFault) -> None:
    script = Script([fails(fault)], [HI, STOP])
    events, error, took_s = await heard(script)
    assert (events, error and error.fault, script.n_asked, took_s) == ([], fault, 1, 0)


@in_virtual_time
async def test_retry_after_is_honoured_up_to_a_cap() -> None:
    script = Script([fails(ProviderFault.RATE_LIMITED, 7.0)], [HI, STOP])
    (warned, *events), _, took_s = await heard(script)
    assert events == [HI, STOP] and 7 <= took_s < 8
    assert isinstance(warned, Warned) and "again in 7 s" in warned.message
    _, error, took_s = await heard(Script([fails(ProviderFault.RATE_LIMITED, 3600.0)], [HI, STOP]))
    assert error is not None and error.retry_after_s == 3600.0 and took_s == 0


@pytest.mark.parametrize("shown", [HI, ToolCall("1", "run", {})], ids=["text", "call"])
@in_virtual_time
async def test_nothing_is_said_twice(shown: Event) -> None:
    script = Script([shown, fails(ProviderFault.NETWORK)], [HI, STOP])
    events, error, _ = await heard(script)
    assert events == [shown] and error is not None and script.n_asked == 1


@in_virtual_time
async def test_reasoning_alone_does_not_bind() -> None:
    thought = ReasoningDelta("hm")
    events, error, _ = await heard(Script([thought, fails(ProviderFault.NETWORK)], [thought, HI, STOP]))
    assert events == [thought, thought, HI, STOP] and error is None


@in_virtual_time
async def test_the_last_failure_is_told() -> None:
    script = Script(*[[fails(ProviderFault.OVERLOADED)]] * 3)
    events, error, _ = await heard(script)
    assert events == [] and error is not None and str(error) == "Busy." and script.n_asked == 3


@in_virtual_time
async def test_an_answer_without_an_end_is_truncated() -> None:
    events, error, _ = await heard(Script([HI, USAGE]))
    assert events == [HI, USAGE] and error is not None and error.fault is ProviderFault.TRUNCATED
    assert (await heard(Script([USAGE], [HI, STOP])))[0] == [HI, STOP]


@in_virtual_time
async def test_silence_at_the_start_in_the_middle_and_over_all_is_a_timeout() -> None:
    for steps, said, after_s in (
        ([999.0, HI, STOP], "no answer within 120 s", 120.0),
        ([HI, 999.0, STOP], "nothing more came for 30 s", 30.0),
        ([*[HI, 29.0] * 99, STOP], "not complete after 600 s", 600.0),
        ([Warned("queued"), 100.0, Warned("go"), 110.0, HI, STOP], "", 210.0),
    ):
        script = Script(steps)
        _, error, took_s = await heard(script)
        assert took_s == pytest.approx(after_s) and script.n_asked == 1
        assert said in str(error) and (error.fault if error else None) is (
            ProviderFault.TIMEOUT if said else None
        )


@in_virtual_time
async def test_no_attempt_begins_after_the_deadline() -> None:
    script = Script([0.9, fails(ProviderFault.NETWORK)], [HI, STOP])
    _, error, took_s = await heard(script, total_s=1.0, base_s=100.0, most_wait_s=100.0)
    assert error is not None and script.n_asked == 1 and took_s == pytest.approx(0.9)


@in_virtual_time
async def test_an_empty_answer_is_asked_for_once_more() -> None:
    assert (await heard(Script([USAGE, STOP], [HI, STOP])))[0] == [HI, STOP]
    (warned, *events), _, _ = await heard(Script([USAGE, STOP], [USAGE, STOP]))
    assert isinstance(warned, Warned) and events == [USAGE, STOP]
    (warned, finished), _, _ = await heard(Script([STOP]), attempts=1)
    assert isinstance(warned, Warned) and finished == STOP
    cut = Finished(FinishReason.LENGTH, "m")
    assert (await heard(Script([cut])))[0] == [cut]


@in_virtual_time
async def test_ghost_text_may_be_empty() -> None:
    model = retrying(Script([STOP]))
    assert [event async for event in model.stream(request(kind=TaskKind.COMPLETE))] == [STOP]


@in_virtual_time
async def test_an_early_count_stays_in_front_of_the_finish() -> None:
    assert (await heard(Script([USAGE, HI, USAGE, STOP])))[0] == [USAGE, HI, USAGE, STOP]


@pytest.mark.parametrize("steps", [[60.0], [HI, 60.0], [fails(ProviderFault.RATE_LIMITED, 19.0)]])
@in_virtual_time
async def test_cancelling_passes_through_and_closes(steps: list[Step]) -> None:
    script = Script(steps, [HI, STOP])
    task = asyncio.ensure_future(heard(script))
    await asyncio.sleep(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert script.n_closed == script.n_asked == 1


@in_virtual_time
async def test_a_deadline_of_the_caller_is_not_mistaken_for_ours() -> None:
    script = Script([60.0, HI, STOP])
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(5):
            await heard(script, first_byte_s=50)
    assert script.n_closed == 1


@in_virtual_time
async def test_a_slow_consumer_is_not_a_stall() -> None:
    async with aclosing(retrying(Script([HI, HI, STOP]), stall_s=1.0).stream(request())) as events:
        async for _ in events:
            await asyncio.sleep(50)


@settings(deadline=None)
@given(seed=st.integers(0, 2**32), number=st.integers(1, 12), asks_s=st.none() | st.floats(0, 20))
def test_the_wait_is_random_bounded_and_never_earlier_than_asked(
    seed: int, number: int, asks_s: float | None
) -> None:
    model = Retrying(Script(), None, Random(seed), provider="p", model="m")  # type: ignore[arg-type]
    wait_s = model._wait_s(number, asks_s)
    assert (asks_s or 0) <= wait_s <= (asks_s or 0) + min(0.5 * 2 ** (number - 1), 8.0)
