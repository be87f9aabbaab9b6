"""Server-sent events from bytes, by the rules of the WHATWG."""

from __future__ import annotations

_BOM = b"\xef\xbb\xbf"


class EventTooLargeError(ValueError):
    """One event is larger than the parser's limit."""


class EventParser:
    """Collects bytes as they come and gives the data of each finished event.

    Lines end in CR LF, LF or CR; a BOM at the start, comments and other fields are skipped; what
    stands after the last blank line when the stream ends is no event.
    Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
    """

    def __init__(self, limit: int) -> None:
        """`limit` is the most bytes that one event may hold."""
        self._limit = limit
        self._tail = b""
        self._data: list[bytes] = []
        self._size = 0
        self._ends_in_cr = False
        self._is_first = True

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the data of every event that `chunk` completes.

        Raises: EventTooLargeError when an event passes the limit.
        """
        if self._ends_in_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
            self._ends_in_cr = False
        if not chunk:
            return []
        self._ends_in_cr = chunk.endswith(b"\r")
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = (self._tail + chunk).split(b"\n")
        self._tail = lines.pop()
        if len(self._tail) > self._limit:
            raise EventTooLargeError
        if self._is_first and lines:
            self._is_first = False
            lines[0] = lines[0].removeprefix(_BOM)
        return self._dispatch(lines)

    def _dispatch(self, lines: list[bytes]) -> list[bytes]:
        events: list[bytes] = []
        for line in lines:
            if line.startswith(b"data:"):
                self._data.append(line[6:] if line[5:6] == b" " else line[5:])
                self._size += len(line)
                if self._size > self._limit:
                    raise EventTooLargeError
            elif not line and self._data:
                events.append(b"\n".join(self._data))
                self._data.clear()
                self._size = 0
        return events
