"""A barrier: agents wait for each other at the end of a phase, but never for one that is gone.

A cyclic barrier (as in Mellor-Crummey and Scott, ACM TOCS 9, 1991) with two ways out: an agent that leaves
is no longer waited for, and each wait has a time limit that names who was missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass

from ..core.errors import InputError


@dataclass(frozen=True, slots=True)
class Passed:
    """How a wait ended: the phase that is over, and who had not arrived when time was up."""

    phase: int
    missing: tuple[str, ...] = ()


class Barrier:
    """Where the agents of `parties` meet, phase after phase. For one event loop."""

    def __init__(self, parties: Collection[str]) -> None:
        self._parties = dict.fromkeys(parties)
        self._arrived: set[str] = set()
        self._phase = 0
        self._open = asyncio.Event()

    @property
    def phase(self) -> int:
        """How many phases are over."""
        return self._phase

    async def arrive(self, name: str, *, within_s: float) -> Passed:
        """Wait until all have arrived, or for `within_s`; then the phase is over for everybody.

        Who was missing belongs to the next phase. Raises: InputError for one that is no party.
        """
        if name not in self._parties:
            raise InputError(f"{name!r} does not meet at this barrier")
        phase, gate = self._phase, self._open
        self._arrived.add(name)
        self._open_if_all()
        try:
            async with asyncio.timeout(within_s):
                await gate.wait()
        except TimeoutError:
            if self._phase == phase:
                missing = tuple(one for one in self._parties if one not in self._arrived)
                self._advance()
                return Passed(phase, missing)
        except asyncio.CancelledError:
            if self._phase == phase:
                self._arrived.discard(name)
            raise
        return Passed(phase)

    def leave(self, name: str) -> None:
        """Wait for `name` no more, such as when it has crashed."""
        self._parties.pop(name, None)
        self._arrived.discard(name)
        self._open_if_all()

    def _open_if_all(self) -> None:
        if self._arrived and self._arrived.issuperset(self._parties):
            self._advance()

    def _advance(self) -> None:
        self._phase += 1
        self._arrived.clear()
        self._open.set()
        self._open = asyncio.Event()
