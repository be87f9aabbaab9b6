"""Our own part of the protocol. `docs/protocol.md` describes it with examples."""

from __future__ import annotations

from typing import TypedDict


class DocumentText(TypedDict):
    """The answer to `monkeyCoder/documentText {uri}`."""

    text: str
    version: int
