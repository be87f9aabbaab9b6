"""First come, first served, and never more a minute than allowed."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.clocks import in_virtual_time, loop_clock
from tests.requests import STOP, request
from tests.scripted import ScriptedModel

from monkey_coder.core.errors import ProviderError, ProviderFault
from monkey_coder.core.model import Event, UsageReport, Warned
from monkey_coder.usage.limited import Limited, Limiter, RateLimits


def limited(limiter: Limiter, *answer: Event) -> Limited:
    return Limited(ScriptedModel([answer or (STOP,)]), limiter, provider="p", model="m", count=lambda _: 100)


async def served(limiter: Limiter, n: int) -> list[tuple[float, int]]:
    """Ask `n` times at once; return when each was answered, in seconds, in order of the answers."""
    loop, answers = asyncio.get_running_loop(), list[tuple[float, int]]()
    began = loop.time()

    async def ask(number: int) -> None:
        assert STOP in [event async for event in limited(limiter).stream(request())]
        answers.append((loop.time() - began, number))

    async with asyncio.TaskGroup() as group:
        for number in range(n):
            group.create_task(ask(number))
    return answers


@in_virtual_time
async def test_a_minutes_worth_goes_through_at_once_and_the_rest_in_order() -> None:
    answers = await served(Limiter(RateLimits(requests_per_minute=6), loop_clock()), 9)
    assert [number for _, number in answers] == list(range(9))
    assert [at for at, _ in answers] == pytest.approx([0] * 6 + [10, 20, 30])


@in_virtual_time
async def test_a_long_wait_is_told() -> None:
    limiter = Limiter(RateLimits(requests_per_minute=6), loop_clock())
    await served(limiter, 6)
    warned, finished = [event async for event in limited(limiter).stream(request())]
    assert warned == Warned("Waited 10 s for the limit on requests to p.") and finished == STOP


@in_virtual_time
async def test_tokens_are_corrected_by_what_was_used() -> None:
    clock = loop_clock()
    limiter = Limiter(RateLimits(tokens_per_minute=600), clock)
    began = clock.monotonic()
    assert [event async for event in limited(limiter, UsageReport(500, 300), STOP).stream(request())]
    assert [event async for event in limited(limiter).stream(request())]
    assert clock.monotonic() - began == pytest.approx(30), "from -200 up to 100 at 10 a second"


@in_virtual_time
async def test_a_request_larger_than_a_minutes_worth_waits_for_a_full_one() -> None:
    clock = loop_clock()
    limiter = Limiter(RateLimits(tokens_per_minute=60), clock)
    assert await limiter.admit(1_000) == 0
    with pytest.raises(TimeoutError):
        await limiter.admit(1)


@in_virtual_time
async def test_nobody_waits_longer_than_allowed() -> None:
    clock = loop_clock()
    limiter = Limiter(RateLimits(requests_per_minute=1, most_wait_s=30), clock)
    await served(limiter, 1)
    began = clock.monotonic()
    with pytest.raises(ProviderError, match="your own limit") as caught:
        await anext(limited(limiter).stream(request()))
    assert caught.value.fault is ProviderFault.RATE_LIMITED and clock.monotonic() == began


@in_virtual_time
async def test_who_is_cancelled_in_the_queue_takes_nothing() -> None:
    clock = loop_clock()
    limiter = Limiter(RateLimits(requests_per_minute=6), clock)
    await served(limiter, 6)
    first, second, third = (asyncio.ensure_future(limiter.admit(0)) for _ in range(3))
    await asyncio.sleep(5)
    first.cancel()
    third.cancel()
    assert await second == pytest.approx(10)
    assert first.cancelled() and third.cancelled()


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_of_nothing_is_a_mistake(limit: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        RateLimits(requests_per_minute=limit)


@settings(deadline=None, max_examples=30)
@given(
    arrivals=st.lists(st.tuples(st.floats(0, 20), st.integers(0, 400)), min_size=1, max_size=20),
    requests_per_minute=st.integers(1, 30),
    tokens_per_minute=st.integers(50, 1_000),
)
def test_order_is_kept_and_no_minute_has_more_than_two_buckets(
    arrivals: list[tuple[float, int]], requests_per_minute: int, tokens_per_minute: int
) -> None:
    admitted: list[tuple[float, int, int]] = []

    @in_virtual_time
    async def run() -> None:
        clock = loop_clock()
        limits = RateLimits(requests_per_minute, tokens_per_minute, most_wait_s=1e9)
        limiter = Limiter(limits, clock)

        async def ask(number: int, n_tokens: int) -> None:
            await limiter.admit(n_tokens)
            admitted.append((clock.monotonic(), number, n_tokens))

        async with asyncio.TaskGroup() as group:
            for number, (wait_s, n_tokens) in enumerate(arrivals):
                await asyncio.sleep(wait_s)
                group.create_task(ask(number, n_tokens))

    run()
    assert [number for _, number, _ in admitted] == list(range(len(arrivals)))
    for began, _, _ in admitted:
        minute = [n_tokens for at, _, n_tokens in admitted if began <= at < began + 60]
        assert len(minute) <= 2 * requests_per_minute
        # One request larger than the bucket may take it below 0; it is paid back before the next.
        assert sum(minute[:-1]) <= 2 * tokens_per_minute + 400
