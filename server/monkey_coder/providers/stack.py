"""This room's wrappers around a model: who is asked, how often, and who stands in."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import date
from random import Random
from typing import TYPE_CHECKING

from ..core.clock import Clock
from ..core.endpoint import Endpoint
from ..core.model import Event, Model, Request, Warned
from .breaking import Breaking, Circuits, Health
from .build import model_at
from .falling_back import Candidate, FallingBack
from .registry import Entry, Role, chain, resolve
from .retrying import BEFORE_FALLBACK, Retrying, RetryPolicy

if TYPE_CHECKING:
    from .adapter import Adapter

# The adapter watches its own deadlines, and knows hidden work from silence; this is the net below it.
_NET_S = 5.0
_MOST_QUEUE_S = 60.0


@dataclass(frozen=True, slots=True)
class Known:
    """An endpoint under the name that its provider answers to today, and what is known of the model.

    `notes` is what the user should be told of it.
    """

    endpoint: Endpoint
    entry: Entry | None = None
    takes_sampling: bool = True
    notes: tuple[str, ...] = ()


def known(endpoint: Endpoint, today: date) -> Known:
    """Return what the registry says of an endpoint's model: a retired one has become its replacement."""
    found = resolve(endpoint.model, today, provider=endpoint.name) if endpoint.model else None
    if found is None or found.entry is None:
        return Known(endpoint)
    notes = [found.warning] if found.warning else []
    changes: dict[str, object] = {"model": found.name}
    if endpoint.temperature is not None and not found.takes_sampling:
        notes.append(f"{found.name} takes no temperature; the setting is left out.")
        changes["temperature"] = None
    if endpoint.reasoning_effort and not found.takes_effort:
        notes.append(f"{found.name} takes no reasoning effort; the setting is left out.")
        changes["reasoning_effort"] = ""
    changed = replace(endpoint, **changes)  # type: ignore[arg-type]
    return Known(changed, found.entry, found.takes_sampling, tuple(notes))


def later_in_chain(first: Known, today: date) -> tuple[Known, ...]:
    """Return the provider's models that stand in for `first`: long-lived, then small.

    Only those later in the chain, so that no failure makes an answer dearer than it was asked for.
    """
    roles = list(Role)
    entry = first.entry
    place = roles.index(entry.role) if entry is not None and entry.role is not None else 0
    return tuple(
        known(replace(first.endpoint, model=later.name), today)
        for later in chain(first.endpoint.name, today)
        if later.role is not None and roles.index(later.role) > place and later.name != first.endpoint.model
    )


async def offered(endpoint: Endpoint) -> tuple[str, ...]:
    """Return the models that an endpoint offers to its key. Raises: ProviderError, ConfigError."""
    adapter = model_at(endpoint)
    try:
        return await adapter.models()
    finally:
        await adapter.close()


class Wires:
    """The adapters of one session, and how each is doing. Imports no SDK before the first request."""

    def __init__(self, clock: Clock, *, attempts: int, deadline_s: float) -> None:
        self._clock = clock
        self._rng = Random()
        self._attempts = attempts
        self._deadline_s = deadline_s
        self._circuits = Circuits(clock)
        self._adapters: dict[Endpoint, Adapter] = {}

    def adapter(self, endpoint: Endpoint) -> Model:
        """Return what speaks with `endpoint`; the same one for the same endpoint."""
        if endpoint not in self._adapters:
            self._adapters[endpoint] = model_at(endpoint)
        return self._adapters[endpoint]

    def persistent(self, attempts: Model, one: Known, *, is_last: bool) -> Model:
        """Return the model whose single tries are `attempts`: tried again, and left alone while it fails.

        Unless `is_last`, another model can answer, and waiting is cut short.
        """
        endpoint = one.endpoint
        policy = RetryPolicy(attempts=self._attempts) if is_last else BEFORE_FALLBACK
        policy = replace(
            policy,
            attempts=min(policy.attempts, self._attempts),
            first_byte_s=endpoint.connect_s + endpoint.first_byte_s + _MOST_QUEUE_S + _NET_S,
            stall_s=endpoint.total_s + _NET_S,
            total_s=self._deadline_s,
        )
        retrying = Retrying(
            attempts, self._clock, self._rng, provider=endpoint.name, model=endpoint.model, policy=policy
        )
        breaking = Breaking(retrying, self._circuits.circuit(endpoint.name, endpoint.model), self._clock)
        return _Suited(breaking, one)

    def first_of(self, models: Sequence[tuple[Model, Known]]) -> Model:
        """Return the first of `models` that answers."""
        return FallingBack(
            [
                Candidate(model, one.entry.input or one.entry.context if one.entry else None)
                for model, one in models
            ]
        )

    def health(self) -> tuple[Health, ...]:
        """Return how every model that was asked has been doing."""
        return self._circuits.health()

    async def aclose(self) -> None:
        """Close all connections."""
        for adapter in self._adapters.values():
            await adapter.close()


class _Suited:
    """A model asked only for what it takes; the user is told once what changed."""

    def __init__(self, inner: Model, one: Known) -> None:
        self._inner = inner
        self._one = one
        self._notes = one.notes

    @property
    def name(self) -> str:
        return self._inner.name

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        notes, self._notes = self._notes, ()
        for note in notes:
            yield Warned(note)
        if request.temperature is not None and not self._one.takes_sampling:
            request = replace(request, temperature=None)
        async with aclosing(self._inner.stream(request)) as events:
            async for event in events:
                yield event
