"""What is Gemini's own: thoughts counted apart, blocks for safety, arguments in parts."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from tests.providers.asking import KEY, REQUEST, TASK, ask, ask_once, endpoint, failure_of
from tests.providers.loopback import Reply, events, serving
from tests.providers.wires import gemini, json_reply

from monkey_coder.core.errors import ProviderFault
from monkey_coder.core.model import FinishReason, Message, Request, TaskKind, Tool, ToolCall, UsageReport
from monkey_coder.providers.gemini_request import gemini_parameters
from monkey_coder.providers.google_gemini import GoogleGemini


def reply(*chunks: dict[str, Any]) -> Reply:
    return Reply([events(*chunks, done=False)])


async def test_thoughts_and_what_its_tools_read_are_counted_in() -> None:
    usage = {
        "promptTokenCount": 100,
        "cachedContentTokenCount": 40,
        "toolUsePromptTokenCount": 7,
        "candidatesTokenCount": 20,
        "thoughtsTokenCount": 30,
    }
    partly = {"promptTokenCount": 100, "candidatesTokenCount": 999}
    nothing = {"trafficType": "ON_DEMAND"}
    chunks = [
        gemini({"text": "a"}, finish=None, usageMetadata=partly),
        gemini({"text": "b"}, usageMetadata=usage),
        {"usageMetadata": nothing},
    ]
    async with serving(reply(*chunks)) as server:
        answer = await ask_once(server.url, wire="google")
    assert answer.usage == UsageReport(107, 50, cached_tokens=40, reasoning_tokens=30)


async def test_thoughts_come_apart_from_the_answer() -> None:
    async with serving(reply(gemini({"text": "hm", "thought": True}, {"text": "yes"}))) as server:
        answer = await ask_once(server.url, wire="google")
    assert (answer.reasoning, answer.text) == ("hm", "yes")


@pytest.mark.parametrize(
    ("finish", "reason"),
    [
        ("STOP", FinishReason.STOP),
        ("MAX_TOKENS", FinishReason.LENGTH),
        ("SAFETY", FinishReason.REFUSED),
        ("RECITATION", FinishReason.REFUSED),
        ("PROHIBITED_CONTENT", FinishReason.REFUSED),
    ],
)
async def test_each_reason_to_finish_is_understood(finish: str, reason: FinishReason) -> None:
    async with serving(reply(gemini({"text": "x"}, finish=finish))) as server:
        answer = await ask_once(server.url, wire="google")
    assert answer.finished is not None
    assert (answer.finished.reason, answer.warnings) == (reason, [])


@pytest.mark.parametrize(
    ("chunk", "fault"),
    [
        (gemini(finish="MALFORMED_FUNCTION_CALL"), ProviderFault.MALFORMED),
        (gemini(finish="OTHER"), ProviderFault.OVERLOADED),
        ({"promptFeedback": {"blockReason": "SAFETY"}}, ProviderFault.CONTENT_REFUSED),
    ],
)
async def test_an_answer_that_is_none_is_an_error(chunk: dict[str, Any], fault: ProviderFault) -> None:
    async with serving(reply(chunk)) as server:
        error = await failure_of(server.url, wire="google")
    assert error.fault is fault


def part(path: str, **value: Any) -> dict[str, Any]:
    return {"functionCall": {"partialArgs": [{"jsonPath": path, **value}], "willContinue": True}}


async def test_arguments_that_come_in_parts_are_put_together() -> None:
    chunks = [
        {"functionCall": {"name": "cook", "id": "f1", "willContinue": True}, "thoughtSignature": "c2ln"},
        part("$.recipe.steps[0].text", stringValue="boil ", willContinue=True),
        part("$.recipe.steps[0].text", stringValue="water"),
        part("$.recipe.steps[1].text", stringValue="eat"),
        part("$.recipe['for']", numberValue=2),
        part("$.quick", boolValue=True),
        {"functionCall": {}},
        {"functionCall": {"name": "wait", "args": {"s": 1}}},
    ]
    found = [gemini(chunk, finish=None) for chunk in chunks]
    async with serving(reply(*found, gemini({"text": ""}))) as server:
        answer = await ask_once(server.url, wire="google")
    recipe = {"steps": [{"text": "boil water"}, {"text": "eat"}], "for": 2}
    assert answer.calls == [("f1", "cook", {"recipe": recipe, "quick": True}), ("call_1", "wait", {"s": 1})]
    assert answer.finished is not None
    assert answer.finished.reason is FinishReason.TOOL_CALLS


@pytest.mark.parametrize("path", ["", "recipe", "$", "$.a[7]", "$.a..b", "$.name.more", "$.name[0]"])
async def test_a_path_that_leads_nowhere_is_malformed(path: str) -> None:
    chunks = [
        gemini({"functionCall": {"name": "cook", "willContinue": True}}, finish=None),
        gemini(part("$.name", stringValue="x"), finish=None),
        gemini(part(path, stringValue="y")),
    ]
    async with serving(reply(*chunks)) as server:
        error = await failure_of(server.url, wire="google")
    assert error.fault is ProviderFault.MALFORMED


async def test_a_conversation_with_tools_is_sent_as_gemini_wants_it() -> None:
    signature = base64.b64encode(b"signed").decode()
    made_of = {"name": "read", "args": {"path": "a"}, "id": "f1"}
    call = {"functionCall": made_of, "thoughtSignature": signature}
    async with serving(reply(gemini(call)), reply(gemini({"text": "done"}))) as server:
        model = GoogleGemini(endpoint(server.url, model="gemini-3.8-flash", reasoning_effort="high"))
        answer = await ask(model)
        made = next(event for event in answer.events if isinstance(event, ToolCall))
        messages = (
            Message("system", "be brief"),
            *REQUEST.messages,
            Message("assistant", "", (made,)),
            Message("tool", "its text", tool_call_id="f1"),
        )
        schema = {"type": "object", "properties": {"path": {"type": "string"}}}
        tool = Tool("read", "reads", schema)
        request = replace(REQUEST, messages=messages, tools=(tool,), max_tokens=50, temperature=0.5)
        await ask(model, request)
        await model.close()
        asked = server.asked[1]
    assert asked.path == "/v1/models/gemini-3.8-flash:streamGenerateContent?alt=sse"
    assert asked.headers["x-goog-api-key"] == KEY
    body = asked.body
    assert [turn["role"] for turn in body["contents"]] == ["user", "model", "user"]
    assert body["contents"][1]["parts"] == [
        {"functionCall": {"name": "read", "args": {"path": "a"}}, "thoughtSignature": signature}
    ]
    assert body["contents"][2]["parts"] == [
        {"functionResponse": {"name": "read", "response": {"output": "its text"}}}
    ]
    assert body["systemInstruction"]["parts"] == [{"text": "be brief"}]
    declared = body["tools"][0]["functionDeclarations"][0]
    assert (declared["name"], declared["parametersJsonSchema"]) == ("read", schema)
    config = body["generationConfig"]
    assert (config["maxOutputTokens"], config["temperature"]) == (50, 0.5)
    assert config["thinkingConfig"] == {"thinkingLevel": "HIGH", "includeThoughts": True}


@pytest.mark.parametrize(
    ("base", "path"),
    [("/v1", "/v1/"), ("/v1beta", "/v1beta/"), ("", "/v1beta/"), ("/proxy/v1alpha/", "/proxy/v1alpha/")],
)
async def test_the_address_may_say_the_version(base: str, path: str) -> None:
    async with serving(reply(gemini({"text": "x"}))) as server:
        await ask_once(f"http://127.0.0.1:{server.port}{base}", wire="google")
        asked = server.asked[0].path
    assert asked.startswith(path + "models/m:")


async def test_comments_and_a_byte_order_mark_are_no_part_of_the_answer() -> None:
    body = b"\xef\xbb\xbf: hello\n\nid: 3\n" + events(gemini({"text": "x"}), done=False)
    async with serving(Reply([body])) as server:
        answer = await ask_once(server.url, wire="google")
    assert answer.text == "x"


async def test_a_list_of_chunks_is_a_stream_as_well() -> None:
    async with serving(json_reply([gemini({"text": "a"}, finish=None), gemini({"text": "b"})])) as server:
        answer = await ask_once(server.url, wire="google")
    assert answer.text == "ab"


async def test_a_model_that_cannot_think_so_is_asked_without_and_that_is_said() -> None:
    refused = {"error": {"code": 400, "message": "Thinking level LOW is not supported for this model."}}
    request = replace(REQUEST, task=replace(TASK, kind=TaskKind.COMPLETE))
    async with serving(json_reply(refused, 400), reply(gemini({"text": "x"}))) as server:
        answer = await ask_once(server.url, request, wire="google")
        first, second = (asked.body.get("generationConfig") or {} for asked in server.asked)
    assert "thinkingConfig" in first
    assert "thinkingConfig" not in second
    assert (answer.text, len(answer.warnings)) == ("x", 1)


@pytest.mark.parametrize(
    ("model", "effort", "thinking"),
    [
        ("gemini-2.5-flash", "none", {"thinkingBudget": 0}),
        ("gemini-2.5-pro", "high", {"thinkingBudget": -1, "includeThoughts": True}),
        ("gemini-3.8-flash", "none", {"thinkingLevel": "LOW"}),
        ("gemini-3.8-flash", "", None),
    ],
)
def test_how_much_to_think_is_said_in_the_models_own_terms(
    model: str, effort: str, thinking: dict[str, object] | None
) -> None:
    parameters = gemini_parameters(REQUEST, endpoint("https://x", reasoning_effort=effort), model)
    assert parameters.get("thinking") == thinking


async def test_an_answer_that_is_to_fit_a_schema_is_asked_for_so() -> None:
    request = Request(TASK, REQUEST.messages, schema={"type": "object"})
    async with serving(reply(gemini({"text": json.dumps({})}))) as server:
        await ask_once(server.url, request, wire="google")
        config = server.asked[0].body["generationConfig"]
    assert (config["responseMimeType"], config["responseJsonSchema"]) == (
        "application/json",
        {"type": "object"},
    )
