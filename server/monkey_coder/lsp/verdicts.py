"""What the user did with an edit, told to what learns from it: kept, edited, dismissed, undone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.errors import FileError

if TYPE_CHECKING:
    from .live_edits import LiveEdit
    from .session import Session
    from .store import OpenText

# An edit that is taken back is taken back soon: so many changes of the text are looked at.
_LOOKS = 20


@dataclass
class Watch:
    """The text as it was before an edit was accepted: when it comes back, the edit was undone."""

    before: str
    outcome: str
    left: int = _LOOKS


async def settled(session: Session, live: LiveEdit) -> None:
    """Tell what became of an edit, once nothing of it is open any more."""
    if live.open or not live.outcome or not (live.n_accepted or live.n_rejected):
        return
    if not live.n_accepted:
        await tell(session, live.outcome, "dismissed")
        return
    session.watches[live.first.uri] = Watch(live.before, live.outcome)
    await tell(session, live.outcome, "edited" if live.n_rejected else "kept")


def look(session: Session, text: OpenText) -> None:
    """The text changed: see whether that took an edit back."""
    watch = session.watches.get(text.uri)
    if watch is None:
        return
    watch.left -= 1
    is_back = text.snapshot().text == watch.before
    if is_back:
        session.protocol.spawn(tell(session, watch.outcome, "undone"))
    if is_back or not watch.left:
        del session.watches[text.uri]


async def tell(session: Session, outcome: str, act: str) -> None:
    """Have it remembered what the user did; if it cannot be, the user is told once."""
    outcomes = (await session.kit()).outcomes
    if outcomes is None:
        return
    try:
        await outcomes.acted(outcome, act)
    except FileError as error:
        session.tell_once(f"what became of an edit is not remembered: {error}")
