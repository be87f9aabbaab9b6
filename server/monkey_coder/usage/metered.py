"""Metered: every attempt at a model becomes one row of the ledger, however it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime

from ..core.clock import Clock
from ..core.errors import ProviderError, ProviderFault
from ..core.model import (
    Event,
    Finished,
    Model,
    ReasoningDelta,
    Request,
    TextDelta,
    ToolCall,
    UsageReport,
    Warned,
)
from .ledger import Attempt, Ledger
from .prices import Tariff

_MOST_TOKENS = 100_000_000
# A provider that fails with one of these charges nothing, as long as no content came.
_FREE = frozenset(ProviderFault) - {ProviderFault.TRUNCATED}


class Metered:
    """The model `inner`, with its use booked in `ledger` at the price of `tariff`.

    An attempt that ends without a count of tokens (cancelled, cut, a lost race) is booked by estimate.
    """

    def __init__(self, inner: Model, ledger: Ledger, tariff: Tariff, clock: Clock) -> None:
        self._inner = inner
        self._ledger = ledger
        self._tariff = tariff
        self._clock = clock

    @property
    def name(self) -> str:
        return self._inner.name

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        if failure := self._ledger.take_failure():
            yield Warned(str(failure))
        seen = _Seen(self._clock.now(), self._clock.monotonic())
        outcome = "error"
        try:
            async with aclosing(self._inner.stream(request)) as events:
                async for event in events:
                    seen.take(event, self._clock.monotonic())
                    yield event
            outcome = seen.finished.reason.value if seen.finished else ProviderFault.TRUNCATED.value
        except ProviderError as error:
            outcome = error.fault.value
            raise
        except (asyncio.CancelledError, GeneratorExit):
            # Who has the finish and does not ask for more has the whole answer.
            outcome = seen.finished.reason.value if seen.finished else "cancelled"
            raise
        finally:
            seen.whole_s = self._clock.monotonic() - seen.began
            self._ledger.book(_Row(self._ledger.session, self._tariff, request, seen, outcome))


def cost_so_far(tariff: Tariff, request: Request, events: Sequence[Event], at: datetime) -> float | None:
    """Return what an answer has cost as far as its events came, booked by estimate where it was stopped.

    None if the price is not known. Call it off the event loop.
    """
    seen = _Seen(at, 0.0)
    for event in events:
        seen.take(event, 0.0)
    outcome = seen.finished.reason.value if seen.finished else "cancelled"
    return _Row("", tariff, request, seen, outcome)().cost_usd


@dataclass(slots=True)
class _Seen:
    """What is known of an attempt while it runs."""

    at: datetime
    began: float
    first_s: float | None = None
    whole_s: float = 0.0
    pieces: list[str] = field(default_factory=list)
    usage: UsageReport | None = None
    finished: Finished | None = None

    def take(self, event: Event, now: float) -> None:
        kind = type(event)
        if kind is TextDelta or kind is ReasoningDelta:
            self.pieces.append(event.text)  # type: ignore[union-attr]
        elif isinstance(event, ToolCall):
            self.pieces.append(event.name + json.dumps(dict(event.arguments), default=str))
        elif isinstance(event, UsageReport):
            self.usage = event
            return
        elif isinstance(event, Finished):
            self.finished = event
            return
        else:
            return
        if self.first_s is None:
            self.first_s = now - self.began


@dataclass(frozen=True, slots=True)
class _Row:
    """Makes the row of an attempt; called on the ledger's thread, because counting takes a while."""

    session: str
    tariff: Tariff
    request: Request
    seen: _Seen
    outcome: str

    def __call__(self) -> Attempt:
        seen, task, tariff = self.seen, self.request.task, self.tariff
        usage = self._usage()
        answered_by = seen.finished.model.removeprefix(f"{tariff.provider}/") if seen.finished else ""
        return Attempt(
            at=seen.at,
            session=self.session,
            kind=task.kind.value,
            provider=tariff.provider,
            model=tariff.model,
            answered_by=answered_by,
            project=task.document.folder or "",
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cached_tokens=usage.cached_tokens,
            cache_write_tokens=usage.cache_write_tokens,
            reasoning_tokens=usage.reasoning_tokens,
            cost_usd=self._cost(usage, answered_by),
            first_s=seen.first_s,
            whole_s=seen.whole_s,
            outcome=self.outcome,
            is_estimate=usage.is_estimate,
        )

    def _usage(self) -> UsageReport:
        """Return the provider's count of a complete answer, else an estimate."""
        seen, reported = self.seen, self.seen.usage
        is_sane = reported is not None and all(
            0 <= n_tokens <= _MOST_TOKENS
            for n_tokens in (
                reported.input_tokens,
                reported.output_tokens,
                reported.cached_tokens,
                reported.cache_write_tokens,
                reported.reasoning_tokens,
            )
        )
        # A count of nothing for a text that came is none.
        is_missing = reported is not None and seen.pieces and not reported.output_tokens
        if reported is not None and is_sane and seen.finished and not reported.is_estimate and not is_missing:
            return reported
        if self.outcome in _FREE and not seen.pieces and not reported:
            return UsageReport(0, 0)
        counter = self.tariff.counter
        n_output = counter.count("".join(seen.pieces))
        if reported is not None and is_sane and not reported.is_estimate:
            n_output = max(n_output, reported.output_tokens)
            return UsageReport(
                reported.input_tokens or counter.count_request(self.request),
                n_output,
                reported.cached_tokens,
                reported.reasoning_tokens,
                is_estimate=True,
                cache_write_tokens=reported.cache_write_tokens,
            )
        return UsageReport(counter.count_request(self.request), n_output, is_estimate=True)

    def _cost(self, usage: UsageReport, answered_by: str) -> float | None:
        if not usage.input_tokens and not usage.output_tokens and usage.billed_usd is None:
            return 0.0
        return self.tariff.cost_usd(usage, self.seen.at, answered_by=answered_by)
