"""An answer that changes several files: one edit, of which each file's part stays valid on its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.lsp.editor import Editor, Json, editor
from tests.lsp.test_edit_session import PLAIN, PREVIEW, STOP, PausedModel, command, insert, messages
from tests.scripted import ScriptedModel

from monkey_coder.core.model import Event, Request, TextDelta

A = "def f():\n    return 1\n\n\ndef g():\n    return 2\n"
B = "one = 1\ntwo = 2\nthree = 3\nfour = 4\nfive = 5\n"
NEW_A = A.replace("return 1", "return 10")
NEW_B = B.replace("one = 1", "one = 10").replace("five = 5", "five = 50")
NEW_C = "y = 1\n"
BLOCK = "{path}\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n\n"
ANSWER = (
    BLOCK.format(path="a.py", old="    return 1", new="    return 10")
    + BLOCK.format(path="b.py", old="one = 1", new="one = 10")
    + BLOCK.format(path="b.py", old="five = 5", new="five = 50")
    + "lib/c.py\n```python\ny = 1\n```\n"
)
CREATES = {
    **PREVIEW,
    "workspace": {
        "applyEdit": True,
        "workspaceEdit": {"documentChanges": True, "resourceOperations": ["create"]},
    },
}


def answered(text: str = ANSWER) -> ScriptedModel:
    return ScriptedModel([(TextDelta(text), STOP)])


@dataclass
class Desk:
    """An editor with a folder, which applies what it is sent to its buffers, or to the files on disk."""

    client: Editor
    folder: Path
    versions: dict[str, int] = field(default_factory=dict)
    fails: bool = False

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def open(self, name: str, text: str) -> None:
        self.versions[self.uri(name)] = 1
        self.client.open(text, self.uri(name))

    def type(self, name: str, line: int, character: int, text: str) -> None:
        uri = self.uri(name)
        self.versions[uri] += 1
        self.client.change(insert(line, character, text), uri, self.versions[uri])

    def apply(self, params: Json) -> Json:
        if self.fails:
            return {"applied": False, "failureReason": "read-only"}
        for change in params["edit"]["documentChanges"]:
            if change.get("kind") == "create":
                Path(change["uri"].removeprefix("file://")).parent.mkdir(exist_ok=True)
                Path(change["uri"].removeprefix("file://")).touch()
                continue
            uri, version = change["textDocument"]["uri"], change["textDocument"]["version"]
            assert version == self.versions.get(uri)
            edits = [{"range": one["range"], "text": one["newText"]} for one in reversed(change["edits"])]
            if version is not None:
                self.versions[uri] += 1
                self.client.change(edits, uri, self.versions[uri])
            else:
                path = Path(uri.removeprefix("file://"))
                lines = [*path.read_text().splitlines(keepends=True), ""]
                for edit in edits:
                    start, end = edit["range"]["start"], edit["range"]["end"]
                    assert (start["character"], end["character"]) == (0, 0)
                    lines[start["line"] : end["line"]] = [edit["text"]]
                path.write_text("".join(lines))
        return {"applied": True}

    def text(self, name: str) -> str | None:
        held = self.client.text(self.uri(name))
        path = self.folder / name
        return held if held is not None else path.read_text() if path.exists() else None

    async def ask(self, **more: object) -> Json:
        return await command(self.client, "edit", uri=self.uri("a.py"), version=1, instruction="x", **more)

    async def accept(self, ready: Json, *hunks: int) -> Json:
        chosen = {"hunks": list(hunks)} if hunks else {}
        return await command(self.client, "accept", session=ready["session"], **chosen)

    def ended(self) -> list[Json]:
        return [message["params"] for message in self.client.sent("monkeyCoder/editEnded")]


@asynccontextmanager
async def desk(
    folder: Path, model: ScriptedModel | PausedModel | None = None, capabilities: Json = CREATES
) -> AsyncIterator[Desk]:
    """Yield an editor that has `a.py` open, beside which `b.py` lies on disk."""
    (folder / "a.py").write_text(A)
    (folder / "b.py").write_text(B)
    folders = [{"uri": folder.as_uri(), "name": "project"}]
    async with editor(model or answered(), capabilities=capabilities, workspaceFolders=folders) as client:
        one = Desk(client, folder)
        client.answers["workspace/applyEdit"] = one.apply
        client.answers["window/workDoneProgress/create"] = lambda _: None
        one.open("a.py", A)
        yield one


def ids(ready: Json, number: int) -> list[int]:
    return [hunk["id"] for hunk in ready["edits"][number]["hunks"]]


async def test_a_preview_shows_every_file_and_accept_is_one_change(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        ready = await one.ask()
        assert [(edit["uri"], edit["version"], edit.get("creates")) for edit in ready["edits"]] == [
            (one.uri("a.py"), 1, None),
            (one.uri("b.py"), None, None),
            (one.uri("lib/c.py"), None, True),
        ]
        assert ready["open"] == [0, 1, 2, 3]
        assert [ids(ready, number) for number in range(3)] == [[0], [1, 2], [3]]
        assert "4 changes in 3 files" in ready["message"]
        assert (await one.accept(ready))["status"] == "done"
        assert len(one.client.sent("workspace/applyEdit")) == 1
        assert (one.text("a.py"), one.text("b.py"), one.text("lib/c.py")) == (NEW_A, NEW_B, NEW_C)
        assert not len(one.client.session.edits)


async def test_the_last_report_is_the_result(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        ready = await one.ask()
        *_, last, _end = [message["params"]["value"] for message in one.client.sent("$/progress")]
        assert (last["edits"], last["version"]) == (ready["edits"], 1)


async def test_hunks_are_accepted_and_rejected_one_by_one_over_files(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        one.open("b.py", B)
        ready = await one.ask()
        assert ready["edits"][1]["version"] == 1
        assert (await one.accept(ready, 2, 3))["open"] == [0, 1]
        assert (one.text("b.py"), one.text("lib/c.py")) == (B.replace("five = 5", "five = 50"), NEW_C)
        rejected = await command(one.client, "reject", session=ready["session"], hunks=[0])
        assert (rejected["status"], rejected["open"]) == ("ready", [1])
        assert (await one.accept(ready))["status"] == "done"
        assert (one.text("a.py"), one.text("b.py")) == (A, NEW_B)


async def test_a_client_without_previews_gets_all_files_at_once(tmp_path: Path) -> None:
    async with desk(tmp_path, capabilities=PLAIN) as one:
        (tmp_path / "lib").mkdir()
        (tmp_path / "lib" / "c.py").touch()
        assert (await one.ask())["status"] == "done"
        assert len(one.client.sent("workspace/applyEdit")) == 1
        assert (one.text("a.py"), one.text("b.py"), one.text("lib/c.py")) == (NEW_A, NEW_B, NEW_C)


async def test_what_is_typed_into_one_file_ends_its_part_alone(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        one.open("b.py", B)
        ready = await one.ask()
        one.type("b.py", 0, 7, "1")
        (ended,) = one.ended()
        assert (ended["uri"], ended["open"]) == (one.uri("b.py"), [0, 3])
        assert (await one.accept(ready))["status"] == "done"
        assert (one.text("a.py"), one.text("b.py")) == (NEW_A, B.replace("one = 1", "one = 11"))


async def test_what_is_typed_beside_the_hunks_of_another_file_moves_them(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        one.open("b.py", B)
        ready = await one.ask()
        one.type("b.py", 0, 0, "# top\n")
        assert (await one.accept(ready))["status"] == "done"
        assert one.text("b.py") == "# top\n" + NEW_B


@pytest.mark.parametrize("name", ["b.py", "lib/c.py"])
async def test_a_file_that_changed_on_disk_ends_its_part_and_nothing_is_applied(
    tmp_path: Path, name: str
) -> None:
    async with desk(tmp_path) as one:
        ready = await one.ask()
        (tmp_path / "lib").mkdir()
        (tmp_path / name).write_text("mine\n")
        refused = await one.accept(ready)
        assert refused["status"] == "failed"
        assert "nothing was applied" in messages(one.client)[-1]
        assert not one.client.sent("workspace/applyEdit")
        assert one.ended()[0]["uri"] == one.uri(name)
        rest = await one.accept(ready)
        assert rest["status"] == "done"
        assert (one.text("a.py"), one.text(name)) == (NEW_A, "mine\n")


async def test_a_file_opened_meanwhile_is_changed_as_the_editor_has_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        ready = await one.ask()
        one.open("b.py", "# unsaved\n" + B)
        assert (await one.accept(ready))["status"] == "done"
        assert one.text("b.py") == "# unsaved\n" + NEW_B
        assert (tmp_path / "b.py").read_text() == B


async def test_a_file_opened_with_other_lines_where_it_was_to_change_ends_its_part(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        ready = await one.ask()
        one.open("b.py", B.replace("one = 1", "one = 7"))
        assert one.ended()[0]["uri"] == one.uri("b.py")
        assert (await one.accept(ready))["status"] == "done"
        assert one.text("b.py") == B.replace("one = 1", "one = 7")


async def test_closing_one_file_ends_its_part_alone(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        one.open("b.py", B)
        ready = await one.ask()
        one.client.notify("textDocument/didClose", {"textDocument": {"uri": one.uri("b.py")}})
        assert one.ended()[0]["open"] == [0, 3]
        assert (await one.accept(ready))["status"] == "done"
        assert (one.text("a.py"), one.text("b.py")) == (NEW_A, B)


async def test_an_editor_that_refuses_keeps_every_file_open(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        ready = await one.ask()
        one.fails = True
        assert (await one.accept(ready))["status"] == "failed"
        one.fails = False
        assert (await one.accept(ready))["status"] == "done"
        assert one.text("b.py") == NEW_B


async def test_a_file_whose_hunks_are_accepted_in_turn_may_be_saved_in_between_or_not(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        ready = await one.ask()
        assert (await one.accept(ready, 1))["open"] == [0, 2, 3]
        assert one.text("b.py") == B.replace("one = 1", "one = 10")
        assert (await one.accept(ready, 2))["open"] == [0, 3]
        assert one.text("b.py") == NEW_B


@pytest.mark.parametrize("agrees", [True, False])
async def test_a_file_that_programs_obey_is_asked_about_when_it_is_accepted(
    tmp_path: Path, agrees: bool
) -> None:
    (tmp_path / ".vscode").mkdir()
    (tmp_path / ".vscode" / "settings.json").write_text('{"a": 1}\n')
    text = ANSWER + BLOCK.format(path=".vscode/settings.json", old='{"a": 1}', new='{"a": 2}')
    async with desk(tmp_path, answered(text)) as one:
        asked: list[Json] = []

        def question(params: Json) -> Json | None:
            asked.append(params)
            return params["actions"][0] if agrees else None

        one.client.answers["window/showMessageRequest"] = question
        ready = await one.ask()
        assert not asked
        assert ".vscode/settings.json" in ready["warnings"][0]
        result = await one.accept(ready)
        (params,) = asked
        assert str(tmp_path / ".vscode" / "settings.json") in params["message"]
        assert result["status"] == ("done" if agrees else "failed")
        assert one.text(".vscode/settings.json") == ('{"a": 2}\n' if agrees else '{"a": 1}\n')
        assert one.text("a.py") == (NEW_A if agrees else A)
        if not agrees:
            assert (await one.accept(ready, 0))["status"] == "ready"
            assert one.text("a.py") == NEW_A


async def test_a_file_held_under_another_name_is_changed_in_the_editor(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    async with desk(tmp_path) as one:
        one.open("link/b.py", B)
        ready = await one.ask()
        assert ready["edits"][1]["uri"] == one.uri("link/b.py")
        assert (await one.accept(ready))["status"] == "done"
        assert one.client.text(one.uri("link/b.py")) == NEW_B
        assert (tmp_path / "b.py").read_text() == B


class PausedAnswer(PausedModel):
    async def stream(self, _request: Request) -> AsyncGenerator[Event, None]:
        yield TextDelta(ANSWER[:60])
        self.paused.set()
        await self.go.wait()
        yield TextDelta(ANSWER[60:])
        yield STOP


async def test_another_file_is_changed_as_it_stands_when_the_answer_is_there(tmp_path: Path) -> None:
    model = PausedAnswer()
    async with desk(tmp_path, model) as one:
        one.open("b.py", B)
        asking = asyncio.create_task(one.ask())
        await model.paused.wait()
        one.type("b.py", 0, 0, "# typed\n")
        model.go.set()
        ready = await asking
        assert ready["edits"][1]["version"] == 2
        assert (await one.accept(ready))["status"] == "done"
        assert one.text("b.py") == "# typed\n" + NEW_B
