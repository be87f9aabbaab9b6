"""Chat completions over a real socket, through the official SDK."""

from __future__ import annotations

import asyncio
import gzip
import subprocess
import sys
from contextlib import aclosing
from dataclasses import replace

import pytest
from tests.providers.asking import KEY, REQUEST, TASK, ask, ask_once, endpoint, failure_of
from tests.providers.loopback import Reply, delta, events, said, serving

from monkey_coder.core.errors import ConfigError, InputError, ProviderFault
from monkey_coder.core.model import FinishReason, Message, Request, TaskKind, Tool, ToolCall, UsageReport
from monkey_coder.providers.openai_chat import OpenAIChat

USAGE = {"prompt_tokens": 14, "completion_tokens": 9, "total_tokens": 23}


async def test_text_usage_and_finish_come_through() -> None:
    pieces = [events(delta(role="assistant", content=""), delta(content="Hel"), done=False)]
    pieces += [events(delta(content="lo 👋"), delta("stop"), {"choices": [], "usage": USAGE})]
    async with serving(Reply(pieces)) as server:
        answer = await ask_once(server.url)
    assert answer.text == "Hello 👋"
    assert answer.usage == UsageReport(14, 9)
    assert answer.finished is not None
    assert (answer.finished.reason, answer.finished.model) == (FinishReason.STOP, "loop/m")
    assert answer.events[-1] is answer.finished


async def test_the_request_says_what_was_asked_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-mine")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "x-mine: 1")
    call = ToolCall("c1", "read", {"path": "a.py"})
    request = Request(
        TASK,
        (
            Message("system", "be brief"),
            Message("assistant", "", (call,)),
            Message("tool", "x = 1", tool_call_id="c1"),
        ),
        tools=(Tool("read", "Read a file.", {"type": "object"}),),
        max_tokens=50,
        temperature=0.2,
        stop=("\n\n",),
    )
    async with serving(said("ok")) as server:
        await ask_once(server.url, request, max_tokens=40, reasoning_effort="low")
        asked = server.asked[0]
    assert (asked.method, asked.path) == ("POST", "/v1/chat/completions")
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert not [name for name in asked.headers if name.startswith(("openai-", "x-mine", "x-stainless-os"))]
    function = {"name": "read", "description": "Read a file.", "parameters": {"type": "object"}}
    assert asked.body == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "be brief"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "read", "arguments": '{"path": "a.py"}'},
                    }
                ],
            },
            {"role": "tool", "content": "x = 1", "tool_call_id": "c1"},
        ],
        "tools": [{"type": "function", "function": function}],
        "reasoning_effort": "low",
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 40,
        "temperature": 0.2,
        "stop": ["\n\n"],
    }


async def test_a_server_without_a_key_is_sent_none() -> None:
    async with serving(said("ok")) as server:
        await ask_once(server.url, api_key=None)
        assert "authorization" not in server.asked[0].headers


async def test_connections_are_used_again() -> None:
    async with serving(said("ok")) as server:
        model = OpenAIChat(endpoint(server.url))
        for _ in range(3):
            assert (await ask(model)).text == "ok"
        await model.close()
        assert {asked.connection for asked in server.asked} == {0}
        assert (await ask(model)).text == "ok"  # A closed adapter opens anew.
        await model.close()


@pytest.mark.parametrize("how", ["cancel", "close"])
async def test_giving_up_closes_the_socket(how: str) -> None:
    async with serving(Reply([events(delta(content="Hel"), done=False)], ends="open")) as server:
        model = OpenAIChat(endpoint(server.url, stall_s=30))
        began = asyncio.Event()

        async def listen() -> None:
            async with aclosing(model.stream(REQUEST)) as stream:  # type: ignore[type-var]
                async for _ in stream:
                    began.set()
                    if how == "close":
                        return

        task = asyncio.ensure_future(listen())
        async with asyncio.timeout(5):
            await began.wait()
            if how == "cancel":
                task.cancel()
            await server.gone.wait()
            await asyncio.gather(task, return_exceptions=True)
        await model.close()


async def test_giving_up_before_an_answer_begins_closes_the_socket_too() -> None:
    async with serving(Reply([], ends="open")) as server:
        model = OpenAIChat(endpoint(server.url, first_byte_s=30))
        task = asyncio.ensure_future(ask(model))
        async with asyncio.timeout(5):
            await server.came.wait()
            task.cancel()
            await server.gone.wait()
        assert task.cancelled() or task.cancelling()
        await model.close()


async def test_reasoning_comes_apart_from_the_answer() -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "C"}]}
    body = events(
        delta(reasoning_content="A"),
        delta(reasoning="B"),
        delta(content=[thinking, {"type": "text", "text": "x"}]),
        delta("stop", content="y"),
    )
    async with serving(Reply([body])) as server:
        answer = await ask_once(server.url)
    assert (answer.reasoning, answer.text) == ("ABC", "xy")


def _call(index: int, id_: str | None, name: str | None, arguments: str) -> dict[str, object]:
    return {"index": index, "id": id_, "function": {"name": name, "arguments": arguments}}


async def test_tool_calls_are_collected_and_come_once_whole() -> None:
    body = events(
        delta(tool_calls=[_call(0, "a", "read", '{"pa')]),
        delta(tool_calls=[_call(0, None, None, 'th": "x"}')]),
        delta(tool_calls=[_call(1, "b", "list", "")]),
        delta(tool_calls=[_call(1, "c", "list", "{}")]),
        delta(tool_calls=[_call(2, "a", "read", '{"path": "again"}')]),
        delta("tool_calls"),
    )
    async with serving(Reply([body])) as server:
        answer = await ask_once(server.url)
    assert answer.calls == [("a", "read", {"path": "x"}), ("b", "list", {}), ("c", "list", {})]
    assert answer.finished is not None
    assert answer.finished.reason is FinishReason.TOOL_CALLS


@pytest.mark.parametrize("arguments", ['{"path": ', "[1]", "rm -rf"])
async def test_a_tool_call_with_broken_arguments_is_an_error(arguments: str) -> None:
    body = events(delta(tool_calls=[_call(0, "a", "write", arguments)]), delta("tool_calls"))
    async with serving(Reply([body])) as server:
        error = await failure_of(server.url)
    assert error.fault is ProviderFault.MALFORMED
    assert "'write'" in str(error)


async def test_a_tool_call_cut_off_by_the_limit_is_never_given() -> None:
    body = events(delta(tool_calls=[_call(0, "a", "write", '{"path": "x"}')]), delta("length"))
    async with serving(Reply([body])) as server:
        answer = await ask_once(server.url)
    assert answer.calls == []
    assert answer.finished is not None
    assert answer.finished.reason is FinishReason.LENGTH
    assert "was not run" in answer.warnings[0]


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"usage": USAGE | {"prompt_tokens_details": {"cached_tokens": 8}}}, UsageReport(14, 9, 8)),
        ({"usage": USAGE | {"prompt_cache_hit_tokens": 4}}, UsageReport(14, 9, 4)),
        ({"x_groq": {"usage": USAGE}}, UsageReport(14, 9)),
        (
            {"usage": USAGE | {"completion_tokens_details": {"reasoning_tokens": 5}}},
            UsageReport(14, 9, 0, 5),
        ),
        (
            {"usage": USAGE | {"total_tokens": 73, "completion_tokens_details": {"reasoning_tokens": 50}}},
            UsageReport(14, 59, 0, 50),
        ),
        ({"usage": None}, UsageReport(9, 1, is_estimate=True)),
        ({"usage": USAGE | {"prompt_tokens": 10**12}}, UsageReport(9, 1, is_estimate=True)),
        ({"usage": USAGE | {"completion_tokens": -5}}, UsageReport(9, 1, is_estimate=True)),
    ],
    ids=["openai", "deepseek", "groq", "reasoning within", "xai", "none", "absurd", "negative"],
)
async def test_usage_is_counted_in_our_units(usage: dict[str, object], expected: UsageReport) -> None:
    async with serving(said("word", **usage)) as server:
        assert (await ask_once(server.url)).usage == expected


async def test_a_refusal_is_marked_as_one() -> None:
    async with serving(Reply([events(delta(refusal="I will not."), delta("stop"))])) as server:
        answer = await ask_once(server.url)
    assert answer.text == "I will not."
    assert answer.finished is not None
    assert answer.finished.reason is FinishReason.REFUSED


@pytest.mark.parametrize(
    "body",
    [
        b'{"model": "m", "choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}',
        b"\xef\xbb\xbf: hello\r\n\r\ndata:" + events(delta(content="hi"), delta("stop"))[6:],
        events(delta(content="hi"), delta("stop"), done=False),
        events(delta(content="hi"), delta("stop")) + events({"error": {"message": "late"}}),
        events({"choices": None, "x": 1}, delta(content="hi", tool_calls=None), delta("eos")).replace(
            b"\n", b"\r"
        ),
    ],
    ids=["plain json", "bom, comment, no space", "no [DONE]", "after [DONE]", "nulls, CR"],
)
@pytest.mark.parametrize("size", [1, 7, 100_000])
async def test_what_is_unusual_but_right_is_accepted(body: bytes, size: int) -> None:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    async with serving(Reply(pieces)) as server:
        answer = await ask_once(server.url)
    assert answer.text == "hi"
    assert answer.finished is not None
    assert answer.finished.reason is FinishReason.STOP


HALF = events(delta(content="Hel"), done=False)
BOMB = gzip.compress(b"\0" * 40_000_000)


@pytest.mark.parametrize(
    ("reply", "fault", "said_of_it"),
    [
        (Reply([HALF]), ProviderFault.TRUNCATED, "broke off"),
        (Reply([HALF, b'data: {"choices": [{"delta": {"con']), ProviderFault.TRUNCATED, "broke off"),
        (Reply([HALF], ends="cut"), ProviderFault.TRUNCATED, "connection was lost"),
        (Reply([HALF], ends="open"), ProviderFault.TIMEOUT, "stopped arriving"),
        (Reply([HALF] + [b": ping\n\n"] * 400, pause_s=0.03), ProviderFault.TIMEOUT, "stopped arriving"),
        (Reply([HALF, b"data: {nonsense}\n\n"]), ProviderFault.MALFORMED, "damaged"),
        (Reply([HALF, b'data: "text"\n\n']), ProviderFault.MALFORMED, "damaged"),
        (Reply([b"<!doctype html><html>Sign in"]), ProviderFault.MALFORMED, "web page"),
        (Reply([]), ProviderFault.MALFORMED, "nothing"),
        (Reply([b"data: [DONE]\n\n"]), ProviderFault.MALFORMED, "nothing"),
        (Reply([BOMB], headers={"content-encoding": "gzip"}), ProviderFault.MALFORMED, "too large"),
        (Reply([b"xx"], headers={"content-encoding": "gzip"}), ProviderFault.MALFORMED, "damaged"),
        (Reply([b"xx"], headers={"content-encoding": "zz"}), ProviderFault.MALFORMED, "damaged"),
        (Reply([b"data: " + b"x" * 1_000_000], repeat=9), ProviderFault.MALFORMED, "too large"),
        (Reply([events({"error": {"message": "busy", "code": 502}})]), ProviderFault.OVERLOADED, "busy"),
        (Reply([b'{"error": {"code": 429, "message": "slow down"}}']), ProviderFault.RATE_LIMITED, "slow"),
        (Reply([events(delta("error"))]), ProviderFault.OVERLOADED, "broke off"),
    ],
    ids=lambda value: None if isinstance(value, Reply) else str(value),
)
async def test_a_broken_answer_is_an_error_that_says_so(
    reply: Reply, fault: ProviderFault, said_of_it: str
) -> None:
    stall_s = 0.3 if fault is ProviderFault.TIMEOUT else 20
    async with serving(reply) as server:
        error = await failure_of(server.url, stall_s=stall_s, first_byte_s=20, total_s=60)
    assert error.fault is fault
    assert said_of_it in str(error)


async def test_no_answer_in_time_and_nobody_there_are_told_apart() -> None:
    async with serving(Reply([], ends="open")) as server:
        slow = await failure_of(server.url, first_byte_s=0.2)
        port = server.port
    gone = await failure_of(f"http://127.0.0.1:{port}/v1")
    assert slow.fault is ProviderFault.TIMEOUT
    assert gone.fault is ProviderFault.NETWORK
    assert f"127.0.0.1:{port} cannot be reached" in str(gone)


async def test_a_redirect_is_refused_and_the_key_stays_here() -> None:
    async with serving(said("stolen")) as other:
        elsewhere = {"location": f"http://localhost:{other.port}/v1/chat/completions?x=1"}
        async with serving(Reply([], 302, elsewhere)) as server:
            error = await failure_of(server.url)
        assert other.asked == []
    assert "redirected elsewhere" in str(error)


async def test_a_parameter_that_the_server_does_not_know_is_left_out_and_said_so() -> None:
    headers = {"content-type": "application/json"}
    no_limit = b'{"error": {"message": "Unsupported parameter", "param": "max_tokens"}}'
    no_heat = b'{"detail": [{"msg": "Extra inputs are not permitted", "loc": ["body", "temperature"]}]}'
    request = replace(REQUEST, max_tokens=9, temperature=0.0)
    async with serving(Reply([no_limit], 400, headers), Reply([no_heat], 422, headers), said("ok")) as server:
        model = OpenAIChat(endpoint(server.url))
        first, second = await ask(model, request), await ask(model, request)
        await model.close()
        bodies = [asked.body for asked in server.asked]
    assert first.text == second.text == "ok"
    assert first.warnings == ["loop/m does not take 'temperature'; it was left out."]
    assert second.warnings == []
    assert len(bodies) == 4
    assert bodies[3]["max_completion_tokens"] == 9
    assert "max_tokens" not in bodies[3]
    assert "temperature" not in bodies[3]


async def test_the_middle_is_asked_for_where_the_server_fills_it_in() -> None:
    chunk = {"model": "m", "choices": [{"index": 0, "text": "b", "finish_reason": "stop"}]}
    request = replace(REQUEST, prefix="a", suffix="c", max_tokens=5)
    async with serving(Reply([events(chunk)])) as server:
        assert (await ask_once(server.url, request, fim=True)).text == "b"
        asked = server.asked[0]
    assert asked.path == "/v1/completions"
    assert (asked.body["prompt"], asked.body["suffix"], asked.body["max_tokens"]) == ("a", "c", 5)


async def test_without_a_model_the_first_that_can_chat_is_taken() -> None:
    body = b'{"object": "list", "data": [{"id": "nomic-embed-text"}, {"id": "qwen"}]}'
    models = Reply([body], headers={"content-type": "application/json"})
    async with serving(models, said("ok")) as server:
        model = OpenAIChat(endpoint(server.url, model=""))
        assert model.name == "loop"
        await ask(model)
        await model.close()
        assert [asked.path for asked in server.asked] == ["/v1/models", "/v1/chat/completions"]
        assert server.asked[1].body["model"] == "qwen"
        assert model.name == "loop/qwen"


async def test_a_server_that_echoes_the_key_does_not_show_it() -> None:
    chunks = [delta(content=letter) for letter in f"a {KEY[:9]} b {KEY} c {KEY[:5]}"]
    async with serving(Reply([events(*chunks, delta("stop"))])) as server:
        answer = await ask_once(server.url)
    assert answer.text == f"a {KEY[:9]} b [key] c {KEY[:5]}"


async def test_an_answer_without_end_is_cut_off() -> None:
    pieces = [events(delta(content="spam " * 1000), done=False)]
    async with serving(Reply(pieces, repeat=100)) as server:
        answer = await ask_once(server.url, replace(REQUEST, max_tokens=100))
    assert len(answer.text) < 20_000
    assert answer.finished is not None
    assert answer.finished.reason is FinishReason.LENGTH


@pytest.mark.parametrize(
    ("asked", "answered", "is_noted"),
    [
        ("gpt-x", "gpt-x-2026-01-01", False),
        ("vendor/claude-haiku-4.5", "vendor/claude-4.5-haiku-20251001", False),
        ("mistral-small-latest", "mistral-small-2501", False),
        ("gpt-x", "other", True),
    ],
)
async def test_another_model_than_asked_is_noted(asked: str, answered: str, is_noted: bool) -> None:
    body = events({**delta("stop", content="x"), "model": answered})
    async with serving(Reply([body])) as server:
        answer = await ask_once(server.url, model=asked)
    assert bool(answer.warnings) is is_noted
    assert answer.events[-1] is answer.finished
    assert answer.finished is not None
    assert answer.finished.model == f"loop/{answered}"


async def test_a_key_never_travels_unencrypted_to_another_machine() -> None:
    with pytest.raises(ConfigError, match="https"):
        await ask_once("http://models.invalid/v1")


async def test_a_request_without_messages_is_refused() -> None:
    with pytest.raises(InputError):
        await ask_once("http://127.0.0.1:9/v1", Request(TASK))


async def test_ghost_text_does_not_wait_for_reasoning_at_openai() -> None:
    from monkey_coder.providers.chat_request import chat_parameters

    request = replace(REQUEST, task=replace(TASK, kind=TaskKind.COMPLETE), max_tokens=7)
    parameters = chat_parameters(request, endpoint("https://api.openai.com/v1"), "gpt-6-luna")
    assert (parameters["reasoning_effort"], parameters["max_completion_tokens"]) == ("none", 7)


def test_the_sdk_is_not_imported_before_it_is_used() -> None:
    code = "import sys, monkey_coder.providers.build as o, monkey_coder.providers.discover;"
    code += "print([m for m in ('openai', 'anthropic', 'google', 'httpx2', 'pydantic') if m in sys.modules])"
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
