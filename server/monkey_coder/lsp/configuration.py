"""`workspace/didChangeConfiguration` and the settings that the client holds for us."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

if TYPE_CHECKING:
    from .session import Session

log = logging.getLogger(__name__)

SECTION = "monkeyCoder"
_ASK_S = 10.0


async def handle(session: Session, params: Any) -> None:
    """Take the new settings: ask for them where the client can be asked, else as they were sent."""
    if session.client.can("workspace", "configuration"):
        await pull(session)
        return
    settings = params.get("settings") if isinstance(params, dict) else None
    if isinstance(settings, dict):
        use(session, settings.get(SECTION, settings))


async def pull(session: Session) -> None:
    """Ask the client for our section of its settings."""
    if not session.client.can("workspace", "configuration"):
        return
    items = [types.ConfigurationItem(section=SECTION)]
    try:
        async with asyncio.timeout(_ASK_S):
            answer: Any = await session.workspace_configuration_async(types.ConfigurationParams(items))
    except (TimeoutError, JsonRpcException) as error:
        log.info("the client gave no settings: %s", error)
        return
    use(session, answer[0] if isinstance(answer, list | tuple) and answer else None)


def use(session: Session, settings: Any) -> None:
    """Rebuild the house if these settings differ from the ones it was built with."""
    if isinstance(settings, Mapping) and dict(settings) != dict(session.settings):
        session.settings = dict(settings)
        session.start_app()
