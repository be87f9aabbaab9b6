"""A model chosen by what was kept, over loopback."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path

import pytest
from tests.providers.loopback import said, serving

from monkey_coder import app
from monkey_coder.core.documents import Document, Span
from monkey_coder.core.model import Task, TaskKind
from monkey_coder.features.edit import EditDraft, EditReady, propose

CODE = "def f():\n    return 1\n"
GOOD = said("```python\ndef f():\n    return 3\n```\n", usage={"prompt_tokens": 90, "completion_tokens": 20})
BROKEN = said("```python\ndef f(:\n```\n")
TASK = Task(TaskKind.EDIT, Document("file:///p/a.py", "python", 1, CODE), Span(0, len(CODE)), "return 3")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MONKEY_CODER_HOME", str(tmp_path))
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "MONKEY_CODER_BASE_URL", "MONKEY_CODER_MODEL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


async def test_what_the_user_keeps_decides_who_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "Random", partial(random.Random, 1))  # The policy draws: always the same.
    async with serving(GOOD) as one, serving(GOOD) as other:
        overrides = {
            "model": "a/m",
            "routing": "thompson",
            "routingModels": ["b/m"],
            "cache": {"answers": False},
            "providers": {"a": {"base_url": one.url}, "b": {"base_url": other.url}},
        }
        built = app.build([], overrides=overrides)
        assert built.warnings == ()
        outcomes = built.kit.outcomes
        assert outcomes is not None
        for _ in range(12):
            updates = [update async for update in propose(built.kit, TASK)]
            ready = updates[-1]
            assert isinstance(ready, EditReady)
            await outcomes.acted(ready.outcome, "kept" if ready.model == "b/m" else "undone")
        await built.aclose()
        assert len(other.asked) > len(one.asked) > 0
    messages = [update.message for update in updates if isinstance(update, EditDraft)]
    assert any(message.startswith("asking ") and "good at $" in message for message in messages)
    assert any("to pass the checks" in message for message in messages)
    assert any(check.startswith("chosen: ") for check in ready.checks)


async def test_an_answer_that_does_not_parse_is_remembered_as_such() -> None:
    async with serving(BROKEN, GOOD) as server:
        overrides = {"model": "a/m", "providers": {"a": {"base_url": server.url}}}
        built = app.build([], overrides=overrides)
        _ = [update async for update in propose(built.kit, TASK)]
        await built.aclose()
    episodes = await app.kept_experience().episodes()
    assert [(one.passed, one.cause) for one in episodes] == [(False, "does not parse"), (True, "")]


async def test_a_damaged_memory_of_outcomes_is_told_with_the_edit(home: Path) -> None:
    app.outcomes_file().parent.mkdir(parents=True)
    app.outcomes_file().write_text("{\n")
    async with serving(GOOD) as server:
        built = app.build([], overrides={"model": "a/m", "providers": {"a": {"base_url": server.url}}})
        updates = [update async for update in propose(built.kit, TASK)]
        await built.aclose()
    ready = updates[-1]
    assert isinstance(ready, EditReady)
    assert any("1 of 1 lines" in warning for warning in ready.warnings)
