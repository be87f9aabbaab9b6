"""What the memory of conversations has to say: its notes as messages, new vectors as progress."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from lsprotocol import types

from .progress import progress

if TYPE_CHECKING:
    from ..core.memory import Embedding, Memory
    from .session import Session

# The name of the task that shows progress: it is no work of the user's.
EMBEDDING = "embedding"
# Without a report for so long the work was given up, and goes on at another time.
_GIVEN_UP_S = 60.0


class _News:
    """What was heard of the memory, and an event that says that there is more."""

    def __init__(self, memory: Memory) -> None:
        self._loop = asyncio.get_running_loop()
        self.changed = asyncio.Event()
        self.latest: Embedding | None = None
        memory.on_note(self._tell)
        memory.on_progress(self._take)

    @property
    def is_embedding(self) -> bool:
        return self.latest is not None and not self.latest.is_complete

    def _tell(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.changed.set)

    def _take(self, latest: Embedding) -> None:
        self.latest = latest
        self.changed.set()


async def show(session: Session, memory: Memory) -> None:
    """Tell the user each note once, and how far vectors are, for as long as the app stands."""
    news = _News(memory)
    news.changed.set()
    while True:
        await news.changed.wait()
        news.changed.clear()
        _tell_notes(session, memory)
        if news.is_embedding:
            showing = asyncio.create_task(_show_embedding(session, memory, news), name=EMBEDDING)
            try:
                await asyncio.wait({showing})
            finally:
                showing.cancel()
            # Whoever does not want to see it any more is not shown it again; the work goes on.
            while showing.cancelled() and news.is_embedding:
                await news.changed.wait()
                news.changed.clear()
                _tell_notes(session, memory)


async def _show_embedding(session: Session, memory: Memory, news: _News) -> None:
    async with progress(session, "Embedding conversations", None) as shown:
        while (now := news.latest) is not None and not now.is_complete:
            shown.report(partial(_value, now))
            try:
                async with asyncio.timeout(_GIVEN_UP_S):
                    await news.changed.wait()
            except TimeoutError:
                news.latest = None
            news.changed.clear()
            _tell_notes(session, memory)


def _tell_notes(session: Session, memory: Memory) -> None:
    for note in memory.notes:
        session.tell_once(note, types.MessageType.Info)


def _value(now: Embedding) -> dict[str, object]:
    message = f"{now.n_done:,} of {now.n_all:,} messages, by {now.embedder}"
    return {"kind": "report", "message": message, "percentage": 100 * now.n_done // max(1, now.n_all)}
