"""The memory under several programs at once, and under programs that are killed while they write."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.kill_memory import check, kill_writers

from monkey_coder.context.memory import Memory
from monkey_coder.core.clock import Clock

WRITER = """
import asyncio, sys, time
from datetime import UTC, datetime
from monkey_coder.context.memory import Memory
from monkey_coder.core.clock import Clock

async def main(path, key, name, n):
    memory = Memory(path, Clock(time.monotonic, asyncio.sleep, lambda: datetime.now(UTC)))
    for i in range(n):
        await memory.append(key, "user", f"{name} says {i}")
        if i % 5 == 0:
            assert await memory.search(None, f"{name} says", 3)
    await memory.aclose()

asyncio.run(main(*sys.argv[1:4], int(sys.argv[4])))
"""


def test_a_killed_writer_leaves_a_whole_database() -> None:
    whole, n_messages, problems = kill_writers(6, random.Random(3))
    assert problems == []
    assert whole == 6
    assert n_messages >= 6


def test_the_check_sees_what_is_missing(tmp_path: Path) -> None:
    """The check of the kill benchmark can fail: otherwise it would prove nothing."""
    import apsw

    path = str(tmp_path / "memory.sqlite")

    async def fill() -> None:
        memory = Memory(path, Clock(time.monotonic, asyncio.sleep, lambda: datetime.now(UTC)))
        key = await memory.start_conversation("/p")
        for n in range(1, 4):
            await memory.append(key, "user", f"number{n} " + f"what is said in message {n % 97} " * 12)
        await memory.aclose()

    asyncio.run(fill())
    assert check(path, 3) == (3, "")
    assert "4 messages were reported" in check(path, 4)[1]
    connection = apsw.Connection(path)
    connection.execute("DELETE FROM vectors WHERE message = 3")
    connection.close()
    assert "'vectors': 2" in check(path, 3)[1]


def test_several_editors_write_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    path = str(tmp_path / "memory.sqlite")
    names, n = ("anna", "berta", "clara"), 25

    def opened() -> Memory:
        return Memory(path, Clock(time.monotonic, asyncio.sleep, lambda: datetime.now(UTC)))

    async def begin() -> str:
        memory = opened()
        key = await memory.start_conversation("/p", "together")
        await memory.aclose()
        return key

    async def end(key: str) -> tuple[list[str], int, set[str]]:
        memory = opened()
        said = (await memory.conversation(key)).messages
        embedding = (await memory.stats()).embedding
        found = {hit.message.text.split()[0] for hit in await memory.search("/p", "says 7", 20)}
        await memory.aclose()
        return [one.text for one in said], embedding.n_done, found

    key = asyncio.run(begin())
    commands = [[sys.executable, "-c", WRITER, path, key, name, str(n)] for name in names]
    server = str(Path(__file__).parents[2] / "server")
    running = [
        subprocess.Popen(command, env={"PYTHONPATH": server}, stderr=subprocess.PIPE) for command in commands
    ]
    for one in running:
        _, errors = one.communicate(timeout=240)
        assert one.returncode == 0, errors.decode()
    texts, n_vectors, found = asyncio.run(end(key))
    assert sorted(texts) == sorted(f"{name} says {i}" for name in names for i in range(n))
    for name in names:  # Each one's own are in their order.
        assert [text for text in texts if text.startswith(name)] == [f"{name} says {i}" for i in range(n)]
    assert n_vectors == len(texts)
    assert found == set(names)
