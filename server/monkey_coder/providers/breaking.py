"""Breaking: a model that keeps failing is left alone for a while, and its health can be looked at."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum

from ..core.clock import Clock
from ..core.errors import ProviderError, ProviderFault
from ..core.model import Event, Model, Request, Warned

# What a failure says about the provider; a wrong key or a long prompt says nothing about it.
_TELLING = frozenset(
    {
        ProviderFault.OVERLOADED,
        ProviderFault.NETWORK,
        ProviderFault.TIMEOUT,
        ProviderFault.TRUNCATED,
        ProviderFault.MALFORMED,
    }
)


class State(StrEnum):
    """Closed lets requests through, open refuses them, half-open lets one through to see."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When a circuit opens, and for how long. Times in seconds.

    Of the last `window` calls, none older than `window_s`, it takes `least_calls` and a share of
    `error_rate` failures, or `slow_rate` with a first event later than `slow_s`. It stays open for
    `open_s`, doubled up to `most_open_s` each time that the one call let through then fails too. A
    provider that is rate limited is left alone as long as it asks, up to `most_cooldown_s`.
    """

    window: int = 20
    window_s: float = 120.0
    least_calls: int = 4
    error_rate: float = 0.5
    slow_s: float = 30.0
    slow_rate: float = 0.8
    open_s: float = 10.0
    most_open_s: float = 300.0
    cooldown_s: float = 2.0
    most_cooldown_s: float = 900.0


@dataclass(frozen=True, slots=True)
class Health:
    """How one model at one provider has been doing lately.

    `first_s` and `slowest_first_s` are the median and the worst time to the first event in the
    window; `opens_for_s` is how long requests are still refused.
    """

    provider: str
    model: str
    state: State
    n_calls: int
    error_rate: float
    first_s: float | None
    slowest_first_s: float | None
    last_fault: str
    opens_for_s: float


@dataclass(frozen=True, slots=True)
class _Call:
    at: float
    is_failure: bool
    first_s: float | None


class Circuit:
    """What is known of one model at one provider; every `Breaking` around it shares it."""

    def __init__(self, provider: str, model: str, clock: Clock, policy: BreakerPolicy) -> None:
        self.provider = provider
        self.model = model
        self._clock = clock
        self._policy = policy
        self._calls: deque[_Call] = deque(maxlen=policy.window)
        self._opened_until = 0.0
        self._is_open = False
        self._has_probe = False
        self._n_opened = 0
        self._cooldown_until = 0.0
        self._last_fault = ""

    @property
    def state(self) -> State:
        if self.opens_for_s > 0:
            return State.OPEN
        return State.HALF_OPEN if self._is_open else State.CLOSED

    @property
    def opens_for_s(self) -> float:
        """How long requests are still refused."""
        return max(self._opened_until, self._cooldown_until, now := self._clock.monotonic()) - now

    def admit(self) -> bool:
        """Let a call through, and return whether it is a probe. Raises: ProviderError if it is refused."""
        state = self.state
        if state is State.OPEN or (state is State.HALF_OPEN and self._has_probe):
            is_limited = self._cooldown_until > self._clock.monotonic()
            fault = ProviderFault.RATE_LIMITED if is_limited else ProviderFault.OVERLOADED
            wait_s = max(self.opens_for_s, 1.0)
            raise ProviderError(
                fault,
                f"{self.provider} ({self.model}) is left alone for another {wait_s:.0f} s, because it "
                f"failed before ({self._last_fault}). Wait, or choose another model.",
                provider=self.provider,
                model=self.model,
                retry_after_s=wait_s,
            )
        self._has_probe = state is State.HALF_OPEN
        return self._has_probe

    def succeed(self, first_s: float | None, *, is_probe: bool) -> None:
        """Take note of a call that went well."""
        if is_probe:
            self._is_open = False
            self._n_opened = 0
            self._calls.clear()
        self._note(is_failure=False, first_s=first_s)

    def fail(self, error: ProviderError, first_s: float | None, *, is_probe: bool) -> None:
        """Take note of a call that failed."""
        now = self._clock.monotonic()
        if error.fault is ProviderFault.RATE_LIMITED:
            asks_s = error.retry_after_s if error.retry_after_s is not None else self._policy.cooldown_s
            self._last_fault = error.fault.value
            self._cooldown_until = max(self._cooldown_until, now + min(asks_s, self._policy.most_cooldown_s))
        if error.fault not in _TELLING:
            return
        self._last_fault = error.fault.value
        self._note(is_failure=True, first_s=first_s)
        if is_probe:
            self._open()

    def end_probe(self) -> None:
        """Let another call see whether the provider is back."""
        self._has_probe = False

    def health(self) -> Health:
        """Return how it is doing."""
        calls = self._recent()
        firsts = sorted(call.first_s for call in calls if call.first_s is not None)
        return Health(
            self.provider,
            self.model,
            self.state,
            len(calls),
            sum(call.is_failure for call in calls) / len(calls) if calls else 0.0,
            firsts[len(firsts) // 2] if firsts else None,
            firsts[-1] if firsts else None,
            self._last_fault,
            self.opens_for_s,
        )

    def _recent(self) -> list[_Call]:
        since = self._clock.monotonic() - self._policy.window_s
        return [call for call in self._calls if call.at >= since]

    def _note(self, *, is_failure: bool, first_s: float | None) -> None:
        policy = self._policy
        self._calls.append(_Call(self._clock.monotonic(), is_failure, first_s))
        calls = self._recent()
        if self._is_open or len(calls) < policy.least_calls:
            return
        n_failed = sum(call.is_failure for call in calls)
        n_slow = sum(call.first_s is not None and call.first_s > policy.slow_s for call in calls)
        if n_failed / len(calls) >= policy.error_rate or n_slow / len(calls) >= policy.slow_rate:
            if not is_failure and n_failed / len(calls) < policy.error_rate:
                self._last_fault = "slow"
            self._open()

    def _open(self) -> None:
        policy = self._policy
        self._is_open = True
        self._opened_until = self._clock.monotonic() + min(
            policy.open_s * 2**self._n_opened, policy.most_open_s
        )
        self._n_opened = min(self._n_opened + 1, 30)


class Circuits:
    """The circuits of all models, one for each provider and model."""

    def __init__(self, clock: Clock, policy: BreakerPolicy | None = None) -> None:
        self._clock = clock
        self._policy = policy or BreakerPolicy()
        self._circuits: dict[tuple[str, str], Circuit] = {}

    def circuit(self, provider: str, model: str) -> Circuit:
        """Return the one circuit of this model at this provider."""
        key = (provider, model)
        if key not in self._circuits:
            self._circuits[key] = Circuit(provider, model, self._clock, self._policy)
        return self._circuits[key]

    def health(self) -> tuple[Health, ...]:
        """Return how every model that was asked for is doing."""
        return tuple(circuit.health() for circuit in self._circuits.values())


class Breaking:
    """The model `inner`, refused at once while its circuit is open."""

    def __init__(self, inner: Model, circuit: Circuit, clock: Clock) -> None:
        self._inner = inner
        self._circuit = circuit
        self._clock = clock

    @property
    def name(self) -> str:
        return self._inner.name

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        circuit, clock = self._circuit, self._clock
        is_probe = circuit.admit()
        began, first_s = clock.monotonic(), None
        try:
            async with aclosing(self._inner.stream(request)) as events:
                async for event in events:
                    if first_s is None and type(event) is not Warned:
                        first_s = clock.monotonic() - began
                    yield event
            circuit.succeed(first_s, is_probe=is_probe)
        except ProviderError as error:
            circuit.fail(error, first_s, is_probe=is_probe)
            raise
        except (asyncio.CancelledError, GeneratorExit):
            # Whoever left after an answer had begun has seen that the provider works.
            if first_s is not None:
                circuit.succeed(first_s, is_probe=is_probe)
            raise
        finally:
            if is_probe:
                circuit.end_probe()
