"""Bytes in, message bodies out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monkey_coder.lsp.framing import MAX_BODY_BYTES, BadFrame, FrameReader, frame

BODY = b'{"jsonrpc":"2.0"}'


def bodies(frames: list[bytes | BadFrame]) -> list[bytes]:
    return [one for one in frames if isinstance(one, bytes)]


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Length: 17\r\n\r\n",
        b"content-length:17\r\n\r\n",
        b"CONTENT-LENGTH:  17  \r\n\r\n",
        b"Content-Type: application/vscode-jsonrpc; charset=utf8\r\nContent-Length: 17\r\n\r\n",
        b"X-Trace: 1\r\nContent-Length: 17\r\nX-More: 2\r\n\r\n",
    ],
)
def test_a_header_is_read_as_http_headers_are(header: bytes) -> None:
    assert FrameReader().feed(header + BODY) == [BODY]


@given(st.lists(st.binary(max_size=40), max_size=5), st.data())
def test_bodies_come_out_as_they_went_in_however_the_stream_is_cut(
    sent: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(map(frame, sent))
    reader, received = FrameReader(), []
    while stream:
        n = data.draw(st.integers(1, len(stream)))
        received += reader.feed(stream[:n])
        stream = stream[n:]
    assert received == sent


@pytest.mark.parametrize(
    "garbage",
    [
        b"Content-Length: -5\r\n\r\n{}",
        b"Content-Length: twelve\r\n\r\n{}",
        b"Content-Type: text/html\r\n\r\n<html>",
        b"Content-Length: 1000000000000\r\n\r\n{",
        b"\x00\xff" * 3000 + b"\r\n\r\n",
        b"X-Junk: " + b"a" * 20_000 + b"\r\n\r\n",
        b"a" * 9_000,
    ],
)
def test_the_reader_finds_its_way_back_after_garbage(garbage: bytes) -> None:
    reader = FrameReader()
    frames = reader.feed(garbage) + reader.feed(frame(BODY) + frame(b"{}"))
    assert bodies(frames) == [BODY, b"{}"]
    assert any(isinstance(one, BadFrame) for one in frames)


def test_a_message_beyond_the_limit_is_skipped_to_its_end_without_being_kept() -> None:
    reader = FrameReader()
    size = MAX_BODY_BYTES + 10
    (bad,) = reader.feed(b"Content-Length: %d\r\n\r\n" % size)
    assert isinstance(bad, BadFrame)
    assert bad.is_too_large
    chunk = b"Content-Length: 1\r\n" * 50_000
    for _ in range(size // len(chunk)):
        assert reader.feed(chunk) == []
    assert len(reader._buffer) == 0
    assert reader.feed(b"x" * (size % len(chunk)) + frame(BODY)) == [BODY]
