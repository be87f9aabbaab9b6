"""A message body, read in two steps: here JSON and its outer shape; `params` where it is handled."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
SERVER_NOT_INITIALIZED = -32002
REQUEST_CANCELLED = -32800
REQUEST_FAILED = -32803

Id = int | str


@dataclass(frozen=True, slots=True)
class Request:
    """A message that must be answered."""

    id: Id
    method: str
    params: Any = None


@dataclass(frozen=True, slots=True)
class Notification:
    """A message that must not be answered."""

    method: str
    params: Any = None


@dataclass(frozen=True, slots=True)
class Response:
    """The client's answer to a request of ours. `error` is None where it succeeded."""

    id: Id
    result: Any = None
    error: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class BadMessage:
    """No message at all. `id` is None where it could not be read."""

    id: Id | None
    code: int
    reason: str


Message = Request | Notification | Response | BadMessage


def parse_message(body: bytes | str) -> Message | None:
    """Return the message in a body; None for one that is best ignored."""
    try:
        data = _DECODER.decode(body if isinstance(body, str) else body.decode())
    except (ValueError, RecursionError) as error:
        return BadMessage(None, PARSE_ERROR, f"The message is not JSON: {_brief(error)}")
    if not isinstance(data, dict):
        return BadMessage(None, INVALID_REQUEST, "A message is a JSON object.")
    has_id = "id" in data
    message_id: Any = data.get("id")
    if has_id and not is_id(message_id):
        if "method" not in data:
            return None
        return BadMessage(None, INVALID_REQUEST, "The id of a request is an integer or a string.")
    if "method" not in data:
        return _response(message_id, data) if has_id else BadMessage(None, INVALID_REQUEST, "No method.")
    method = data["method"]
    if not isinstance(method, str) or data.get("jsonrpc") != "2.0":
        wrong = "The method is a string." if not isinstance(method, str) else 'jsonrpc is "2.0".'
        return BadMessage(message_id, INVALID_REQUEST, wrong) if has_id else None
    params = data.get("params")
    return Request(message_id, method, params) if has_id else Notification(method, params)


def is_id(value: Any) -> bool:
    """Return whether a value can be the id of a request or a progress token."""
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))


def _response(message_id: Any, data: dict[str, Any]) -> Response | None:
    error = data.get("error")
    if error is not None:
        return Response(message_id, error=error if isinstance(error, dict) else {"message": str(error)})
    return Response(message_id, data.get("result")) if "result" in data else None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


# Made once: `json.loads` would make one for each message.
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _brief(error: Exception) -> str:
    """Return what is wrong without any of the text it is wrong about."""
    match error:
        case json.JSONDecodeError():
            return f"{error.msg} at character {error.pos}"
        case UnicodeDecodeError():
            return "its bytes are not UTF-8"
        case RecursionError():
            return "it is nested too deep"
        case _:
            return "a number or constant is out of range"
