"""What the memory of conversations has to say, as the editor shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from tests.lsp.editor import editor

from monkey_coder.context.memory import Memory
from monkey_coder.core.clock import Clock
from monkey_coder.core.memory import Embedding

CLOCK = Clock(monotonic, asyncio.sleep, lambda: datetime.now(UTC))
CAPABILITIES = {"window": {"workDoneProgress": True}}


class Reported(Memory):
    """A memory whose vectors are as far as the test says."""

    def __init__(self, path: str, clock: Clock) -> None:
        super().__init__(path, clock)
        self.heard = asyncio.Event()

    def on_progress(self, report: Callable[[Embedding], None]) -> None:
        self.report = report
        self.heard.set()


async def heard(memory: Reported) -> None:
    async with asyncio.timeout(5):
        await memory.heard.wait()


async def test_a_damaged_file_is_spoken_of_once(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite"
    path.write_bytes(b"this is no database" * 100)
    memory = Memory(str(path), CLOCK)
    async with editor(capabilities=CAPABILITIES, memory=memory) as client:
        await client.request("monkeyCoder/status")
        await memory.start_conversation("")
        told = await client.wait_for_method("window/showMessage")
        assert "was damaged" in told["params"]["message"]
        await memory.start_conversation("")
        await asyncio.sleep(0.05)
        assert len(client.sent("window/showMessage")) == 1
        await memory.aclose()


async def test_how_far_new_vectors_are_can_be_seen() -> None:
    memory = Reported(":memory:", CLOCK)
    async with editor(capabilities=CAPABILITIES, memory=memory) as client:
        await heard(memory)
        memory.report(Embedding("fake/1", 0, 40))
        asked = await client.wait_for_method("window/workDoneProgress/create")
        client.send({"id": asked["id"], "result": None})
        begin = await client.wait_for_method("$/progress")
        assert begin["params"]["value"]["title"] == "Embedding conversations"
        memory.report(Embedding("fake/1", 10, 40))
        await client.wait_for(
            lambda message: message.get("params", {}).get("value", {}).get("percentage") == 25
        )
        memory.report(Embedding("fake/1", 40, 40))
        await client.wait_for(lambda message: message.get("params", {}).get("value", {}).get("kind") == "end")
        await memory.aclose()


async def test_who_cancels_it_is_not_shown_it_again() -> None:
    memory = Reported(":memory:", CLOCK)
    async with editor(capabilities=CAPABILITIES, memory=memory) as client:
        await heard(memory)
        memory.report(Embedding("fake/1", 0, 40))
        asked = await client.wait_for_method("window/workDoneProgress/create")
        client.send({"id": asked["id"], "result": None})
        begin = await client.wait_for_method("$/progress")
        client.notify("window/workDoneProgress/cancel", {"token": begin["params"]["token"]})
        await client.wait_for(lambda message: message.get("params", {}).get("value", {}).get("kind") == "end")
        memory.report(Embedding("fake/1", 20, 40))
        await asyncio.sleep(0.05)
        assert len(client.sent("window/workDoneProgress/create")) == 1
        await memory.aclose()
