"""`textDocument/inlineCompletion`: ghost text."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from ..core.documents import Span, TextEdit, apply_edits
from ..core.errors import MonkeyCoderError
from ..features.complete import Completion, Trigger
from .from_proto import offset_at, span_of
from .to_proto import range_of

if TYPE_CHECKING:
    from .session import Session
    from .store import Snapshot


def handle(
    session: Session, params: types.InlineCompletionParams
) -> Coroutine[Any, Any, types.InlineCompletionList | None] | None:
    """Return one suggestion, or null: nothing sure enough, or the text moved on."""
    snapshot = session.texts.snapshot(params.text_document.uri)
    if snapshot is None:
        return None
    is_invoked = params.context.trigger_kind is types.InlineCompletionTriggerKind.Invoked
    trigger = Trigger.INVOKED if is_invoked else Trigger.AUTOMATIC
    chosen = params.context.selected_completion_info
    if chosen is not None:
        return _complete(session, snapshot, span_of(snapshot, chosen.range), chosen.text, trigger)
    offset = offset_at(snapshot, params.position)
    return _complete(session, snapshot, Span(offset, offset), "", trigger)


async def suggest(
    session: Session, snapshot: Snapshot, span: Span, chosen: str, trigger: Trigger
) -> Completion | None:
    """Return what follows at the cursor if `span` holds `chosen`, the entry of a menu; else None.

    A failure reaches the user at once where they asked by hand, and once a session where not.
    """
    document = session.document(snapshot)
    if chosen or not span.is_empty:
        text = apply_edits(document.text, [TextEdit(span.start, span.end, chosen)])
        document = replace(document, text=text)
    try:
        completer = await session.completer()
        completion = await completer.complete(document, span.start + len(chosen), trigger)
    except MonkeyCoderError as error:
        tell = session.tell if trigger is Trigger.INVOKED else session.tell_once
        tell(f"Monkey Coder: {error}")
        return None
    return completion if session.texts.is_current(snapshot) else None


async def _complete(
    session: Session, snapshot: Snapshot, span: Span, chosen: str, trigger: Trigger
) -> types.InlineCompletionList | None:
    completion = await suggest(session, snapshot, span, chosen, trigger)
    if completion is None:
        return None
    item = types.InlineCompletionItem(
        insert_text=chosen + completion.text,
        filter_text=chosen + completion.text if chosen else None,
        range=range_of(snapshot, span),
    )
    return types.InlineCompletionList([item])
