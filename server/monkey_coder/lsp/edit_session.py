"""The commands that change code: stream a proposal, then accept it, in parts or whole, or reject it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Literal, assert_never

from ..core.documents import Document
from ..core.errors import EditError, InputError
from ..core.model import CandidateNote, PhaseState, Task, TaskKind
from ..features.edit import EditDraft, EditReady, propose
from ..features.edit_files import FileEdit, Workspace, same_file
from ..features.edit_session import EditSession
from .apply_hunks import apply_hunks
from .ext import CandidateReport, CommandResult, FileHunks, PhaseReport, PhaseResult
from .live_edits import LiveEdit, LiveFile, file_hunks, snapshot_of
from .progress import Progress, progress
from .verdicts import settled

if TYPE_CHECKING:
    from .session import Session
    from .store import Snapshot

Stream = Literal["preview", "apply", "final"]

_OUTCOMES: dict[PhaseState, Literal["done", "failed", "skipped"]] = {
    PhaseState.DONE: "done",
    PhaseState.FAILED: "failed",
    PhaseState.SKIPPED: "skipped",
}

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
            if not ready.changed:
                session.edits.end(live)
                why = "; ".join(ready.warnings) or "there was nothing to change"
                if not ready.warnings:
                    session.tell_info(f"{label}: {why}.")
                return _explained({"status": "unchanged", "message": why, "model": ready.model}, ready)
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
    n_open = len(live.open)
    for file in live.files:
        if file.proposal is not None:
            file.proposal.reject(hunks)
    live.n_rejected += n_open - len(live.open)
    session.edits.end_if_done(live)
    await settled(session, live)
    return _left(live, "rejected")


async def _apply(session: Session, live: LiveEdit, hunks: Sequence[int] | None) -> None:
    """Apply hunks of an edit, and tell what became of it when it is done."""
    n_open = len(live.open)
    if not live.n_accepted and live.first.proposal is not None:
        live.before = live.first.proposal.text
    await apply_hunks(session, live, hunks)
    live.n_accepted += n_open - len(live.open)
    for rival in live.rivals:
        session.edits.end(rival, "another alternative was taken")
    await settled(session, live)


async def _propose(
    session: Session, live: LiveEdit, task: Task, shown: Progress, *, is_preview: bool
) -> EditReady:
    ready: EditReady | None = None
    workspace = Workspace(session.folders, lambda: _opened(session))
    # The newest of each stands in every report, for the latest report is the only one that is sure to come.
    known: dict[str, Any] = {}
    async with aclosing(propose(await session.kit(), task, workspace)) as events:
        async for event in events:
            match event:
                case EditDraft():
                    known |= _news(event)
                    _report(session, live, event, shown, dict(known), is_preview=is_preview)
                case EditReady():
                    ready = event
                case _:
                    assert_never(event)
    assert ready is not None, "a proposal ends with EditReady or an error"
    return ready


def _report(
    session: Session,
    live: LiveEdit,
    draft: EditDraft,
    shown: Progress,
    known: dict[str, Any],
    *,
    is_preview: bool,
) -> None:
    percentage = int(100 * draft.fraction)
    plain: dict[str, Any] = {"kind": "report", "message": draft.message, "percentage": percentage}
    plain |= known | _racing(draft.candidates)

    def make() -> dict[str, Any]:
        try:
            found = _drafted(session, live, draft) if is_preview else None
        except EditError:  # The user typed into it: the edit is about to end, and says so then.
            return plain
        if found is None:
            return plain
        return {**plain, "session": live.id, "version": found["version"] or 0, "edits": [found]}

    shown.report(make)


def _news(draft: EditDraft) -> dict[str, Any]:
    """Return what a draft says of the work itself, for this report and those after it."""
    news: dict[str, Any] = {"forecast": draft.forecast} if draft.forecast else {}
    phase = draft.phase
    if phase is not None and phase.state is PhaseState.RUNNING:
        report: PhaseReport = {
            "name": phase.name,
            "of": list(phase.of),
            "model": phase.model,
            "detail": phase.detail,
        }
        news["phase"] = report
    return news


def _explained(result: CommandResult, ready: EditReady) -> CommandResult:
    """Return a result that also says how the edit was worked out."""
    phases: list[PhaseResult] = [
        {
            "name": one.name,
            "model": one.model,
            "outcome": _OUTCOMES[one.state],
            "detail": one.detail,
            "usd": one.usd,
        }
        for one in ready.phases
    ]
    result["strategy"], result["phases"] = ready.strategy.value, phases
    result["forecast"] = ready.forecast
    return result


def _racing(candidates: Sequence[CandidateNote]) -> dict[str, list[CandidateReport]]:
    """Return the candidates as a part of a report; nothing where there is one model only."""
    if not candidates:
        return {}
    return {
        "candidates": [
            {"model": one.model, "state": one.state.value, "detail": one.detail, "usd": one.usd}
            for one in candidates
        ]
    }


def _drafted(session: Session, live: LiveEdit, draft: EditDraft) -> FileHunks | None:
    """Return the hunks of a draft as they lie in the text that the user has now."""
    if draft.target.uri != live.first.uri:
        snapshot, creates = snapshot_of(session, draft.target), draft.target.version < 0
        is_open = session.texts.get(snapshot.uri) is not None
        return file_hunks(snapshot, draft.hunks, is_open=is_open, creates=creates)
    if not live.typed:
        return file_hunks(live.first.base, draft.hunks, is_open=True)
    shifted = live.proposed(draft.hunks).hunks
    now = session.texts.snapshot(live.first.uri)
    return None if now is None else file_hunks(now, shifted, is_open=True)


async def _finish(
    session: Session, live: LiveEdit, ready: EditReady, shown: Progress, stream: Stream
) -> CommandResult:
    first, *others = ready.files
    if ready.target.uri != live.first.uri:
        live.files, live.typed = [_live_file(session, first)], []
    live.first.proposal = live.proposed(first.hunks)
    live.files += [_live_file(session, one) for one in others]
    live.model, live.typed, live.outcome = ready.model, [], ready.outcome
    match stream:
        case "preview":
            return _explained(_ready(session, live, ready, shown), ready)
        case "apply":
            for one in live.open:
                await _apply(session, live, [one])
        case "final":
            await _apply(session, live, None)
        case _:
            assert_never(stream)
    result = _left(live, "applied")
    result["model"], result["checks"], result["why"] = ready.model, list(ready.checks), ready.why
    return _explained(result, ready)


def _live_file(session: Session, one: FileEdit) -> LiveFile:
    """Return a file's part of an edit. Raises: EditError if the user changed it while it was made."""
    known: set[str | None] = {None if one.creates else one.target.text}
    now = same_file(one.name, _opened(session))
    base = snapshot_of(session, one.target if now is None else now)
    if base.text != one.target.text:
        raise EditError(f"{one.name!r} was changed while the edit was made; nothing was changed, ask again")
    proposal = EditSession(base.text, base.version, one.hunks)
    return LiveFile(base, proposal, one.creates, one.confirm, known)


def _opened(session: Session) -> list[Document]:
    return [session.document(text.snapshot()) for text in session.texts if text.in_step]


def _ready(session: Session, live: LiveEdit, ready: EditReady, shown: Progress) -> CommandResult:
    edits: list[FileHunks] = []
    for file in live.files:
        snapshot, is_open = file.current(session)
        edits.append(file_hunks(snapshot, file.hunks, is_open=is_open, creates=file.creates))
    version = edits[0]["version"] or 0
    shown.report(
        lambda: {
            "kind": "report",
            "message": "ready",
            "percentage": 100,
            "session": live.id,
            "version": version,
            "edits": edits,
            **_racing(ready.candidates),
        }
    )
    shown.flush()
    what = changes_in_words(ready.hunk_count, len(ready.changed))
    return {
        "status": "ready",
        "message": f"{live.label}: {what} by {ready.model} to accept or reject",
        "session": live.id,
        "version": version,
        "edits": edits,
        "open": live.open,
        "model": ready.model,
        "checks": list(ready.checks),
        "why": ready.why,
        "warnings": [*ready.warnings, *(file.confirm for file in live.files if file.confirm)],
    }


def _open_edit(session: Session, edit_id: str) -> LiveEdit:
    live = session.edits.get(edit_id)
    if live is None or not live.is_ready:
        raise InputError("this edit is over, or its text changed; ask for the edit again")
    return live


def _left(live: LiveEdit, what: str) -> CommandResult:
    left = live.open
    n_files = sum(1 for file in live.files if file.hunks)
    more = f"; {changes_in_words(len(left), n_files)} left" if left else ""
    return {
        "status": "ready" if left else "done",
        "message": f"{live.label}: {what}{more}",
        "session": live.id,
        "open": left,
    }


def changes_in_words(n: int, n_files: int) -> str:
    """Return such as "2 changes in 2 files"."""
    changes = "1 change" if n == 1 else f"{n} changes"
    return changes if n_files < 2 else f"{changes} in {n_files} files"
