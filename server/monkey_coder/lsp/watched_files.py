"""`workspace/didChangeWatchedFiles`: files that changed outside the editor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..features.documents import path_of

if TYPE_CHECKING:
    from .session import Session


def handle(session: Session, params: Any) -> None:
    """Have the learners look at the files again; those open in the editor are known better already."""
    changes = params.get("changes") if isinstance(params, dict) else None
    app = session.app.built
    if not isinstance(changes, list) or app is None:
        return
    uris = [change.get("uri") for change in changes if isinstance(change, dict)]
    paths = [
        path
        for uri in uris
        if isinstance(uri, str) and session.texts.get(uri) is None and (path := path_of(uri)) is not None
    ]
    if paths:
        for learner in app.kit.learners:
            learner.refresh(paths)
