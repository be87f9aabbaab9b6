"""What the server says it can do, as the client's own capabilities allow."""

from __future__ import annotations

from typing import Any

from .client import Client
from .ext import COMMANDS


def server_capabilities(client: Client) -> dict[str, Any]:
    """Return the server's capabilities as they go over the wire."""
    capabilities: dict[str, Any] = {
        "positionEncoding": client.encoding,
        "textDocumentSync": {"openClose": True, "change": 2, "save": {"includeText": False}},
        "codeActionProvider": {"codeActionKinds": ["quickfix", "refactor", "refactor.rewrite", "source"]}
        if client.can("textDocument", "codeAction", "codeActionLiteralSupport")
        else True,
        "executeCommandProvider": {"commands": list(COMMANDS), "workDoneProgress": True},
        "workspace": {"workspaceFolders": {"supported": True, "changeNotifications": True}},
    }
    if client.can("textDocument", "inlineCompletion"):
        capabilities["inlineCompletionProvider"] = {}
    else:
        # The same suggestion twice would be in the way: the menu is for editors without ghost text.
        capabilities["completionProvider"] = {"resolveProvider": True}
    return capabilities
