"""A Model that hands on requests without the secrets in them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from ..core.model import Event, Message, Model, Request
from .redact import Redactor


class Redacted:
    """Stands between every prompt and the network: the inner model sees placeholders for secrets.

    All that is said in words goes through it: messages, tool calls and their results, prefix and
    suffix, tool descriptions. `Request.task` is left as it is; it is for engines on this machine,
    and no adapter sends it. Answers are not touched, so a placeholder may come back in one.
    """

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def name(self) -> str:
        return self._model.name

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield what the inner model answers to the redacted request."""
        async with aclosing(self._model.stream(redacted(request))) as events:
            async for event in events:
                yield event


def redacted(request: Request) -> Request:
    """Return the request with the same placeholder for the same secret throughout its words."""
    redactor = Redactor()
    messages = tuple(_message(message, redactor) for message in request.messages)
    tools = tuple(replace(tool, description=redactor.redact(tool.description)) for tool in request.tools)
    prefix, suffix = request.prefix, request.suffix
    if prefix is not None or suffix is not None:
        before, after = redactor.redact_around(prefix or "", suffix or "")
        prefix = None if prefix is None else before
        suffix = None if suffix is None else after
    return replace(request, messages=messages, tools=tools, prefix=prefix, suffix=suffix)


def _message(message: Message, redactor: Redactor) -> Message:
    calls = tuple(
        replace(call, arguments=_arguments(call.arguments, redactor)) for call in message.tool_calls
    )
    return replace(message, content=redactor.redact(message.content), tool_calls=calls)


def _arguments(arguments: Mapping[str, Any], redactor: Redactor) -> Mapping[str, Any]:
    """Return a call's arguments with every text in them redacted, however deep it lies."""
    return {name: _inside(value, name, redactor) for name, value in arguments.items()}


def _inside(value: Any, name: str, redactor: Redactor) -> Any:
    match value:
        case str():
            # A name beside a value says much of it: {"password": "…"} is read as an assignment.
            lead = f'"{name}": "' if name and '"' not in value and "\n" not in value else ""
            whole = redactor.redact(f'{lead}{value}"' if lead else value)
            return whole.removeprefix(lead).removesuffix('"') if lead else whole
        case list() | tuple():
            return [_inside(item, name, redactor) for item in value]
        case Mapping():
            return {key: _inside(item, str(key), redactor) for key, item in value.items()}
        case _:
            return value
