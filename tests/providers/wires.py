"""The same answers as each wire frames them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.providers.loopback import Reply, delta, events

Object = dict[str, Any]


def named_events(*objects: Object) -> bytes:
    return b"".join(
        b"event: %s\ndata: %s\n\n" % (o["type"].encode(), json.dumps(o).encode()) for o in objects
    )


def lines(*objects: Object) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in objects)


def json_reply(body: object, status: int = 200) -> Reply:
    return Reply([json.dumps(body).encode()], status, {"content-type": "application/json"})


def claude(*middle: Object, stop: str | None = "end_turn", **usage: int) -> bytes:
    """Return a message of Anthropic's with these events in it."""
    start = {"type": "message", "model": "m", "content": [], "stop_reason": None}
    counted = {"input_tokens": 9, "output_tokens": 1, **usage}
    end: list[Object] = [
        {"type": "message_delta", "delta": {"stop_reason": stop}, "usage": {"output_tokens": 5}},
        {"type": "message_stop"},
    ]
    return named_events(
        {"type": "message_start", "message": {**start, "usage": counted}}, *middle, *(end if stop else [])
    )


def block(index: int, kind: str, *deltas: Object, **fields: Any) -> list[Object]:
    """Return the events of one block of a message."""
    begin = {"type": "content_block_start", "index": index, "content_block": {"type": kind, **fields}}
    middle = [{"type": "content_block_delta", "index": index, "delta": one} for one in deltas]
    return [begin, *middle, {"type": "content_block_stop", "index": index}]


def said_by_claude(text: str) -> Object:
    return {"type": "text_delta", "text": text}


def gemini(*parts: Object, finish: str | None = "STOP", **more: Any) -> Object:
    """Return a chunk of Gemini's."""
    candidate: Object = {"content": {"role": "model", "parts": list(parts)}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    usage = {"promptTokenCount": 9, "candidatesTokenCount": 5, "thoughtsTokenCount": 3}
    return {"candidates": [candidate], "modelVersion": "m", "usageMetadata": usage, **more}


def response(status: str = "completed", *output: Object, **more: Any) -> Object:
    """Return a whole response of OpenAI's."""
    usage = {"input_tokens": 9, "output_tokens": 5}
    return {
        "object": "response",
        "model": "m",
        "status": status,
        "output": list(output),
        "usage": usage,
        **more,
    }


def responded(*middle: Object, status: str | None = "completed", **more: Any) -> bytes:
    """Return a stream of OpenAI's Responses with these events in it."""
    start = {"type": "response.created", "response": {"model": "m", "status": "in_progress"}}
    end = [{"type": f"response.{status}", "response": response(status, **more)}] if status else []
    return named_events(start, *middle, *end)


def said_by_response(text: str) -> Object:
    return {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": text}


@dataclass(frozen=True)
class Wire:
    """Bodies in one wire: an answer that says "hello", one without its end, a cut tool call, garbage."""

    name: str
    whole: bytes
    unfinished: bytes
    cut_call: bytes
    broken_call: bytes
    damaged: bytes
    not_streamed: Object
    error_in_stream: bytes


_CALL = {"type": "function_call", "call_id": "c", "name": "run"}
_HALF = '{"path": "a'
_BAD = b'data: {"type": \n\n'

WIRES = [
    Wire(
        "openai-chat",
        events(delta(content="hel"), delta(content="lo"), delta("stop")),
        events(delta(content="hel"), done=False),
        events(
            delta(tool_calls=[{"index": 0, "id": "c", "function": {"name": "run", "arguments": _HALF}}]),
            delta("length"),
        ),
        events(
            delta(tool_calls=[{"index": 0, "id": "c", "function": {"name": "run", "arguments": _HALF}}]),
            delta("tool_calls"),
        ),
        events(delta(content="hel"), done=False) + _BAD,
        {"choices": [{"message": {"content": "hello"}, "finish_reason": "stop"}]},
        events(delta(content="hel"), {"error": {"type": "server_error", "message": "x"}}),
    ),
    Wire(
        "openai-responses",
        responded(said_by_response("hel"), said_by_response("lo")),
        responded(said_by_response("hel"), status=None),
        responded(
            {"type": "response.output_item.added", "output_index": 0, "item": _CALL},
            {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": _HALF},
            status="incomplete",
            incomplete_details={"reason": "max_output_tokens"},
        ),
        responded(
            {"type": "response.output_item.done", "output_index": 0, "item": {**_CALL, "arguments": _HALF}}
        ),
        responded(said_by_response("hel"), status=None) + _BAD,
        response("completed", {"type": "message", "content": [{"type": "output_text", "text": "hello"}]}),
        responded(said_by_response("hel"), status="failed", error={"code": "server_error", "message": "x"}),
    ),
    Wire(
        "anthropic",
        claude(*block(0, "text", said_by_claude("hel"), said_by_claude("lo"), text="")),
        claude(*block(0, "text", said_by_claude("hel"), text=""), stop=None),
        claude(
            *block(
                0,
                "tool_use",
                {"type": "input_json_delta", "partial_json": _HALF},
                id="c",
                name="run",
                input={},
            ),
            stop="max_tokens",
        ),
        claude(
            *block(
                0,
                "tool_use",
                {"type": "input_json_delta", "partial_json": _HALF},
                id="c",
                name="run",
                input={},
            ),
            stop="tool_use",
        ),
        claude(*block(0, "text", said_by_claude("hel"), text=""), stop=None) + _BAD,
        {
            "type": "message",
            "model": "m",
            "content": [{"type": "text", "text": "hello"}],
            "stop_reason": "end_turn",
            "usage": {"input_tokens": 9, "output_tokens": 5},
        },
        claude(
            *block(0, "text", said_by_claude("hel"), text=""),
            {"type": "error", "error": {"type": "overloaded_error", "message": "x"}},
            stop=None,
        ),
    ),
    Wire(
        "google",
        events(gemini({"text": "hel"}, finish=None), gemini({"text": "lo"}), done=False),
        events(gemini({"text": "hel"}, finish=None), done=False),
        events(
            gemini({"functionCall": {"name": "run", "willContinue": True}}, finish="MAX_TOKENS"), done=False
        ),
        events(gemini({"functionCall": {"name": "run", "willContinue": True}}), done=False),
        events(gemini({"text": "hel"}, finish=None), done=False) + _BAD,
        gemini({"text": "hello"}),
        events(
            gemini({"text": "hel"}, finish=None),
            {"error": {"code": 503, "status": "UNAVAILABLE", "message": "overloaded"}},
            done=False,
        ),
    ),
    Wire(
        "ollama",
        lines(
            {"message": {"content": "hel"}},
            {"message": {"content": "lo"}, "done": True, "done_reason": "stop"},
        ),
        lines({"message": {"content": "hel"}}, {"message": {"content": ""}, "done": False}),
        lines(
            {"message": {"tool_calls": [{"function": {"name": "run", "arguments": {}}}]}},
            {"done": True, "done_reason": "length"},
        ),
        lines(
            {"message": {"tool_calls": [{"function": {"name": "", "arguments": {}}}]}},
            {"done": True, "done_reason": "stop"},
        ),
        lines({"message": {"content": "hel"}}) + b'{"message": \n',
        {"message": {"content": "hello"}, "done": True, "done_reason": "stop"},
        lines({"message": {"content": "hel"}}, {"error": "an error of the server"}),
    ),
]
