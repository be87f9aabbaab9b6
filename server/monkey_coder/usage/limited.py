"""Limited: no more requests and tokens a minute than a provider allows, and first come, first served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from ..core.clock import Clock
from ..core.errors import ProviderError, ProviderFault
from ..core.model import Event, Model, Request, UsageReport, Warned

_WORTH_TELLING_S = 2.0


@dataclass(frozen=True, slots=True)
class RateLimits:
    """What a provider allows a minute; None is no limit. Nobody waits longer than `most_wait_s`."""

    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    most_wait_s: float = 60.0

    def __post_init__(self) -> None:
        for limit in (self.requests_per_minute, self.tokens_per_minute):
            if limit is not None and limit <= 0:
                raise ValueError("a rate limit is above 0; leave it out for none")


class Limiter:
    """Two token buckets that all models of one provider share. Each holds a minute's worth."""

    def __init__(self, limits: RateLimits, clock: Clock) -> None:
        self.limits = limits
        self._clock = clock
        self._requests = _Bucket(limits.requests_per_minute, clock.monotonic())
        self._tokens = _Bucket(limits.tokens_per_minute, clock.monotonic())
        self._turn = asyncio.Lock()  # Wakes those who wait in the order they came.

    async def admit(self, n_tokens: int) -> float:
        """Wait for the caller's turn; return how long that took, in seconds.

        Raises: TimeoutError at once if the wait would be longer than allowed.
        """
        began = self._clock.monotonic()
        if self._wait_s(began, n_tokens) > self.limits.most_wait_s:
            raise TimeoutError
        async with self._turn:
            # A cancelled or refused caller leaves the buckets as they were.
            while (wait_s := self._wait_s(self._clock.monotonic(), n_tokens)) > 0:
                if self._clock.monotonic() + wait_s - began > self.limits.most_wait_s:
                    raise TimeoutError
                await self._clock.sleep(wait_s)
            self._requests.take(1)
            self._tokens.take(n_tokens)
        return self._clock.monotonic() - began

    def settle(self, n_expected: int, n_used: int) -> None:
        """Correct what `admit` took, now that the use is known."""
        self._tokens.take(n_used - n_expected)

    def _wait_s(self, at: float, n_tokens: int) -> float:
        return max(self._requests.wait_s(at, 1), self._tokens.wait_s(at, n_tokens))


class _Bucket:
    """Fills by `per_minute` a minute up to that many. May go below 0 when more was used than expected."""

    def __init__(self, per_minute: float | None, at: float) -> None:
        self._most = per_minute
        self._level = per_minute or 0.0
        self._at = at

    def wait_s(self, at: float, amount: float) -> float:
        """Return the seconds from `at` until `amount` is there; more than fits waits for a full bucket."""
        if self._most is None:
            return 0.0
        self._level = min(self._level + (at - self._at) * self._most / 60, self._most)
        self._at = at
        missing = min(amount, self._most) - self._level
        # A rounding error must not become a wait that ends just too early, again and again.
        return missing * 60 / self._most if missing > 1e-6 else 0.0

    def take(self, amount: float) -> None:
        if self._most is not None:
            self._level = min(self._level - amount, self._most)


class Limited:
    """The model `inner` within the limits of `limiter`. `count` expects the tokens of a request."""

    def __init__(
        self, inner: Model, limiter: Limiter, *, provider: str, model: str, count: Callable[[Request], int]
    ) -> None:
        self._inner = inner
        self._limiter = limiter
        self._provider = provider
        self._model = model
        self._count = count

    @property
    def name(self) -> str:
        return self._inner.name

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        has_tokens = self._limiter.limits.tokens_per_minute is not None
        n_expected = await asyncio.to_thread(self._count, request) if has_tokens else 0
        try:
            waited_s = await self._limiter.admit(n_expected)
        except TimeoutError as error:
            limits = self._limiter.limits
            raise ProviderError(
                ProviderFault.RATE_LIMITED,
                f"{self._provider} ({self._model}): your own limit on requests or tokens a minute leaves no "
                f"room within {limits.most_wait_s:.0f} s. Wait, or raise the limit.",
                provider=self._provider,
                model=self._model,
                retry_after_s=limits.most_wait_s,
            ) from error
        if waited_s > _WORTH_TELLING_S:
            yield Warned(f"Waited {waited_s:.0f} s for the limit on requests to {self._provider}.")
        n_used: int | None = None
        try:
            async with aclosing(self._inner.stream(request)) as events:
                async for event in events:
                    if isinstance(event, UsageReport):
                        n_used = event.input_tokens + event.output_tokens
                    yield event
        finally:
            if has_tokens and n_used is not None:
                self._limiter.settle(n_expected, n_used)
