"""A request as the parameters of Gemini's generateContent."""

from __future__ import annotations

from typing import Any

from ..core.endpoint import Endpoint
from ..core.errors import InputError
from ..core.model import Message, Request, TaskKind
from .chat_request import temperature_of, token_limit


def gemini_parameters(request: Request, endpoint: Endpoint, model: str) -> dict[str, Any]:
    """Return the fields of the request's body, in the API's own names, and beside them `thinking`.

    Raises: InputError if the request has no messages.
    """
    contents = _contents([message for message in request.messages if message.role != "system"])
    if not contents:
        raise InputError("A language model was asked without messages; this is a fault of Monkey Coder.")
    parameters: dict[str, Any] = {"contents": contents}
    system = "\n\n".join(message.content for message in request.messages if message.role == "system")
    if system:
        parameters["systemInstruction"] = {"parts": [{"text": system}]}
    if request.tools:
        declarations = [
            {"name": t.name, "description": t.description, "parametersJsonSchema": dict(t.parameters)}
            for t in request.tools
        ]
        parameters["tools"] = [{"functionDeclarations": declarations}]
    thinking = _thinking(request, endpoint, model)
    if thinking:
        parameters["thinking"] = thinking
    config: dict[str, Any] = {
        "maxOutputTokens": token_limit(request, endpoint),
        "temperature": temperature_of(request, endpoint),
        "stopSequences": list(request.stop[:5]) or None,  # Five is the most that is taken.
    }
    if request.schema is not None:
        config["responseMimeType"] = "application/json"
        config["responseJsonSchema"] = dict(request.schema)
    parameters["generationConfig"] = {name: value for name, value in config.items() if value is not None}
    return parameters


def gemini_body(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the body that these parameters make."""
    body = dict(parameters)
    config = dict(body.pop("generationConfig", {}))
    if "thinking" in body:
        config["thinkingConfig"] = body.pop("thinking")
    return body | ({"generationConfig": config} if config else {})


def _thinking(request: Request, endpoint: Endpoint, model: str) -> dict[str, Any]:
    """Return how much to think. Gemini 2.5 takes a number of tokens, later ones a level."""
    effort = endpoint.reasoning_effort
    is_counted = "gemini-2" in model
    if not effort and request.task.kind is TaskKind.COMPLETE:
        effort = "none"  # Ghost text is worth nothing after a pause for thought.
    if not effort:
        return {}
    if effort == "none":
        return {"thinkingBudget": 0} if is_counted else {"thinkingLevel": "LOW"}
    level: dict[str, Any] = {"thinkingBudget": -1} if is_counted else {"thinkingLevel": effort.upper()}
    return level | {"includeThoughts": True}


def _contents(messages: list[Message]) -> list[dict[str, Any]]:
    """Return the messages with roles that alternate: results of tools belong to the user's turn."""
    names = {call.id: call.name for message in messages for call in message.tool_calls}
    contents: list[dict[str, Any]] = []
    for message in messages:
        role = "model" if message.role == "assistant" else "user"
        parts = _parts(message, names)
        if contents and contents[-1]["role"] == role:
            contents[-1]["parts"] += parts
        elif parts:
            contents.append({"role": role, "parts": parts})
    return contents


def _parts(message: Message, names: dict[str, str]) -> list[dict[str, Any]]:
    if message.tool_call_id is not None:
        response = {
            "name": names.get(message.tool_call_id, message.tool_call_id),
            "response": {"output": message.content},
        }
        return [{"functionResponse": response}]
    parts: list[dict[str, Any]] = [{"text": message.content}] if message.content else []
    for call in message.tool_calls:
        part: dict[str, Any] = {"functionCall": {"name": call.name, "args": dict(call.arguments)}}
        if call.state:
            part["thoughtSignature"] = call.state
        parts.append(part)
    return parts
