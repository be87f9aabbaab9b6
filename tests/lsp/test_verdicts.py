"""What the user does with an edit is told to what learns from it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

import pytest
from tests.lsp import editor as harness
from tests.lsp.editor import URI, editor
from tests.lsp.test_edit_session import OLD, PLAIN, PREVIEW, answer, applies, command
from tests.scripted import ScriptedModel

from monkey_coder.core.errors import FileError
from monkey_coder.core.kit import Answer, Kit
from monkey_coder.core.model import Model, Strategy, Task, TaskKind


@dataclass
class Noting:
    """Outcomes that only note what they are told."""

    answers: list[Answer] = field(default_factory=list)
    acts: list[str] = field(default_factory=list)
    is_broken: bool = False
    is_read: bool = False

    async def forecast(self, task: Task, model: str) -> str:
        return f"{model} may well do it"

    async def warm_up(self) -> None:
        self.is_read = True

    def forecast_at_hand(
        self, kind: TaskKind, model: str, strategy: Strategy = Strategy.DIRECT
    ) -> str | None:
        if not self.is_read:
            return None
        return "≈ $0.01" if kind is TaskKind.DOCUMENT else ""

    async def answered(self, task: Task, answer: Answer) -> str:
        self.answers.append(answer)
        return "one"

    async def acted(self, id_: str, act: str, change: str = "") -> None:
        if self.is_broken:
            raise FileError("the disk is full")
        assert id_ == "one"
        self.acts.append(act)

    async def undone(self, change: str) -> None:
        raise AssertionError("no file was written")

    def take_message(self) -> str:
        return ""


@pytest.fixture
def noting(monkeypatch: pytest.MonkeyPatch) -> Noting:
    outcomes = Noting()
    make = harness.kit_of

    def kit_of(model: Model, *rest: object) -> Kit:
        return replace(make(model, *rest), outcomes=outcomes)  # type: ignore[arg-type]

    monkeypatch.setattr(harness, "kit_of", kit_of)
    return outcomes


async def test_an_edit_that_is_kept_whole_and_then_undone(noting: Noting) -> None:
    async with editor(ScriptedModel([answer()]), capabilities=PLAIN) as client:
        applies(client)
        client.open(OLD)
        await command(client, "edit", uri=URI, instruction="times ten")
        assert noting.acts == ["kept"]
        assert (noting.answers[0].passed, noting.answers[0].n_files) == (True, 1)
        client.change([{"text": OLD + "\n"}], version=10)
        client.change([{"text": OLD}], version=11)
        async with asyncio.timeout(5):
            while noting.acts != ["kept", "undone"]:
                await asyncio.sleep(0.01)
        assert not client.session.watches


@pytest.mark.parametrize(
    ("steps", "act"),
    [
        ((("reject", None),), "dismissed"),
        ((("accept", 0), ("reject", None)), "edited"),
        ((("accept", 0), ("accept", None)), "kept"),
    ],
)
async def test_the_verdict_comes_with_the_last_hunk(
    steps: tuple[tuple[str, int | None], ...], act: str, noting: Noting
) -> None:
    async with editor(ScriptedModel([answer()]), capabilities=PREVIEW) as client:
        applies(client)
        client.open(OLD)
        ready = await command(client, "edit", uri=URI, instruction="times ten")
        for name, hunk in steps:
            assert noting.acts == []
            more = {} if hunk is None else {"hunks": [ready["open"][hunk]]}
            await command(client, name, session=ready["session"], **more)
    assert noting.acts == [act]


async def test_where_it_cannot_be_remembered_the_edit_stands_and_the_user_is_told(noting: Noting) -> None:
    noting.is_broken = True
    async with editor(ScriptedModel([answer()]), capabilities=PLAIN) as client:
        applies(client)
        client.open(OLD)
        result = await command(client, "edit", uri=URI, instruction="times ten")
        assert result["status"] == "done"
        assert any(
            "the disk is full" in one["params"]["message"] for one in client.sent("window/showMessage")
        )


async def test_the_menu_says_what_an_action_will_probably_cost(noting: Noting) -> None:
    async with editor(ScriptedModel([])) as client:
        client.open(OLD)
        await client.session.kit()
        start = {"line": 0, "character": 0}
        params = {
            "textDocument": {"uri": URI},
            "range": {"start": start, "end": start},
            "context": {"diagnostics": []},
        }
        titles = []
        for _ in range(2):
            response = await client.request("textDocument/codeAction", params)
            titles.append([action["title"] for action in response["result"]])
            await asyncio.sleep(0)
    assert "Monkey Coder: Document" in titles[0]
    assert "Monkey Coder: Document (≈ $0.01)" in titles[1]
    assert "Monkey Coder: Write tests" in titles[1]
