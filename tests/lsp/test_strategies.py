"""How a change is worked out, as an editor sees it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
from tests.agents.crew import FakeHands, pipeline, plan, review, scripted
from tests.lsp import editor as harness
from tests.lsp.editor import URI, Json, editor, kit_of
from tests.lsp.test_edit_session import NEW, OLD, PLAIN, PREVIEW, answer, applies, command
from tests.scripted import ScriptedModel

from monkey_coder.core.kit import Kit
from monkey_coder.core.model import Event, Model, Request, Strategy

ASKED = "times ten, and say so in a comment; keep the names of both functions and also their order"
WRONG = answer(OLD.replace("1", "11"))
REWORK = review("rework", 0.95, "g is left out")


def working(
    monkeypatch: pytest.MonkeyPatch, model: ScriptedModel, strategy: Strategy = Strategy.AUTO
) -> ScriptedModel:
    """Have sessions work their changes out with one model."""

    def make(_: Model, *rest: object) -> Kit:
        offline = scripted(name="offline")
        made = kit_of(pipeline(model, hands=FakeHands()), *rest)  # type: ignore[arg-type]
        return replace(made, offline_model=offline, strategy=strategy)

    monkeypatch.setattr(harness, "kit_of", make)
    return model


async def test_every_phase_is_reported_and_the_result_names_them(monkeypatch: pytest.MonkeyPatch) -> None:
    working(monkeypatch, scripted(plan(), WRONG, REWORK, answer()))
    async with editor(ScriptedModel([]), capabilities=PREVIEW) as client:
        applies(client)
        client.open(OLD)
        result = await command(
            client, "edit", uri=URI, version=1, instruction=ASKED, strategy="sequential", workDoneToken="t"
        )
        assert (result["status"], result["strategy"], result["forecast"]) == ("ready", "sequential", "")
        ended = [(one["name"], one["outcome"]) for one in result["phases"]]
        names = ["analyse", "plan", "implement", "test", "review", "implement", "test"]
        assert ended == [(name, "done") for name in names]
        assert set(result["phases"][1]) == {"name", "model", "outcome", "detail", "usd"}
        done = await command(client, "accept", session=result["session"])
        assert done["status"] == "done"
        assert client.text() == NEW


async def test_the_phase_that_runs_is_reported_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = asyncio.Event()

    class Waiting(ScriptedModel):
        async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
            await gate.wait()
            async for event in super().stream(request):
                yield event

    working(monkeypatch, Waiting([plan(), answer(), review()], "a/m"))
    async with editor(ScriptedModel([]), capabilities=PLAIN) as client:
        applies(client)
        client.open(OLD)
        argument = {"uri": URI, "instruction": ASKED, "strategy": "sequential"}
        params = {"command": "monkeyCoder.edit", "arguments": [argument], "workDoneToken": "t"}
        asked = client.post("workspace/executeCommand", params)

        def is_planning(message: Json) -> bool:
            value = message["params"]["value"] if message.get("method") == "$/progress" else {}
            return bool(value.get("phase", {}).get("name") == "plan")

        report = await client.wait_for(is_planning)
        assert report["params"]["value"]["phase"] == {
            "name": "plan",
            "of": ["analyse", "plan", "implement", "test", "review"],
            "model": "a/m",
            "detail": "the architect looks at it",
        }
        gate.set()
        assert (await client.answer(asked))["result"]["status"] == "done"


async def test_the_setting_holds_without_the_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    model = working(monkeypatch, scripted(plan(), answer(), review()), Strategy.SEQUENTIAL)
    async with editor(ScriptedModel([]), capabilities=PLAIN) as client:
        applies(client)
        client.open(OLD)
        result = await command(client, "edit", uri=URI, instruction=ASKED)
        assert (result["status"], result["strategy"]) == ("done", "sequential")
        assert client.text() == NEW
        assert len(model.requests) == 3


async def test_a_strategy_that_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    working(monkeypatch, scripted())
    async with editor(ScriptedModel([]), capabilities=PLAIN) as client:
        client.open(OLD)
        for wrong in ("quick", 3, ["direct"]):
            result = await command(client, "edit", uri=URI, instruction=ASKED, strategy=wrong)
            assert result["error"]["code"] == -32602
            assert "strategy is one of direct, sequential" in result["error"]["message"]
