"""What a client shows all the time: who answers, what goes on, what was spent; and what it can set."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from pathlib import Path

from tests.lsp.editor import URI, SlowModel, editor

from monkey_coder.app import Offer, Total
from monkey_coder.usage.ledger import Attempt, Ledger

SHOWS_STATUS = {"experimental": {"monkeyCoder": {"status": True}}}
USED = Total("2026-11-22", 3, 1200, 300, 0, 0, 0, 0.25, 0, 1)


async def test_the_status_tells_who_answers_and_what_was_spent_today() -> None:
    async with editor() as ed:
        await ed.request("monkeyCoder/status")
        ed.apps[-1].used, ed.apps[-1].day_usd = USED, 2.0
        status = (await ed.request("monkeyCoder/status"))["result"]
        assert status["model"] == "scripted"
        assert status["state"] == "ready"
        assert status["today"] == {
            "requests": 3,
            "inputTokens": 1200,
            "outputTokens": 300,
            "usd": 0.25,
            "limitUsd": 2.0,
        }
        ed.apps[-1].day_usd = 0.25
        status = (await ed.request("monkeyCoder/status"))["result"]
        assert (status["state"], status["detail"]) == ("limited", "the limit of $0.25 for today is reached")


async def test_a_client_that_asked_hears_when_work_begins_and_ends() -> None:
    model = SlowModel()
    async with editor(model, capabilities=SHOWS_STATUS) as ed:
        ed.answers["workspace/applyEdit"] = lambda _: {"applied": True}
        ed.open("x = 1\n")
        arguments = {"uri": URI, "instruction": "y"}
        request = ed.post(
            "workspace/executeCommand",
            {"command": "monkeyCoder.edit", "arguments": [arguments], "workDoneToken": "t"},
        )
        await model.asked.wait()

        def tells(state: str) -> asyncio.Future[object]:
            return asyncio.ensure_future(
                ed.wait_for(
                    lambda message: (
                        message.get("method") == "monkeyCoder/statusChanged"
                        and message["params"]["state"] == state
                    )
                )
            )

        await tells("busy")
        ed.received.clear()
        model.go.set()
        await ed.answer(request)
        await tells("ready")


async def test_a_client_that_did_not_ask_hears_nothing() -> None:
    async with editor() as ed:
        ed.session.status.poke()
        await asyncio.sleep(0.6)
        assert ed.sent("monkeyCoder/statusChanged") == []


async def test_keys_from_the_editor_reach_the_app_and_no_message() -> None:
    async with editor() as ed:
        answer = await ed.request("monkeyCoder/setKeys", {"keys": {"openai": "sk-s3cret", "nobody": "x"}})
        assert answer["result"] == {"accepted": ["openai"], "unknown": ["nobody"]}
        await ed.request("monkeyCoder/status")
        assert ed.keys == {"openai": "sk-s3cret"}
        await ed.request("monkeyCoder/setKeys", {"keys": {"openai": None}})
        await ed.request("monkeyCoder/status")
        assert ed.keys == {}
        wrong = await ed.request("monkeyCoder/setKeys", {"keys": ["sk-s3cret"]})
        assert wrong["error"]["code"] == -32602
        assert "s3cret" not in json.dumps(ed.received)


async def test_models_are_listed_with_their_prices() -> None:
    async with editor() as ed:
        await ed.request("monkeyCoder/status")
        ed.apps[-1].offered = (Offer("openai", "gpt-6-luna", True, True, 0.25, 2.0),)
        (model,) = (await ed.request("monkeyCoder/models", {}))["result"]
        assert model == {
            "id": "openai/gpt-6-luna",
            "provider": "openai",
            "name": "gpt-6-luna",
            "configured": True,
            "current": True,
            "inputUsdPerMTok": 0.25,
            "outputUsdPerMTok": 2.0,
        }


async def test_usage_comes_by_day_and_model(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path / "usage.sqlite"), session="s")
    now = datetime.now().astimezone()
    for _ in range(2):
        ledger.book(
            Attempt(
                now, "s", "edit", "openai", "luna", "luna", "", 10, 5, 0, 0, 0, 0.5, 0.1, 0.2, "stop", False
            )
        )
    ledger.close()
    async with editor() as ed:
        await ed.request("monkeyCoder/status")
        ed.apps[-1].ledger_file = tmp_path / "usage.sqlite"
        usage = (await ed.request("monkeyCoder/usage", {"days": 7}))["result"]
        (row,) = usage["rows"]
        assert row == {
            "day": now.date().isoformat(),
            "model": "openai/luna",
            "requests": 2,
            "inputTokens": 20,
            "outputTokens": 10,
            "usd": 1.0,
            "estimated": 0,
        }
        assert "| openai/luna | 2 | 20 | 10 | $1.0000 |" in usage["markdown"]
        assert (await ed.request("monkeyCoder/usage", {"days": 0}))["error"]["code"] == -32602


async def test_ghost_text_becomes_patient_after_rejections() -> None:
    async with editor() as ed:
        completer = await ed.session.completer()
        for _ in range(4):
            ed.notify("monkeyCoder/ghostOutcome", {"uri": URI, "outcome": "dismissed"})
        await ed.request("monkeyCoder/status")
        assert completer._eagerness.pause_s == 0.4
        ed.notify("monkeyCoder/ghostOutcome", {"uri": URI, "outcome": "accepted"})
        await ed.request("monkeyCoder/status")
        assert completer._eagerness.pause_s == 0.0
