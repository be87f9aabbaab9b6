"""`monkeyCoder/status`, and `monkeyCoder/statusChanged` to clients that show it all the time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from ..core.errors import MonkeyCoderError
from ..core.kit import IndexState
from .ext import STATUS_CHANGED, IndexStatus, StatusValue, Today
from .indexing import INDEXING
from .memory_news import EMBEDDING

if TYPE_CHECKING:
    from ..core.kit import Kit
    from .live_app import BuiltApp
    from .session import Session

log = logging.getLogger(__name__)

_INTERVAL_S = 0.5


async def handle(session: Session, _: Any) -> StatusValue:
    """Return who answers, what goes on and what was spent today. Raises: MonkeyCoderError."""
    return await _status(session)


class StatusNews:
    """Tells the client of every change, at most twice a second. Silent for clients that did not ask."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._told: StatusValue | None = None
        self._is_due = False

    def poke(self) -> None:
        """Something may have changed."""
        if self._session.client.shows_status and not self._is_due:
            self._is_due = True
            self._session.protocol.spawn(self._tell())

    async def _tell(self) -> None:
        try:
            await asyncio.sleep(_INTERVAL_S)
        finally:
            self._is_due = False
        try:
            status = await _status(self._session)
        except MonkeyCoderError as error:  # The user has been told; the status will be when it is mended.
            log.info("no status: %s", error)
            return
        if status != self._told:
            self._told = status
            self._session.protocol.notify(STATUS_CHANGED, status)
        if status["state"] in ("busy", "indexing"):
            self.poke()


async def _status(session: Session) -> StatusValue:
    kit = await session.kit()
    app = await session.app.get()
    learning = [one.state for one in kit.learners if one.is_learning]
    today = await _today(app)
    index = _index(kit, learning)
    status: StatusValue = {
        "model": kit.model.name,
        "completes": kit.complete_model.name,
        "offline": kit.model.name == kit.offline_model.name,
        "state": "ready",
        "detail": "ready",
        "today": today,
        "index": index,
        "trusted": app.trusted,
        "version": session.version or "",
    }
    limit = today["limitUsd"]
    if any(task.get_name() not in (INDEXING, EMBEDDING) for task in session.cancellable.values()):
        status["state"], status["detail"] = "busy", "working"
    elif limit is not None and (today["usd"] or 0.0) >= limit:
        status["state"], status["detail"] = "limited", f"the limit of ${limit:.2f} for today is reached"
    elif learning:
        status["state"], status["detail"] = "indexing", index["detail"]
    return status


def _index(kit: Kit, learning: Sequence[str]) -> IndexStatus:
    now = kit.indexing.progress if kit.indexing is not None else None
    state: Literal["idle", "building", "stopped", "failed"] = "building" if learning else "idle"
    if not learning and now is not None and now.state is IndexState.STOPPED:
        state = "stopped"
    elif not learning and now is not None and now.state is IndexState.FAILED:
        state = "failed"
    return {
        "state": state,
        "detail": "; ".join(learning or [one.state for one in kit.learners]),
        "files": now.files if now is not None else 0,
        "of": now.of if now is not None else 0,
    }


async def _today(app: BuiltApp) -> Today:
    total = await app.today()
    return {
        "requests": total.n_attempts if total else 0,
        "inputTokens": total.input_tokens if total else 0,
        "outputTokens": total.output_tokens if total else 0,
        "usd": total.cost_usd if total else 0.0,
        "limitUsd": app.day_usd,
    }
