"""Edits: proposed while they stream, applied at the version they were made for, never over what was typed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.lsp.editor import URI, Editor, Json, editor
from tests.scripted import ScriptedModel

from monkey_coder.core.documents import Document, Hunk
from monkey_coder.core.errors import ProviderError, ProviderFault
from monkey_coder.core.model import (
    CandidateNote,
    CandidateState,
    Event,
    Finished,
    FinishReason,
    Noted,
    Request,
    TextDelta,
)
from monkey_coder.features.edit import EditDraft, EditReady

OLD = "def f():\n    return 1\n\n\ndef g():\n    return 2\n"
NEW = "def f():\n    return 10\n\n\ndef g():\n    return 20\n"
STOP = Finished(FinishReason.STOP, "scripted/one")
PLAIN = {"workspace": {"applyEdit": True, "workspaceEdit": {"documentChanges": True}}}
PREVIEW = {
    "workspace": {
        "applyEdit": True,
        "workspaceEdit": {"documentChanges": True, "changeAnnotationSupport": {}},
    },
    "window": {"workDoneProgress": True},
    "experimental": {"monkeyCoder": {"editPreview": True}},
}


def answer(new: str = NEW) -> tuple[Event, ...]:
    lines = f"```python\n{new}```\n".splitlines(keepends=True)
    return (*(TextDelta(line) for line in lines), STOP)


def applies(client: Editor, *, late: bool = False) -> None:
    """Have the client apply edits, and send its change before its answer, or after."""
    version = {"now": 1}

    def apply(params: Json) -> Json:
        change = params["edit"]["documentChanges"][-1]
        assert change["textDocument"]["version"] == version["now"]
        version["now"] += 1
        edits = [{"range": edit["range"], "text": edit["newText"]} for edit in reversed(change["edits"])]
        if late:
            asyncio.get_running_loop().call_later(0.05, client.change, edits, URI, version["now"])
        else:
            client.change(edits, version=version["now"])
        return {"applied": True}

    client.answers["workspace/applyEdit"] = apply
    client.answers["window/workDoneProgress/create"] = lambda _: None


async def command(client: Editor, name: str, **arguments: Any) -> Json:
    params = {"command": f"monkeyCoder.{name}", "arguments": [arguments]}
    response = await client.request("workspace/executeCommand", params)
    result: Json = response.get("result") or response
    return result


def messages(client: Editor) -> list[str]:
    return [message["params"]["message"] for message in client.sent("window/showMessage")]


def values(client: Editor) -> list[Json]:
    return [message["params"]["value"] for message in client.sent("$/progress")]


async def test_a_plain_client_gets_the_whole_edit_as_one_versioned_change() -> None:
    async with editor(ScriptedModel([answer()]), capabilities=PLAIN) as client:
        applies(client)
        client.open(OLD)
        result = await command(client, "edit", uri=URI, version=1, instruction="times ten")
        assert (result["status"], result["model"]) == ("done", "scripted/one")
        assert client.text() == NEW
        assert len(client.sent("workspace/applyEdit")) == 1
        assert not len(client.session.edits)


async def test_a_client_without_document_changes_gets_plain_changes() -> None:
    async with editor(ScriptedModel([answer()]), capabilities={"workspace": {"applyEdit": True}}) as client:
        client.answers["workspace/applyEdit"] = lambda _: {"applied": True}
        client.open(OLD)
        await command(client, "edit", uri=URI, instruction="times ten")
        (sent,) = client.sent("workspace/applyEdit")
        assert [edit["newText"] for edit in sent["params"]["edit"]["changes"][URI]]


async def test_a_preview_streams_hunks_and_waits_to_be_accepted_hunk_by_hunk() -> None:
    async with editor(ScriptedModel([answer()]), capabilities=PREVIEW) as client:
        applies(client)
        client.open(OLD)
        ready = await command(client, "edit", uri=URI, version=1, instruction="times ten")
        assert ready["status"] == "ready"
        assert ready["open"] == [hunk["id"] for hunk in ready["edits"][0]["hunks"]]
        assert len(ready["open"]) == 2
        assert not client.sent("workspace/applyEdit")
        begin, *reports, end = values(client)
        assert (begin["kind"], end["kind"]) == ("begin", "end")
        assert {report["session"] for report in reports} == {ready["session"]}
        assert reports[-1]["edits"] == ready["edits"]
        assert reports[-1]["version"] == 1

        first, second = ready["open"]
        half = await command(client, "accept", session=ready["session"], hunks=[first])
        assert (half["status"], half["open"]) == ("ready", [second])
        assert client.text() == OLD.replace("return 1", "return 10")
        (sent,) = client.sent("workspace/applyEdit")
        edit = sent["params"]["edit"]
        assert edit["changeAnnotations"][edit["documentChanges"][0]["edits"][0]["annotationId"]]["label"]
        done = await command(client, "accept", session=ready["session"])
        assert done["status"] == "done"
        assert client.text() == NEW
        over = await command(client, "accept", session=ready["session"])
        assert over["status"] == "failed"


async def test_a_client_that_sends_its_change_after_its_answer_keeps_the_other_hunks() -> None:
    async with editor(ScriptedModel([answer()]), capabilities=PREVIEW) as client:
        applies(client, late=True)
        client.open(OLD)
        ready = await command(client, "edit", uri=URI, instruction="times ten")
        await command(client, "accept", session=ready["session"], hunks=[ready["open"][0]])
        assert (await command(client, "accept", session=ready["session"]))["status"] == "done"
        async with asyncio.timeout(5):
            while client.text() != NEW:
                await asyncio.sleep(0.01)


async def test_a_client_that_sends_its_change_after_the_command_is_not_kept_waiting() -> None:
    async with editor(ScriptedModel([answer()]), capabilities=PLAIN) as client:
        client.answers["workspace/applyEdit"] = lambda _: {"applied": True}
        client.open(OLD)
        async with asyncio.timeout(1):
            result = await command(client, "edit", uri=URI, version=1, instruction="times ten")
        assert result["status"] == "done"
        assert client.text() == OLD, "the editor's own text is not foretold"
        client.change([{"text": NEW}])
        assert client.text() == NEW
        assert not len(client.session.edits)


async def test_rejecting_all_changes_nothing_and_ends_the_edit() -> None:
    async with editor(ScriptedModel([answer()]), capabilities=PREVIEW) as client:
        applies(client)
        client.open(OLD)
        ready = await command(client, "edit", uri=URI, instruction="times ten")
        assert (await command(client, "reject", session=ready["session"]))["status"] == "done"
        assert client.text() == OLD
        assert not len(client.session.edits)


async def test_each_hunk_is_a_change_of_its_own_where_the_client_asked_for_that() -> None:
    async with editor(ScriptedModel([answer()]), capabilities=PLAIN) as client:
        applies(client)
        client.open(OLD)
        result = await command(client, "edit", uri=URI, instruction="times ten", stream="apply")
        assert result["status"] == "done"
        assert client.text() == NEW
        versions = [
            sent["params"]["edit"]["documentChanges"][0]["textDocument"]["version"]
            for sent in client.sent("workspace/applyEdit")
        ]
        assert versions == [1, 2]


def insert(line: int, character: int, text: str) -> list[Json]:
    place = {"line": line, "character": character}
    return [{"range": {"start": place, "end": place}, "text": text}]


async def test_typing_elsewhere_moves_a_waiting_edit_and_typing_inside_ends_it() -> None:
    async with editor(ScriptedModel([answer(), answer("# top\n" + NEW)]), capabilities=PREVIEW) as client:
        applies(client)
        client.open(OLD)
        ready = await command(client, "edit", uri=URI, instruction="times ten")
        client.change(insert(0, 0, "# top\n"), version=1)
        result = await command(client, "accept", session=ready["session"], hunks=[ready["open"][0]])
        assert result["status"] == "ready"
        assert client.text() == "# top\n" + OLD.replace("return 1", "return 10")
        client.change(insert(6, 10, "!"), version=3)
        ended = await client.wait_for_method("monkeyCoder/editEnded")
        assert ended["params"]["session"] == ready["session"]
        assert client.text() == "# top\n" + OLD.replace("return 1", "return 10").replace(
            "return 2", "return! 2"
        )
        assert (await command(client, "accept", session=ready["session"]))["status"] == "failed"


class PausedModel:
    """A model that stops in the middle of its answer until it is told to go on."""

    name = "paused"

    def __init__(self) -> None:
        self.paused, self.go, self.closed = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def stream(self, _request: Request) -> AsyncGenerator[Event, None]:
        try:
            events = answer()
            for event in events[:3]:
                yield event
            self.paused.set()
            await self.go.wait()
            for event in events[3:]:
                yield event
        finally:
            self.closed.set()


def post_edit(client: Editor, **more: Any) -> int:
    arguments = [{"uri": URI, "version": 1, "instruction": "times ten"}]
    params = {"command": "monkeyCoder.edit", "arguments": arguments, **more}
    return client.post("workspace/executeCommand", params)


async def test_typing_elsewhere_while_the_model_writes_is_kept_and_the_edit_lands_where_it_belongs() -> None:
    model = PausedModel()
    async with editor(model, capabilities=PLAIN) as client:
        client.answers["workspace/applyEdit"] = lambda params: (
            client.change(
                [
                    {"range": edit["range"], "text": edit["newText"]}
                    for edit in reversed(params["edit"]["documentChanges"][0]["edits"])
                ],
                version=3,
            )
            or {"applied": True}
        )
        client.open(OLD)
        asked = post_edit(client)
        await model.paused.wait()
        client.change(insert(0, 0, "# top\n"))
        model.go.set()
        assert (await client.answer(asked))["result"]["status"] == "done"
        assert client.text() == "# top\n" + NEW


async def test_typing_inside_while_the_model_writes_drops_the_edit_and_says_so() -> None:
    model = PausedModel()
    async with editor(model, capabilities=PLAIN) as client:
        applies(client)
        client.open(OLD)
        asked = post_edit(client)
        await model.paused.wait()
        client.change(insert(1, 10, "x"))
        model.go.set()
        assert (await client.answer(asked))["result"]["status"] == "failed"
        assert client.text() == OLD.replace("return 1", "return" + "x 1")
        assert len(messages(client)) == 1
        assert not client.sent("workspace/applyEdit")


@pytest.mark.parametrize("how", ["$/cancelRequest", "window/workDoneProgress/cancel"])
async def test_cancelling_closes_the_models_stream_and_answers_the_request(how: str) -> None:
    model = PausedModel()
    async with editor(model, capabilities=PREVIEW) as client:
        client.open(OLD)
        asked = post_edit(client, workDoneToken="mine")
        await model.paused.wait()
        client.notify(how, {"id": asked, "token": "mine"})
        assert (await client.answer(asked))["error"]["code"] == -32800
        assert model.closed.is_set()
        assert values(client)[-1] == {"kind": "end", "message": "Cancelled"}
        assert not len(client.session.edits)


async def test_an_editor_that_does_not_apply_keeps_the_edit_open_and_the_user_is_told() -> None:
    async with editor(ScriptedModel([answer()]), capabilities=PREVIEW) as client:
        applies(client)
        client.open(OLD)
        ready = await command(client, "edit", uri=URI, instruction="times ten")
        apply = client.answers["workspace/applyEdit"]
        client.answers["workspace/applyEdit"] = lambda _: {"applied": False, "failureReason": "read-only"}
        refused = await command(client, "accept", session=ready["session"])
        assert refused["status"] == "failed"
        assert "read-only" in messages(client)[-1]
        client.answers["workspace/applyEdit"] = apply
        assert (await command(client, "accept", session=ready["session"]))["status"] == "done"
        assert client.text() == NEW


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"uri": "file:///other", "instruction": "x"}, "not open"),
        ({"uri": URI, "version": 0, "instruction": "x"}, "text changed"),
        ({"uri": URI}, "instruction"),
    ],
)
async def test_what_cannot_be_done_is_told_once_with_what_to_do(arguments: Json, says: str) -> None:
    async with editor(capabilities=PLAIN) as client:
        client.open(OLD)
        result = await command(client, "edit", **arguments)
        assert result["status"] == "failed"
        (message,) = messages(client)
        assert says in message


@pytest.mark.parametrize(
    "arguments",
    [
        None,
        [],
        [None],
        ["x"],
        [[[[]]]],
        [{"uri": 5}],
        [{"uri": URI, "range": "x"}],
        [{"stream": "y"}],
        [{"hunks": 1}],
    ],
)
async def test_arguments_without_sense_are_invalid_params(arguments: Any) -> None:
    async with editor(capabilities=PLAIN) as client:
        params = {"command": "monkeyCoder.document", "arguments": arguments}
        assert (await client.request("workspace/executeCommand", params))["error"]["code"] == -32602


async def test_a_failing_provider_is_told_once_and_nothing_is_changed() -> None:
    error = ProviderError(
        ProviderFault.OVERLOADED, "the provider is overloaded; try again", provider="p", model="m"
    )
    async with editor(ScriptedModel([error]), capabilities=PLAIN) as client:
        client.open(OLD)
        assert (await command(client, "edit", uri=URI, instruction="x"))["status"] == "failed"
        assert messages(client) == ["Monkey Coder: the provider is overloaded; try again"]
        assert not client.sent("workspace/applyEdit")


async def test_an_unchanged_answer_is_told_and_applies_nothing() -> None:
    async with editor(ScriptedModel([answer(OLD)]), capabilities=PLAIN) as client:
        client.open(OLD)
        assert (await command(client, "edit", uri=URI, instruction="x"))["status"] == "unchanged"
        assert not client.sent("workspace/applyEdit")


async def test_closing_the_document_ends_a_waiting_edit() -> None:
    async with editor(ScriptedModel([answer()]), capabilities=PREVIEW) as client:
        applies(client)
        client.open(OLD)
        ready = await command(client, "edit", uri=URI, instruction="x")
        client.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
        assert (await client.wait_for_method("monkeyCoder/editEnded"))["params"]["session"] == ready[
            "session"
        ]


def proposing(*targets: EditReady) -> Callable[..., AsyncGenerator[EditDraft | EditReady, None]]:
    """Return a stand-in for `propose` whose change is of another document."""

    async def propose(*_: object) -> AsyncGenerator[EditDraft | EditReady, None]:
        for target in targets:
            yield target

    return propose


@pytest.mark.parametrize("can_create", [True, False])
async def test_a_file_that_does_not_exist_is_created_where_the_editor_can(
    monkeypatch: pytest.MonkeyPatch, can_create: bool
) -> None:
    target = Document("file:///work/test_example.py", "python", -1, "")
    ready = EditReady((Hunk(0, 0, 0, "def test(): ...\n"),), target, creates=True, model="m")
    monkeypatch.setattr("monkey_coder.lsp.edit_session.propose", proposing(ready))
    operations = ["create"] if can_create else []
    edit_support = {"documentChanges": True, "resourceOperations": operations}
    capabilities = {"workspace": {"applyEdit": True, "workspaceEdit": edit_support}}
    async with editor(capabilities=capabilities) as client:
        client.answers["workspace/applyEdit"] = lambda _: {"applied": True}
        client.open(OLD)
        assert (await command(client, "tests", uri=URI))["status"] == "done"
        (sent,) = client.sent("workspace/applyEdit")
        *created, change = sent["params"]["edit"]["documentChanges"]
        assert [one["kind"] for one in created] == operations
        assert change["textDocument"] == {"uri": target.uri, "version": None}
        assert change["edits"][0]["newText"] == "def test(): ...\n"


async def test_hunks_of_a_file_that_is_not_open_are_accepted_one_by_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "test_example.py"
    path.write_text("one\ntwo\n")
    target = Document(path.as_uri(), "python", 0, "one\ntwo\n", str(path))
    hunks = (Hunk(0, 0, 4, "ONE AND MORE\n"), Hunk(1, 4, 8, "TWO\n"))
    ready = EditReady(hunks, target, creates=False, model="m")
    monkeypatch.setattr("monkey_coder.lsp.edit_session.propose", proposing(ready))
    async with editor(capabilities=PREVIEW) as client:
        client.answers["workspace/applyEdit"] = lambda _: {"applied": True}
        client.answers["window/workDoneProgress/create"] = lambda _: None
        client.open(OLD)
        shown = await command(client, "tests", uri=URI)
        assert shown["edits"][0]["uri"] == target.uri
        for hunk in shown["open"]:
            await command(client, "accept", session=shown["session"], hunks=[hunk])
        ranges = [
            sent["params"]["edit"]["documentChanges"][0]["edits"][0]["range"]["start"]["line"]
            for sent in client.sent("workspace/applyEdit")
        ]
        assert ranges == [0, 1]


@pytest.mark.parametrize("capabilities", [PLAIN, PREVIEW])
async def test_candidates_are_seen_racing_and_the_result_says_why_this_one(capabilities: Json) -> None:
    racing = (
        CandidateNote("a/one", CandidateState.FAILED, "it does not parse", 0.25),
        CandidateNote("b/two", CandidateState.WON),
    )
    won = Finished(FinishReason.STOP, "b/two", why="b/two passes 2 of 2 examples")
    events: tuple[Event, ...] = (Noted("2 candidates: a/one failed, b/two won", racing), *answer()[:-1], won)
    async with editor(ScriptedModel([events]), capabilities=capabilities) as client:
        applies(client)
        client.open(OLD)
        params = {"uri": URI, "version": 1, "instruction": "times ten"}
        result = await command(client, "edit", **params, workDoneToken="t")
        assert result["why"] == "b/two passes 2 of 2 examples"
        assert "chosen: b/two passes 2 of 2 examples" in result["checks"]
        if capabilities is PREVIEW:
            assert values(client)[-2]["candidates"] == [
                {"model": "a/one", "state": "failed", "detail": "it does not parse", "usd": 0.25},
                {"model": "b/two", "state": "won", "detail": "", "usd": None},
            ]
