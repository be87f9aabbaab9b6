"""A request as the parameters of OpenAI-compatible chat completions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..core.endpoint import Endpoint
from ..core.errors import InputError
from ..core.model import Message, Request, TaskKind
from .connection import host_of
from .faults import VendorError

_UNSUPPORTED = (
    "unsupported",
    "not support",
    "unknown",
    "unrecognized",
    "not permitted",
    "extra",
    "not allowed",
)


def chat_parameters(request: Request, endpoint: Endpoint, model: str) -> dict[str, Any]:
    """Return the body of a chat completion.

    Raises: InputError if the request has no messages.
    """
    if not request.messages:
        raise InputError("A language model was asked without messages; this is a fault of Monkey Coder.")
    parameters: dict[str, Any] = {"model": model, "messages": [_message(m) for m in request.messages]}
    if request.tools:
        parameters["tools"] = [
            {
                "type": "function",
                "function": {"name": t.name, "description": t.description, "parameters": dict(t.parameters)},
            }
            for t in request.tools
        ]
    if request.schema is not None:
        parameters["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": dict(request.schema)},
        }
    host = host_of(endpoint)
    effort = endpoint.reasoning_effort
    if not effort and host == "api.openai.com" and request.task.kind is TaskKind.COMPLETE:
        effort = "none"  # Ghost text is worth nothing after a pause for thought.
    if effort:
        parameters["reasoning_effort"] = effort
    limit_name = "max_completion_tokens" if host == "api.openai.com" else "max_tokens"
    return parameters | _common(request, endpoint, limit_name)


def fim_parameters(request: Request, endpoint: Endpoint, model: str) -> dict[str, Any]:
    """Return the body of a fill-in-the-middle completion for the request's prefix and suffix."""
    parameters = {"model": model, "prompt": request.prefix, "suffix": request.suffix or ""}
    return parameters | _common(request, endpoint, "max_tokens")


def completion_parameters(request: Request, endpoint: Endpoint, model: str) -> dict[str, Any]:
    """Return the body of a plain completion: the text that follows the request's prefix."""
    return {"model": model, "prompt": request.prefix} | _common(request, endpoint, "max_tokens")


def _common(request: Request, endpoint: Endpoint, limit_name: str) -> dict[str, Any]:
    parameters: dict[str, Any] = {"stream": True}
    if not host_of(endpoint).endswith(
        "mistral.ai"
    ):  # Mistral reports usage unasked and refuses unknown fields.
        parameters["stream_options"] = {"include_usage": True}
    limit = token_limit(request, endpoint)
    if limit:
        parameters[limit_name] = limit
    temperature = temperature_of(request, endpoint)
    if temperature is not None:
        parameters["temperature"] = temperature
    if request.stop:
        parameters["stop"] = list(request.stop[:4])  # Four is the most that most vendors take.
    return parameters


def token_limit(request: Request, endpoint: Endpoint) -> int | None:
    """Return the most tokens that the answer may have, by whichever asks for fewer."""
    limits = [limit for limit in (request.max_tokens, endpoint.max_tokens) if limit]
    return min(limits, default=None)


def temperature_of(request: Request, endpoint: Endpoint) -> float | None:
    """Return the temperature to ask with: the user's setting comes first."""
    return request.temperature if endpoint.temperature is None else endpoint.temperature


def _message(message: Message) -> dict[str, Any]:
    body: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        body["content"] = message.content or None
        body["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": json.dumps(dict(call.arguments))},
            }
            for call in message.tool_calls
        ]
    if message.tool_call_id is not None:
        body["tool_call_id"] = message.tool_call_id
    return body


def unsupported_parameter(
    status: int, error: VendorError, parameters: dict[str, Any], optional: Sequence[str]
) -> str | None:
    """Return the `optional` parameter that the server says it does not know; None if it says no such."""
    said = error.searchable
    if status not in (400, 422) or not any(word in said for word in _UNSUPPORTED):
        return None
    if error.parameter in optional and error.parameter in parameters:
        return error.parameter
    sent = [name for name in optional if name in parameters]
    return next((name for name in sent if name in said), None)


def adapted(parameters: dict[str, Any], left_out: frozenset[str]) -> dict[str, Any]:
    """Return the parameters without those that the server does not know; a token limit is renamed."""
    kept = {name: value for name, value in parameters.items() if name not in left_out}
    for name, other in (
        ("max_tokens", "max_completion_tokens"),
        ("max_completion_tokens", "max_tokens"),
    ):
        if name in left_out and name in parameters and other not in left_out:
            kept[other] = parameters[name]
    return kept
