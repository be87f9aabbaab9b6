"""The barrier: all pass together, and nobody waits for one that is gone."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monkey_coder.communication.barrier import Barrier, Passed
from monkey_coder.core.errors import InputError

LONG_S = 5.0


async def test_all_pass_together_phase_after_phase() -> None:
    barrier = Barrier(["a", "b"])
    for phase in range(3):
        passed = await asyncio.gather(*(barrier.arrive(name, within_s=LONG_S) for name in "ab"))
        assert passed == [Passed(phase), Passed(phase)]


async def test_a_missing_party_is_named_when_time_is_up() -> None:
    barrier = Barrier(["a", "b", "c"])
    passed = await asyncio.gather(*(barrier.arrive(name, within_s=0.01) for name in "ab"))
    assert Passed(0, ("c",)) in passed
    assert barrier.phase == 1


async def test_who_leaves_is_not_waited_for() -> None:
    barrier = Barrier(["a", "b"])
    waiting = asyncio.ensure_future(barrier.arrive("a", within_s=LONG_S))
    await asyncio.sleep(0)
    barrier.leave("b")
    assert await waiting == Passed(0)
    with pytest.raises(InputError):
        await barrier.arrive("b", within_s=LONG_S)


async def test_who_is_cancelled_has_not_arrived() -> None:
    barrier = Barrier(["a", "b"])
    waiting = asyncio.ensure_future(barrier.arrive("a", within_s=LONG_S))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert (await barrier.arrive("b", within_s=0.01)).missing == ("a",)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["arrives", "is stuck", "crashes", "leaves"]), min_size=1, max_size=6))
def test_whatever_befalls_the_others_every_one_that_arrives_gets_past(fates: list[str]) -> None:
    async def run() -> None:
        names = [str(n) for n in range(len(fates))]
        barrier = Barrier(names)

        async def agent(name: str, fate: str) -> Passed | None:
            if fate == "is stuck":
                await asyncio.sleep(0.2)
                return None
            try:
                if fate == "crashes":
                    raise ZeroDivisionError
                if fate == "leaves":
                    return None
                return await barrier.arrive(name, within_s=0.01)
            finally:
                if fate in ("crashes", "leaves"):
                    barrier.leave(name)

        ended = await asyncio.gather(*map(agent, names, fates), return_exceptions=True)
        for fate, end in zip(fates, ended, strict=True):
            assert isinstance(end, Passed) == (fate == "arrives")

    asyncio.run(asyncio.wait_for(run(), 5))
