"""Retrying: a passing failure is tried again, as long as nothing of the answer has been shown."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from random import Random

from ..core.clock import Clock
from ..core.errors import ProviderError, ProviderFault
from ..core.model import (
    Event,
    Finished,
    FinishReason,
    Model,
    Request,
    TaskKind,
    TextDelta,
    ToolCall,
    UsageReport,
    Warned,
)
from .patience import Patience

_PASSING = frozenset(
    {
        ProviderFault.RATE_LIMITED,
        ProviderFault.OVERLOADED,
        ProviderFault.NETWORK,
        ProviderFault.TIMEOUT,
        ProviderFault.TRUNCATED,
        ProviderFault.MALFORMED,
    }
)
# A timeout that the provider reports at once is worth another try; one that was waited for is not.
_QUICK_TIMEOUT_S = 5.0
_WORTH_TELLING_S = 2.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long. Times in seconds.

    Between attempts waits a random time up to `base_s`, doubled each time up to `most_wait_s` (full
    jitter), or what the provider asks for, if that is at most `most_retry_after_s`. `first_byte_s`
    until the first event of an attempt, `stall_s` between two, `total_s` for everything together.
    """

    attempts: int = 3
    base_s: float = 0.5
    most_wait_s: float = 8.0
    most_retry_after_s: float = 20.0
    first_byte_s: float = 120.0
    stall_s: float = 30.0
    total_s: float = 600.0


# Where another model can answer, waiting for this one helps nobody: a fast failure is passed on in 1 s.
BEFORE_FALLBACK = RetryPolicy(attempts=2, base_s=0.5, most_retry_after_s=0.5)


class Retrying:
    """The model `inner`, asked again after a failure that may pass, within `policy`.

    Once the first text or tool call has been shown, a failure is the caller's to see. An answer
    that ends without `Finished` is a failure (TRUNCATED), and so is one that comes too slowly (TIMEOUT).
    """

    def __init__(
        self,
        inner: Model,
        clock: Clock,
        rng: Random,
        *,
        provider: str,
        model: str,
        policy: RetryPolicy | None = None,
    ) -> None:
        self._inner = inner
        self._clock = clock
        self._rng = rng
        self._provider = provider
        self._model = model
        self._policy = policy or RetryPolicy()

    @property
    def name(self) -> str:
        return self._inner.name

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        policy, clock = self._policy, self._clock
        deadline = clock.monotonic() + policy.total_s
        for number in range(1, policy.attempts + 1):
            is_last = number == policy.attempts
            began = clock.monotonic()
            has_shown = False
            try:
                async with aclosing(
                    self._attempt(request, deadline, may_be_empty=number > 1 or is_last)
                ) as events:
                    async for event in events:
                        kind = type(event)
                        has_shown = has_shown or kind is TextDelta or kind is ToolCall
                        yield event
                return
            except _EmptyAnswerError:
                wait_s = 0.0
            except ProviderError as error:
                if has_shown or is_last or not self._may_pass(error, clock.monotonic() - began):
                    raise
                wait_s = self._wait_s(number, error.retry_after_s)
                if clock.monotonic() + wait_s >= deadline:
                    raise
                if wait_s > _WORTH_TELLING_S:
                    yield Warned(f"{error} Asking again in {wait_s:.0f} s.")
            await clock.sleep(wait_s)

    async def _attempt(
        self, request: Request, deadline: float, *, may_be_empty: bool
    ) -> AsyncGenerator[Event, None]:
        """Yield one attempt's events. Raises: ProviderError; _EmptyAnswerError if nothing at all was said."""
        held: list[Event] = []  # Until something is said, the end is held back: it may be no end.
        has_said = is_finished = False
        async with aclosing(self._inner.stream(request)) as events:
            patience = Patience(events)
            try:
                wait_s, is_first = self._policy.first_byte_s, True
                while (event := await self._next(patience, wait_s, deadline, is_first=is_first)) is not None:
                    kind = type(event)
                    if kind is not Warned:
                        wait_s, is_first = self._policy.stall_s, False
                    is_finished = is_finished or kind is Finished
                    if not has_said:
                        if kind is UsageReport or kind is Finished:
                            held.append(event)
                            continue
                        if kind is TextDelta or kind is ToolCall:
                            has_said = True
                            for earlier in held:
                                yield earlier
                            held.clear()
                    yield event
            finally:
                patience.close()
        if not is_finished:
            what = "the answer broke off. What came is incomplete; ask again."
            raise self._failed(ProviderFault.TRUNCATED, what)
        if request.task.kind is not TaskKind.COMPLETE and _stopped(held):
            if not may_be_empty:
                raise _EmptyAnswerError
            yield Warned(f"{self._provider} ({self._model}) gave an empty answer.")
        for event in held:
            yield event

    async def _next(
        self, patience: Patience[Event], wait_s: float, deadline: float, *, is_first: bool
    ) -> Event | None:
        left_s = deadline - self._clock.monotonic()
        try:
            return await patience.next(min(wait_s, max(left_s, 0.0)))
        except TimeoutError as error:
            if left_s <= wait_s:
                what = f"the answer was not complete after {self._policy.total_s:g} s"
            elif is_first:
                what = f"no answer within {wait_s:g} s"
            else:
                what = f"nothing more came for {wait_s:g} s"
            advice = "Try again, or choose a faster model."
            raise self._failed(ProviderFault.TIMEOUT, f"{what}. {advice}") from error

    def _failed(self, fault: ProviderFault, what: str) -> ProviderError:
        message = f"{self._provider} ({self._model}): {what}"
        return ProviderError(fault, message, provider=self._provider, model=self._model)

    def _may_pass(self, error: ProviderError, took_s: float) -> bool:
        """Whether waiting can help: never for a spent quota, a refused key, or a bad request."""
        if error.fault is ProviderFault.TIMEOUT and took_s > _QUICK_TIMEOUT_S:
            return False
        asks_s = error.retry_after_s or 0.0
        return error.fault in _PASSING and asks_s <= self._policy.most_retry_after_s

    def _wait_s(self, number: int, asks_s: float | None) -> float:
        policy = self._policy
        most_s = min(policy.base_s * 2 ** (number - 1), policy.most_wait_s)
        jitter_s = self._rng.uniform(0, most_s)
        # Not before the time that was asked for, and not everyone at that very moment.
        return jitter_s if asks_s is None else asks_s + jitter_s / 4


def _stopped(held: Sequence[Event]) -> bool:
    return any(isinstance(event, Finished) and event.reason is FinishReason.STOP for event in held)


class _EmptyAnswerError(Exception):
    """The model finished and said nothing."""
