"""Files of secrets are not sent."""

from __future__ import annotations

import pytest
from tests.scripted import ScriptedModel

from monkey_coder.context.withheld import Withheld
from monkey_coder.core.documents import Document, Span
from monkey_coder.core.errors import InputError
from monkey_coder.core.model import Event, Finished, FinishReason, Request, Task, TaskKind

STOP = Finished(FinishReason.STOP, "scripted")


async def ask(model: ScriptedModel, path: str | None) -> list[Event]:
    task = Task(TaskKind.EXPLAIN, Document("file:///x", "plaintext", 1, "A=1\n", path), Span(0, 3))
    return [event async for event in Withheld(model).stream(Request(task))]


@pytest.mark.parametrize("path", ["/work/.env", "/home/a/.ssh/id_rsa", "/work/.ENV.local"])
async def test_a_file_of_secrets_is_refused_unsent(path: str) -> None:
    model = ScriptedModel([(STOP,)])
    with pytest.raises(InputError, match="not sent to scripted"):
        await ask(model, path)
    assert model.requests == []


@pytest.mark.parametrize("path", ["/work/env.py", "/work/.env.example", None])
async def test_other_files_pass(path: str | None) -> None:
    assert await ask(ScriptedModel([(STOP,)]), path) == [STOP]
