"""What a change in phases is booked at, and which failures are its own."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import cast

import pytest
from tests.agents.crew import FakeHands, FakeHistory, pipeline, request, review, scripted
from tests.clocks import FakeClock
from tests.scripted import ScriptedModel

from monkey_coder.agents.hands import Checked
from monkey_coder.agents.router import learn
from monkey_coder.core.documents import Document
from monkey_coder.core.kit import Kit
from monkey_coder.core.model import Event, Finished, FinishReason, TextDelta, UsageReport
from monkey_coder.features import agent_hands
from monkey_coder.features.agent_hands import AgentHands
from monkey_coder.features.candidates import Referee
from monkey_coder.features.edit import EditReady, propose
from monkey_coder.features.edit_files import FileEdit
from monkey_coder.features.experience import Experience
from monkey_coder.features.run_tests import TestsRun as Ran
from monkey_coder.workspace.index import Index


def code(n: int, n_tokens: int) -> tuple[Event, ...]:
    text = f"```python\ndef f():\n    return {n}\n```\n"
    return TextDelta(text), UsageReport(0, n_tokens), Finished(FinishReason.STOP, "a/m")


class Priced(FakeHistory):
    async def price(self, model: str, usage: UsageReport) -> float | None:
        return usage.output_tokens / 1_000


@pytest.mark.parametrize(("problems", "kept"), [(["", "worse"], 2), ([], 3)])
async def test_all_that_was_written_is_booked_once_whichever_answer_is_kept(
    problems: list[str], kept: int, tmp_path: Path
) -> None:
    def price(_model: str, usage: UsageReport, _at: datetime) -> float:
        return usage.output_tokens / 1_000

    experience = Experience(tmp_path / "e.jsonl", FakeClock().clock, price, rng=random.Random(1))
    writer = scripted(code(2, 100), review("rework", 0.9, "wrong"), code(3, 700))
    record = learn(FakeHistory().record, [("reviewer", 0.4, True)] * 20)
    model = pipeline(writer, hands=FakeHands(list(problems)), history=Priced(record=record))
    kit = Kit(model, model, ScriptedModel([], "offline"), time.monotonic, outcomes=experience)
    task = replace(request(instruction="return a value").task)
    *_, ready = [one async for one in propose(kit, task)]
    assert isinstance(ready, EditReady)
    assert f"return {kept}" in ready.new_text
    (episode,) = await experience.episodes()
    assert episode.cost_usd == pytest.approx(0.100 + 0.010 + 0.700)


ENDLESS = Ran("the tests were stopped at their time limit", None, ("they were stopped",))
GOOD = Ran("3 tests passed", True)


@pytest.mark.parametrize(("before", "failures"), [(ENDLESS, ""), (GOOD, "they were stopped")])
async def test_tests_that_never_ended_are_no_fault_of_the_change(
    before: Ran, failures: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tested(_kit: Kit, _document: Document, files: Sequence[FileEdit]) -> Ran:
        return ENDLESS if files else before

    monkeypatch.setattr(agent_hands, "run_tests", tested)
    model = ScriptedModel([])
    kit = Kit(model, model, model, time.monotonic, runs_tests=True)
    hands = AgentHands(kit, cast(Index, None), Referee(lambda _: False))
    asked = request()
    document = replace(asked.task.document, path=str(tmp_path / "a.py"), folder=str(tmp_path))
    checked: Checked = await hands.check(
        replace(asked, task=replace(asked.task, document=document)), code(2, 1)
    )
    assert (checked.problem, checked.failures) == ("", failures)
