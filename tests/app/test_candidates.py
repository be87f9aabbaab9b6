"""Several candidates for one edit, over loopback, down to the sockets and the ledger."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.providers.loopback import Loopback, Reply, delta, events, release, said, serving

from monkey_coder import app
from monkey_coder.core.documents import Document, Span
from monkey_coder.core.errors import MonkeyCoderError
from monkey_coder.core.model import Task, TaskKind
from monkey_coder.features.edit import EditDraft, EditReady, propose
from monkey_coder.usage.ledger import Attempt, Ledger

CODE = "def f():\n    return 1\n"
GOOD = "```python\ndef f():\n    return 3\n```\n"
ALSO_GOOD = "Here it is:\n```python\ndef f():\n    return 3  # three\n```\n"
BROKEN = "```python\ndef f(:\n    return 3\n```\n"
BUSY = Reply([b'{"error": {"message": "busy"}}'], 503, {"content-type": "application/json"})
STALLED = Reply([events(delta(content="```python\n"), done=False)], ends="open")


def later(text: str) -> Reply:
    """Return a reply that says `text` a second after the others."""
    return replace(said(text), pieces=[b": wait\n\n", *said(text).pieces], pause_s=1.0)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MONKEY_CODER_HOME", str(tmp_path))
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "MONKEY_CODER_BASE_URL", "MONKEY_CODER_MODEL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@asynccontextmanager
async def asking(
    *replies: Reply, n: int = 3, cascade: bool = False
) -> AsyncIterator[tuple[app.App, list[Loopback]]]:
    """Build the app with a provider a, b, c … for each of the replies."""
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(serving(reply)) for reply in replies]
        names = "abcdef"[: len(servers)]
        overrides = {
            "model": "a/m",
            "candidates": n,
            "cascade": cascade,
            "cache": {"answers": False},
            "candidateModels": [f"{name}/m" for name in names[1:]],
            "retry": {"attempts": 1},
            "providers": {
                name: {"base_url": server.url} for name, server in zip(names, servers, strict=True)
            },
        }
        built = app.build([], overrides=overrides)
        assert built.warnings == ()
        try:
            yield built, servers
        finally:
            await built.aclose()


async def edit(built: app.App) -> tuple[EditReady, list[str]]:
    """Return the edit, and what was said while it was made."""
    document = Document("file:///p/a.py", "python", 1, CODE)
    task = Task(TaskKind.EDIT, document, Span(0, len(CODE)), "return 3")
    updates = [update async for update in propose(built.kit, task)]
    ready = updates[-1]
    assert isinstance(ready, EditReady)
    return ready, [update.message for update in updates if isinstance(update, EditDraft)]


async def booked(home: Path) -> dict[str, Attempt]:
    ledger = Ledger(str(home / "data" / "usage.sqlite"), session="test")
    try:
        return {row.provider: row for row in await ledger.attempts()}
    finally:
        ledger.close()


async def test_one_fails_one_stalls_and_the_answer_is_the_thirds(home: Path) -> None:
    held = asyncio.Event()
    async with asking(BUSY, STALLED, replace(said(GOOD), held=held)) as (built, servers):
        began = time.monotonic()
        (ready, said_meanwhile), _ = await asyncio.gather(edit(built), release(held, *servers[:2]))
        assert time.monotonic() - began < 45  # The stalled one would be given up after a minute.
        assert ready.new_text == CODE.replace("1", "3")
        async with asyncio.timeout(5):
            await servers[1].gone.wait()  # Its socket is closed.
    assert ready.model == "c/m"
    (why,) = (check for check in ready.checks if check.startswith("chosen: "))
    assert "c/m" in why
    assert "a/m failed: overloaded" in why
    assert "b/m was stopped" in why
    assert "3 candidates: a/m asked, b/m asked, c/m asked" in said_meanwhile
    assert ready.why.startswith("c/m")
    assert [(one.model, str(one.state)) for one in ready.candidates] == [
        ("a/m", "failed"),
        ("b/m", "stopped"),
        ("c/m", "won"),
    ]
    assert [one.usd for one in ready.candidates] == [0.0, 0.0, 0.0]  # Known to be free on this machine.
    rows = await booked(home)
    assert {name: row.outcome for name, row in rows.items()} == {
        "a": "overloaded",
        "b": "cancelled",
        "c": "stop",
    }


async def test_an_answer_that_does_not_parse_loses_against_two_that_agree(home: Path) -> None:
    async with asking(said(BROKEN), later(GOOD), later(ALSO_GOOD)) as (built, servers):
        ready, _ = await edit(built)
        assert [len(server.asked) for server in servers] == [1, 1, 1]
    assert ready.model in ("b/m", "c/m")
    assert any("does not parse" in check for check in ready.checks)
    assert len(await booked(home)) == 3


async def test_a_reserve_is_told_what_was_wrong() -> None:
    async with asking(said(BROKEN), STALLED, said(GOOD), n=2) as (built, servers):
        ready, _ = await edit(built)
        asked = servers[2].asked[0].body["messages"][-1]["content"]
    assert ready.model == "c/m"
    assert "failed its checks" in asked
    assert "does not parse" in asked


async def test_one_model_alone_is_asked_again_with_more_chance() -> None:
    async with asking(said(GOOD)) as (built, servers):
        ready, _ = await edit(built)
        assert ready.model == "a/m"
        temperatures = [asked.body.get("temperature") for asked in servers[0].asked]
    assert len(temperatures) >= 2
    assert 0.8 in temperatures


async def test_all_fail_and_the_user_is_told_of_each() -> None:
    async with asking(BUSY, BUSY) as (built, _):
        with pytest.raises(MonkeyCoderError, match=r"No other candidate answered either: b/m"):
            await edit(built)


async def test_by_default_one_model_is_asked_once() -> None:
    async with asking(said(GOOD), said(GOOD), n=1) as (built, servers):
        ready, _ = await edit(built)
        assert [len(server.asked) for server in servers] == [1, 0]
    assert not any(check.startswith("chosen") for check in ready.checks)


async def test_in_a_cascade_the_next_model_is_asked_only_where_the_first_fails_its_checks() -> None:
    for first, n_asked in ((said(GOOD), [1, 0, 0]), (said(BROKEN), [1, 1, 0])):
        async with asking(first, said(GOOD), said(GOOD), n=1, cascade=True) as (built, servers):
            ready, _ = await edit(built)
            assert [len(server.asked) for server in servers] == n_asked
            assert ready.new_text == CODE.replace("1", "3")
    assert "does not parse" in servers[1].asked[0].body["messages"][-1]["content"]


async def test_that_nothing_can_be_remembered_costs_no_answer(home: Path) -> None:
    async with asking(said(BROKEN), said(GOOD), n=2) as (built, _):
        (app.outcomes_file()).mkdir(parents=True)
        ready, _ = await edit(built)
    assert ready.model == "b/m"
    assert any("not remembered" in warning for warning in ready.warnings)


async def test_whose_answer_failed_is_remembered_too() -> None:
    held = asyncio.Event()
    async with asking(said(BROKEN), replace(said(GOOD), held=held), n=2) as (built, servers):
        await asyncio.gather(edit(built), release(held, servers[0]))
        await built.aclose()
        lines = app.outcomes_file().read_text(encoding="utf-8").splitlines()
    known = {(row["model"], row["passed"], row["cause"]) for row in map(json.loads, lines)}
    assert known == {("a/m", False, "does not parse"), ("b/m", True, "")}
