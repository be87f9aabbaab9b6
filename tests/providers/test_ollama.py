"""What is Ollama's own: one object a line, and the middle filled in."""

from __future__ import annotations

from dataclasses import replace

from tests.providers.asking import REQUEST, ask_once
from tests.providers.loopback import Reply, serving
from tests.providers.wires import json_reply, lines

from monkey_coder.core.model import FinishReason, Message, Tool, ToolCall, UsageReport


async def test_a_chat_comes_line_by_line() -> None:
    call = {"function": {"name": "read", "arguments": {"path": "a"}}}
    body = lines(
        {"model": "q", "message": {"thinking": "hm"}},
        {"model": "q", "message": {"content": "hi"}},
        {"model": "q", "message": {"tool_calls": [call]}},
        {"model": "q", "done": True, "done_reason": "stop", "prompt_eval_count": 7, "eval_count": 5},
    )
    async with serving(Reply([body])) as server:
        answer = await ask_once(server.url, wire="ollama", model="q")
        path = server.asked[0].path
    assert path == "/api/chat"
    assert (answer.reasoning, answer.text) == ("hm", "hi")
    assert answer.calls == [("call_0", "read", {"path": "a"})]
    assert answer.usage == UsageReport(7, 5)
    assert answer.finished is not None
    assert (answer.finished.reason, answer.finished.model) == (FinishReason.TOOL_CALLS, "loop/q")


async def test_the_middle_is_asked_for_with_what_stands_around_it() -> None:
    body = lines({"model": "m", "response": "x = "}, {"model": "m", "response": "1", "done": True})
    request = replace(REQUEST, prefix="a\n", suffix="\nb", max_tokens=20, stop=("\n\n",))
    async with serving(Reply([body])) as server:
        answer = await ask_once(server.url, request, wire="ollama", fim=True, temperature=0.0)
        asked = server.asked[0]
    assert answer.text == "x = 1"
    assert asked.path == "/api/generate"
    assert (asked.body["prompt"], asked.body["suffix"]) == ("a\n", "\nb")
    assert asked.body["options"] == {"num_predict": 20, "temperature": 0.0, "stop": ["\n\n"]}


async def test_a_conversation_with_tools_is_sent_as_ollama_wants_it() -> None:
    messages = (
        *REQUEST.messages,
        Message("assistant", "", (ToolCall("c1", "read", {"path": "a"}),)),
        Message("tool", "its text", tool_call_id="c1"),
    )
    request = replace(
        REQUEST,
        messages=messages,
        tools=(Tool("read", "reads", {"type": "object"}),),
        schema={"type": "string"},
    )
    async with serving(Reply([lines({"message": {"content": "ok"}, "done": True})])) as server:
        await ask_once(server.url, request, wire="ollama", reasoning_effort="none")
        body = server.asked[0].body
    assert body["messages"][2] == {"role": "tool", "content": "its text", "tool_name": "read"}
    assert body["messages"][1]["tool_calls"][0]["function"]["arguments"] == {"path": "a"}
    assert (body["think"], body["format"]) == (False, {"type": "string"})


async def test_without_a_model_the_first_that_can_chat_is_taken() -> None:
    tags = json_reply({"models": [{"name": "nomic-embed-text"}, {"name": "qwen3:8b"}]})
    async with serving(tags, Reply([lines({"message": {"content": "x"}, "done": True})])) as server:
        await ask_once(server.url, wire="ollama", model="")
        paths, body = [asked.path for asked in server.asked], server.asked[1].body
    assert paths == ["/api/tags", "/api/chat"]
    assert body["model"] == "qwen3:8b"
