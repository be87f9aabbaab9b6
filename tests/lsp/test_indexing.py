"""The index of the workspace, as the editor shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest
from tests.lsp.editor import Editor, editor

from monkey_coder.core.kit import IndexProgress, IndexState
from monkey_coder.lsp import indexing as shown

TITLE = "Indexing the workspace"


class FakeIndexing:
    """An index that is as far as the test says."""

    def __init__(self) -> None:
        self.progress = IndexProgress(IndexState.BUILDING, 0, 200)
        self.notes: Sequence[str] = ()
        self.is_stopped = False
        self._tell: Callable[[], None] = lambda: None

    def watch(self, callback: Callable[[], None]) -> None:
        self._tell = callback

    def stop(self) -> None:
        self.is_stopped = True
        self.now(IndexState.STOPPED, 0)

    def now(self, state: IndexState, files: int) -> None:
        self.progress = IndexProgress(state, files, 200)
        self._tell()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "_SHOWN_AFTER_S", 0.0)


async def begun(client: Editor) -> str:
    asked = await client.wait_for_method("window/workDoneProgress/create")
    client.send({"id": asked["id"], "result": None})
    begin = await client.wait_for_method("$/progress")
    assert begin["params"]["value"]["title"] == TITLE
    return str(begin["params"]["token"])


CAPABILITIES = {"window": {"workDoneProgress": True}}


async def test_how_far_it_is_can_be_seen() -> None:
    indexing = FakeIndexing()
    async with editor(capabilities=CAPABILITIES, indexing=indexing) as client:
        await begun(client)
        indexing.now(IndexState.BUILDING, 50)
        await client.wait_for(
            lambda message: message.get("params", {}).get("value", {}).get("percentage") == 25
        )
        indexing.now(IndexState.IDLE, 200)
        await client.wait_for(lambda message: message.get("params", {}).get("value", {}).get("kind") == "end")
        assert not indexing.is_stopped


async def test_the_user_can_stop_it() -> None:
    indexing = FakeIndexing()
    async with editor(capabilities=CAPABILITIES, indexing=indexing) as client:
        token = await begun(client)
        client.notify("window/workDoneProgress/cancel", {"token": token})
        async with asyncio.timeout(5):
            while not indexing.is_stopped:
                await asyncio.sleep(0.01)


async def test_the_end_of_a_session_is_no_word_to_stop() -> None:
    indexing = FakeIndexing()
    async with editor(capabilities=CAPABILITIES, indexing=indexing) as client:
        await begun(client)
    assert not indexing.is_stopped


async def test_what_is_wrong_with_it_is_said_once() -> None:
    indexing = FakeIndexing()
    indexing.progress = IndexProgress(IndexState.IDLE, 1, 1)
    indexing.notes = ("The index was damaged.",)
    async with editor(indexing=indexing) as client:
        message = await client.wait_for_method("window/showMessage")
        assert message["params"]["message"] == "The index was damaged."
        indexing.now(IndexState.IDLE, 1)
        await asyncio.sleep(0.3)
        assert len(client.sent("window/showMessage")) == 1
