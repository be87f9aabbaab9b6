"""Markdown about the code: what it does (explain), or what is wrong with it (review)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from ..core.kit import Kit
from ..core.model import Event, Task
from .ask import ask
from .context import with_context
from .inert import inert
from .prompts import request_for

_CONTEXT_CHARACTERS = 12_000


async def explain(kit: Kit, task: Task) -> AsyncGenerator[Event, None]:
    """Yield the model's events; the Markdown is in the `TextDelta`s. Raises: MonkeyCoderError."""
    text, span = task.document.text, task.span
    before = text[max(0, span.start - _CONTEXT_CHARACTERS) : span.start]
    after = text[span.end : span.end + _CONTEXT_CHARACTERS]
    task = await with_context(kit, task, kit.model)
    request = request_for(task, before=before, after=after)
    async with aclosing(inert(ask(kit.model, request, within_s=kit.limits.edit_s))) as events:
        async for event in events:
            yield event
