"""A model that is another one for each request, as a policy chooses."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace

from ..core.errors import ConfigError, ProviderError
from ..core.model import Event, Finished, Model, Noted, Request
from .policy import Choice

Chooser = Callable[[Request], Awaitable[Choice]]
Failed = Callable[[Request, str], Awaitable[None]]


class Routed:
    """The model of `models` that `choose` names answers; `failed` hears of one that does not.

    Why it was chosen is noted while it works and told with the finish.
    """

    def __init__(self, models: Mapping[str, Model], choose: Chooser, failed: Failed) -> None:
        if not models:
            raise ValueError("routing needs at least one model")
        self._models = dict(models)
        self._choose = choose
        self._failed = failed

    @property
    def name(self) -> str:
        return next(iter(self._models))

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield what the chosen model answers. Raises: ConfigError if none may be asked."""
        choice = await self._choose(request)
        if choice.model is None:
            raise ConfigError(choice.why)
        yield Noted(f"asking {choice.why}")
        try:
            async with aclosing(self._models[choice.model].stream(request)) as events:
                async for event in events:
                    yield replace(event, why=choice.why) if isinstance(event, Finished) else event
        except ProviderError:
            await self._failed(request, choice.model)
            raise
