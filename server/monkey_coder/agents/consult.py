"""Ask a persona, which may look at the project, and insist on what it must return."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from ..core.errors import MonkeyCoderError
from ..core.model import (
    Event,
    Finished,
    FinishReason,
    Message,
    Model,
    Noted,
    Request,
    Task,
    TextDelta,
    ToolCall,
    UsageReport,
    Warned,
)
from .hands import TOOLS, Hands
from .personas import Persona
from .returns import BadReturnError

Value = TypeVar("Value")

# How often a persona may look before it has to answer, how many looks at once, and at how much.
_MOST_ROUNDS, _MOST_CALLS = 3, 4
_MOST_CHARACTERS = 8_000
# What a reasoning model thinks counts too.
_MOST_TOKENS = 6_000
# Half of a surrogate pair, which JSON can carry and no file or database can.
_HALF = re.compile(r"[\ud800-\udfff]")
_DATA = re.compile(r"<(/?\s*DATA)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said(Generic[Value]):
    """What a persona returned, and how often it looked before."""

    value: Value
    model: str
    n_looks: int


@dataclass(slots=True)
class _Turn:
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    finished: Finished | None = None


class Consultation(Generic[Value]):
    """One persona at one task. `usages` grows with each call, also of those that fail in the end."""

    def __init__(
        self, persona: Persona[Value], model: Model, hands: Hands, say: Callable[[Event], None]
    ) -> None:
        self.usages: list[UsageReport] = []
        self._n_calls = 0
        self._persona = persona
        self._model = model
        self._hands = hands
        self._say = say

    @property
    def used(self) -> UsageReport | None:
        """What all calls used together; None where one was cut off before it said so."""
        return total(self.usages) if len(self.usages) == self._n_calls else None

    async def ask(self, task: Task, question: str) -> Said[Value]:
        """Return what the persona says. A bad return is asked for once more, with what is wrong with it.

        Raises: BadReturnError, and what the model raises.
        """
        persona = self._persona
        tools = tuple(TOOLS[name] for name in persona.tools)
        messages = [Message("system", persona.prompt), Message("user", question)]
        request = Request(task, tuple(messages), tools=tools, max_tokens=_MOST_TOKENS)
        n_looks = 0
        for round_ in range(_MOST_ROUNDS + 1):
            # Asked for the last time, it has nothing to do but answer.
            if round_ == _MOST_ROUNDS:
                request = _without_tools(request, persona)
            turn = await self._turn(request)
            if not turn.calls or not request.tools:
                break
            results = [await self._looked(task, call) for call in turn.calls[:_MOST_CALLS]]
            results += [Message("tool", "too many at once", (), one.id) for one in turn.calls[_MOST_CALLS:]]
            n_looks += len(results)
            asked = Message("assistant", turn.text, turn.calls)
            request = replace(request, messages=(*request.messages, asked, *results))
        try:
            value = persona.parse(turn.text)
        except BadReturnError as error:
            again = f"That cannot be used: {error}. Answer again with the JSON object alone."
            more = (Message("assistant", turn.text or "{}"), Message("user", again))
            request = replace(request, messages=(*request.messages, *more))
            turn = await self._turn(_without_tools(request, persona))
            value = persona.parse(turn.text)
        assert turn.finished is not None
        return Said(value, turn.finished.model, n_looks)

    async def _turn(self, request: Request) -> _Turn:
        """Return one answer. Raises: BadReturnError if it was cut off."""
        turn, pieces = _Turn(), []
        self._n_calls += 1
        async with aclosing(self._model.stream(request)) as events:
            async for event in events:
                match event:
                    case TextDelta(text):
                        pieces.append(text)
                    case ToolCall():
                        turn.calls = (*turn.calls, event)
                    case UsageReport():
                        self.usages.append(event)
                    case Warned():
                        self._say(event)
                    case Finished():
                        turn.finished = event
                    case _:
                        pass
        turn.text = "".join(pieces)
        if turn.finished is None or turn.finished.reason in (FinishReason.LENGTH, FinishReason.REFUSED):
            raise BadReturnError(f"the {self._persona.name}'s answer was cut off or refused")
        return turn

    async def _looked(self, task: Task, call: ToolCall) -> Message:
        """Return what a tool found, marked as data; what cannot be looked at is told to the persona."""
        tool = TOOLS.get(call.name)
        if tool is None or call.name not in self._persona.tools:
            return Message("tool", f"there is no tool {call.name[:40]!r}", (), call.id)
        (argument,) = tool.parameters["required"]
        given = call.arguments.get(argument)
        if not isinstance(given, str) or not given.strip() or _HALF.search(given):
            return Message("tool", f'"{argument}" must be a text', (), call.id)
        self._say(Noted(f"the {self._persona.name} looks: {call.name} {' '.join(given.split())[:80]}"))
        look = {"read": self._hands.read, "search": self._hands.search, "symbols": self._hands.symbols}
        try:
            found = await look[call.name](task, given.strip()[:400])
        except MonkeyCoderError as error:
            return Message("tool", f"refused: {error}", (), call.id)
        return Message("tool", as_data(found), (), call.id)


def _without_tools(request: Request, persona: Persona[Any]) -> Request:
    """Return the request with nothing left to look up; what was is told as text, for vendors refuse a history
    of calls without their tools."""
    messages = tuple(_as_text(one) for one in request.messages)
    return replace(request, messages=messages, tools=(), schema=persona.schema)


def _as_text(message: Message) -> Message:
    if message.tool_calls:
        looked = "; ".join(f"{call.name} {json.dumps(dict(call.arguments))}" for call in message.tool_calls)
        return Message("assistant", f"{message.content}\nI look up: {looked}".lstrip())
    return Message("user", message.content) if message.role == "tool" else message


def as_data(text: str, most: int = _MOST_CHARACTERS) -> str:
    """Return text of the project for a prompt: marked as data, which it cannot end, and cut to length."""
    if len(text) > most:
        text = f"{text[:most]}\n… ({len(text) - most} characters more)"
    inert = _DATA.sub(r"< \1", text)
    return f"<DATA>\n{inert}\n</DATA>"


def total(usages: Sequence[UsageReport]) -> UsageReport | None:
    """Return what several calls of one model used together; None if nothing is known."""
    if not usages:
        return None
    return UsageReport(
        sum(one.input_tokens for one in usages),
        sum(one.output_tokens for one in usages),
        sum(one.cached_tokens for one in usages),
        sum(one.reasoning_tokens for one in usages),
        any(one.is_estimate for one in usages),
        sum(one.cache_write_tokens for one in usages),
        sum(one.billed_usd or 0.0 for one in usages)
        if all(one.billed_usd is not None for one in usages)
        else None,
    )
