"""`monkeyCoder.undo`: take back the newest change of files that Monkey Coder wrote in these folders."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..core.errors import FileError, InputError
from ..features.documents import path_of
from ..features.files import changes_of, read_document, undo
from .ext import CommandResult

if TYPE_CHECKING:
    from .session import Session


async def take_back(session: Session) -> CommandResult:
    """Put the files back as they were, all or none.

    Raises: InputError if there is nothing to take back or the editor has not saved one of the files;
    FileError if one has changed since.
    """
    if not session.app.is_started:
        session.start_app()
    app = await session.app.get()
    folders = session.folders
    if not folders:
        raise InputError("no folder is open; open the one whose change is to be taken back")
    listed = await asyncio.to_thread(changes_of, app.backups, folders)
    newest = next((past for past in listed if not past.is_undone and past.undoes is None), None)
    if newest is None:
        raise InputError(
            "no change of files was written here; what was applied in the editor, the editor undoes"
        )
    texts = {path_of(text.uri): text.snapshot().text for text in session.texts}
    unsaved = await asyncio.to_thread(_unsaved, {path: texts.get(path) for path in newest.paths})
    if unsaved:
        raise InputError(f"{unsaved} has unsaved changes; save it or close it first")
    past = await asyncio.to_thread(undo, app.backups, folders, newest.id)
    if app.kit.outcomes is not None:
        await app.kit.outcomes.undone(past.id)
    for learner in app.kit.learners:
        learner.refresh(past.paths)
    message = f"Undo: put back {', '.join(past.paths)}"
    session.tell_info(f"{message}.")
    return {"status": "done", "message": message}


def _unsaved(texts: dict[str, str | None]) -> str:
    """Return the first path whose text in the editor is not what is on disk, or ""."""
    for path, text in texts.items():
        if text is None:
            continue
        try:
            saved = read_document(path, confirmed=True).text
        except FileError:
            return path
        if saved != text:
            return path
    return ""
