"""Undo a content encoding without letting a few bytes grow into gigabytes."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

PIECE = 1 << 16


def inflater(encoding: str) -> Callable[[bytes], Iterator[bytes]] | None:
    """Return what turns encoded bytes into pieces of plain ones, at most 64 kB each; None if unknown.

    The caller counts what it takes, so that a bomb is cut off before it is in memory. The
    returned function raises zlib.error for bytes that are damaged.
    """
    match encoding.strip().lower():
        case "" | "identity":
            return lambda data: iter((data,))
        case "gzip" | "x-gzip" | "deflate":
            return _Zlib()
        case _:
            return None


class _Zlib:
    def __init__(self) -> None:
        self._decoder = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)

    def __call__(self, data: bytes) -> Iterator[bytes]:
        while data:
            yield self._decoder.decompress(data, PIECE)
            data = self._decoder.unconsumed_tail
