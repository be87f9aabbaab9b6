"""The blackboard: versions grow by one, stale writes are refused, slow readers see the newest."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monkey_coder.communication.blackboard import NEW, Blackboard, StaleWriteError


def test_a_write_on_an_old_version_is_refused_and_changes_nothing() -> None:
    board: Blackboard[str] = Blackboard()
    first = board.write("plan", "a", "ann", expected=NEW)
    board.write("plan", "b", "ben", expected=first.version)
    with pytest.raises(StaleWriteError, match="version 2, not 1"):
        board.write("plan", "c", "cid", expected=first.version)
    entry = board.read("plan")
    assert entry is not None
    assert (entry.value, entry.version, entry.author) == ("b", 2, "ben")


async def test_a_slow_reader_sees_the_newest_of_each_key_and_holds_up_nobody() -> None:
    board: Blackboard[int] = Blackboard()
    findings, everything = board.subscribe("finding/"), board.subscribe()
    for n in range(1000):
        board.write("finding/a", n, "ann")
    board.write("finding/b", 1, "ann")
    board.write("plan", 7, "ann")
    findings.close()
    seen = [(entry.key, entry.value) async for entry in findings]
    assert seen == [("finding/a", 999), ("finding/b", 1)]
    everything.close()
    assert [entry.key async for entry in everything] == ["finding/a", "finding/b", "plan"]
    board.write("plan", 8, "ann")
    assert [entry async for entry in everything] == []


async def test_a_waiting_reader_wakes_up() -> None:
    board: Blackboard[int] = Blackboard()
    changes = aiter(board.subscribe())
    reading = asyncio.ensure_future(anext(changes))
    await asyncio.sleep(0)
    board.write("a", 1, "ann")
    assert (await asyncio.wait_for(reading, 1)).value == 1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3))))
def test_versions_count_the_writes(writes: list[tuple[str, int]]) -> None:
    board: Blackboard[int] = Blackboard()
    counts: dict[str, int] = {}
    for key, expected in writes:
        try:
            board.write(key, 0, "x", expected=expected)
        except StaleWriteError:
            assert counts.get(key, NEW) != expected
        else:
            assert counts.get(key, NEW) == expected
            counts[key] = expected + 1
    assert {entry.key: entry.version for entry in board.find()} == counts
