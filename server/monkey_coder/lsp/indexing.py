"""The index of the workspace, shown as work-done progress that the user can stop."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from lsprotocol import types

from ..core.kit import IndexState
from .progress import progress

if TYPE_CHECKING:
    from ..core.kit import Indexing, IndexProgress
    from .session import Session

# The name of the task that shows progress: it is no work of the user's.
INDEXING = "indexing"
# What is done sooner is not worth showing: a start that finds nothing changed.
_SHOWN_AFTER_S = 1.0
# However often files change, the editor hears of it no more often than this.
_CALM_S = 0.2


async def show(session: Session, indexing: Indexing) -> None:
    """Show how far the index is and what is wrong with it, for as long as the app stands."""
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def tell() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(changed.set)

    indexing.watch(tell)
    changed.set()
    while True:
        await changed.wait()
        changed.clear()
        session.status.poke()
        for note in indexing.notes:
            session.tell_once(note, types.MessageType.Info)
        if indexing.progress.state is IndexState.BUILDING:
            await asyncio.sleep(_SHOWN_AFTER_S)
        if indexing.progress.state is IndexState.BUILDING:
            building = asyncio.create_task(_show_building(session, indexing, changed), name=INDEXING)
            try:
                await asyncio.wait({building})
            finally:
                building.cancel()
            if building.cancelled():
                await asyncio.to_thread(indexing.stop)  # The user said so.
        await asyncio.sleep(_CALM_S)


async def _show_building(session: Session, indexing: Indexing, changed: asyncio.Event) -> None:
    async with progress(session, "Indexing the workspace", None) as shown:
        while (now := indexing.progress).state is IndexState.BUILDING:
            shown.report(partial(_value, now))
            await changed.wait()
            changed.clear()


def _value(now: IndexProgress) -> dict[str, object]:
    message = f"{now.files:,} of {now.of:,} files"
    return {"kind": "report", "message": message, "percentage": 100 * now.files // max(1, now.of)}
