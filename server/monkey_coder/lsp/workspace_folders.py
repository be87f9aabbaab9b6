"""`workspace/didChangeWorkspaceFolders`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .client import folder_uris

if TYPE_CHECKING:
    from .session import Session


def handle(session: Session, params: Any) -> None:
    """Follow the folders that the user opened and closed."""
    event = params.get("event") if isinstance(params, dict) else None
    if not isinstance(event, dict):
        return
    removed = set(folder_uris(event.get("removed")))
    added = [uri for uri in folder_uris(event.get("added")) if uri not in session.folder_uris]
    session.set_folders([uri for uri in session.folder_uris if uri not in removed] + added)
