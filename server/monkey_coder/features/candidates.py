"""Whether an answer can become the edit that was asked for: what candidates are judged by."""

from __future__ import annotations

import asyncio

from ..codegen.structure import structure_key
from ..core.documents import TextEdit, apply_edits
from ..core.errors import EditError
from ..core.model import Event, Finished, FinishReason, Request, TaskKind, TextDelta, ToolCall
from ..quantum.candidate import Evidence
from ..quantum.synapses import Finding
from .edit import reader_of
from .edit_files import check_syntax

_KINDS = frozenset({TaskKind.EDIT, TaskKind.FIX, TaskKind.TEST})


def wants_candidates(request: Request) -> bool:
    """Tell whether several models may work on a request at once: only on what can be checked."""
    return request.task.kind in _KINDS


async def judge_edit(request: Request, events: tuple[Event, ...]) -> Finding:
    """Return what the checks of an edit say of an answer: whether it applies and parses.

    What it does to other files than the one asked about is checked later, when it is made ready.
    """
    return await asyncio.to_thread(_judged, request, events)


def _judged(request: Request, events: tuple[Event, ...]) -> Finding:
    task = request.task
    base, reader, model = task.target or task.document, reader_of(task), ""
    for event in events:
        match event:
            case TextDelta(text):
                reader.feed(text)
            case ToolCall(_, _, arguments):
                reader.call(arguments)
            case Finished(reason, model):
                if reason in (FinishReason.LENGTH, FinishReason.REFUSED):
                    return Finding(Evidence(parses=False), f"the answer ended early: {reason}")
            case _:
                pass
    try:
        edits = [TextEdit(one.start, one.end, one.text) for one in reader.finish()]
        new = apply_edits(base.text, edits)
        check_syntax(base, new, model)
    except EditError as error:
        return Finding(Evidence(parses=False), str(error))
    key = structure_key(new, base.language, before=base.text)
    return Finding(Evidence(structure=key, length=sum(len(edit.text) for edit in edits)))
