"""What is Anthropic's own: blocks, signed reasoning, a count in two parts, its reasons to stop."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.providers.asking import KEY, REQUEST, ask, ask_once, endpoint
from tests.providers.loopback import Reply, serving
from tests.providers.wires import block, claude, said_by_claude

from monkey_coder.core.model import FinishReason, Message, Tool, ToolCall, UsageReport
from monkey_coder.providers.anthropic_messages import AnthropicMessages

TEXT = block(0, "text", said_by_claude("hi"), text="")
THINKING = block(
    0,
    "thinking",
    {"type": "thinking_delta", "thinking": "let me "},
    {"type": "thinking_delta", "thinking": "see"},
    {"type": "signature_delta", "signature": "c2lnbmVk"},
    thinking="",
    signature="",
)
CALL = block(
    1,
    "tool_use",
    {"type": "input_json_delta", "partial_json": '{"path": '},
    {"type": "input_json_delta", "partial_json": '"a.py"}'},
    id="toolu_1",
    name="read",
    input={},
)


async def test_the_count_is_put_together_from_both_ends_of_the_stream() -> None:
    body = claude(*TEXT, input_tokens=9, cache_read_input_tokens=100, cache_creation_input_tokens=20)
    async with serving(Reply([body])) as server:
        answer = await ask_once(server.url, wire="anthropic")
    assert answer.usage == UsageReport(129, 5, cached_tokens=100, cache_write_tokens=20)


@pytest.mark.parametrize(
    ("stop", "reason", "note"),
    [
        ("end_turn", FinishReason.STOP, None),
        ("stop_sequence", FinishReason.STOP, None),
        ("max_tokens", FinishReason.LENGTH, None),
        ("model_context_window_exceeded", FinishReason.LENGTH, "context is full"),
        ("pause_turn", FinishReason.LENGTH, "ask it to go on"),
        ("refusal", FinishReason.REFUSED, None),
        ("a_new_one", FinishReason.STOP, "a_new_one"),
    ],
)
async def test_each_reason_to_stop_is_understood(stop: str, reason: FinishReason, note: str | None) -> None:
    async with serving(Reply([claude(*TEXT, stop=stop)])) as server:
        answer = await ask_once(server.url, wire="anthropic")
    assert answer.finished is not None
    assert answer.finished.reason is reason
    assert (note is None and answer.warnings == []) or (note is not None and note in answer.warnings[0])


async def test_reasoning_comes_apart_and_goes_back_signed_with_the_call() -> None:
    redacted = block(2, "redacted_thinking", data="aGlkZGVu")
    first = claude(*THINKING, *CALL, *redacted, stop="tool_use")
    async with serving(Reply([first]), Reply([claude(*TEXT)])) as server:
        model = AnthropicMessages(endpoint(server.url, wire="anthropic", reasoning_effort="high"))
        answer = await ask(model)
        assert answer.reasoning == "let me see"
        assert answer.calls == [("toolu_1", "read", {"path": "a.py"})]
        call = next(event for event in answer.events if isinstance(event, ToolCall))
        messages = (
            Message("system", "be brief"),
            *REQUEST.messages,
            Message("assistant", "I look.", (call,)),
            Message("tool", "its text", tool_call_id="toolu_1"),
            Message("user", "go on"),
        )
        tool = Tool("read", "reads", {"type": "object"})
        await ask(model, replace(REQUEST, messages=messages, tools=(tool,), stop=("END",), max_tokens=50))
        await model.close()
        body = server.asked[1].body
    assert [turn["role"] for turn in body["messages"]] == ["user", "assistant", "user"]
    assert body["messages"][1]["content"] == [
        {"type": "thinking", "thinking": "let me see", "signature": "c2lnbmVk"},
        {"type": "redacted_thinking", "data": "aGlkZGVu"},
        {"type": "text", "text": "I look."},
        {"type": "tool_use", "id": "toolu_1", "name": "read", "input": {"path": "a.py"}},
    ]
    assert body["messages"][2]["content"] == [
        {"type": "tool_result", "tool_use_id": "toolu_1", "content": "its text"},
        {"type": "text", "text": "go on"},
    ]
    assert body["system"] == "be brief"
    assert body["tools"] == [{"name": "read", "description": "reads", "input_schema": {"type": "object"}}]
    assert (body["thinking"], body["output_config"]) == ({"type": "adaptive"}, {"effort": "high"})
    assert (body["stop_sequences"], body["max_tokens"], body["stream"]) == (["END"], 50, True)


async def test_the_servers_own_tools_are_not_ours_to_run() -> None:
    own = block(1, "server_tool_use", {"type": "input_json_delta", "partial_json": "{}"}, id="s", name="web")
    async with serving(Reply([claude(*TEXT, *own)])) as server:
        answer = await ask_once(server.url, wire="anthropic")
    assert (answer.text, answer.calls) == ("hi", [])


async def test_a_temperature_is_not_sent_and_that_is_said_once() -> None:
    async with serving(Reply([claude(*TEXT)])) as server:
        model = AnthropicMessages(endpoint(server.url, wire="anthropic", temperature=0.5))
        first, second = await ask(model), await ask(model)
        await model.close()
        bodies = [asked.body for asked in server.asked]
    assert first.warnings == ["loop/m does not take 'temperature'; it was left out."]
    assert second.warnings == []
    assert not any("temperature" in body for body in bodies)


async def test_an_answer_that_is_to_fit_a_schema_is_asked_for_so() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    async with serving(Reply([claude(*TEXT)])) as server:
        await ask_once(server.url, replace(REQUEST, schema=schema), wire="anthropic")
        body = server.asked[0].body
    assert body["output_config"] == {"format": {"type": "json_schema", "schema": schema}}


async def test_both_headers_for_the_key_are_sent_to_servers_that_are_not_anthropics() -> None:
    async with serving(Reply([claude(*TEXT)])) as server:
        await ask_once(server.url, wire="anthropic")
        asked = server.asked[0]
    assert asked.path == "/v1/messages"
    assert asked.headers["x-api-key"] == KEY
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.headers["anthropic-version"]
