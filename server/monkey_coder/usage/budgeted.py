"""Budgeted: no request begins, and none goes on, past a limit on what may be spent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from ..core.clock import Clock
from ..core.errors import BudgetError
from ..core.model import Event, Model, ReasoningDelta, Request, TextDelta, Warned
from .ledger import Ledger, Spent
from .prices import Quote, Tariff


@dataclass(frozen=True, slots=True)
class BudgetLimits:
    """The most to spend, in US dollars; None is no limit.

    `refuses_unknown` also refuses models whose price nobody knows; they are warned of otherwise.
    """

    request_usd: float | None = None
    session_usd: float | None = None
    day_usd: float | None = None
    month_usd: float | None = None
    refuses_unknown: bool = False

    @property
    def are_set(self) -> bool:
        limits = (self.request_usd, self.session_usd, self.day_usd, self.month_usd)
        return any(limit is not None for limit in limits)


class Reservation:
    """What one running request has claimed; it grows when the answer is longer than expected."""

    __slots__ = ("usd",)

    def __init__(self, usd: float) -> None:
        self.usd = usd


class Budget:
    """The limits, what has been spent and what running requests have claimed. All models share one."""

    def __init__(self, limits: BudgetLimits, ledger: Ledger, clock: Clock) -> None:
        self.limits = limits
        self._ledger = ledger
        self._clock = clock
        self._spent = Spent()
        self._reserved = 0.0
        # Claims that ended since the ledger was last asked: it may not have them yet.
        self._released = 0.0
        self._released_before = 0.0

    async def reserve(self, usd: float) -> Reservation:
        """Return a claim on `usd`. Raises: BudgetError if that passes a limit; FileError."""
        before = self._released
        spent = await self._ledger.spent(self._clock.now().date())
        self._spent, self._released_before = spent, before
        self._check(usd, usd)
        self._reserved += usd
        return Reservation(usd)

    def grow(self, reservation: Reservation, usd: float) -> None:
        """Let the claim grow to `usd`. Raises: BudgetError if that passes a limit."""
        more = usd - reservation.usd
        if more <= 0:
            return
        self._check(more, usd)
        self._reserved += more
        reservation.usd = usd

    def release(self, reservation: Reservation) -> None:
        """End the claim, after the ledger was handed the row."""
        self._reserved -= reservation.usd
        self._released += reservation.usd

    def _check(self, more_usd: float, request_usd: float) -> None:
        claimed = self._reserved + self._released - self._released_before + more_usd
        limits, spent = self.limits, self._spent
        for limit, reached, what, setting in (
            (limits.request_usd, request_usd, "one request", "request_usd"),
            (limits.session_usd, spent.session_usd + claimed, "this session", "session_usd"),
            (limits.day_usd, spent.day_usd + claimed, "today", "day_usd"),
            (limits.month_usd, spent.month_usd + claimed, "this month", "month_usd"),
        ):
            if limit is not None and reached > limit + 1e-12:
                raise BudgetError(
                    f"The limit of ${limit:.2f} for {what} would be passed (${reached:.4f}). Raise the "
                    f"setting `budget.{setting}`, or choose a cheaper or a local model."
                )


class Budgeted:
    """The model `inner` within `budget`. `quote` says what a request is expected to cost.

    An answer that passes a limit while it streams is stopped there; what has come stays with the caller.
    """

    def __init__(self, inner: Model, budget: Budget, quote: Callable[[Request], Quote | None]) -> None:
        self._inner = inner
        self._budget = budget
        self._quote = quote

    @property
    def name(self) -> str:
        return self._inner.name

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        budget = self._budget
        if not budget.limits.are_set:
            async with aclosing(self._inner.stream(request)) as events:
                async for event in events:
                    yield event
            return
        quote = await asyncio.to_thread(self._quote, request)
        if quote is None:
            if budget.limits.refuses_unknown:
                raise BudgetError(
                    f"The price of {self.name} is unknown, and `budget.refuses_unknown` is set. "
                    "Choose a model with a known price, or change that setting."
                )
            yield Warned(f"The price of {self.name} is unknown, so the budget does not cover it.")
            quote = Quote(0.0, 0.0, 0.0)
        reservation = await budget.reserve(quote.expected_usd)
        usd = quote.input_usd
        try:
            async with aclosing(self._inner.stream(request)) as events:
                async for event in events:
                    yield event
                    kind = type(event)
                    if kind is TextDelta or kind is ReasoningDelta:
                        usd += len(event.text) * quote.usd_per_character  # type: ignore[union-attr]
                        if usd > reservation.usd:
                            budget.grow(reservation, usd)
        finally:
            budget.release(reservation)


def dearest(tariffs: Sequence[Tariff], clock: Clock) -> Callable[[Request], Quote | None]:
    """Return what quotes the highest price of `tariffs`: any of them may answer in the end.

    None if the price of the first one is unknown.
    """

    def quote(request: Request) -> Quote | None:
        at = clock.now()
        quotes = [tariff.quote(request, at) for tariff in tariffs]
        known = [quote for quote in quotes if quote is not None]
        return max(known, key=lambda quote: quote.expected_usd) if quotes and quotes[0] else None

    return quote
