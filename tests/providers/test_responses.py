"""What is the Responses wire's own: items at places, reasoning that goes back sealed, statuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.providers.asking import REQUEST, TASK, ask, ask_once, endpoint, failure_of
from tests.providers.loopback import Reply, serving
from tests.providers.wires import json_reply, responded, response, said_by_response

from monkey_coder.core.errors import ProviderFault
from monkey_coder.core.model import FinishReason, Message, TaskKind, Tool, ToolCall, UsageReport
from monkey_coder.providers.openai_responses import OpenAIResponses
from monkey_coder.providers.responses_request import responses_parameters

CALL = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "read"}
SEALED = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "c2VhbGVk"}


def done(at: int, item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "response.output_item.done", "output_index": at, "item": item}


async def test_what_a_stream_has_shown_is_not_shown_again_whatever_its_items_are_called() -> None:
    message = {"type": "message", "id": "b", "content": [{"type": "output_text", "text": "hello"}]}
    body = responded(
        {**said_by_response("hel"), "item_id": "a"},
        {**said_by_response("lo"), "item_id": "a2"},
        done(0, message),
    )
    body = body.replace(b'"output": []', b'"output": [{"type": "message", "content": [{"text": "hello"}]}]')
    async with serving(Reply([body])) as server:
        answer = await ask_once(server.url, wire="openai-responses")
    assert answer.text == "hello"


async def test_calls_reasoning_and_usage_come_through() -> None:
    summary = {"type": "response.reasoning_summary_text.delta", "output_index": 0, "delta": "hm"}
    body = responded(
        summary,
        done(0, SEALED),
        {"type": "response.output_item.added", "output_index": 1, "item": CALL},
        {"type": "response.function_call_arguments.delta", "output_index": 1, "delta": '{"a": '},
        {"type": "response.function_call_arguments.delta", "output_index": 1, "delta": "1}"},
        usage={
            "input_tokens": 50,
            "input_tokens_details": {"cached_tokens": 30},
            "output_tokens": 20,
            "output_tokens_details": {"reasoning_tokens": 15},
            "cost_in_usd_ticks": 1_000_000,
        },
    )
    async with serving(Reply([body])) as server:
        answer = await ask_once(server.url, wire="openai-responses")
    assert answer.reasoning == "hm"
    assert answer.calls == [("call_1", "read", {"a": 1})]
    assert answer.usage == UsageReport(50, 20, 30, 15, billed_usd=0.0001)
    assert answer.finished is not None
    assert answer.finished.reason is FinishReason.TOOL_CALLS


@pytest.mark.parametrize(
    ("status", "why", "reason"),
    [
        ("completed", None, FinishReason.STOP),
        ("incomplete", "max_output_tokens", FinishReason.LENGTH),
        ("incomplete", "content_filter", FinishReason.REFUSED),
    ],
)
async def test_each_status_is_understood(status: str, why: str | None, reason: FinishReason) -> None:
    body = response(status, incomplete_details={"reason": why} if why else None)
    async with serving(json_reply(body)) as server:
        answer = await ask_once(server.url, wire="openai-responses")
    assert answer.finished is not None
    assert answer.finished.reason is reason


async def test_a_refusal_is_marked_as_one() -> None:
    body = responded({"type": "response.refusal.delta", "output_index": 0, "delta": "I will not."})
    async with serving(Reply([body])) as server:
        answer = await ask_once(server.url, wire="openai-responses")
    assert answer.text == "I will not."
    assert answer.finished is not None
    assert answer.finished.reason is FinishReason.REFUSED


@pytest.mark.parametrize(
    ("event", "fault"),
    [
        ({"type": "error", "code": "rate_limit_exceeded", "message": "x"}, ProviderFault.RATE_LIMITED),
        (
            {"type": "error", "error": {"code": "context_length_exceeded", "message": "x"}},
            ProviderFault.CONTEXT_TOO_LONG,
        ),
        (
            {"type": "response.failed", "response": {"status": "failed", "error": {"code": "server_error"}}},
            ProviderFault.OVERLOADED,
        ),
        ({"type": "response.failed", "response": {"status": "cancelled"}}, ProviderFault.OVERLOADED),
    ],
)
async def test_a_failure_is_told_as_what_it_is(event: dict[str, Any], fault: ProviderFault) -> None:
    async with serving(Reply([responded(event, status=None)])) as server:
        error = await failure_of(server.url, wire="openai-responses")
    assert error.fault is fault


async def test_a_conversation_with_tools_is_sent_back_with_its_sealed_reasoning() -> None:
    first = responded(done(0, SEALED), done(1, {**CALL, "arguments": "{}"}))
    async with serving(Reply([first]), Reply([responded(said_by_response("ok"))])) as server:
        model = OpenAIResponses(endpoint(server.url, wire="openai-responses", reasoning_effort="low"))
        answer = await ask(model)
        call = next(event for event in answer.events if isinstance(event, ToolCall))
        messages = (
            Message("system", "be brief"),
            *REQUEST.messages,
            Message("assistant", "I look.", (call,)),
            Message("tool", "its text", tool_call_id="call_1"),
        )
        tool = Tool("read", "reads", {"type": "object"})
        request = replace(REQUEST, messages=messages, tools=(tool,), max_tokens=9, stop=("END",))
        warned = (await ask(model, request)).warnings
        await model.close()
        body = server.asked[1].body
    assert body["input"][1:] == [
        {"role": "assistant", "content": "I look."},
        SEALED,
        {"type": "function_call", "call_id": "call_1", "name": "read", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "its text"},
    ]
    assert (body["instructions"], body["store"], body["reasoning"]) == ("be brief", False, {"effort": "low"})
    assert body["max_output_tokens"] == 16
    assert warned == ["loop/m does not take 'stop'; it was left out."]


def test_ghost_text_does_not_wait_for_reasoning_at_openai() -> None:
    request = replace(REQUEST, task=replace(TASK, kind=TaskKind.COMPLETE), schema={"type": "object"})
    parameters = responses_parameters(request, endpoint("https://api.openai.com/v1"), "gpt-6-luna")
    assert parameters["reasoning"] == {"effort": "none"}
    assert parameters["text"]["format"]["schema"] == {"type": "object"}


async def test_a_tool_that_takes_any_text_has_it_as_its_input() -> None:
    item = {"type": "custom_tool_call", "call_id": "c", "name": "sql", "input": "SELECT 1"}
    async with serving(Reply([responded(done(0, item))])) as server:
        answer = await ask_once(server.url, wire="openai-responses")
    assert answer.calls == [("c", "sql", {"input": "SELECT 1"})]
