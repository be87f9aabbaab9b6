"""The life of a session: what is answered when, and with what."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.lsp.editor import URI, FakeApp, SlowModel, editor

from monkey_coder.core.documents import Document
from monkey_coder.features.documents import path_of
from monkey_coder.lsp.framing import BadFrame, frame
from monkey_coder.lsp.parent import is_alive
from monkey_coder.lsp.session import SessionOptions


def code(answer: dict[str, object]) -> int:
    error = answer["error"]
    assert isinstance(error, dict)
    assert set(error) == {"code", "message"}
    return int(error["code"])


async def test_before_initialize_requests_are_refused_and_notifications_dropped() -> None:
    async with editor(initialize=False) as client:
        assert code(await client.request("shutdown")) == -32002
        assert code(await client.request("no/such")) == -32002
        client.open("x")
        assert "result" in await client.request("initialize", {"capabilities": {}})
        assert client.text() is None


async def test_a_second_initialize_is_refused_and_loses_nothing() -> None:
    async with editor() as client:
        client.open("x")
        assert code(await client.request("initialize", {"capabilities": {}})) == -32600
        assert client.text() == "x"


async def test_after_shutdown_everything_is_refused_and_the_house_is_closed() -> None:
    async with editor() as client:
        await client.session.kit()
        assert (await client.request("shutdown"))["result"] is None
        assert code(await client.request("shutdown")) == -32600
        client.session.tell("too late")
        assert not client.sent("window/showMessage")
        client.notify("exit")
        assert await client.session._ended == 0
        await client.session.end()
        assert client.apps[-1].closed


async def test_exit_without_shutdown_is_code_1() -> None:
    async with editor() as client:
        client.notify("exit")
        assert await client.session._ended == 1


async def test_unknown_methods_are_told_as_such_and_unknown_notifications_are_not() -> None:
    async with editor() as client:
        assert code(await client.request("no/such")) == -32601
        before = len(client.received)
        client.notify("no/such", {})
        await asyncio.sleep(0)
        assert len(client.received) == before


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (None, "utf-16"),
        (["utf-8", "utf-16"], "utf-8"),
        (["utf-32"], "utf-32"),
        (["utf-7", "utf-16"], "utf-16"),
    ],
)
async def test_the_position_encoding_is_one_the_client_offered(
    offered: list[str] | None, chosen: str
) -> None:
    async with editor(initialize=False) as client:
        general = {} if offered is None else {"positionEncodings": offered}
        answer = await client.request("initialize", {"capabilities": {"general": general}})
        assert answer["result"]["capabilities"]["positionEncoding"] == chosen


async def test_document_text_is_there_only_for_debugging() -> None:
    async with editor() as client:
        assert code(await client.request("monkeyCoder/documentText", {"uri": URI})) == -32601
    async with editor(options=SessionOptions(debug_requests=True)) as client:
        client.open("a\x0cb\n")
        change = {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 0}}
        client.change([{"range": change, "text": "c"}])
        answer = await client.request("monkeyCoder/documentText", {"uri": URI})
        assert answer["result"] == {"text": "a\x0cb\nc", "version": 2}
        assert code(await client.request("monkeyCoder/documentText", {})) == -32602


async def test_folders_come_and_go() -> None:
    folder = {"uri": "file:///work/one", "name": "one"}
    async with editor(workspaceFolders=[folder]) as client:
        await client.session.kit()
        added = {"uri": "file:///work/two", "name": "two"}
        client.notify(
            "workspace/didChangeWorkspaceFolders", {"event": {"added": [added], "removed": [folder]}}
        )
        assert client.session.folder_uris == ("file:///work/two",)


async def test_new_settings_rebuild_the_house_and_the_same_settings_do_not() -> None:
    async with editor(initializationOptions={"trusted": True}) as client:
        await client.session.kit()
        for _ in range(2):
            client.notify("workspace/didChangeConfiguration", {"settings": {"monkeyCoder": {"model": "m"}}})
            await asyncio.sleep(0)
            await client.session.kit()
        assert [build["overrides"].get("model") for build in client.builds] == [None, "m"]
        assert client.builds[-1]["trusted"]


async def test_a_request_at_work_when_shutdown_comes_is_answered() -> None:
    model = SlowModel()
    async with editor(model, capabilities={"textDocument": {"inlineCompletion": {}}}) as client:
        client.open("x = ")
        where = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 4}}
        asked = client.post("textDocument/inlineCompletion", {**where, "context": {"triggerKind": 1}})
        await model.asked.wait()
        assert (await client.request("shutdown"))["result"] is None
        assert code(await client.answer(asked)) == -32800


async def test_a_message_that_is_too_large_is_told_to_the_user_once() -> None:
    async with editor() as client:
        for _ in range(2):
            client.session.protocol.dispatch(BadFrame("a message of 200 MB", is_too_large=True))
        (shown,) = client.sent("window/showMessage")
        assert "200 MB" in shown["params"]["message"]


async def test_a_house_that_cannot_be_built_is_told_and_the_server_stays_up() -> None:
    def fail(*_: object, **__: object) -> FakeApp:
        raise OSError("disk on fire")

    async with editor(initialize=False) as client:
        client.session.app._builder = fail
        await client.request("initialize", {"capabilities": {"textDocument": {"inlineCompletion": {}}}})
        client.notify("initialized", {})
        client.open("x")
        where = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 1}}
        for _ in range(2):
            answer = await client.request(
                "textDocument/inlineCompletion", {**where, "context": {"triggerKind": 2}}
            )
            assert answer["result"] is None
        shown = {message["params"]["message"] for message in client.sent("window/showMessage")}
        assert all("disk on fire" in message and "doctor" in message for message in shown)
        assert len(client.sent("window/showMessage")) == len(shown)


async def test_learners_see_a_text_after_a_pause_and_hear_when_it_is_closed() -> None:
    learner = Notes()
    async with editor(learners=(learner,), workspaceFolders=[{"uri": "file:///work", "name": "w"}]) as client:
        await client.session.kit()
        client.open("a")
        client.change([{"text": "ab"}])
        async with asyncio.timeout(5):
            await learner.observed.wait()
        client.notify(
            "workspace/didChangeWatchedFiles", {"changes": [{"uri": "file:///work/x.py", "type": 1}]}
        )
        client.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
        assert learner.heard == ["ab", f"refresh {path_of('file:///work/x.py')}", f"forget {URI}"]


@dataclass
class Notes:
    """A learner that writes down what it hears."""

    heard: list[str] = field(default_factory=list)
    observed: asyncio.Event = field(default_factory=asyncio.Event)

    def open_folders(self, folders: Sequence[str]) -> None:
        self.heard.append(f"folders {list(folders)}")

    def observe(self, document: Document) -> None:
        self.heard.append(document.text)
        self.observed.set()

    def forget(self, uri: str) -> None:
        self.heard.append(f"forget {uri}")

    def refresh(self, paths: Sequence[str]) -> None:
        self.heard.append(f"refresh {paths[0]}")

    def close(self) -> None:
        """Nothing is open."""


def test_a_process_is_known_to_live_until_it_has_ended() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert is_alive(process.pid)
    process.communicate(b"\n")
    assert not is_alive(process.pid)


def serve(*messages: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "monkey_coder.lsp"],
        input=b"".join(map(frame, messages)),
        capture_output=True,
        timeout=30,
        check=False,
    )


INITIALIZE = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}'
SHUTDOWN = b'{"jsonrpc":"2.0","id":2,"method":"shutdown"}'
EXIT = b'{"jsonrpc":"2.0","method":"exit"}'


@pytest.mark.parametrize(
    ("messages", "exit_code"),
    [
        ([INITIALIZE, SHUTDOWN, EXIT], 0),
        ([INITIALIZE, EXIT], 1),
        ([EXIT], 1),
        ([INITIALIZE, SHUTDOWN], 0),
        ([], 1),
    ],
)
def test_the_process_ends_with_the_code_of_the_specification(messages: list[bytes], exit_code: int) -> None:
    done = serve(*messages)
    assert done.returncode == exit_code, done.stderr
    assert done.stdout.count(b"Content-Length: ") == sum(b'"id"' in message for message in messages)


def test_input_may_be_a_file(tmp_path: Path) -> None:
    file = tmp_path / "messages"
    file.write_bytes(b"".join(map(frame, [INITIALIZE, SHUTDOWN, EXIT])))
    with file.open("rb") as source:
        done = subprocess.run(
            [sys.executable, "-m", "monkey_coder.lsp"],
            stdin=source,
            capture_output=True,
            timeout=30,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"Content-Length: ") == 2
