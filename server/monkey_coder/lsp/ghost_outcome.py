"""`monkeyCoder/ghostOutcome`: what the user did with ghost text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..features.eagerness import Outcome
from .messages import INVALID_PARAMS
from .protocol import RequestError

if TYPE_CHECKING:
    from .session import Session


async def handle(session: Session, params: Any) -> None:
    """Learn from it: after rejections, ghost text waits for a longer pause."""
    outcome = params.get("outcome") if isinstance(params, dict) else None
    if outcome not in list(Outcome):
        raise RequestError(INVALID_PARAMS, f"outcome is one of {', '.join(Outcome)}.")
    (await session.completer()).learn(Outcome(outcome))
