"""`monkeyCoder/chat`: a question, answered in Markdown that streams as progress."""

from __future__ import annotations

from collections.abc import Coroutine
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, assert_never

from lsprotocol import types

from ..core.errors import InputError
from ..core.model import TextDelta, Warned
from ..features.chat import Answered, Begun, Question, chat
from .ext import ChatAnswer, ChatReport
from .from_proto import span_of
from .messages import INVALID_PARAMS
from .progress import progress
from .protocol import RequestError

if TYPE_CHECKING:
    from .session import Session


def handle(session: Session, params: Any) -> Coroutine[Any, Any, ChatAnswer]:
    """Answer a question about the code that is open, or about anything."""
    raw = params if isinstance(params, dict) else {}
    for name in ("message", "conversation", "uri"):
        if not isinstance(raw.get(name) or "", str):
            raise RequestError(INVALID_PARAMS, f"{name} is a string.")
    return _answer(session, _question(session, raw), raw.get("workDoneToken"))


def _question(session: Session, raw: dict[str, Any]) -> Question:
    """Return the question, with the text it is about as it is now. Raises: InputError, RequestError."""
    text, conversation = raw.get("message") or "", raw.get("conversation") or ""
    folder = session.folders[0] if session.folders else ""
    uri = raw.get("uri")
    if not uri:
        return Question(text, folder, conversation)
    snapshot = session.texts.snapshot(uri)
    if snapshot is None:
        raise InputError(f"{uri[:200]!r} is not open in the editor; open it and ask again")
    document = session.document(snapshot)
    given = raw.get("range")
    span = None
    if given is not None:
        if raw.get("version") not in (None, snapshot.version):
            raise InputError("the text changed since it was selected; select the code and ask again")
        span = span_of(snapshot, session.protocol.structure(given, types.Range, "range"))
    return Question(text, document.folder or folder, conversation, document, span)


async def _answer(session: Session, question: Question, token: int | str | None) -> ChatAnswer:
    pieces: list[str] = []
    warnings: list[str] = []
    conversation = question.conversation
    answered: Answered | None = None

    def report() -> ChatReport:
        return {
            "kind": "report",
            "message": "answering",
            "answer": "".join(pieces),
            "conversation": conversation,
        }

    async with (
        progress(session, "Monkey Coder: Chat", token) as shown,
        aclosing(chat(await session.kit(), question)) as events,
    ):
        async for event in events:
            match event:
                case Begun():
                    conversation = event.conversation
                    shown.report(report)
                case TextDelta(text):
                    pieces.append(text)
                    shown.report(report)
                case Warned(message):
                    warnings.append(message)
                case Answered():
                    answered = event
                case _:
                    assert_never(event)
        shown.flush()
    assert answered is not None, "a chat ends with Answered or an error"
    return {
        "conversation": answered.conversation,
        "message": answered.message,
        "markdown": answered.markdown,
        "model": answered.model,
        "cost": {"usd": answered.usd, "estimated": answered.is_estimate},
        "sent": [{"path": one.path, "lines": (one.first, one.last)} for one in answered.sent],
        "warnings": warnings,
    }
