"""A circuit opens, lets one call through to see, and closes again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.clocks import FakeClock
from tests.requests import STOP, request

from monkey_coder.core.errors import ProviderError, ProviderFault
from monkey_coder.core.model import Event, Request, TextDelta
from monkey_coder.providers.breaking import BreakerPolicy, Breaking, Circuits, State

HI = TextDelta("hi")


class Flaky:
    """Answers, fails with `fault`, or takes `slow_s`."""

    name = "p/m"

    def __init__(self, time: FakeClock) -> None:
        self.time, self.fault, self.slow_s, self.n_asked = time, None, 0.0, 0
        self.retry_after_s: float | None = None
        self.fault: ProviderFault | None

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        self.n_asked += 1
        await asyncio.sleep(0)
        self.time.wait(self.slow_s)
        if self.fault:
            raise ProviderError(self.fault, "No.", provider="p", model="m", retry_after_s=self.retry_after_s)
        yield HI
        yield STOP


class Rig:
    def __init__(self, policy: BreakerPolicy | None = None) -> None:
        self.time = FakeClock()
        self.model = Flaky(self.time)
        self.circuits = Circuits(self.time.clock, policy)
        self.circuit = self.circuits.circuit("p", "m")
        self.breaking = Breaking(self.model, self.circuit, self.time.clock)

    async def ask(self, fault: ProviderFault | None = None) -> ProviderError | None:
        self.model.fault = fault
        try:
            assert [event async for event in self.breaking.stream(request())] == [HI, STOP]
        except ProviderError as error:
            return error
        return None


async def test_failures_open_it_and_requests_are_refused_at_once() -> None:
    rig = Rig()
    for _ in range(4):
        assert await rig.ask(ProviderFault.OVERLOADED)
    error = await rig.ask()
    assert error is not None and error.fault is ProviderFault.OVERLOADED and error.retry_after_s == 10
    assert "left alone for another 10 s" in str(error) and rig.model.n_asked == 4


async def test_one_probe_goes_through_and_closes_it() -> None:
    rig = Rig()
    for _ in range(4):
        await rig.ask(ProviderFault.NETWORK)
    rig.time.wait(10)
    assert rig.circuit.state is State.HALF_OPEN
    first, second = await asyncio.gather(rig.ask(), rig.ask())
    assert first is None and second is not None and rig.model.n_asked == 5
    assert rig.circuit.state is State.CLOSED and await rig.ask() is None


async def test_a_failed_probe_opens_it_for_twice_as_long() -> None:
    rig = Rig()
    for _ in range(4):
        await rig.ask(ProviderFault.NETWORK)
    for opens_s in (20, 40, 80, 160, 300, 300):
        rig.time.wait(rig.circuit.opens_for_s)
        assert await rig.ask(ProviderFault.TIMEOUT)
        assert rig.circuit.opens_for_s == pytest.approx(opens_s)


async def test_a_probe_that_is_cancelled_lets_the_next_one_through() -> None:
    rig = Rig()
    for _ in range(4):
        await rig.ask(ProviderFault.NETWORK)
    rig.time.wait(10)
    task = asyncio.ensure_future(rig.ask())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert rig.circuit.state is State.HALF_OPEN and await rig.ask() is None


async def test_who_leaves_after_the_first_event_has_seen_that_it_works() -> None:
    rig = Rig()
    for _ in range(4):
        await rig.ask(ProviderFault.NETWORK)
    rig.time.wait(10)
    rig.model.fault = None
    async with aclosing(rig.breaking.stream(request())) as events:
        assert await anext(events) == HI
    assert rig.circuit.state is State.CLOSED


@pytest.mark.parametrize(
    "fault",
    [
        ProviderFault.AUTHENTICATION,
        ProviderFault.QUOTA_SPENT,
        ProviderFault.CONTEXT_TOO_LONG,
        ProviderFault.INVALID_REQUEST,
        ProviderFault.MODEL_NOT_FOUND,
        ProviderFault.CONTENT_REFUSED,
    ],
)
async def test_these_say_nothing_about_the_provider(fault: ProviderFault) -> None:
    rig = Rig()
    for _ in range(20):
        await rig.ask(fault)
    assert rig.circuit.state is State.CLOSED and rig.model.n_asked == 20


async def test_a_rate_limit_is_a_pause_as_long_as_it_asks() -> None:
    rig = Rig()
    for asks_s, pause_s in ((30.0, 30), (None, 2), (3600.0, 900)):
        rig.model.retry_after_s = asks_s
        await rig.ask(ProviderFault.RATE_LIMITED)
        assert rig.circuit.opens_for_s == pytest.approx(pause_s)
        error = await rig.ask()
        assert error is not None and error.fault is ProviderFault.RATE_LIMITED
        rig.time.wait(pause_s)
        assert rig.circuit.state is State.CLOSED and await rig.ask() is None


async def test_slow_answers_open_it() -> None:
    rig = Rig()
    rig.model.slow_s = 31
    for _ in range(3):
        assert await rig.ask() is None
    await rig.ask()
    health = rig.circuit.health()
    assert (health.state, health.last_fault, health.first_s) == (State.OPEN, "slow", 31.0)


async def test_old_failures_are_forgotten() -> None:
    rig = Rig()
    for _ in range(3):
        await rig.ask(ProviderFault.OVERLOADED)
    rig.time.wait(121)
    await rig.ask(ProviderFault.OVERLOADED)
    assert rig.circuit.state is State.CLOSED


async def test_health_is_a_snapshot_of_every_model() -> None:
    rig = Rig()
    assert rig.circuits.circuit("p", "m") is rig.circuit
    rig.circuits.circuit("q", "n")
    rig.model.slow_s = 0.5
    await rig.ask()
    await rig.ask(ProviderFault.TIMEOUT)
    healthy, idle = rig.circuits.health()
    assert (healthy.n_calls, healthy.error_rate, healthy.last_fault) == (2, 0.5, "timeout")
    assert (healthy.first_s, healthy.slowest_first_s, healthy.state) == (0.5, 0.5, State.CLOSED)
    assert (idle.provider, idle.n_calls, idle.first_s, idle.error_rate) == ("q", 0, None, 0.0)


@settings(deadline=None)
@given(steps=st.lists(st.tuples(st.sampled_from([None, *ProviderFault]), st.integers(0, 400)), max_size=60))
def test_it_always_opens_up_again(steps: list[tuple[ProviderFault | None, int]]) -> None:
    async def run() -> None:
        rig = Rig()
        for fault, wait_s in steps:
            await rig.ask(fault)
            assert rig.circuit.opens_for_s <= 900
            rig.time.wait(wait_s)
        rig.time.wait(rig.circuit.opens_for_s)
        assert await rig.ask() is None

    asyncio.run(run())
