"""Chat over the wire: streamed, kept, listed, found again and forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic

from tests.lsp.editor import URI, Editor, SlowModel, editor
from tests.scripted import ScriptedModel

from monkey_coder.context.memory import Memory
from monkey_coder.core.clock import Clock
from monkey_coder.core.model import Finished, FinishReason, Model, TextDelta

CLOCK = Clock(monotonic, asyncio.sleep, lambda: datetime.now(UTC))
ANSWER = [TextDelta("It **adds**."), Finished(FinishReason.STOP, "scripted")]


@asynccontextmanager
async def chatting(model: Model | None = None) -> AsyncIterator[Editor]:
    async with editor(model or ScriptedModel([ANSWER, ANSWER])) as ed:
        await ed.request("monkeyCoder/status")
        memory = Memory(":memory:", CLOCK)
        ed.apps[-1].kit = replace(ed.apps[-1].kit, memory=memory)
        yield ed
        await memory.aclose()


async def test_a_question_about_open_code_is_answered_while_it_streams() -> None:
    async with chatting() as ed:
        ed.open("def add(a, b):\n    return a + b\n")
        place = {"start": {"line": 0, "character": 4}, "end": {"line": 0, "character": 7}}
        params = {"message": "What is add?", "uri": URI, "version": 1, "range": place, "workDoneToken": "t"}
        answer = (await ed.request("monkeyCoder/chat", params))["result"]
        assert answer["markdown"] == "It **adds**."
        assert answer["sent"] == [{"path": "/work/example.py", "lines": [1, 2]}]
        reports = [
            message["params"]["value"]
            for message in ed.sent("$/progress")
            if message["params"]["value"]["kind"] == "report"
        ]
        assert reports[-1]["answer"] == "It **adds**."
        assert reports[-1]["conversation"] == answer["conversation"]


async def test_conversations_are_listed_found_shown_pinned_and_forgotten() -> None:
    async with chatting() as ed:
        answer = (await ed.request("monkeyCoder/chat", {"message": "How does rounding work?"}))["result"]
        key = answer["conversation"]
        (entry,) = (await ed.request("monkeyCoder/conversations", {}))["result"]
        assert (entry["id"], entry["title"], entry["messages"]) == (key, "How does rounding work?", 2)
        (found,) = (await ed.request("monkeyCoder/conversations", {"query": "rounding"}))["result"]
        assert "rounding" in found["matches"][0]["snippet"]
        await ed.request("monkeyCoder/pinConversation", {"id": key, "pinned": True})
        whole = (await ed.request("monkeyCoder/conversation", {"id": key}))["result"]
        assert whole["pinned"] is True
        assert [(one["role"], one["text"]) for one in whole["messages"]] == [
            ("user", "How does rounding work?"),
            ("assistant", "It **adds**."),
        ]
        assert whole["messages"][1]["id"] == answer["message"]
        assert (await ed.request("monkeyCoder/forgetConversation", {"id": key}))["result"] is None
        assert (await ed.request("monkeyCoder/conversations", {}))["result"] == []
        assert "error" in await ed.request("monkeyCoder/conversation", {"id": key})


async def test_a_cancel_ends_the_answer_down_to_the_model() -> None:
    model = SlowModel()
    async with chatting(model) as ed:
        request = ed.post("monkeyCoder/chat", {"message": "?", "workDoneToken": "t"})
        await asyncio.wait_for(model.asked.wait(), 5)
        ed.notify("window/workDoneProgress/cancel", {"token": "t"})
        assert (await ed.answer(request))["error"]["code"] == -32800
        await asyncio.wait_for(model.closed.wait(), 5)


async def test_bad_params_are_refused() -> None:
    async with chatting() as ed:
        for method, params, code in (
            ("chat", {"message": 3}, -32602),
            ("chat", {"message": " "}, -32803),
            ("chat", {"message": "?", "uri": "file:///nowhere"}, -32803),
            ("conversations", {"limit": 0}, -32602),
            ("conversation", {}, -32602),
            ("pinConversation", {"id": "x", "pinned": "yes"}, -32602),
            ("forgetConversation", {"id": "nothing"}, -32803),
        ):
            assert (await ed.request(f"monkeyCoder/{method}", params))["error"]["code"] == code
