"""Ask a model, within a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from ..core.errors import ProviderError, ProviderFault
from ..core.model import Event, Model, Request


async def ask(model: Model, request: Request, *, within_s: float) -> AsyncGenerator[Event, None]:
    """Yield the model's events. The time counts the waiting for the model, not the caller's own work.

    Raises: ProviderError, also when the time is over.
    """
    left_s = within_s
    loop = asyncio.get_running_loop()
    async with aclosing(model.stream(request)) as events:
        while True:
            began = loop.time()
            try:
                async with asyncio.timeout(left_s):
                    event = await anext(events, None)
            except TimeoutError as error:
                raise ProviderError(
                    ProviderFault.TIMEOUT,
                    f"{model.name} did not finish within {within_s:g} s; "
                    "choose a faster model or raise the limit in the settings",
                    provider=model.name,
                    model=model.name,
                ) from error
            if event is None:
                return
            left_s -= loop.time() - began
            yield event
