"""Chat about the code: a conversation that is kept, with what the project and earlier ones say to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from ..core.documents import Document, Span
from ..core.errors import ConfigError, InputError, ProviderError, ProviderFault
from ..core.kit import IndexState, Kit
from ..core.memory import Memory
from ..core.model import Fact, Finished, Task, TaskKind, TextDelta, UsageReport, Warned
from ..usage.prices import cost_usd
from .ask import ask
from .context import with_context
from .inert import inert
from .prompts import chat_request

_HISTORY_TOKENS = 12_000
_MOST_RECALLED = 3
_AROUND_CHARACTERS = 4_000
_MOST_CHARACTERS = 200_000


@dataclass(frozen=True, slots=True)
class Question:
    """What the user asks. Without a `conversation` one begins; `document` and `span` say what about."""

    text: str
    project: str = ""
    conversation: str = ""
    document: Document | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """The conversation is there, with the question in it."""

    conversation: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A part of the project that was sent along: its path, first and last line, counted from 1."""

    path: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Answered:
    """The whole answer, kept as `message`. `usd` is None where the price is unknown."""

    conversation: str
    message: str
    markdown: str
    model: str
    usd: float | None
    is_estimate: bool
    sent: tuple[Sent, ...]


async def chat(kit: Kit, question: Question) -> AsyncGenerator[Begun | TextDelta | Warned | Answered, None]:
    """Yield `Begun`, the answer's pieces and what the user should know, at the end `Answered`.

    What was written before a failure or a cancel is kept. Raises: MonkeyCoderError.
    """
    memory = _memory_for(kit, question)
    conversation = question.conversation or await memory.start_conversation(question.project)
    await memory.append(conversation, "user", question.text)
    yield Begun(conversation)
    facts = await _recalled(memory, question, conversation)
    is_offline = kit.model.name == kit.offline_model.name
    packed = await memory.pack(conversation, _HISTORY_TOKENS, model=None if is_offline else kit.model)
    task, before, after = _task(question, facts)
    if kit.indexing is not None and kit.indexing.progress.state is IndexState.BUILDING:
        yield Warned("The project is still being read: not all of it was looked through for this answer.")
    task = await with_context(kit, task, kit.model)
    request = chat_request(task, packed.messages, before=before, after=after)
    pieces: list[str] = []
    usage: UsageReport | None = None
    finished: Finished | None = None
    kept = ""
    try:
        async with aclosing(inert(ask(kit.model, request, within_s=kit.limits.edit_s))) as events:
            async for event in events:
                match event:
                    case TextDelta(text):
                        pieces.append(text)
                        yield event
                    case Warned():
                        yield event
                    case UsageReport():
                        usage = event
                    case Finished():
                        finished = event
                    case _:
                        pass
    finally:
        markdown = "".join(pieces)
        if markdown:
            author = finished.model if finished else kit.model.name
            kept = await asyncio.shield(memory.append(conversation, "assistant", markdown, author))
    if finished is None:
        raise ProviderError(
            ProviderFault.TRUNCATED, "the answer was cut off; ask again", provider="", model=kit.model.name
        )
    usd = 0.0 if is_offline else await asyncio.to_thread(_cost, finished.model, usage)
    is_estimate = usage is not None and usage.is_estimate
    yield Answered(conversation, kept, markdown, finished.model, usd, is_estimate, _sent(task, before, after))


def _memory_for(kit: Kit, question: Question) -> Memory:
    if not question.text.strip():
        raise InputError("say what you want to know")
    if len(question.text) > _MOST_CHARACTERS:
        raise InputError(
            f"the question has {len(question.text):,} characters; ask with at most {_MOST_CHARACTERS:,}"
        )
    if kit.memory is None:
        raise ConfigError("this session keeps no conversations")
    return kit.memory


async def _recalled(memory: Memory, question: Question, conversation: str) -> tuple[Fact, ...]:
    """Return what other conversations about the project say to the question."""
    hits = await memory.search(question.project, question.text, limit=2 * _MOST_RECALLED)
    others = [hit for hit in hits if hit.conversation.id != conversation][:_MOST_RECALLED]
    return tuple(Fact(f"conversation: {hit.conversation.title}", 1, hit.snippet + "\n") for hit in others)


def _task(question: Question, facts: Sequence[Fact]) -> tuple[Task, str, str]:
    """Return the task, and the text before and after its span that goes along."""
    document = question.document or Document(
        "untitled:chat", "markdown", 0, "", folder=question.project or None
    )
    span = question.span or Span(0, 0)
    text = document.text
    before = text[max(0, span.start - _AROUND_CHARACTERS) : span.start]
    after = text[span.end : span.end + _AROUND_CHARACTERS]
    if len(before) == _AROUND_CHARACTERS:
        before = before.partition("\n")[2]
    if len(after) == _AROUND_CHARACTERS:
        after = after.rpartition("\n")[0] + "\n"
    return Task(TaskKind.CHAT, document, span, question.text, facts=tuple(facts)), before, after


def _sent(task: Task, before: str, after: str) -> tuple[Sent, ...]:
    parts = [
        Sent(fact.path, fact.line, fact.last or fact.line + max(0, fact.text.count("\n") - 1))
        for fact in task.facts
    ]
    document = task.document
    if document.text:
        first = document.text.count("\n", 0, task.span.start - len(before)) + 1
        last = document.text.count("\n", 0, max(0, task.span.end + len(after) - 1)) + 1
        parts.insert(0, Sent(document.path or document.uri, first, last))
    return tuple(parts)


def _cost(model: str, usage: UsageReport | None) -> float | None:
    if usage is None:
        return None
    if usage.billed_usd is not None:
        return usage.billed_usd
    provider, _, name = model.partition("/")
    return cost_usd(provider, name, usage, datetime.now().astimezone())
