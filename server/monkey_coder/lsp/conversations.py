"""The conversations of this workspace: listed, searched, shown, pinned and forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.errors import ConfigError
from ..core.memory import Conversation, Hit, Memory
from .ext import ConversationEntry, Match, WholeConversation
from .messages import INVALID_PARAMS
from .protocol import RequestError

if TYPE_CHECKING:
    from .session import Session

_MOST = 200


async def handle(session: Session, params: Any) -> list[ConversationEntry]:
    """`monkeyCoder/conversations`: the newest ones; with a query, those that it finds, best first."""
    raw = params if isinstance(params, dict) else {}
    query, limit = raw.get("query") or "", raw.get("limit", 50)
    if not isinstance(query, str) or type(limit) is not int or not 0 < limit <= _MOST:
        raise RequestError(INVALID_PARAMS, f"query is a string, limit an integer from 1 to {_MOST}.")
    memory = await _memory(session)
    projects = session.folders or ("",)
    if not query.strip():
        return [_entry(one) for one in await memory.conversations(projects, limit)]
    found: dict[str, list[Hit]] = {}
    for hit in await memory.search(projects, query, limit):
        found.setdefault(hit.conversation.id, []).append(hit)
    entries: list[ConversationEntry] = []
    for hits in found.values():
        matches: list[Match] = [{"message": hit.message.id, "snippet": hit.snippet} for hit in hits]
        entries.append({**_entry(hits[0].conversation), "matches": matches})
    return entries


async def show(session: Session, params: Any) -> WholeConversation:
    """`monkeyCoder/conversation`: one with all its messages. Raises: InputError."""
    transcript = await (await _memory(session)).conversation(_id(params))
    about = transcript.conversation
    return {
        "id": about.id,
        "title": about.title,
        "pinned": about.is_pinned,
        "messages": [
            {
                "id": said.id,
                "role": "user" if said.role == "user" else "assistant",
                "text": said.text,
                "at": said.at.isoformat(),
                "model": said.model,
            }
            for said in transcript.messages
        ],
    }


async def forget(session: Session, params: Any) -> None:
    """`monkeyCoder/forgetConversation`: delete one for good. Raises: InputError."""
    await (await _memory(session)).forget(_id(params))


async def pin(session: Session, params: Any) -> None:
    """`monkeyCoder/pinConversation`: keep one whatever its age, or no longer. Raises: InputError."""
    key, is_pinned = _id(params), params.get("pinned")
    if not isinstance(is_pinned, bool):
        raise RequestError(INVALID_PARAMS, "pinned is true or false.")
    await (await _memory(session)).pin(key, is_pinned)


async def _memory(session: Session) -> Memory:
    memory = (await session.kit()).memory
    if memory is None:
        raise ConfigError("this session keeps no conversations")
    return memory


def _id(params: Any) -> str:
    key = params.get("id") if isinstance(params, dict) else None
    if not isinstance(key, str) or not key:
        raise RequestError(INVALID_PARAMS, "id is the id of a conversation.")
    return key


def _entry(one: Conversation) -> ConversationEntry:
    return {
        "id": one.id,
        "title": one.title,
        "updated": one.updated.isoformat(),
        "messages": one.n_messages,
        "pinned": one.is_pinned,
    }
