"""The JSON objects in a response body, however the server frames them."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from typing import Any

from .inflate import inflater
from .sse import EventParser, EventTooLargeError

_MOST_BYTES_AN_EVENT = 8 << 20
_MOST_BYTES = 64 << 20


class HtmlError(ValueError):
    """A web page came instead of an answer."""


class Body:
    """Reads a stream of events, one JSON object a line, one JSON value, whichever comes.

    `is_done` says that the end was reached, `is_over` that the body itself was read to its end.
    """

    def __init__(self, encoding: str) -> None:
        self.n_objects = 0
        self.is_done = False
        self.is_over = False
        self._n_bytes = 0
        self._inflate = inflater(encoding)
        self._encoding = encoding
        self._head = b""
        self._read: Callable[[bytes], Iterator[dict[str, Any]]] = self._first
        self._parser = EventParser(_MOST_BYTES_AN_EVENT)
        self._whole: list[bytes] = []
        self._may_be_lines = True

    def feed(self, chunk: bytes | None) -> Iterator[dict[str, Any]]:
        """Yield the objects that `chunk` completes; None is the end of the body.

        Raises: ValueError (damaged, a web page, too large), zlib.error.
        """
        if chunk is None:
            self.is_done = self.is_over = True
            rest = b"".join(self._whole)
            if rest.strip():
                yield from self._objects(rest)
            return
        if self._inflate is None:
            raise ValueError(f"unknown content encoding {self._encoding!r}")
        for piece in self._inflate(chunk):
            self._n_bytes += len(piece)
            if self._n_bytes > _MOST_BYTES:
                raise EventTooLargeError
            yield from self._read(piece)
            if self.is_done:
                return

    async def plain(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """Yield the body's plain bytes, as one wants them of an error. Raises as `feed` does."""
        if self._inflate is None:
            raise ValueError(f"unknown content encoding {self._encoding!r}")
        async for chunk in chunks:
            for piece in self._inflate(chunk):
                yield piece

    def _first(self, piece: bytes) -> Iterator[dict[str, Any]]:
        self._head += piece
        start = self._head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
        if not start or start == b"\xef":
            return
        if start == b"<":
            raise HtmlError
        self._read = self._lines if start in b"{[" else self._events
        yield from self._read(self._head)

    def _events(self, piece: bytes) -> Iterator[dict[str, Any]]:
        for data in self._parser.feed(piece):
            if data.startswith(b"[DONE]"):
                self.is_done = True
                return
            yield self._object(data)

    def _lines(self, piece: bytes) -> Iterator[dict[str, Any]]:
        """Yield an object for each line that is one; what is spread over lines waits for the end."""
        self._whole.append(piece)
        if not self._may_be_lines or b"\n" not in piece:
            return
        *lines, rest = b"".join(self._whole).split(b"\n")
        for number, line in enumerate(lines):
            if not line.strip() or line.startswith(b":"):  # Proxies keep streams alive by comments.
                continue
            try:
                found = self._objects(line)
            except ValueError:
                if self.n_objects:
                    raise
                self._may_be_lines = False
                self._whole = [b"\n".join([*lines[number:], rest])]
                return
            yield from found
        self._whole = [rest] if rest else []

    def _objects(self, data: bytes) -> list[dict[str, Any]]:
        """Return the object in `data`, or those in a list of them, as Gemini frames its stream."""
        found = json.loads(data.decode("utf-8-sig"))
        objects = found if isinstance(found, list) else [found]
        if not all(isinstance(one, dict) for one in objects):
            raise ValueError("a body that is no JSON object")
        self.n_objects += len(objects)
        return objects

    def _object(self, data: bytes) -> dict[str, Any]:
        found = json.loads(data)
        if not isinstance(found, dict):
            raise ValueError("an event that is no JSON object")
        self.n_objects += 1
        return found
