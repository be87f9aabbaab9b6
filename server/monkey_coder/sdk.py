"""The face for Python programs: any provider's model, behind the same wrappers as in an editor.

Owns: `stream`, `ask` and `Client`; everything else here is defined in `core`.
Never: Build or decide anything; `app` builds, the models answer.
Read first: `stream`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any

from .core.documents import Document, Span
from .core.errors import (
    BudgetError,
    ConfigError,
    InputError,
    MonkeyCoderError,
    ProviderError,
    ProviderFault,
)
from .core.model import (
    Event,
    Finished,
    FinishReason,
    Message,
    Model,
    ReasoningDelta,
    Request,
    Task,
    TaskKind,
    TextDelta,
    Tool,
    ToolCall,
    UsageReport,
    Warned,
)

if TYPE_CHECKING:
    from .app import Health, Models

__all__ = [
    "Answer",
    "BudgetError",
    "Client",
    "ConfigError",
    "Event",
    "FinishReason",
    "Finished",
    "InputError",
    "Message",
    "MonkeyCoderError",
    "ProviderError",
    "ProviderFault",
    "ReasoningDelta",
    "TextDelta",
    "Tool",
    "ToolCall",
    "UsageReport",
    "Warned",
    "ask",
    "stream",
]

# A script has no document; the task says so to engines that look at it.
_TASK = Task(TaskKind.CHAT, Document("untitled:script", "plaintext", 1, ""), Span(0, 0))


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. `model` says who gave it; `usage` is None where nobody counted."""

    text: str
    model: str
    reason: FinishReason
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    usage: UsageReport | None = None
    warnings: tuple[str, ...] = ()


class Client:
    """One model, with its connections kept open: `async with Client("openai/gpt-6-luna") as client`.

    `model` is PROVIDER/MODEL, PROVIDER for its usual model, or "" for the one in the user's settings.
    Keys, fallbacks, budgets and rate limits are those of the user's settings, and every attempt is
    booked in the user's ledger.
    """

    def __init__(self, model: str = "") -> None:
        self._name = model
        self._opened: tuple[Model, Models] | None = None

    async def __aenter__(self) -> Client:
        """Read the settings. Raises: ConfigError if `model` cannot be used."""
        from .app import open_model

        self._opened = await asyncio.to_thread(open_model, self._name)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._opened is not None:
            (_, models), self._opened = self._opened, None
            await models.aclose()

    @property
    def health(self) -> tuple[Health, ...]:
        """How each model that was asked has been doing."""
        return self._open()[1].health()

    async def stream(
        self,
        prompt: str | Sequence[Message],
        *,
        system: str = "",
        tools: Sequence[Tool] = (),
        schema: Mapping[str, Any] | None = None,
        max_tokens: int | None = None,
        temperature: float | None = None,
    ) -> AsyncGenerator[Event, None]:
        """Yield the answer's events as they arrive; the last is `Finished`.

        `prompt` is what the user says, or a whole conversation. With `schema`, a JSON schema, the text is
        a JSON value that fits it. Raises: MonkeyCoderError, whose message says what to do next.
        """
        messages = (Message("user", prompt),) if isinstance(prompt, str) else tuple(prompt)
        if not messages:
            raise InputError("there is nothing to ask: the prompt holds no message")
        if system:
            messages = (Message("system", system), *messages)
        request = Request(
            _TASK,
            messages,
            tools=tuple(tools),
            schema=schema,
            max_tokens=max_tokens,
            temperature=temperature,
        )
        async with aclosing(self._open()[0].stream(request)) as events:
            async for event in events:
                yield event

    async def ask(self, prompt: str | Sequence[Message], **options: Any) -> Answer:
        """Return the whole answer. Takes the options of `stream`, and raises what it does."""
        async with aclosing(self.stream(prompt, **options)) as events:
            return _whole([event async for event in events])

    def _open(self) -> tuple[Model, Models]:
        if self._opened is None:
            raise InputError("open the client first: async with Client(…) as client")
        return self._opened


async def stream(
    model: str,
    prompt: str | Sequence[Message],
    *,
    system: str = "",
    tools: Sequence[Tool] = (),
    schema: Mapping[str, Any] | None = None,
    max_tokens: int | None = None,
    temperature: float | None = None,
) -> AsyncGenerator[Event, None]:
    """Yield the events of one answer; see `Client.stream`. For several answers, a `Client` is faster."""
    async with Client(model) as client:
        events = client.stream(
            prompt,
            system=system,
            tools=tools,
            schema=schema,
            max_tokens=max_tokens,
            temperature=temperature,
        )
        async with aclosing(events):
            async for event in events:
                yield event


async def ask(model: str, prompt: str | Sequence[Message], **options: Any) -> Answer:
    """Return one whole answer. Takes the options of `stream`, and raises what it does."""
    async with Client(model) as client:
        return await client.ask(prompt, **options)


def _whole(events: Sequence[Event]) -> Answer:
    def joined(kind: type[TextDelta] | type[ReasoningDelta]) -> str:
        return "".join(event.text for event in events if isinstance(event, kind))

    finished = events[-1]
    assert isinstance(finished, Finished), "a stream that is cut raises"
    return Answer(
        joined(TextDelta),
        finished.model,
        finished.reason,
        joined(ReasoningDelta),
        tuple(event for event in events if isinstance(event, ToolCall)),
        next((event for event in reversed(events) if isinstance(event, UsageReport)), None),
        tuple(event.message for event in events if isinstance(event, Warned)),
    )
