"""The commands that change code: stream a proposal, then accept it, in parts or whole, or reject it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Literal, assert_never

from ..core.documents import apply_edits
from ..core.errors import EditError, InputError
from ..core.model import Task, TaskKind
from ..features.edit import EditDraft, EditReady, propose
from .ext import CommandResult, EditReport
from .live_edits import LiveEdit, snapshot_of
from .progress import Progress, progress
from .workspace_edit import Change, apply_change

if TYPE_CHECKING:
    from .session import Session
    from .store import Snapshot

Stream = Literal["preview", "apply", "final"]

# How long the editor may take to send its change of the text after it said that it applied ours.
_ECHO_S = 2.0
_LABELS = {
    TaskKind.EDIT: "Change code",
    TaskKind.DOCUMENT: "Document code",
    TaskKind.FIX: "Fix code",
    TaskKind.TEST: "Write tests",
}


async def start(
    session: Session, task: Task, snapshot: Snapshot, stream: Stream, token: int | str | None
) -> CommandResult:
    """Have a model propose the edit, and preview or apply it as `stream` says.

    Raises: MonkeyCoderError, with nothing changed.
    """
    label = _LABELS[task.kind]
    live = session.edits.begin(label, snapshot)
    try:
        async with progress(session, f"Monkey Coder: {label}", token) as shown:
            ready = await _propose(session, live, task, shown, is_preview=stream == "preview")
            for warning in ready.warnings:
                session.tell_once(warning)
            if not ready.hunks:
                session.edits.end(live)
                why = "; ".join(ready.warnings) or "there was nothing to change"
                if not ready.warnings:
                    session.tell_info(f"{label}: {why}.")
                return {"status": "unchanged", "message": why, "model": ready.model}
            return await _finish(session, live, ready, shown, stream)
    except BaseException as error:
        session.edits.end(
            live, "it was cancelled" if isinstance(error, asyncio.CancelledError) else str(error)
        )
        raise


async def accept(session: Session, edit_id: str, hunks: Sequence[int] | None) -> CommandResult:
    """Apply these hunks of an open edit (None: all that are left) as one undo step."""
    live = _open_edit(session, edit_id)
    await _apply(session, live, hunks)
    return _left(live, "applied")


async def reject(session: Session, edit_id: str, hunks: Sequence[int] | None) -> CommandResult:
    """Drop these hunks of an open edit (None: all)."""
    live = _open_edit(session, edit_id)
    assert live.proposal is not None
    live.proposal.reject(hunks)
    if not live.proposal.is_open:
        session.edits.end(live)
    return _left(live, "rejected")


async def _propose(
    session: Session, live: LiveEdit, task: Task, shown: Progress, *, is_preview: bool
) -> EditReady:
    ready: EditReady | None = None
    async with aclosing(propose(await session.kit(), task)) as events:
        async for event in events:
            match event:
                case EditDraft():
                    _report(session, live, event, shown, is_preview=is_preview)
                case EditReady():
                    ready = event
                case _:
                    assert_never(event)
    assert ready is not None, "a proposal ends with EditReady or an error"
    return ready


def _report(session: Session, live: LiveEdit, draft: EditDraft, shown: Progress, *, is_preview: bool) -> None:
    percentage = int(100 * draft.fraction)
    if not is_preview:
        shown.report(lambda: {"kind": "report", "message": draft.message, "percentage": percentage})
        return

    def make() -> EditReport | dict[str, Any]:
        proposal = live.proposed(draft.hunks) if live.typed else None
        snapshot = live.base if proposal is None else session.texts.snapshot(live.uri)
        if snapshot is None:
            return {"kind": "report", "message": draft.message, "percentage": percentage}
        return {
            "kind": "report",
            "message": draft.message,
            "percentage": percentage,
            "session": live.id,
            "version": snapshot.version,
            "edit": live.partial(snapshot, draft.hunks if proposal is None else proposal.hunks),
        }

    shown.report(make)


async def _finish(
    session: Session, live: LiveEdit, ready: EditReady, shown: Progress, stream: Stream
) -> CommandResult:
    if ready.target.uri != live.uri:
        live.base, live.typed = snapshot_of(session, ready.target), []
    live.model, live.creates = ready.model, ready.creates
    live.proposal = live.proposed(ready.hunks)
    live.typed = []
    match stream:
        case "preview":
            return _ready(session, live, ready, shown)
        case "apply":
            for hunk in ready.hunks:
                await _apply(session, live, [hunk.id])
        case "final":
            await _apply(session, live, None)
        case _:
            assert_never(stream)
    result = _left(live, "applied")
    result["model"], result["checks"] = ready.model, list(ready.checks)
    return result


def _ready(session: Session, live: LiveEdit, ready: EditReady, shown: Progress) -> CommandResult:
    assert live.proposal is not None
    snapshot, _ = live.current(session)
    edit = live.partial(snapshot, live.proposal.hunks)
    shown.report(
        lambda: {
            "kind": "report",
            "message": "ready",
            "percentage": 100,
            "session": live.id,
            "version": snapshot.version,
            "edit": edit,
        }
    )
    shown.flush()
    return {
        "status": "ready",
        "message": f"{live.label}: {_changes(len(ready.hunks))} by {ready.model} to accept or reject",
        "session": live.id,
        "version": snapshot.version,
        "edit": edit,
        "open": [hunk.id for hunk in live.proposal.hunks],
        "model": ready.model,
        "checks": list(ready.checks),
        "warnings": list(ready.warnings),
    }


async def _apply(session: Session, live: LiveEdit, ids: Collection[int] | None) -> None:
    """Have the editor apply hunks; on refusal the edit stays open. Raises: EditError."""
    proposal = live.proposal
    assert proposal is not None
    if live.is_applying:
        raise EditError("the editor is still applying another part of this edit; try again when it has")
    snapshot, is_open = live.current(session)
    edits = proposal.accept(ids)
    if not edits:
        raise InputError("none of these changes is open any more")
    expected = apply_edits(proposal.text, edits)
    is_last = len(edits) == len(proposal.hunks)
    live.is_applying = True
    try:
        change = Change(live.label, snapshot, edits, is_open, live.creates, live.model)
        await apply_change(session, change)
        if not is_last:  # Emacs is frozen until the command is answered, and sends its change after that.
            await _echo(session, live, expected)
    except BaseException:
        proposal.settle(is_applied=False)
        raise
    else:
        proposal.settle(is_applied=True)
    finally:
        live.is_applying = False
    live.creates = False
    if not is_open:
        live.base = snapshot_of(session, session.document(live.base, expected))
    if not proposal.is_open:
        session.edits.end(live)


async def _echo(session: Session, live: LiveEdit, expected: str) -> None:
    """Wait until our own change has come back: some editors send it after their answer."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _ECHO_S
    while loop.time() < deadline:
        text = session.texts.get(live.uri)
        proposal = live.proposal
        if text is None or proposal is None or text.snapshot().text == expected or proposal.text == expected:
            return
        await asyncio.sleep(0.01)


def _open_edit(session: Session, edit_id: str) -> LiveEdit:
    live = session.edits.get(edit_id)
    if live is None or live.proposal is None:
        raise InputError("this edit is over, or its text changed; ask for the edit again")
    return live


def _left(live: LiveEdit, what: str) -> CommandResult:
    assert live.proposal is not None
    left = [hunk.id for hunk in live.proposal.hunks] if live.proposal.is_open else []
    more = f"; {_changes(len(left))} left" if left else ""
    return {
        "status": "ready" if left else "done",
        "message": f"{live.label}: {what}{more}",
        "session": live.id,
        "open": left,
    }


def _changes(n: int) -> str:
    return "1 change" if n == 1 else f"{n} changes"
