"""One row an attempt, whatever becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.clocks import FakeClock
from tests.requests import STOP, request
from tests.scripted import ScriptedModel

from monkey_coder.core.errors import MonkeyCoderError, ProviderError, ProviderFault
from monkey_coder.core.model import Event, Finished, FinishReason, Request, TextDelta, UsageReport, Warned
from monkey_coder.usage.ledger import Attempt, Ledger
from monkey_coder.usage.metered import Metered, cost_so_far
from monkey_coder.usage.prices import Tariff

LUNA = Tariff("openai", "gpt-6-luna")
USAGE = UsageReport(1000, 100, cached_tokens=500)


def fails(fault: ProviderFault) -> ProviderError:
    return ProviderError(fault, "It failed.", provider="openai", model="gpt-6-luna")


class Broken:
    """Yields some events, then raises."""

    name = "broken"

    def __init__(self, *events: Event, error: BaseException) -> None:
        self.events, self.error = events, error

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        for event in self.events:
            yield event
        raise self.error


async def booked(model: object, path: Path, *, tariff: Tariff = LUNA, take: int = 99) -> Attempt:
    ledger = Ledger(str(path / "usage.sqlite"), session="s1")
    clock = FakeClock()
    taken = 0
    try:
        async with aclosing(Metered(model, ledger, tariff, clock.clock).stream(request())) as events:  # type: ignore[arg-type]
            async for _ in events:
                clock.wait(0.5)
                taken += 1
                if taken == take:
                    break
    except MonkeyCoderError:
        pass
    except asyncio.CancelledError:
        ledger.close()
        raise
    rows = await ledger.attempts()
    ledger.close()
    (row,) = rows
    return row


async def test_a_whole_answer_is_booked_as_the_provider_counts_it(tmp_path: Path) -> None:
    model = ScriptedModel([(TextDelta("hi"), USAGE, Finished(FinishReason.STOP, "openai/gpt-6-luna"))])
    row = await booked(model, tmp_path)
    assert row.cost_usd == pytest.approx(0.000105)
    assert (row.input_tokens, row.output_tokens, row.cached_tokens) == (1000, 100, 500)
    assert (row.outcome, row.is_estimate, row.kind, row.project) == ("stop", False, "explain", "/p")
    assert (row.first_s, row.whole_s, row.answered_by) == (0.0, 1.5, "gpt-6-luna")


async def test_the_price_is_that_of_the_model_that_answered(tmp_path: Path) -> None:
    answer = (UsageReport(1000, 0), Finished(FinishReason.STOP, "openai/gpt-6.1-sol"))
    assert (await booked(ScriptedModel([answer]), tmp_path)).cost_usd == pytest.approx(0.002)


async def test_what_the_provider_says_it_charged_is_booked(tmp_path: Path) -> None:
    model = ScriptedModel([(UsageReport(10, 10, billed_usd=0.5), STOP)])
    assert (await booked(model, tmp_path)).cost_usd == 0.5


async def test_an_unknown_price_is_unknown_and_a_local_server_free(tmp_path: Path) -> None:
    unknown = Tariff("openai", "gpt-99")
    assert (await booked(ScriptedModel([(USAGE, STOP)]), tmp_path / "a", tariff=unknown)).cost_usd is None
    local = Tariff("ollama", "qwen3", is_local=True)
    assert (await booked(ScriptedModel([(USAGE, STOP)]), tmp_path / "b", tariff=local)).cost_usd == 0.0


async def test_a_caller_who_leaves_early_is_booked_by_estimate(tmp_path: Path) -> None:
    model = ScriptedModel([(TextDelta("hello world"), TextDelta(" again"), USAGE, STOP)])
    row = await booked(model, tmp_path, take=2)
    assert (row.outcome, row.is_estimate, row.output_tokens) == ("cancelled", True, 3)
    assert row.input_tokens > 5 and row.cost_usd is not None and row.cost_usd > 0


async def test_a_caller_who_leaves_after_the_finish_has_the_whole_answer(tmp_path: Path) -> None:
    row = await booked(ScriptedModel([(USAGE, STOP)]), tmp_path, take=2)
    assert (row.outcome, row.is_estimate, row.input_tokens) == ("stop", False, 1000)


@pytest.mark.parametrize("fault", [ProviderFault.RATE_LIMITED, ProviderFault.AUTHENTICATION])
async def test_a_refusal_costs_nothing(tmp_path: Path, fault: ProviderFault) -> None:
    row = await booked(ScriptedModel([fails(fault)]), tmp_path)
    assert (row.outcome, row.input_tokens, row.cost_usd, row.is_estimate) == (fault.value, 0, 0.0, False)


async def test_a_broken_answer_is_booked_by_estimate(tmp_path: Path) -> None:
    row = await booked(Broken(TextDelta("one two"), error=fails(ProviderFault.NETWORK)), tmp_path / "a")
    assert (row.outcome, row.is_estimate, row.output_tokens) == ("network", True, 2)
    row = await booked(ScriptedModel([(TextDelta("one two"),)]), tmp_path / "b")
    assert (row.outcome, row.is_estimate) == ("truncated", True)


async def test_absurd_counts_never_reach_the_bill(tmp_path: Path) -> None:
    model = ScriptedModel([(TextDelta("hi"), UsageReport(10**12, -5), STOP)])
    row = await booked(model, tmp_path)
    assert row.is_estimate and row.input_tokens < 100 and row.output_tokens == 1


async def test_a_text_that_was_counted_as_nothing_is_estimated(tmp_path: Path) -> None:
    said = ScriptedModel([(TextDelta("some words"), UsageReport(50, 0), STOP)])
    attempt = await booked(said, tmp_path)
    assert (attempt.input_tokens, attempt.output_tokens, attempt.is_estimate) == (50, 2, True)


async def test_a_cancelled_task_is_booked_and_stays_cancelled(tmp_path: Path) -> None:
    class Hanging:
        name = "hanging"
        is_closed = False

        async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
            try:
                yield TextDelta("so far")
                await asyncio.Event().wait()
            finally:
                self.is_closed = True

    hanging = Hanging()
    task = asyncio.ensure_future(booked(hanging, tmp_path))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    ledger = Ledger(str(tmp_path / "usage.sqlite"), session="s2")
    (row,) = await ledger.attempts()
    ledger.close()
    assert (row.outcome, row.is_estimate, hanging.is_closed) == ("cancelled", True, True)


async def test_a_ledger_that_cannot_write_does_not_cost_the_answer(tmp_path: Path) -> None:
    (tmp_path / "usage.sqlite").mkdir()
    ledger = Ledger(str(tmp_path / "usage.sqlite"), session="s1")
    model = Metered(ScriptedModel([(STOP,), (STOP,)]), ledger, LUNA, FakeClock().clock)
    assert [event async for event in model.stream(request())] == [STOP]
    ledger.close()
    warned, finished = [event async for event in model.stream(request())]
    assert isinstance(warned, Warned) and "not booked" in warned.message and finished == STOP
    (tmp_path / "usage.sqlite").rmdir()
    ledger.close()
    assert [
        event
        async for event in Metered(ScriptedModel([(STOP,)]), ledger, LUNA, FakeClock().clock).stream(
            request()
        )
    ]
    assert len(await ledger.attempts()) == 3
    ledger.close()


EVENTS = st.lists(st.sampled_from([TextDelta("word "), USAGE, Warned("hm"), STOP]), max_size=5)
ENDS = st.sampled_from([None, *map(fails, ProviderFault), MonkeyCoderError("x"), RuntimeError("bug")])


@settings(deadline=None, max_examples=25)
@given(attempts=st.lists(st.tuples(EVENTS, ENDS, st.integers(0, 6)), min_size=1, max_size=5))
def test_the_ledger_has_one_row_for_each_attempt(
    attempts: list[tuple[list[Event], BaseException | None, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def run() -> None:
        ledger = Ledger(str(tmp_path_factory.mktemp("l") / "usage.sqlite"), session="s1")
        begun = 0
        for events, end, take in attempts:
            model = Broken(*events, error=end) if end else ScriptedModel([tuple(events)])
            metered = Metered(model, ledger, LUNA, FakeClock().clock)  # type: ignore[arg-type]
            try:
                async with aclosing(metered.stream(request())) as stream:
                    for number in range(take):
                        begun += number == 0
                        await anext(stream)
            except (MonkeyCoderError, RuntimeError, StopAsyncIteration):
                pass
        rows = await ledger.attempts()
        assert len(rows) == begun
        for row in rows:
            assert row.cost_usd is not None
            assert (row.cost_usd > 0) == (row.input_tokens + row.output_tokens > 0)
        ledger.close()

    asyncio.run(run())


def test_what_came_so_far_is_priced_as_it_is_booked() -> None:
    at = FakeClock().clock.now()
    counted = cost_so_far(LUNA, request(), (TextDelta("x"), USAGE, STOP), at)
    assert counted == LUNA.cost_usd(USAGE, at)
    assert counted
    stopped = cost_so_far(LUNA, request(), (TextDelta("so far"),), at)
    assert stopped
    assert 0 < stopped < counted
    assert cost_so_far(Tariff("nobody", "knows"), request(), (TextDelta("x"), STOP), at) is None
