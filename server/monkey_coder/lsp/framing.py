"""Frames of the base protocol: a header, an empty line, and a body of so many bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_HEADER_BYTES = 8 * 1024
MAX_BODY_BYTES = 64 * 1024 * 1024

# A length beyond this is no message of any editor: it is taken for garbage instead of being skipped.
_MAX_SKIP_BYTES = 1024 * 1024 * 1024
_LENGTH = re.compile(rb"content-length[ \t]*:", re.IGNORECASE)
_LENGTH_LINE = re.compile(rb"content-length[ \t]*:[ \t]*(\d{1,18})[ \t]*", re.IGNORECASE)
# No occurrence of the field's name can straddle a cut this far from the end of the buffer.
_KEPT_TAIL = 32


@dataclass(frozen=True, slots=True)
class BadFrame:
    """A stretch of the stream that is no frame, and why. The reader goes on after it."""

    reason: str
    is_too_large: bool = False


class FrameReader:
    """Cuts a stream of bytes into message bodies, and finds its way back after garbage."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._needed: int | None = None
        self._skip = 0
        self._lost = False

    def feed(self, data: bytes) -> list[bytes | BadFrame]:
        """Return the bodies that are complete now, in order, with a `BadFrame` for each bad stretch."""
        frames: list[bytes | BadFrame] = []
        self._buffer += data
        while (frame := self._next()) is not None:
            frames.append(frame)
        return frames

    def _next(self) -> bytes | BadFrame | None:
        if self._skip and not self._skip_body():
            return None
        if self._lost and not self._find_header():
            return None
        if self._needed is None:
            bad = self._read_header()
            if bad is not None or self._needed is None:
                return bad
        if len(self._buffer) < self._needed:
            return None
        body = bytes(self._buffer[: self._needed])
        del self._buffer[: self._needed]
        self._needed = None
        return body

    def _skip_body(self) -> bool:
        n = min(self._skip, len(self._buffer))
        del self._buffer[:n]
        self._skip -= n
        return self._skip == 0

    def _find_header(self) -> bool:
        found = _LENGTH.search(self._buffer)
        if found is None:
            del self._buffer[: max(0, len(self._buffer) - _KEPT_TAIL)]
            return False
        del self._buffer[: found.start()]
        self._lost = False
        return True

    def _read_header(self) -> BadFrame | None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) <= MAX_HEADER_BYTES:
                return None
            return self._lose(0, f"no end of a header within {MAX_HEADER_BYTES} bytes")
        if end > MAX_HEADER_BYTES:
            return self._lose(end + 4, f"a header of more than {MAX_HEADER_BYTES} bytes")
        header = bytes(self._buffer[:end])
        length = None
        for line in header.split(b"\r\n"):
            if (match := _LENGTH_LINE.fullmatch(line)) is not None:
                length = int(match[1])
        if length is None:
            return self._lose(end + 4, "a header without a valid Content-Length")
        if length > _MAX_SKIP_BYTES:
            return self._lose(end + 4, f"a Content-Length of {length} bytes")
        del self._buffer[: end + 4]
        if length > MAX_BODY_BYTES:
            self._skip = length
            return BadFrame(
                f"a message of {length / 1e6:.0f} MB; the limit is {MAX_BODY_BYTES // 2**20} MB", True
            )
        self._needed = length
        return None

    def _lose(self, n: int, reason: str) -> BadFrame:
        # Look for the next header from here on, but never at the start of the one that was bad.
        del self._buffer[: max(n, 1)]
        self._lost = True
        return BadFrame(reason)


def frame(body: bytes) -> bytes:
    """Return `body` with its header."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
