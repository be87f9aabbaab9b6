"""Which module handles which method. A module is imported when its method is first called."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

# "module" or "module:function"; the function defaults to `handle`. A handler takes the session and
# the params; what it does before its first await sees the texts as they are at the request.
_METHODS = {
    "initialized": "initialized",
    "textDocument/didOpen": "document_sync:did_open",
    "textDocument/didChange": "document_sync:did_change",
    "textDocument/didClose": "document_sync:did_close",
    "textDocument/didSave": "document_sync:did_save",
    "workspace/didChangeWorkspaceFolders": "workspace_folders",
    "workspace/didChangeConfiguration": "configuration",
    "workspace/didChangeWatchedFiles": "watched_files",
    "textDocument/inlineCompletion": "inline_completion",
    "textDocument/completion": "completion",
    "completionItem/resolve": "completion:resolve",
    "textDocument/codeAction": "code_action",
    "workspace/executeCommand": "execute_command",
    "window/workDoneProgress/cancel": "progress:cancel",
    "monkeyCoder/health": "health",
    "monkeyCoder/status": "status",
    "monkeyCoder/setKeys": "keys",
    "monkeyCoder/models": "model_list",
    "monkeyCoder/usage": "usage",
    "monkeyCoder/ghostOutcome": "ghost_outcome",
    "monkeyCoder/chat": "chat",
    "monkeyCoder/conversations": "conversations",
    "monkeyCoder/conversation": "conversations:show",
    "monkeyCoder/forgetConversation": "conversations:forget",
    "monkeyCoder/pinConversation": "conversations:pin",
    "monkeyCoder/context": "context",
    "monkeyCoder/documentText": "document_text",
}

# These look at their params themselves: for speed, or because clients send all sorts of things.
_RAW = frozenset(
    method for method in _METHODS if method.startswith(("textDocument/did", "monkeyCoder/", "workspace/did"))
) | {"initialized", "window/workDoneProgress/cancel"}


def is_raw(method: str) -> bool:
    """Return whether a method's handler takes its params as plain JSON."""
    return method in _RAW


def handler_of(method: str) -> Callable[[Any, Any], Any] | None:
    """Return the function that handles a method, or None."""
    return _load(method) if method in _METHODS else None


def load_all() -> None:
    """Import every handler now, so that no user's first request waits for it."""
    for method in _METHODS:
        _load(method)


@cache
def _load(method: str) -> Callable[[Any, Any], Any]:
    module, _, function = _METHODS[method].partition(":")
    handler: Callable[[Any, Any], Any] = getattr(
        import_module(f".{module}", __package__), function or "handle"
    )
    return handler
