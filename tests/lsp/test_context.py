"""`monkeyCoder/context` shows what a request would send, and sends nothing."""

from __future__ import annotations

import pytest
from tests.lsp.editor import editor
from tests.scripted import ScriptedModel
from tests.scripted_gathering import ScriptedGathering

from monkey_coder.core.model import Fact

URI = "file:///p/a.py"


async def test_passages_come_with_path_lines_and_reason() -> None:
    model = ScriptedModel([])
    gathering = ScriptedGathering((Fact("b.py", 3, "def f():", 3, "signatures"), Fact("c.py", 1, "x" * 9)))
    async with editor(model, gathering=gathering) as ed:
        ed.open("a = 1\nb = f\n", URI)
        answer = await ed.request(
            "monkeyCoder/context", {"uri": URI, "position": {"line": 1, "character": 4}}
        )
    assert answer["result"] == {
        "pieces": [
            {"path": "b.py", "lines": [3, 3], "reason": "signatures", "tokens": 2, "text": "def f():"},
            {"path": "c.py", "lines": [1, 1], "reason": "", "tokens": 3, "text": "x" * 9},
        ],
        "tokens": 5,
        "budget": 1_000,
        "ms": 4.0,
    }
    assert gathering.asked[0][0].span.start == 10
    assert model.requests == []


@pytest.mark.parametrize(
    "params",
    [
        None,
        {},
        {"uri": URI},
        {"uri": URI, "position": {"line": -1, "character": 0}},
        {"uri": URI, "position": {"line": True, "character": 0}},
        {"uri": "file:///p/closed.py", "position": {"line": 0, "character": 0}},
    ],
)
async def test_bad_params_are_told(params: object) -> None:
    async with editor(gathering=ScriptedGathering(())) as ed:
        ed.open("a = 1\n", URI)
        assert (await ed.request("monkeyCoder/context", params))["error"]["code"] == -32602


async def test_a_session_that_gathers_nothing_answers_so() -> None:
    async with editor() as ed:
        ed.open("a = 1\n", URI)
        answer = await ed.request(
            "monkeyCoder/context", {"uri": URI, "position": {"line": 0, "character": 0}}
        )
        assert answer["result"]["pieces"] == []
