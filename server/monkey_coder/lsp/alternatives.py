"""`monkeyCoder.alternatives`: other ways to write a function, each an edit that waits to be accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.documents import Document
from ..core.model import Task
from ..features.alternatives import Alternative, Alternatives, alternatives
from ..features.edit_session import EditSession
from ..features.files import diff_of
from .answers import show
from .edit_session import changes_in_words
from .ext import AlternativeEdit, CommandResult
from .live_edits import LiveEdit, file_hunks
from .progress import progress

if TYPE_CHECKING:
    from .session import Session
    from .store import Snapshot

_TITLE = "Alternatives"


async def start(session: Session, task: Task, snapshot: Snapshot, token: int | str | None) -> CommandResult:
    """Find other ways to write the function at the task's span.

    Each is an open edit of its own, and accepting one ends the others. A client that previews nothing is
    shown them as a document. Raises: MonkeyCoderError.
    """
    async with progress(session, "Monkey Coder: Suggest alternatives", token):
        found = await alternatives(await session.kit(), task.document, task.span)
    for why in found.refused:
        session.tell_once(f"{_TITLE}: refused {why}")
    if not found.found:
        message = f"{_TITLE}: no other way to write {found.name} was found"
        session.tell_info(f"{message}.")
        return {"status": "unchanged", "message": message}
    markdown = _markdown(task.document, found)
    message = f"{_TITLE}: {len(found.found)} for {found.name}"
    result: CommandResult = {"status": "done", "message": message, "markdown": markdown}
    if session.client.previews_edits:
        opened = [_opened(session, snapshot, one) for one in found.found]
        for live in opened:
            live.rivals = [other for other in opened if other is not live]
        given = zip(opened, found.found, strict=True)
        result["alternatives"] = [_as_edit(snapshot, live, one) for live, one in given]
    else:
        await show(session, task, _TITLE, markdown)
    return result


def _opened(session: Session, snapshot: Snapshot, one: Alternative) -> LiveEdit:
    label = f"Alternative: {one.part}"
    live = session.edits.begin(label, snapshot)
    live.model = one.producer
    live.first.proposal = EditSession(snapshot.text, snapshot.version, one.hunks)
    return live


def _as_edit(snapshot: Snapshot, live: LiveEdit, one: Alternative) -> AlternativeEdit:
    return {
        "session": live.id,
        "part": one.part,
        "model": one.producer,
        "tradeOff": one.trade_off,
        "verified": list(one.verified),
        "edits": [file_hunks(snapshot, one.hunks, is_open=True)],
    }


def _verified(one: Alternative) -> str:
    return f" Verified: {', '.join(one.verified)}." if one.verified else ""


def _markdown(document: Document, found: Alternatives) -> str:
    parts = [f"# Other ways to write `{found.name}`"]
    for number, one in enumerate(found.found, start=1):
        changes = changes_in_words(len(one.hunks), 1)
        said = f"{one.trade_off}; {changes}.{_verified(one)}"
        parts.append(f"## {number}. {one.part}, by {one.producer}\n\n{said}")
        parts.append(f"```diff\n{diff_of(document, one.new_text)}```")
    return "\n\n".join(parts) + "\n"
