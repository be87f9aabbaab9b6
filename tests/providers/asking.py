"""Asking a Model in a test and looking at what came."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, field, replace

from monkey_coder.core.documents import Document, Span
from monkey_coder.core.endpoint import Endpoint, Secret
from monkey_coder.core.errors import ProviderError
from monkey_coder.core.model import (
    Event,
    Finished,
    Message,
    ReasoningDelta,
    Request,
    Task,
    TaskKind,
    TextDelta,
    ToolCall,
    UsageReport,
    Warned,
)
from monkey_coder.providers.adapter import Adapter
from monkey_coder.providers.build import model_at

KEY = "sk-loop-0123456789abcdefghij"
TASK = Task(TaskKind.EDIT, Document("file:///a.py", "python", 1, ""), Span(0, 0))
REQUEST = Request(TASK, (Message("user", "say hello to the person who reads this"),))


@dataclass
class Answer:
    """The events of one answer, sorted."""

    text: str = ""
    reasoning: str = ""
    calls: list[tuple[str, str, dict[str, object]]] = field(default_factory=list)
    usage: UsageReport | None = None
    finished: Finished | None = None
    warnings: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


def endpoint(url: str, **changes: object) -> Endpoint:
    base = Endpoint(
        "loop", url, "m", api_key=Secret(KEY), connect_s=10, first_byte_s=20, stall_s=20, total_s=60
    )
    return replace(base, **changes)  # type: ignore[arg-type]


async def ask(model: Adapter, request: Request = REQUEST) -> Answer:
    """Return everything that the model says; the connection stays open for the next question."""
    answer = Answer()
    async with aclosing(model.stream(request)) as stream:  # type: ignore[type-var]
        async for event in stream:
            answer.events.append(event)
            match event:
                case TextDelta(text):
                    answer.text += text
                case ReasoningDelta(text):
                    answer.reasoning += text
                case ToolCall(id, name, arguments):
                    answer.calls.append((id, name, dict(arguments)))
                case UsageReport():
                    answer.usage = event
                case Finished():
                    answer.finished = event
                case Warned(message):
                    answer.warnings.append(message)
    return answer


async def ask_once(
    url: str, request: Request = REQUEST, *, is_streamed: bool = True, **changes: object
) -> Answer:
    """Return the answer of a fresh adapter, closed afterwards. `changes` are those of the endpoint."""
    model = model_at(endpoint(url, **changes), is_streamed=is_streamed)
    try:
        return await ask(model, request)
    finally:
        await model.close()


async def failure_of(url: str, request: Request = REQUEST, **changes: object) -> ProviderError:
    """Return the error that the adapter raises, having checked that it shows no key and no prompt."""
    try:
        answer = await ask_once(url, request, **changes)
    except ProviderError as error:
        assert KEY not in str(error)
        assert request.messages[0].content not in str(error)
        assert error.provider == "loop"
        return error
    raise AssertionError(f"answered: {answer}")
