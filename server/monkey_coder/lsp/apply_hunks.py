"""Hunks of an open edit go to the editor: of one file or of several, in one change."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from ..core.documents import TextEdit, apply_edits
from ..core.errors import EditError, FileError, InputError
from ..features.documents import path_of
from ..features.files import text_on_disk
from .live_edits import LiveEdit, LiveFile, snapshot_of
from .workspace_edit import Change, FileChange, apply_change

if TYPE_CHECKING:
    from .session import Session
    from .store import Snapshot

# How long the editor may take to send its change of the text after it said that it applied ours.
_ECHO_S = 2.0
# How long the user may take to say whether a file that programs obey may be changed.
_QUESTION_S = 600.0
_YES = "Change it"


async def apply_hunks(session: Session, live: LiveEdit, ids: Collection[int] | None) -> None:
    """Have the editor apply hunks (None: all), one undo step; on refusal the edit stays open.

    A file that is not any more as the edit knows it ends its part of the edit. Nothing is applied then,
    and the other files' parts stay open. Raises: EditError, InputError.
    """
    chosen = [file for file in live.files if file.has(ids)]
    if not chosen:
        raise InputError("none of these changes is open any more")
    await _require_unchanged(session, live, chosen)
    for file in chosen:
        await _require_agreed(session, file)
    if live.is_applying:
        raise EditError("the editor is still applying another part of this edit; try again when it has")
    places = [(file, *_current(session, live, file)) for file in chosen]
    changes: list[FileChange] = []
    expected: list[str] = []
    for file, snapshot, is_open in places:
        assert file.proposal is not None
        edits: Sequence[TextEdit] = file.proposal.accept(ids)
        changes.append(FileChange(snapshot, edits, is_open, file.creates))
        expected.append(apply_edits(snapshot.text, edits))
    is_last = sum(len(one.edits) for one in changes) == len(live.open)
    live.is_applying = True
    try:
        await apply_change(session, Change(live.label, changes, live.model))
        if not is_last:  # Emacs is frozen until the command is answered, and sends its change after that.
            await _echo(session, list(zip(chosen, expected, strict=True)))
    except BaseException:
        _settle(chosen, is_applied=False)
        raise
    finally:
        live.is_applying = False
    _settle(chosen, is_applied=True)
    for file, text, change in zip(chosen, expected, changes, strict=True):
        file.creates = False
        file.known.add(text)
        if not change.is_open and session.texts.get(file.uri) is None:
            file.base = snapshot_of(session, session.document(file.base, text))
    session.edits.end_if_done(live)


def _settle(files: Sequence[LiveFile], *, is_applied: bool) -> None:
    for file in files:
        assert file.proposal is not None
        file.proposal.settle(is_applied=is_applied)


async def _require_unchanged(session: Session, live: LiveEdit, files: Sequence[LiveFile]) -> None:
    """Raises: EditError if a file that the editor does not hold has changed on disk."""
    for file in files:
        path = path_of(file.uri)
        if path is None or session.texts.get(file.uri) is not None:
            continue
        try:
            text = await asyncio.to_thread(text_on_disk, path)
        except FileError as error:
            _drop(session, live, file, f"{path!r} cannot be read any more: {error}")
        else:
            if text not in file.known:
                is_new = None in file.known
                what = "is gone" if text is None else "is there now" if is_new else "was changed"
                _drop(session, live, file, f"{path!r} {what} since the edit was made for it")


def _current(session: Session, live: LiveEdit, file: LiveFile) -> tuple[Snapshot, bool]:
    try:
        return file.current(session)
    except EditError as error:
        _drop(session, live, file, str(error))
        raise


def _drop(session: Session, live: LiveEdit, file: LiveFile, why: str) -> None:
    """End the part of one file. Raises: EditError, always."""
    session.edits.drop(live, file, why)
    rest = "; the changes of the other files still wait" if live.open else ""
    raise EditError(f"{why}, so its changes were dropped and nothing was applied{rest}")


async def _require_agreed(session: Session, file: LiveFile) -> None:
    """Ask the user about a file that programs obey or that holds secrets, once.

    Raises: EditError unless the answer is yes; the change stays open.
    """
    if not file.confirm:
        return
    params = types.ShowMessageRequestParams(
        type=types.MessageType.Warning,
        message=f"Monkey Coder: {file.confirm}",
        actions=[types.MessageActionItem(_YES), types.MessageActionItem("Leave it")],
    )
    try:
        async with asyncio.timeout(_QUESTION_S):
            answer = await session.window_show_message_request_async(params)
    except (TimeoutError, JsonRpcException) as error:
        raise EditError(f"nobody said that it may be changed: {file.confirm}; nothing was applied") from error
    if answer is None or answer.title != _YES:
        raise EditError(f"you did not agree to change {path_of(file.uri) or file.uri!r}; nothing was applied")
    file.confirm = ""


async def _echo(session: Session, applied: Sequence[tuple[LiveFile, str]]) -> None:
    """Wait until our own change has come back: some editors send it after their answer."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _ECHO_S
    while loop.time() < deadline:
        if all(_has_come(session, file, text) for file, text in applied):
            return
        await asyncio.sleep(0.01)


def _has_come(session: Session, file: LiveFile, expected: str) -> bool:
    text, proposal = session.texts.get(file.uri), file.proposal
    return text is None or proposal is None or expected in (text.snapshot().text, proposal.text)
