"""`monkeyCoder/context`: what of the project a request at a place would send. Nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from ..features.context import context_at
from .ext import ContextAnswer, ContextPiece
from .from_proto import offset_at
from .messages import INVALID_PARAMS
from .protocol import RequestError

if TYPE_CHECKING:
    from .session import Session


async def handle(session: Session, params: Any) -> ContextAnswer:
    """Return the passages for `position` of the open document `uri`, in the order they would be sent."""
    given = params if isinstance(params, dict) else {}
    uri, position = given.get("uri"), _position(given.get("position"))
    if not isinstance(uri, str) or position is None:
        raise RequestError(INVALID_PARAMS, "monkeyCoder/context takes {uri, position: {line, character}}.")
    snapshot = session.texts.snapshot(uri)
    if snapshot is None:
        raise RequestError(INVALID_PARAMS, f"{uri} is not open.")
    offset = offset_at(snapshot, position)
    gathered = await context_at(await session.kit(), session.document(snapshot), offset)
    pieces: list[ContextPiece] = [
        {
            "path": fact.path,
            "lines": [fact.line, max(fact.line, fact.last)],
            "reason": fact.reason,
            "tokens": tokens,
            "text": fact.text,
        }
        for fact, tokens in gathered.pieces()
    ]
    return {
        "pieces": pieces,
        "tokens": gathered.tokens,
        "budget": gathered.budget,
        "ms": round(gathered.seconds * 1000, 1),
    }


def _position(given: object) -> types.Position | None:
    line, character = (given.get("line"), given.get("character")) if isinstance(given, dict) else (None, None)
    if type(line) is not int or type(character) is not int or line < 0 or character < 0:
        return None
    return types.Position(line, character)
