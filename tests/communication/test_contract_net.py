"""The contract net: the best bid gets the task, and no bidder can hold it up or spend without end."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from monkey_coder.communication.contract_net import Bid, Contractor, Report, contract
from monkey_coder.core.errors import InputError


def contractor(p: float, cost: float, fate: str = "good", name: str = "") -> Contractor[str, str]:
    async def bid(_task: str) -> Bid | None:
        if fate == "mute":
            await asyncio.Event().wait()
        if fate == "no bid":
            return None
        if fate == "cannot bid":
            raise InputError("no model")
        return Bid(p, cost)

    async def perform(task: str) -> str:
        if fate == "stuck":
            await asyncio.Event().wait()
        if fate == "fails":
            raise InputError("out of budget")
        if fate == "crashes":
            raise ZeroDivisionError("a bug")
        return f"{task} by {name}"

    return Contractor(bid, perform)


async def run(contractors: dict[str, Contractor[str, str]], worth: float = 1.0) -> Report[str]:
    return await contract("t", contractors, worth_usd=worth, bid_s=0.02, perform_s=0.02)


async def test_the_best_expected_value_wins() -> None:
    report = await run({"dear": contractor(0.9, 0.5), "good": contractor(0.8, 0.1, name="good")})
    assert (report.winner, report.result) == ("good", "t by good")
    assert [name for name, _ in report.bids] == ["good", "dear"]


async def test_a_task_worth_less_than_it_costs_stays_undone() -> None:
    report = await run({"a": contractor(0.5, 0.1)}, worth=0.1)
    assert (report.winner, report.result, report.bids) == ("", None, ())
    assert (await run({})).winner == ""


async def test_the_next_best_takes_over_from_who_fails_crashes_or_is_stuck() -> None:
    report = await run(
        {
            "stuck": contractor(0.99, 0.0, "stuck"),
            "crashes": contractor(0.95, 0.0, "crashes"),
            "fails": contractor(0.9, 0.0, "fails"),
            "mute": contractor(1.0, 0.0, "mute"),
            "cannot": contractor(1.0, 0.0, "cannot bid"),
            "good": contractor(0.1, 0.0, name="good"),
        }
    )
    assert report.winner == "good"
    assert {failure.contractor: failure.why for failure in report.failures} == {
        "mute": "made no bid within 0.02 s",
        "cannot": "no model",
        "stuck": "took longer than 0.02 s",
        "crashes": "it crashed: ZeroDivisionError: a bug",
        "fails": "out of budget",
    }


FATES = st.sampled_from(["good", "fails", "stuck", "crashes", "mute", "no bid", "cannot bid"])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(FATES, st.floats(0, 1), st.floats(0, 1)), max_size=5))
def test_it_always_ends_and_somebody_delivers_if_anybody_can(bids: list[tuple[str, float, float]]) -> None:
    contractors = {str(n): contractor(p, cost, fate, str(n)) for n, (fate, p, cost) in enumerate(bids)}
    report = asyncio.run(asyncio.wait_for(run(contractors), 5))
    able = [n for n, (fate, p, cost) in enumerate(bids) if fate == "good" and p - cost > 0]
    assert bool(report.winner) == bool(able)
