"""`textDocument/didOpen`, `didChange`, `didClose` and `didSave`: keep our copy in step.

Nothing here costs more than the change itself. What follows from a change (learning, parsing)
waits for a pause in typing.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from .verdicts import look

if TYPE_CHECKING:
    from ..core.documents import TextEdit
    from .session import Session

log = logging.getLogger(__name__)


def did_open(session: Session, params: Any) -> None:
    """Take over a text from the editor; what is on disk does not matter any more."""
    text = session.texts.open(params)
    if text is None:
        log.warning("ignored textDocument/didOpen: its params make no sense")
        return
    if session.has_edits:
        session.edits.opened(text.snapshot())
    session.observe_soon(text.uri)


def did_change(session: Session, params: Any) -> None:
    """Apply changes to our copy."""
    document = params.get("textDocument") if isinstance(params, dict) else None
    text = session.texts.get(document.get("uri")) if isinstance(document, dict) else None
    if text is None or document is None:
        return
    if session.has_edits_of(text.uri):
        edits: list[TextEdit | None] = []
        text.change(document.get("version"), params.get("contentChanges"), edits.append)
        session.edits.typed(text.uri, edits, text.version)
    else:
        text.change(document.get("version"), params.get("contentChanges"))
    if session.watches:
        look(session, text)
    if not text.in_step:
        log.warning("a change made no sense; the text is not used until the client sends it whole")
    session.observe_soon(text.uri)


def did_close(session: Session, params: Any) -> None:
    """Forget our copy; what is on disk counts again."""
    document = params.get("textDocument") if isinstance(params, dict) else None
    uri = document.get("uri") if isinstance(document, dict) else None
    if isinstance(uri, str) and session.texts.close(uri):
        if session.has_edits_of(uri):
            session.edits.closed(uri)
        session.forget(uri)


def did_save(session: Session, params: Any) -> None:
    """Nothing to do: the text was known before it was saved."""
