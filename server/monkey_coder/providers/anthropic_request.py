"""A request as the parameters of Anthropic's messages."""

from __future__ import annotations

import json
from typing import Any

from ..core.endpoint import Endpoint
from ..core.errors import InputError
from ..core.model import Message, Request
from .chat_request import token_limit

# The wire wants a limit. This one is within what every model since Claude 4 may write.
_USUAL_LIMIT = 16_384


def anthropic_parameters(request: Request, endpoint: Endpoint, model: str) -> dict[str, Any]:
    """Return the body of a message.

    Raises: InputError if the request has no messages.
    """
    turns = [message for message in request.messages if message.role != "system"]
    if not turns:
        raise InputError("A language model was asked without messages; this is a fault of Monkey Coder.")
    parameters: dict[str, Any] = {
        "model": model,
        "max_tokens": token_limit(request, endpoint) or _USUAL_LIMIT,
        "messages": _turns(turns),
        "stream": True,
    }
    system = "\n\n".join(message.content for message in request.messages if message.role == "system")
    if system:
        parameters["system"] = system
    if request.tools:
        parameters["tools"] = [
            {"name": tool.name, "description": tool.description, "input_schema": dict(tool.parameters)}
            for tool in request.tools
        ]
    if request.stop:
        parameters["stop_sequences"] = list(request.stop)
    config: dict[str, Any] = {}
    if endpoint.reasoning_effort == "none":
        parameters["thinking"] = {"type": "disabled"}
    elif endpoint.reasoning_effort:
        parameters["thinking"] = {"type": "adaptive"}
        config["effort"] = endpoint.reasoning_effort
    if request.schema is not None:
        config["format"] = {"type": "json_schema", "schema": dict(request.schema)}
    if config:
        parameters["output_config"] = config
    return parameters


def _turns(messages: list[Message]) -> list[dict[str, Any]]:
    """Return the messages with roles that alternate: results of tools belong to the user's turn."""
    turns: list[dict[str, Any]] = []
    for message in messages:
        role = "assistant" if message.role == "assistant" else "user"
        blocks = _blocks(message)
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        elif blocks:
            turns.append({"role": role, "content": blocks})
    return turns


def _blocks(message: Message) -> list[dict[str, Any]]:
    if message.tool_call_id is not None:
        result = {"type": "tool_result", "tool_use_id": message.tool_call_id, "content": message.content}
        return [result]
    blocks: list[dict[str, Any]] = []
    for call in message.tool_calls:
        if call.state:
            blocks += json.loads(call.state)  # Signed reasoning comes first, as it came.
    if message.content:
        blocks.append({"type": "text", "text": message.content})
    blocks += [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": dict(call.arguments)}
        for call in message.tool_calls
    ]
    return blocks
