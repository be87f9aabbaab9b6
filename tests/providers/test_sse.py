"""Events from bytes, however the bytes are cut."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monkey_coder.providers.sse import EventParser, EventTooLargeError

STREAM = (
    "\ufeffdata: one\n\n: comment\n\nid: 7\nretry: 3\nevent: ping\ndata:two\ndata: lines\n\n"
    "data\ndata:  spaced\n\ndata: é👋\n\ndata: never finished\n"
)
EVENTS = ["one", "two\nlines", " spaced", "é👋"]


def parse(pieces: list[bytes]) -> list[str]:
    parser = EventParser(1000)
    return [event.decode() for piece in pieces for event in parser.feed(piece)]


@settings(deadline=None)
@given(st.sampled_from(["\n", "\r\n", "\r"]), st.lists(st.integers(0, 150), max_size=20))
def test_events_do_not_depend_on_line_ends_or_on_how_the_bytes_are_cut(end: str, cuts: list[int]) -> None:
    stream = STREAM.replace("\n", end).encode()
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    pieces = [stream[a:b] for a, b in itertools.pairwise(places)]
    assert parse(pieces) == EVENTS


@pytest.mark.parametrize("piece", [b"data: " + b"x" * 1001, b"data: xxxxxxxx\n" * 100])
def test_an_event_without_end_is_refused(piece: bytes) -> None:
    with pytest.raises(EventTooLargeError):
        parse([piece])
