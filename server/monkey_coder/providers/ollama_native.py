"""Ollama by its own protocol, which alone fills in the middle for every model that can."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..core.endpoint import Endpoint
from ..core.errors import InputError
from ..core.model import Event, FinishReason, Message, Request, UsageReport
from .adapter import Adapter
from .answer import Answer, Call, count
from .chat_request import temperature_of, token_limit
from .connection import Wire, http_client

if TYPE_CHECKING:
    import httpx2

_REASONS = {
    "stop": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "load": FinishReason.STOP,
    "unload": FinishReason.STOP,
}


class OllamaNative(Adapter):
    """One model of an Ollama server, over /api/chat or, to fill in the middle, /api/generate."""

    @staticmethod
    def _open_wire(endpoint: Endpoint) -> Wire:
        return open_ollama(endpoint)

    def _parameters(self, request: Request, model: str) -> dict[str, Any]:
        parameters = ollama_parameters(request, self._endpoint, model)
        return parameters | {"stream": self._is_streamed}

    async def _open(
        self, client: Any, stack: contextlib.AsyncExitStack, parameters: dict[str, Any]
    ) -> httpx2.Response:
        path = "/api/generate" if "prompt" in parameters else "/api/chat"
        return await post(client, stack, ollama_root(self._endpoint) + path, parameters)

    def _answer(self, **options: Any) -> OllamaAnswer:
        return OllamaAnswer(**options)

    async def _models(self, client: Any) -> list[str]:
        response = await client.get(ollama_root(self._endpoint) + "/api/tags")
        await self._connection.refuse_status(response)
        return [str(model["name"]) for model in response.json().get("models") or ()]


class OllamaAnswer(Answer):
    """The answer of Ollama's own protocol: one object a line, the last with `done`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._begun: list[Call] = []
        self._last: Mapping[str, Any] = {}

    def _take(self, events: list[Event], chunk: Mapping[str, Any]) -> None:
        if chunk.get("error") and self.reason is None:
            raise self._refused(chunk)
        self.answered_by = self.answered_by or str(chunk.get("model") or "")
        message = chunk.get("message") or {}
        self._reasoning(events, message.get("thinking") or chunk.get("thinking") or "")
        self._text(events, message.get("content") or chunk.get("response") or "")
        for call in message.get("tool_calls") or ():
            function = call.get("function") or {}
            given = function.get("arguments")
            self._begun.append(
                Call(str(call.get("id") or ""), str(function.get("name") or ""), given=given or {})
            )
        if chunk.get("done"):
            self._last = chunk
            self._finish(events, str(chunk.get("done_reason") or "stop"), _REASONS)
            if self.reason is FinishReason.STOP and self._begun:
                self.reason = FinishReason.TOOL_CALLS
            self.is_over = True

    def _calls(self) -> list[Call]:
        return self._begun

    def _usage(self) -> UsageReport | None:
        written = count(self._last, "eval_count")
        if written is None:
            return None
        # A prompt that is in the server's cache whole is not counted at all.
        return UsageReport(count(self._last, "prompt_eval_count") or 0, written)


def ollama_parameters(request: Request, endpoint: Endpoint, model: str) -> dict[str, Any]:
    """Return the body of a chat, or of a fill in the middle. Raises: InputError without messages."""
    parameters: dict[str, Any] = {"model": model}
    if request.prefix is not None and (endpoint.fim or not request.messages):
        parameters |= {"prompt": request.prefix, "suffix": request.suffix or ""}
    elif request.messages:
        parameters["messages"] = _messages(request.messages)
    else:
        raise InputError("A language model was asked without messages; this is a fault of Monkey Coder.")
    if request.tools:
        parameters["tools"] = [
            {
                "type": "function",
                "function": {"name": t.name, "description": t.description, "parameters": dict(t.parameters)},
            }
            for t in request.tools
        ]
    if request.schema is not None:
        parameters["format"] = dict(request.schema)
    if endpoint.reasoning_effort:
        parameters["think"] = endpoint.reasoning_effort if endpoint.reasoning_effort != "none" else False
    options: dict[str, Any] = {
        "num_predict": token_limit(request, endpoint),
        "temperature": temperature_of(request, endpoint),
        "stop": list(request.stop) or None,
    }
    return parameters | {"options": {name: value for name, value in options.items() if value is not None}}


def _messages(messages: tuple[Message, ...]) -> list[dict[str, Any]]:
    names = {call.id: call.name for message in messages for call in message.tool_calls}
    found: list[dict[str, Any]] = []
    for message in messages:
        body: dict[str, Any] = {"role": message.role, "content": message.content}
        if message.tool_calls:
            body["tool_calls"] = [
                {"function": {"name": call.name, "arguments": dict(call.arguments)}}
                for call in message.tool_calls
            ]
        if message.tool_call_id is not None:
            body["tool_name"] = names.get(message.tool_call_id, message.tool_call_id)
        found.append(body)
    return found


def ollama_root(endpoint: Endpoint) -> str:
    """Return the server's address without the path of its OpenAI-compatible side."""
    return endpoint.base_url.rstrip("/").removesuffix("/v1").removesuffix("/api")


def open_ollama(endpoint: Endpoint) -> Wire:
    """Return an HTTP client: Ollama's own protocol needs no SDK. Runs in a thread."""
    import httpx2

    client = http_client(endpoint, own_host="")
    if endpoint.api_key is not None:
        client.headers["Authorization"] = f"Bearer {endpoint.api_key.reveal()}"
    return Wire(
        client,
        client.aclose,
        (),
        (TimeoutError, httpx2.TimeoutException),
        httpx2.ConnectTimeout,
        httpx2.DecodingError,
        (httpx2.HTTPError, httpx2.StreamError),
    )


async def post(
    client: Any, stack: contextlib.AsyncExitStack, url: str, body: dict[str, Any]
) -> httpx2.Response:
    """Return the response to a JSON body, unread. `stack` closes it."""
    response: httpx2.Response = await stack.enter_async_context(client.stream("POST", url, json=body))
    return response
