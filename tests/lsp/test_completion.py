"""Ghost text, and the same suggestion in a menu."""

from __future__ import annotations

from typing import Any

import pytest
from tests.lsp.editor import URI, Editor, Json, SlowModel, editor
from tests.scripted import ScriptedModel

from monkey_coder.core.errors import ProviderError, ProviderFault
from monkey_coder.core.model import Finished, FinishReason, TextDelta
from monkey_coder.lsp.session import SessionOptions

STOP = Finished(FinishReason.STOP, "scripted/one")
INLINE = {"textDocument": {"inlineCompletion": {}}}


def says(*texts: str) -> ScriptedModel:
    return ScriptedModel([(TextDelta(text), STOP) for text in texts])


def at(line: int, character: int, **context: Any) -> Json:
    return {
        "textDocument": {"uri": URI},
        "position": {"line": line, "character": character},
        "context": {"triggerKind": 1, **context},
    }


async def inline(client: Editor, params: Json) -> Any:
    return (await client.request("textDocument/inlineCompletion", params))["result"]


async def test_a_suggestion_comes_with_the_range_it_replaces_in_the_clients_units() -> None:
    async with editor(says("value\n"), capabilities=INLINE) as client:
        client.open('s = "😀"; x = \n')
        result = await inline(client, at(0, 14))
        place = {"line": 0, "character": 14}
        assert result == {"items": [{"insertText": "value", "range": {"start": place, "end": place}}]}


async def test_a_selected_menu_entry_is_completed_as_if_it_were_typed() -> None:
    model = says("(1)")
    async with editor(model, capabilities=INLINE) as client:
        client.open("pr")
        chosen = {
            "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 2}},
            "text": "print",
        }
        result = await inline(client, at(0, 2, selectedCompletionInfo=chosen))
        assert result["items"][0]["insertText"] == "print(1)"
        assert result["items"][0]["range"] == chosen["range"]
        assert model.requests[0].prefix == "print"


async def test_a_text_that_moved_on_gets_null() -> None:
    model = SlowModel()
    async with editor(model, capabilities=INLINE) as client:
        client.open("x = ")
        asked = client.post("textDocument/inlineCompletion", at(0, 4))
        await model.asked.wait()
        end = {"line": 0, "character": 4}
        client.change([{"range": {"start": end, "end": end}, "text": "1"}])
        model.go.set()
        assert (await client.answer(asked))["result"] is None


async def test_a_request_sees_the_text_as_it_was_when_it_came() -> None:
    model = says("first")
    async with editor(model, capabilities=INLINE) as client:
        client.open("x = ")
        asked = client.post("textDocument/inlineCompletion", at(0, 4))
        client.change([{"text": "something else"}])
        assert (await client.answer(asked))["result"] is None
        assert model.requests[0].prefix == "x = "


async def test_a_cancel_reaches_the_models_stream_and_the_request_is_still_answered() -> None:
    model = SlowModel()
    async with editor(model, capabilities=INLINE) as client:
        client.open("x = ")
        asked = client.post("textDocument/inlineCompletion", at(0, 4))
        await model.asked.wait()
        client.notify("$/cancelRequest", {"id": asked})
        assert (await client.answer(asked))["error"]["code"] == -32800
        assert model.closed.is_set()


async def test_every_request_of_a_burst_is_answered_and_the_model_is_asked_once() -> None:
    model = says("done()")
    async with editor(model, capabilities=INLINE) as client:
        client.open("x = ")
        await client.session.completer()
        params = at(0, 4, triggerKind=2)
        asked = [client.post("textDocument/inlineCompletion", params) for _ in range(20)]
        answers = [(await client.answer(one))["result"] for one in asked]
        assert [answer is not None for answer in answers] == [False] * 19 + [True]
        assert len(model.requests) == 1


@pytest.mark.parametrize(("trigger", "times"), [(1, 2), (2, 1)])
async def test_a_failing_provider_is_told_at_each_call_by_hand_and_once_while_typing(
    trigger: int, times: int
) -> None:
    error = ProviderError(ProviderFault.AUTHENTICATION, "the key was refused", provider="p", model="m")
    async with editor(ScriptedModel([error, error]), capabilities=INLINE) as client:
        client.open("x = ")
        for _ in range(2):
            assert await inline(client, at(0, 4, triggerKind=trigger)) is None
        shown = [message["params"]["message"] for message in client.sent("window/showMessage")]
        assert shown == ["Monkey Coder: the key was refused"] * times


async def test_params_that_do_not_validate_are_told_as_such() -> None:
    async with editor(capabilities=INLINE) as client:
        answer = await client.request(
            "textDocument/inlineCompletion", {"textDocument": "no", "position": "where"}
        )
        assert answer["error"]["code"] == -32602
        assert "position" in answer["error"]["message"]


async def test_a_text_that_is_not_open_gets_null() -> None:
    async with editor(capabilities=INLINE) as client:
        assert await inline(client, at(0, 0)) is None


@pytest.mark.parametrize("offline", [True, False])
async def test_offline_only_asks_the_embedded_engine(offline: bool) -> None:
    options = SessionOptions(offline_only=offline)
    async with editor(says("a"), capabilities=INLINE, options=options) as client:
        kit = await client.session.kit()
        assert (kit.complete_model is kit.offline_model) is True
        assert client.builds[0]["folders"] == []


async def test_ghost_text_is_offered_to_clients_that_know_it_and_the_menu_to_all_others() -> None:
    for capabilities, offered in ((INLINE, "inlineCompletionProvider"), ({}, "completionProvider")):
        async with editor(initialize=False) as client:
            answer = await client.request("initialize", {"capabilities": capabilities})
            providers = {"inlineCompletionProvider", "completionProvider"} & set(
                answer["result"]["capabilities"]
            )
            assert providers == {offered}


async def test_a_menu_entry_begins_with_the_word_before_the_cursor() -> None:
    async with editor(says("nt('a')\nb()")) as client:
        client.open("    pri")
        params = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 7}}
        result = (await client.request("textDocument/completion", params))["result"]
        (item,) = result["items"]
        assert item["label"] == "print('a')…"
        assert item["filterText"] == "print('a')"
        assert item["detail"] == "Monkey Coder · scripted/one"
        assert item["textEdit"]["range"]["start"] == {"line": 0, "character": 4}
        assert item["textEdit"]["newText"].startswith("print('a')\n")
        assert item["documentation"].startswith("print")


async def test_a_menu_entry_is_documented_when_it_is_resolved_where_the_client_can() -> None:
    item = {"resolveSupport": {"properties": ["documentation"]}, "documentationFormat": ["markdown"]}
    capabilities = {"textDocument": {"completion": {"completionItem": item}}}
    async with editor(says("x```y"), capabilities=capabilities) as client:
        client.open("a = ")
        params = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 4}}
        (bare,) = (await client.request("textDocument/completion", params))["result"]["items"]
        assert "documentation" not in bare
        resolved = (await client.request("completionItem/resolve", bare))["result"]
        assert resolved["documentation"] == {"kind": "markdown", "value": "````python\nx```y\n````"}
