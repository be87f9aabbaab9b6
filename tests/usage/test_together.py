"""All wrappers around each other, in the order in which they are meant to stand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.clocks import in_virtual_time, loop_clock
from tests.requests import STOP, request

from monkey_coder.core.errors import MonkeyCoderError, ProviderError, ProviderFault
from monkey_coder.core.model import Event, Request, TextDelta, UsageReport, Warned
from monkey_coder.providers.breaking import Breaking, Circuits, State
from monkey_coder.providers.falling_back import Candidate, FallingBack
from monkey_coder.providers.retrying import BEFORE_FALLBACK, Retrying
from monkey_coder.usage.budgeted import Budget, Budgeted, BudgetLimits, dearest
from monkey_coder.usage.cached import AnswerStore, Cached
from monkey_coder.usage.ledger import Ledger
from monkey_coder.usage.limited import Limited, Limiter, RateLimits
from monkey_coder.usage.metered import Metered
from monkey_coder.usage.prices import Tariff

HI, USAGE = TextDelta("hi"), UsageReport(1_000, 100)
Step = Event | ProviderFault | float


class Wire:
    """Plays steps, the same for each request; counts who asked and who was closed."""

    def __init__(self, name: str, steps: Sequence[Step]) -> None:
        self.name, self.steps = name, steps
        self.n_asked = self.n_open = 0

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        self.n_asked += 1
        self.n_open += 1
        try:
            for step in self.steps:
                if isinstance(step, ProviderFault):
                    raise ProviderError(step, f"{self.name} failed.", provider=self.name, model="m")
                if isinstance(step, float):
                    await asyncio.sleep(step)
                else:
                    yield step
        finally:
            self.n_open -= 1


class House:
    def __init__(self, path: Path, *wires: Wire, day_usd: float = 1.0) -> None:
        clock = loop_clock()
        self.wires = wires
        self.ledger = Ledger(str(path / "usage.sqlite"), session="s1")
        self.store = AnswerStore(str(path / "a.sqlite"), clock, most_bytes=10**6, most_age_s=1e6)
        self.circuits = Circuits(clock)
        tariff = Tariff("openai", "gpt-6.1-sol")
        candidates = []
        for wire in wires:
            limiter = Limiter(RateLimits(requests_per_minute=1_000), clock)
            limited = Limited(wire, limiter, provider=wire.name, model="m", count=lambda _: 1)
            metered = Metered(limited, self.ledger, tariff, clock)
            retrying = Retrying(
                metered, clock, Random(1), provider=wire.name, model="m", policy=BEFORE_FALLBACK
            )
            candidates.append(Candidate(Breaking(retrying, self.circuits.circuit(wire.name, "m"), clock)))
        budget = Budget(BudgetLimits(day_usd=day_usd), self.ledger, clock)
        self.model = Cached(Budgeted(FallingBack(candidates), budget, dearest([tariff], clock)), self.store)

    async def ask(self, *, temperature: float = 0.0, take: int = 99) -> tuple[list[Event], Exception | None]:
        events: list[Event] = []
        try:
            async with aclosing(self.model.stream(request(temperature=temperature))) as stream:
                async for event in stream:
                    events.append(event)
                    if len(events) == take:
                        break
        except MonkeyCoderError as error:
            return events, error
        return events, None

    def close(self) -> None:
        self.ledger.close()
        self.store.close()


@in_virtual_time
async def whole_answer(path: Path) -> None:
    house = House(path, Wire("a", [HI, USAGE, STOP]))
    assert await house.ask() == ([HI, USAGE, STOP], None)
    assert await house.ask() == ([HI, UsageReport(0, 0), STOP], None)
    (row,) = await house.ledger.attempts()
    assert row.cost_usd == pytest.approx(0.003) and row.outcome == "stop"
    house.close()


def test_a_second_answer_costs_nothing(tmp_path: Path) -> None:
    whole_answer(tmp_path)


@in_virtual_time
async def fallback(path: Path) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    house = House(path, Wire("a", [ProviderFault.OVERLOADED]), Wire("b", [HI, USAGE, STOP]))
    (warned, *events), error = await house.ask()
    assert isinstance(warned, Warned) and events == [HI, USAGE, STOP] and error is None
    assert loop.time() - began < 2
    rows = await house.ledger.attempts()
    assert [row.outcome for row in rows] == ["overloaded", "overloaded", "stop"]
    for _ in range(3):
        await house.ask(temperature=1.0)
    assert house.circuits.circuit("a", "m").state is State.OPEN
    n_asked = house.wires[0].n_asked
    assert (await house.ask(temperature=1.0))[0][1:] == [HI, USAGE, STOP]
    assert house.wires[0].n_asked == n_asked, "an open circuit asks nobody"
    house.close()


def test_a_failing_model_is_replaced_within_two_seconds_and_then_left_alone(tmp_path: Path) -> None:
    fallback(tmp_path)


STEPS = st.lists(
    st.sampled_from([HI, USAGE, STOP, *ProviderFault, 0.5, 50.0])
    | st.builds(TextDelta, st.text(max_size=30)),
    max_size=5,
)


@settings(deadline=None, max_examples=40)
@given(
    first=STEPS,
    second=STEPS,
    asks=st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.integers(1, 6)), min_size=1, max_size=4),
    day_usd=st.floats(0, 0.05),
)
def test_whatever_happens_the_books_are_balanced_and_everything_is_closed(
    first: list[Step],
    second: list[Step],
    asks: list[tuple[float, int]],
    day_usd: float,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    @in_virtual_time
    async def run() -> None:
        house = House(tmp_path_factory.mktemp("t"), Wire("a", first), Wire("b", second), day_usd=day_usd)
        for temperature, take in asks:
            events, error = await house.ask(temperature=temperature, take=take)
            # Wires end at the finish; these here may go on, and then it is not the last of the events.
            assert STOP in events or error is not None or len(events) == take
            await asyncio.sleep(200)
        rows = await house.ledger.attempts()
        assert len(rows) == sum(wire.n_asked for wire in house.wires)
        assert not any(wire.n_open for wire in house.wires)
        # Each attempt of the last request may have cost what one answer costs.
        assert sum(row.cost_usd or 0 for row in rows) <= day_usd + 4 * 0.0035
        house.close()

    run()
