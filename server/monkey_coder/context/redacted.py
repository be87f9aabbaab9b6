"""A Model that hands on requests without the secrets in them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from ..core.embedder import Embedder, Embeddings, EmbedKind
from ..core.model import Event, Finished, Message, Model, Request, TaskKind, TextDelta
from .redact import PLACEHOLDER, Redactor, Restorer, redact

# The answers that are applied to the user's text, and so must hold what the text holds. In Markdown
# the placeholders stay: an address in it is followed by whatever shows it, and may carry off a secret.
_APPLIED = frozenset((TaskKind.COMPLETE, TaskKind.EDIT, TaskKind.DOCUMENT, TaskKind.FIX, TaskKind.TEST))


class Redacted:
    """Stands between every prompt and the network: the inner model sees placeholders for secrets.

    All that is said in words goes through it: messages, tool calls and their results, prefix and
    suffix, tool descriptions. `Request.task` is left as it is; it is for engines on this machine,
    and no adapter sends it. In answers that are applied to the text (edits, ghost text, tests) the
    placeholders become the secrets again; not in Markdown, nor in calls of tools.
    """

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def name(self) -> str:
        return self._model.name

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield what the inner model answers to the redacted request."""
        redactor = Redactor(_placeholders_in(request))
        seen = _redacted(request, redactor)
        restorer = Restorer(redactor) if redactor.count and request.task.kind in _APPLIED else None
        async with aclosing(self._model.stream(seen)) as events:
            async for event in events:
                if restorer is None:
                    yield event
                elif isinstance(event, TextDelta):
                    if text := restorer.feed(event.text):
                        yield TextDelta(text)
                else:
                    if isinstance(event, Finished) and (text := restorer.rest()):
                        yield TextDelta(text)
                    yield event
        if restorer is not None and (text := restorer.rest()):
            yield TextDelta(text)


class RedactedEmbedder:
    """An embedder that is not shown secrets; their places in a text hold placeholders."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    @property
    def name(self) -> str:
        return self._embedder.name

    async def embed(self, texts: Sequence[str], kind: EmbedKind = EmbedKind.DOCUMENT) -> Embeddings:
        """Return a vector for each text. Raises: MonkeyCoderError."""
        return await self._embedder.embed([redact(text) for text in texts], kind)

    async def close(self) -> None:
        """Let go of connections."""
        await self._embedder.close()


def redacted(request: Request) -> Request:
    """Return the request with the same placeholder for the same secret throughout its words."""
    return _redacted(request, Redactor(_placeholders_in(request)))


def _redacted(request: Request, redactor: Redactor) -> Request:
    messages = tuple(_message(message, redactor) for message in request.messages)
    tools = tuple(replace(tool, description=redactor.redact(tool.description)) for tool in request.tools)
    prefix, suffix = request.prefix, request.suffix
    if prefix is not None or suffix is not None:
        before, after = redactor.redact_around(prefix or "", suffix or "")
        prefix = None if prefix is None else before
        suffix = None if suffix is None else after
    return replace(request, messages=messages, tools=tools, prefix=prefix, suffix=suffix)


def _placeholders_in(request: Request) -> frozenset[str]:
    """Return what looks like a placeholder in the user's own words: it is none of ours."""
    words = (*(message.content for message in request.messages), request.prefix or "", request.suffix or "")
    return frozenset(found for text in words if "<redacted:" in text for found in PLACEHOLDER.findall(text))


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
