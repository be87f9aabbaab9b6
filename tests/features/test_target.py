"""Tests are proposed in the file where the project keeps them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests.scripted import ScriptedModel

from monkey_coder.core.documents import Document, Span
from monkey_coder.core.errors import InputError
from monkey_coder.core.kit import Kit
from monkey_coder.core.model import Finished, FinishReason, Task, TaskKind, TextDelta
from monkey_coder.features.edit import EditReady, propose

ANSWER = (
    TextDelta("```python\ndef test_f():\n    assert f() == 1\n```\n"),
    Finished(FinishReason.STOP, "scripted"),
)


async def ready_for(document: Document) -> EditReady:
    model = ScriptedModel([ANSWER])
    kit = Kit(model, model, model, time.monotonic)
    updates = [update async for update in propose(kit, Task(TaskKind.TEST, document, Span(0, 0)))]
    assert isinstance(updates[-1], EditReady)
    return updates[-1]


async def test_a_new_test_file_is_created(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    source = tmp_path / "a.py"
    ready = await ready_for(
        Document(source.as_uri(), "python", 1, "def f(): ...\n", str(source), str(tmp_path))
    )
    assert ready.creates
    assert ready.target.path == str(tmp_path / "tests" / "test_a.py")
    assert ready.new_text == "def test_f():\n    assert f() == 1\n"


async def test_an_existing_test_file_is_changed(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text("import a\n")
    source = tmp_path / "a.py"
    ready = await ready_for(
        Document(source.as_uri(), "python", 1, "def f(): ...\n", str(source), str(tmp_path))
    )
    assert not ready.creates
    assert ready.target.text == "import a\n"


async def test_a_text_that_is_no_file_says_what_to_do() -> None:
    with pytest.raises(InputError, match="save the document first"):
        await ready_for(Document("untitled:1", "python", 1, "def f(): ...\n"))
