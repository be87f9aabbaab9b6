"""What clients say of themselves differs; with little or nothing of it every action still does its work."""

from __future__ import annotations

import pytest
from tests.lsp.editor import URI, Editor, Json, editor
from tests.lsp.test_edit_session import NEW, OLD, answer, applies, messages
from tests.scripted import ScriptedModel

from monkey_coder.core.model import Finished, FinishReason, TextDelta

_LITERALS = {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "refactor", "source"]}}}
# As far as it matters here: no resolve, no versions, no annotations, no progress, or none of it at all.
CLIENTS: dict[str, Json] = {
    "nothing": {},
    "null": {"workspace": {"applyEdit": None, "workspaceEdit": None}, "textDocument": None, "window": None},
    "eglot 1.9": {
        "workspace": {
            "applyEdit": True,
            "executeCommand": {"dynamicRegistration": False},
            "workspaceEdit": {"documentChanges": True},
        },
        "textDocument": {
            "codeAction": {"dynamicRegistration": False, **_LITERALS, "isPreferredSupport": True}
        },
    },
    "Kate 22.12": {
        "textDocument": {"codeAction": _LITERALS},
        "window": {"workDoneProgress": True},
        "workspace": {"workspaceFolders": True},
    },
    "edits without versions": {"workspace": {"applyEdit": True}, "textDocument": {"codeAction": _LITERALS}},
}
_RANGE = {"start": {"line": 0, "character": 0}, "end": {"line": 6, "character": 0}}


@pytest.fixture(params=list(CLIENTS))
def capabilities(request: pytest.FixtureRequest) -> Json:
    return CLIENTS[request.param]


async def _actions(client: Editor) -> dict[str, Json]:
    """Return the command behind each title, as a client without `codeAction/resolve` has to find it."""
    params = {"textDocument": {"uri": URI}, "range": _RANGE, "context": {"diagnostics": []}}
    offered = (await client.request("textDocument/codeAction", params))["result"]
    commands = {one["title"]: one if isinstance(one["command"], str) else one["command"] for one in offered}
    return {title.removeprefix("Monkey Coder: "): command for title, command in commands.items()}


async def _execute(client: Editor, command: Json) -> Json:
    params = {"command": command["command"], "arguments": command["arguments"]}
    return await client.request("workspace/executeCommand", params)


def _applies_plain_changes(client: Editor) -> None:
    def apply(params: Json) -> Json:
        edits = params["edit"]["changes"][URI]
        client.change([{"range": edit["range"], "text": edit["newText"]} for edit in reversed(edits)])
        return {"applied": True}

    client.answers["workspace/applyEdit"] = apply
    client.answers["window/workDoneProgress/create"] = lambda _: None


async def test_an_action_changes_the_text(capabilities: Json) -> None:
    async with editor(ScriptedModel([answer()]), capabilities=capabilities) as client:
        if client.session.client.can("workspace", "workspaceEdit", "documentChanges"):
            applies(client)
        else:
            _applies_plain_changes(client)
        client.open(OLD)
        response = await _execute(client, (await _actions(client))["Fix problems in selection"])
        assert response["result"]["status"] == "done"
        assert client.text() == NEW
        (sent,) = client.sent("workspace/applyEdit")
        assert "changeAnnotations" not in sent["params"]["edit"]


async def test_an_action_answers(capabilities: Json) -> None:
    stop = Finished(FinishReason.STOP, "scripted/one")
    async with editor(ScriptedModel([(TextDelta("It adds."), stop)]), capabilities=capabilities) as client:
        client.answers["window/workDoneProgress/create"] = lambda _: None
        client.open(OLD)
        response = await _execute(client, (await _actions(client))["Explain selection"])
        assert "It adds." in str(response["result"])
        assert any("It adds." in message for message in messages(client))


async def test_progress_is_for_clients_that_show_it(capabilities: Json) -> None:
    async with editor(ScriptedModel([answer()]), capabilities=capabilities) as client:
        client.answers["workspace/applyEdit"] = lambda _: {"applied": True}
        client.answers["window/workDoneProgress/create"] = lambda _: None
        client.open(OLD)
        await _execute(client, (await _actions(client))["Fix problems in selection"])
        shows = client.session.client.can("window", "workDoneProgress")
        assert bool(client.sent("window/workDoneProgress/create")) == shows
        assert bool(client.sent("$/progress")) == shows


@pytest.mark.parametrize("says", [False, None])
async def test_a_client_that_applies_no_edits_is_told_and_nothing_hangs(says: bool | None) -> None:
    capabilities = {"workspace": {"applyEdit": says}}
    async with editor(ScriptedModel([answer()]), capabilities=capabilities) as client:
        client.answers["workspace/applyEdit"] = lambda _: {"applied": False}
        client.open(OLD)
        await _execute(client, (await _actions(client))["Fix problems in selection"])
        assert client.text() == OLD
        assert bool(client.sent("workspace/applyEdit")) == (says is None)
        assert len(messages(client)) == 1
