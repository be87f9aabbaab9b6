"""`initialized`: the client is ready to be asked; the house is built now, after the first answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from . import configuration
from .methods import load_all

if TYPE_CHECKING:
    from .session import Session

log = logging.getLogger(__name__)

_ASK_S = 10.0


def handle(session: Session, _params: Any) -> Coroutine[Any, Any, None]:
    """Build the house, ask to be told of changes, and read the settings."""
    session.start_app()
    return _settle_in(session)


async def _settle_in(session: Session) -> None:
    await asyncio.to_thread(load_all)
    await _register(session)
    await configuration.pull(session)


async def _register(session: Session) -> None:
    registrations = []
    if session.client.can("workspace", "didChangeWatchedFiles", "dynamicRegistration"):
        watchers = [types.FileSystemWatcher(glob_pattern="**/*")]
        registrations.append(
            types.Registration(
                id="monkey-coder-files",
                method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
                register_options=types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers),
            )
        )
    if session.client.can("workspace", "didChangeConfiguration", "dynamicRegistration"):
        registrations.append(
            types.Registration(
                id="monkey-coder-settings",
                method=types.WORKSPACE_DID_CHANGE_CONFIGURATION,
                register_options=types.DidChangeConfigurationRegistrationOptions(section="monkeyCoder"),
            )
        )
    if not registrations:
        return
    try:
        async with asyncio.timeout(_ASK_S):
            await session.client_register_capability_async(types.RegistrationParams(registrations))
    except (TimeoutError, JsonRpcException) as error:
        log.info("the client did not register for changes: %s", error)
