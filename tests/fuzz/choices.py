"""Choices drawn from bytes, so that one property serves every fuzzer that makes bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Choices:
    """Draws from `data`; once that is used up, every choice is the first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def is_empty(self) -> bool:
        return self._at >= len(self._data)

    def number(self, low: int, high: int) -> int:
        """Return a number from `low` to `high`, both included."""
        width = 1 if high - low < 256 else 2
        taken = self._data[self._at : self._at + width]
        self._at += width
        return low + int.from_bytes(taken, "big") % (high - low + 1)

    def one_of(self, values: Sequence[T]) -> T:
        return values[self.number(0, len(values) - 1)]

    def is_so(self, out_of: int = 2) -> bool:
        """Return True in about one of `out_of` cases, and never once the data is used up."""
        return self.number(0, out_of - 1) == out_of - 1

    def text(self, alphabet: Sequence[str], most: int) -> str:
        return "".join(self.one_of(alphabet) for _ in range(self.number(0, most)))
