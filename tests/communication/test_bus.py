"""The bus: every letter arrives once and in order, and nobody ever waits for a reader."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monkey_coder.communication.bus import Bus
from monkey_coder.core.errors import InputError

NAMES = ("ann", "ben", "cid")


def test_direct_multicast_and_broadcast_reach_whom_they_are_for() -> None:
    bus = Bus(str)
    ann, ben, cid = bus.join("ann", ["tests"]), bus.join("ben", ["tests"]), bus.join("cid")
    assert bus.send("ann", "ben", "hello") == 1
    assert bus.send("ann", ["ben", "cid", "nobody"], "both") == 2
    assert bus.publish("ann", "tests", "green") == 1
    assert bus.broadcast("ann", "all") == 2
    assert [letter.body for letter in iter(ben.take, None)] == ["hello", "both", "green", "all"]
    assert [letter.body for letter in iter(cid.take, None)] == ["both", "all"]
    assert ann.take() is None


def test_a_body_of_another_type_and_a_taken_name_are_refused() -> None:
    bus = Bus(str)
    bus.join("ann")
    with pytest.raises(InputError, match="carries no int"):
        bus.send("ben", "ann", 3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="already"):
        bus.join("ann")


async def test_a_reader_sees_what_comes_later_and_ends_when_it_leaves() -> None:
    bus = Bus(int)
    mailbox = bus.join("ann")
    seen: list[int] = []

    async def read() -> None:
        seen.extend([letter.body async for letter in mailbox])

    reading = asyncio.ensure_future(read())
    for n in range(3):
        bus.send("ben", "ann", n)
        await asyncio.sleep(0)
    bus.leave("ann")
    await asyncio.wait_for(reading, 1)
    assert seen == [0, 1, 2]
    assert bus.send("ben", "ann", 9) == 0


@given(
    st.lists(st.tuples(st.sampled_from(["send", "all", "take", "leave", "join"]), st.sampled_from(NAMES))),
    st.integers(1, 4),
)
def test_under_any_schedule_no_letter_is_lost_uncounted_or_out_of_order(
    schedule: list[tuple[str, str]], size: int
) -> None:
    bus = Bus(int, mailbox_size=size)
    mailboxes = {name: bus.join(name) for name in NAMES}
    sent = dict.fromkeys(NAMES, 0)
    taken: dict[str, list[int]] = {name: [] for name in NAMES}
    for step, (act, name) in enumerate(schedule):
        match act:
            case "send":
                sent[name] += bus.send("x", name, step)
            case "all":
                here = set(bus.members)
                bus.broadcast("x", step)
                for one in here:
                    sent[one] += 1
            case "take":
                letter = mailboxes[name].take()
                if letter is not None:
                    taken[name].append(letter.number)
            case "leave":
                bus.leave(name)
            case _ if name not in bus.members and not len(mailboxes[name]):
                lost_before = mailboxes[name].n_lost
                mailboxes[name] = bus.join(name)
                mailboxes[name].n_lost = lost_before
    for name, mailbox in mailboxes.items():
        assert len(mailbox) <= size
        assert sent[name] == len(taken[name]) + len(mailbox) + mailbox.n_lost
        assert taken[name] == sorted(set(taken[name]))
