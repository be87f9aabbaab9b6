"""Work-done progress: begin, at most 30 reports a second (the latest wins), end; and its cancel."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import asynccontextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from .messages import is_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .session import Session

log = logging.getLogger(__name__)

Value = Mapping[str, Any]

_INTERVAL_S = 1 / 30
_ASK_S = 5.0
# A client that has so much left to read is spared reports until it has caught up.
_BEHIND_BYTES = 1 << 20
_numbers = count(1)


class Progress:
    """The progress of one task, under one token; without a token it says nothing."""

    def __init__(self, session: Session, token: int | str | None) -> None:
        self._session = session
        self._token = token
        self._latest: Callable[[], Value] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._last_at = 0.0

    def report(self, make: Callable[[], Value]) -> None:
        """Have `make` called for the value to send, unless a later report overtakes it."""
        if self._token is None:
            return
        self._latest = make
        if self._timer is None:
            loop = asyncio.get_running_loop()
            wait_s = max(0.0, self._last_at + _INTERVAL_S - loop.time())
            self._timer = loop.call_later(wait_s, self._flush)

    def begin(self, title: str) -> None:
        """Say that the work began."""
        self._send({"kind": "begin", "title": title, "cancellable": True, "percentage": 0})

    def end(self, message: str) -> None:
        """Say that the work ended; what was not reported yet is left out."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._latest = None
        self._send({"kind": "end", "message": message})

    def flush(self) -> None:
        """Send the latest report now."""
        if self._timer is not None:
            self._timer.cancel()
            self._flush(force=True)

    def _flush(self, *, force: bool = False) -> None:
        self._timer = None
        make, outlet = self._latest, self._session.protocol.outlet
        if make is None:
            return
        loop = asyncio.get_running_loop()
        if not force and outlet is not None and outlet.backlog() > _BEHIND_BYTES:
            self._timer = loop.call_later(_INTERVAL_S, self._flush)
            return
        self._latest = None
        self._last_at = loop.time()
        self._send(make())

    def _send(self, value: Value) -> None:
        if self._token is not None:
            self._session.protocol.notify("$/progress", {"token": self._token, "value": value})


@asynccontextmanager
async def progress(session: Session, title: str, token: int | str | None) -> AsyncIterator[Progress]:
    """Show progress while the body runs, which the user can cancel.

    `token` is the client's; without one, it is asked to take ours.
    """
    if token is None and session.client.can("window", "workDoneProgress"):
        token = await _create(session)
    shown = Progress(session, token)
    task = asyncio.current_task()
    if token is not None and task is not None:
        session.cancellable[token] = task
        session.status.poke()
    shown.begin(title)
    message = "Stopped"
    try:
        yield shown
        message = "Done"
    except asyncio.CancelledError:
        message = "Cancelled"
        raise
    finally:
        if token is not None:
            session.cancellable.pop(token, None)
            session.status.poke()
        shown.end(message)


def cancel(session: Session, params: Any) -> None:
    """`window/workDoneProgress/cancel`: stop the work, down to the model's connection."""
    token = params.get("token") if isinstance(params, dict) else None
    task = session.cancellable.get(token) if token is not None and is_id(token) else None
    if task is not None:
        task.cancel()


async def _create(session: Session) -> str | None:
    token = f"monkey-coder-{next(_numbers)}"
    try:
        async with asyncio.timeout(_ASK_S):
            await session.window_work_done_progress_create_async(types.WorkDoneProgressCreateParams(token))
    except (TimeoutError, JsonRpcException) as error:
        log.info("the client shows no progress: %s", error)
        return None
    return token
