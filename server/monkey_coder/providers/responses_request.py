"""A request as the parameters of OpenAI's Responses."""

from __future__ import annotations

import json
from typing import Any

from ..core.endpoint import Endpoint
from ..core.errors import InputError
from ..core.model import Message, Request, TaskKind
from .chat_request import temperature_of, token_limit
from .openai_wire import is_openai


def responses_parameters(request: Request, endpoint: Endpoint, model: str) -> dict[str, Any]:
    """Return the body of a response. The provider is asked to store nothing.

    Raises: InputError if the request has no messages.
    """
    items = [item for message in request.messages if message.role != "system" for item in _items(message)]
    if not items:
        raise InputError("A language model was asked without messages; this is a fault of Monkey Coder.")
    parameters: dict[str, Any] = {"model": model, "input": items, "stream": True, "store": False}
    system = "\n\n".join(message.content for message in request.messages if message.role == "system")
    if system:
        parameters["instructions"] = system
    if request.tools:
        parameters["include"] = ["reasoning.encrypted_content"]
        parameters["tools"] = [
            {
                "type": "function",
                "name": tool.name,
                "description": tool.description,
                "parameters": dict(tool.parameters),
                "strict": False,
            }
            for tool in request.tools
        ]
    if request.schema is not None:
        schema = {"type": "json_schema", "name": "answer", "schema": dict(request.schema)}
        parameters["text"] = {"format": schema}
    effort = endpoint.reasoning_effort
    if not effort and is_openai(endpoint) and request.task.kind is TaskKind.COMPLETE:
        effort = "none"  # Ghost text is worth nothing after a pause for thought.
    if effort:
        parameters["reasoning"] = {"effort": effort}
    limit = token_limit(request, endpoint)
    if limit:
        parameters["max_output_tokens"] = max(limit, 16)  # Fewer are refused.
    temperature = temperature_of(request, endpoint)
    if temperature is not None:
        parameters["temperature"] = temperature
    return parameters


def _items(message: Message) -> list[dict[str, Any]]:
    if message.tool_call_id is not None:
        output = {"type": "function_call_output", "call_id": message.tool_call_id, "output": message.content}
        return [output]
    items: list[dict[str, Any]] = []
    if message.content:
        items.append({"role": message.role, "content": message.content})
    for call in message.tool_calls:
        if call.state:
            items += json.loads(call.state)
        arguments = json.dumps(dict(call.arguments))
        items.append({"type": "function_call", "call_id": call.id, "name": call.name, "arguments": arguments})
    return items
