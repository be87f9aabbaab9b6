"""What the menu of actions holds, for whom."""

from __future__ import annotations

from typing import Any

import pytest
from tests.lsp.editor import URI, Editor, Json, editor
from tests.scripted import ScriptedModel

LITERALS = {
    "textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}}}
}
RANGE = {"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 0}}
PROBLEM = {"range": RANGE, "message": "undefined name 'x'", "code": "F821", "source": "ruff"}


async def offered(client: Editor, **context: Any) -> list[Json]:
    client.open("print(x)\n", version=7)
    params = {"textDocument": {"uri": URI}, "range": RANGE, "context": {"diagnostics": [], **context}}
    result: list[Json] = (await client.request("textDocument/codeAction", params))["result"]
    return result


async def test_actions_are_commands_with_the_place_and_ask_no_model() -> None:
    model = ScriptedModel([])
    async with editor(model, capabilities=LITERALS) as client:
        actions = await offered(client)
        commands = {action["command"]["command"] for action in actions}
        assert commands == {
            f"monkeyCoder.{name}" for name in ("document", "explain", "review", "tests", "fix")
        }
        for action in actions:
            assert action["command"]["arguments"] == [{"uri": URI, "version": 7, "range": RANGE}]
        assert not model.requests


async def test_a_diagnostic_gets_a_quick_fix_that_carries_it() -> None:
    async with editor(capabilities=LITERALS) as client:
        (fix,) = await offered(client, diagnostics=[PROBLEM], only=["quickfix"])
        assert fix["kind"] == "quickfix"
        assert "undefined name 'x'" in fix["title"]
        assert fix["diagnostics"] == fix["command"]["arguments"][0]["diagnostics"] == [PROBLEM]


@pytest.mark.parametrize(
    ("only", "kinds"),
    [
        (["refactor"], {"refactor", "refactor.rewrite"}),
        (["refactor.rewrite"], {"refactor.rewrite"}),
        (["source"], {"source"}),
        (["source.organizeImports"], set()),
        ([""], {"refactor", "refactor.rewrite", "source"}),
    ],
)
async def test_only_the_kinds_asked_for_are_offered(only: list[str], kinds: set[str]) -> None:
    async with editor(capabilities=LITERALS) as client:
        assert {action["kind"] for action in await offered(client, only=only)} == kinds


async def test_a_client_without_literals_gets_commands() -> None:
    async with editor() as client:
        assert all(isinstance(action["command"], str) for action in await offered(client))


async def test_an_instruction_is_offered_only_where_the_client_can_ask_for_one() -> None:
    experimental = {"experimental": {"monkeyCoder": {"instructionPrompt": True}}}
    for capabilities, options, has_it in (
        ({}, {}, False),
        (experimental, {}, True),
        ({}, {"instructionPrompt": True}, True),
    ):
        async with editor(capabilities=capabilities, initializationOptions=options) as client:
            commands = [action["command"] for action in await offered(client)]
            assert ("monkeyCoder.edit" in commands) is has_it
