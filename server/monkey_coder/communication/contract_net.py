"""The contract net: announce a task, collect bids, award it to the best bid, and pass it on if it fails.

After Smith, "The contract net protocol", IEEE Transactions on Computers C-29, 1980. A bid is the expected
value of letting the bidder do it: probability of success × worth − cost. Who does not bid in time is left
out; who fails, or takes too long, loses the task to the next best bid.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..core.errors import MonkeyCoderError

Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Bid:
    """What a bidder promises: to succeed with `p_success`, for `cost_usd`."""

    p_success: float
    cost_usd: float

    def expected_usd(self, worth_usd: float) -> float:
        """Return the expected value for a task whose success is worth `worth_usd`."""
        return self.p_success * worth_usd - self.cost_usd


@dataclass(frozen=True, slots=True)
class Contractor(Generic[Task, Result]):
    """Somebody who may do tasks. `bid` returns None for what it will not do."""

    bid: Callable[[Task], Awaitable[Bid | None]]
    perform: Callable[[Task], Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class Failure:
    """Who made no bid in time, or was awarded the task and did not deliver; and why."""

    contractor: str
    why: str


@dataclass(frozen=True, slots=True)
class Report(Generic[Result]):
    """How an announcement ended. `winner` is "" and `result` None if nobody delivered.

    `bids` are all that were worth taking, best first.
    """

    winner: str
    result: Result | None
    bids: tuple[tuple[str, Bid], ...]
    failures: tuple[Failure, ...] = ()


async def contract(
    task: Task,
    contractors: Mapping[str, Contractor[Task, Result]],
    *,
    worth_usd: float,
    bid_s: float,
    perform_s: float,
) -> Report[Result]:
    """Announce `task`, wait `bid_s` for bids, and let the best perform it, each within `perform_s`.

    Bids of no positive expected value are not taken: a task that costs more than it is worth stays undone.
    """
    bids, failures = await _bids(task, contractors, bid_s)
    worthy = [(name, bid) for name, bid in bids.items() if bid.expected_usd(worth_usd) > 0]
    ranked = tuple(sorted(worthy, key=lambda pair: -pair[1].expected_usd(worth_usd)))
    for name, _ in ranked:
        try:
            async with asyncio.timeout(perform_s):
                result = await contractors[name].perform(task)
        except TimeoutError:
            failures.append(Failure(name, f"took longer than {perform_s:g} s"))
        except Exception as error:  # noqa: BLE001  (whatever befalls one agent is told, and no other's end)
            failures.append(Failure(name, _why(error)))
        else:
            return Report(name, result, ranked, tuple(failures))
    return Report("", None, ranked, tuple(failures))


async def _bids(
    task: Task, contractors: Mapping[str, Contractor[Task, Result]], within_s: float
) -> tuple[dict[str, Bid], list[Failure]]:
    """Return the bids that came in time, and which bidders failed to make one."""
    asked = {name: asyncio.ensure_future(one.bid(task)) for name, one in contractors.items()}
    if not asked:
        return {}, []
    bids: dict[str, Bid] = {}
    failures: list[Failure] = []
    try:
        await asyncio.wait(asked.values(), timeout=within_s)
        for name, future in asked.items():
            if not future.done() or future.cancelled():
                failures.append(Failure(name, f"made no bid within {within_s:g} s"))
            elif (error := future.exception()) is not None:
                failures.append(Failure(name, _why(error)))
            elif (bid := future.result()) is not None:
                bids[name] = bid
        return bids, failures
    finally:
        for future in asked.values():
            future.cancel()
        await asyncio.gather(*asked.values(), return_exceptions=True)


def _why(error: BaseException) -> str:
    return (
        str(error) if isinstance(error, MonkeyCoderError) else f"it crashed: {type(error).__name__}: {error}"
    )
