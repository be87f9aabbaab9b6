"""A budget is a hard stop: before spending, and while an answer grows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.clocks import START, FakeClock
from tests.requests import STOP, request
from tests.scripted import ScriptedModel
from tests.usage.test_ledger import ROW

from monkey_coder.core.errors import BudgetError
from monkey_coder.core.model import Event, Request, TextDelta, UsageReport, Warned
from monkey_coder.usage.budgeted import Budget, Budgeted, BudgetLimits, dearest
from monkey_coder.usage.ledger import Ledger
from monkey_coder.usage.metered import Metered
from monkey_coder.usage.prices import Quote, Tariff


class Priced:
    """A model that says `n` letters at $1 a letter, after an input of $2, and books that."""

    name = "priced"

    def __init__(self, ledger: Ledger, n: int) -> None:
        self.ledger, self.n = ledger, n
        self.said = self.n_asked = 0

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        self.n_asked += 1
        said = 0
        try:
            for _ in range(self.n):
                await asyncio.sleep(0)
                said += 1
                yield TextDelta("x")
            yield STOP
        finally:
            self.said += said
            self.ledger.book(replace(ROW, cost_usd=2.0 + said))


def quote(_: Request) -> Quote:
    return Quote(input_usd=2.0, usd_per_character=1.0, expected_usd=5.0)


class Rig:
    def __init__(self, path: Path, **limits: Any) -> None:
        self.ledger = Ledger(str(path / "usage.sqlite"), session="s1")
        self.budget = Budget(BudgetLimits(**limits), self.ledger, FakeClock().clock)

    async def ask(self, n: int) -> tuple[str, BudgetError | None]:
        text = ""
        try:
            model = Budgeted(Priced(self.ledger, n), self.budget, quote)
            async with aclosing(model.stream(request())) as events:
                async for event in events:
                    text += event.text if isinstance(event, TextDelta) else ""
        except BudgetError as error:
            return text, error
        return text, None

    async def total(self) -> float:
        return sum(row.cost_usd or 0 for row in await self.ledger.attempts())


@pytest.mark.parametrize("limit", ["request_usd", "session_usd", "day_usd", "month_usd"])
async def test_nothing_is_asked_for_past_a_limit(tmp_path: Path, limit: str) -> None:
    rig = Rig(tmp_path, **{limit: 4.99})
    text, error = await rig.ask(3)
    assert text == "" and f"budget.{limit}" in str(error) and await rig.total() == 0
    rig.ledger.close()


@pytest.mark.parametrize("limit", ["session_usd", "day_usd", "month_usd"])
async def test_what_was_spent_counts(tmp_path: Path, limit: str) -> None:
    rig = Rig(tmp_path, **{limit: 12.0})
    assert await rig.ask(3) == ("xxx", None)
    assert await rig.ask(3) == ("xxx", None)
    assert (await rig.ask(3))[1] is not None
    assert await rig.total() == 10
    rig.ledger.close()


async def test_a_long_answer_stops_at_the_limit_and_what_came_is_kept(tmp_path: Path) -> None:
    rig = Rig(tmp_path, request_usd=10.0)
    text, error = await rig.ask(50)
    assert text == "x" * 9 and error is not None and "one request" in str(error)
    assert await rig.total() == 11.0, "the limit and the one piece that passed it"
    rig.ledger.close()


async def test_two_at_once_share_what_is_left(tmp_path: Path) -> None:
    rig = Rig(tmp_path, day_usd=9.0)
    answers = await asyncio.gather(rig.ask(3), rig.ask(3), rig.ask(3))
    assert sorted(text for text, _ in answers) == ["", "", "xxx"]
    assert await rig.total() == 5
    rig.ledger.close()


async def test_without_limits_nothing_is_counted(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path / "usage.sqlite"), session="s1")
    budget = Budget(BudgetLimits(), ledger, FakeClock().clock)

    def never(_: Request) -> Quote:
        raise AssertionError

    model = Budgeted(ScriptedModel([(STOP,)]), budget, never)
    assert [event async for event in model.stream(request())] == [STOP]
    assert not (tmp_path / "usage.sqlite").exists()


async def test_an_unknown_price_is_told_or_refused(tmp_path: Path) -> None:
    rig = Rig(tmp_path, day_usd=1.0)
    model = Budgeted(ScriptedModel([(STOP,)]), rig.budget, lambda _: None)
    warned, finished = [event async for event in model.stream(request())]
    assert isinstance(warned, Warned) and "unknown" in warned.message and finished == STOP
    strict = Budget(BudgetLimits(day_usd=1.0, refuses_unknown=True), rig.ledger, FakeClock().clock)
    with pytest.raises(BudgetError, match="unknown"):
        await anext(Budgeted(ScriptedModel([(STOP,)]), strict, lambda _: None).stream(request()))
    rig.ledger.close()


async def test_with_real_prices_the_ledger_and_the_budget_agree(tmp_path: Path) -> None:
    ledger, clock = Ledger(str(tmp_path / "usage.sqlite"), session="s1"), FakeClock().clock
    tariff = Tariff("openai", "gpt-6.1-sol")
    budget = Budget(BudgetLimits(day_usd=0.05), ledger, clock)
    n_answered = 0
    for _ in range(20):
        scripted = ScriptedModel([(TextDelta("ok"), UsageReport(1_000, 1_000), STOP)])
        model = Budgeted(Metered(scripted, ledger, tariff, clock), budget, dearest([tariff], clock))
        try:
            n_answered += len([event async for event in model.stream(request("word " * 990))]) > 0
        except BudgetError:
            break
    assert n_answered == 4 and (await ledger.spent(START.date())).day_usd == pytest.approx(0.048)
    ledger.close()


async def test_the_dearest_model_is_what_is_quoted() -> None:
    clock = FakeClock().clock
    cheap, dear = Tariff("openai", "gpt-6-luna"), Tariff("openai", "gpt-6-astra")
    unknown, asked = Tariff("openai", "gpt-99"), request()
    assert dearest([cheap, dear, unknown], clock)(asked) == dear.quote(asked, START)
    assert dearest([unknown, dear], clock)(asked) is None


@settings(deadline=None, max_examples=25)
@given(
    rounds=st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=4), max_size=6),
    limit=st.floats(0, 60),
)
def test_spending_never_passes_the_limit_by_more_than_a_piece_for_each_running_request(
    rounds: list[list[int]], limit: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def run() -> None:
        rig = Rig(tmp_path_factory.mktemp("b"), day_usd=limit)
        at_once = max(map(len, rounds), default=0)
        for asked in rounds:
            await asyncio.gather(*map(rig.ask, asked))
        assert await rig.total() <= limit + at_once + 1e-9
        rig.ledger.close()

    asyncio.run(run())
