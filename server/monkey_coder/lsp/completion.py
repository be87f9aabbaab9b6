"""`textDocument/completion`: the same suggestion as an entry of the menu, for editors without ghost text."""

from __future__ import annotations

import re
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from ..core.documents import Span
from ..features.complete import Completion, Trigger
from .from_proto import offset_at
from .inline_completion import suggest
from .to_proto import range_of

if TYPE_CHECKING:
    from .session import Session
    from .store import Snapshot

_LABEL_CHARACTERS = 60
_WORD_AT_END = re.compile(r"\w*\Z")


def handle(
    session: Session, params: types.CompletionParams
) -> Coroutine[Any, Any, types.CompletionList | None] | None:
    """Return a list with the suggestion, or null."""
    snapshot = session.texts.snapshot(params.text_document.uri)
    if snapshot is None:
        return None
    return _complete(session, snapshot, offset_at(snapshot, params.position))


def resolve(session: Session, item: types.CompletionItem) -> types.CompletionItem:
    """Fill in the whole suggestion as documentation."""
    data = item.data
    if isinstance(data, dict) and isinstance(data.get("text"), str):
        item.documentation = _shown(session, data["text"], str(data.get("language", "")))
    return item


async def _complete(session: Session, snapshot: Snapshot, offset: int) -> types.CompletionList | None:
    # Editors say "invoked" for every letter typed, so this is never taken as asked by hand.
    completion = await suggest(session, snapshot, Span(offset, offset), "", Trigger.AUTOMATIC)
    if completion is None:
        return None
    # Asked again as the user types on: what is typed along is answered from memory.
    return types.CompletionList(is_incomplete=True, items=[_item(session, snapshot, offset, completion)])


def _item(session: Session, snapshot: Snapshot, offset: int, completion: Completion) -> types.CompletionItem:
    # Editors sift entries by the word before the cursor, so the entry begins with it.
    line_start = snapshot.text.rfind("\n", 0, offset) + 1
    found = _WORD_AT_END.search(snapshot.text[line_start:offset])
    word = found[0] if found else ""
    text = word + completion.text
    item = types.CompletionItem(
        label=_label(text),
        kind=types.CompletionItemKind.Text,
        detail=_author(completion.model),
        filter_text=text.split("\n", 1)[0],
        text_edit=types.TextEdit(range_of(snapshot, Span(offset - len(word), offset)), text),
    )
    if session.client.can("textDocument", "completion", "completionItem", "insertTextModeSupport"):
        item.insert_text_mode = types.InsertTextMode.AsIs
    lazy = session.client.capability(
        "textDocument", "completion", "completionItem", "resolveSupport", "properties"
    )
    if isinstance(lazy, list) and "documentation" in lazy:
        item.data = {"text": text, "language": snapshot.language}
    else:
        item.documentation = _shown(session, text, snapshot.language)
    return item


def _label(text: str) -> str:
    first, *rest = text.strip().split("\n")
    cut = len(first) > _LABEL_CHARACTERS
    return first[:_LABEL_CHARACTERS].rstrip() + ("…" if cut or rest else "")


def _author(model: str) -> str:
    return f"Monkey Coder · {model}"


def _shown(session: Session, text: str, language: str) -> types.MarkupContent | str:
    formats = session.client.capability("textDocument", "completion", "completionItem", "documentationFormat")
    if not isinstance(formats, list) or "markdown" not in formats:
        return text
    ticks = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, ticks + 1)
    return types.MarkupContent(types.MarkupKind.Markdown, f"{fence}{language}\n{text.rstrip()}\n{fence}")
