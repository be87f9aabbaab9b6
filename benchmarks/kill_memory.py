"""The part of `benchmarks.kill` that is about the memory: kill a writer, and look at the database it leaves.

A process appends messages to one conversation, one transaction each, and says so after each. The database
came through whole if SQLite's own check finds nothing, the messages are there without a gap up to the last
one reported or beyond, and each of them has its vector, its code in the index and its words.
"""

from __future__ import annotations

import asyncio
import ctypes
import multiprocessing
import random
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from monkey_coder.context.memory import Memory
from monkey_coder.core.clock import Clock

PROJECT = "/project"
_MOST_S = 0.08
_N_CHECKED = 40


def kill_writers(times: int, rng: random.Random) -> tuple[int, int, list[str]]:
    """Return how many of `times` kills left the database whole, how many messages it holds at the end, and
    what was wrong.
    """
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if "fork" in methods else "spawn")
    problems: list[str] = []
    with tempfile.TemporaryDirectory(prefix="monkey-coder-kill-") as folder:
        path = str(Path(folder) / "memory.sqlite")
        key = asyncio.run(_begin(path))
        done: ctypes.c_longlong = context.RawValue("q", 0)  # A lock would die with its holder.
        for _ in range(times):
            first = done.value
            writer = context.Process(target=_keep_talking, args=(path, key, done), daemon=True)
            writer.start()
            while done.value == first and writer.is_alive():
                time.sleep(0.0005)
            time.sleep(rng.uniform(0.0, _MOST_S))
            writer.kill()
            writer.join()
            n_messages, problem = check(path, done.value)
            if problem:
                problems.append(problem)
            done.value = n_messages
    return times - len(problems), done.value, problems


def check(path: str, reported: int) -> tuple[int, str]:
    """Return how many messages there are, and what is wrong, "" if nothing."""
    import apsw
    import sqlite_vec  # type: ignore[import-untyped]

    connection = apsw.Connection(path)
    try:
        connection.enable_load_extension(True)
        connection.load_extension(sqlite_vec.loadable_path())
        found = connection.execute("PRAGMA integrity_check").get
        texts = [text for (text,) in connection.execute("SELECT text FROM messages ORDER BY id")]
        counts = {
            name: int(connection.execute(f"SELECT count(*) FROM {name}").get)
            for name in ("vectors", "codes", "words_docsize")
        }
        connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")
        unheard = [
            n
            for n in range(max(1, len(texts) - _N_CHECKED), len(texts) + 1)
            if not connection.execute("SELECT 1 FROM words WHERE words MATCH ?", (f"number{n}",)).fetchall()
        ]
    except apsw.Error as error:
        return reported, f"{type(error).__name__}: {error}"
    finally:
        connection.close()
    if found != "ok":
        return len(texts), f"integrity: {found}"
    if len(texts) < reported or any(_text(n) != text for n, text in enumerate(texts, start=1)):
        return len(texts), f"{reported} messages were reported and {len(texts)} are there, or with a gap"
    wrong = {name: n for name, n in counts.items() if n != len(texts)}
    if wrong or unheard:
        return len(texts), f"{len(texts)} messages, but {wrong or f'no words of {unheard}'}"
    return len(texts), ""


async def _begin(path: str) -> str:
    memory = _open(path)
    key = await memory.start_conversation(PROJECT, "killed")
    await memory.aclose()
    return key


def _keep_talking(path: str, key: str, done: ctypes.c_longlong) -> None:
    asyncio.run(_talk(path, key, done))


async def _talk(path: str, key: str, done: ctypes.c_longlong) -> None:
    memory = _open(path)
    while True:
        await memory.append(key, "user", _text(done.value + 1))
        done.value += 1


def _text(n: int) -> str:
    return f"number{n} " + f"what is said in message {n % 97} " * 12


def _open(path: str) -> Memory:
    return Memory(path, Clock(time.monotonic, asyncio.sleep, lambda: datetime.now(UTC)))
