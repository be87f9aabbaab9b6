"""`monkeyCoder/documentText`, a debug request: the server's own text of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .ext import DocumentText
from .messages import INVALID_PARAMS, METHOD_NOT_FOUND
from .protocol import RequestError

if TYPE_CHECKING:
    from .session import Session


def handle(session: Session, params: Any) -> DocumentText | None:
    """Return the text and version of an open document; null where it is not open or not in step."""
    if not session.options.debug_requests:
        raise RequestError(METHOD_NOT_FOUND, "Start the server with --debug-requests for this method.")
    uri = params.get("uri") if isinstance(params, dict) else None
    if not isinstance(uri, str):
        raise RequestError(INVALID_PARAMS, 'params is {"uri": string}.')
    snapshot = session.texts.snapshot(uri)
    return None if snapshot is None else {"text": snapshot.text, "version": snapshot.version}
