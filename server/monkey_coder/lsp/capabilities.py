"""What the server says it can do, as the client's own capabilities allow."""

from __future__ import annotations

from typing import Any

from .client import Client


def server_capabilities(client: Client) -> dict[str, Any]:
    """Return the server's capabilities as they go over the wire."""
    capabilities: dict[str, Any] = {
        "positionEncoding": client.encoding,
        "textDocumentSync": {"openClose": True, "change": 2, "save": {"includeText": False}},
        "workspace": {"workspaceFolders": {"supported": True, "changeNotifications": True}},
    }
    return capabilities
