"""`monkeyCoder/setKeys`: keys that the editor keeps for the user. They stay in this process's memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ..core.endpoint import Secret
from .ext import KeysAnswer
from .messages import INVALID_PARAMS
from .protocol import RequestError

if TYPE_CHECKING:
    from .session import Session


async def handle(session: Session, params: Any) -> KeysAnswer:
    """Take keys (null takes one away) and rebuild the house with them. No error repeats a key."""
    given = params.get("keys") if isinstance(params, dict) else None
    if not isinstance(given, dict) or not all(key is None or isinstance(key, str) for key in given.values()):
        raise RequestError(INVALID_PARAMS, 'params is {"keys": {PROVIDER: key or null}}.')
    known = await asyncio.to_thread(_known, list(given))
    keys = dict(session.keys)
    for provider in known:
        keys.pop(provider, None)
        if given[provider]:
            keys[provider] = Secret(given[provider])
    if {name: key.reveal() for name, key in keys.items()} != {
        name: key.reveal() for name, key in session.keys.items()
    }:
        session.keys = keys
        session.start_app()
    return {"accepted": known, "unknown": [name for name in given if name not in known]}


def _known(providers: list[str]) -> list[str]:
    from ..app import is_provider

    return [provider for provider in providers if is_provider(provider)]
