"""The offline engine: a Model that answers from structure alone, with no key and no network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing

from ..core.documents import TextEdit
from ..core.errors import InputError
from ..core.model import Event, Finished, FinishReason, Model, Request, Task, TaskKind, TextDelta, Warned
from .answer import answer_text, fenced, pieces

NAME = "offline"
MAX_TEXT = 1_000_000

_Answer = tuple[str, tuple[str, ...]]


class OfflineModel:
    """Answers every kind of task by `task` alone; ghost text comes from the model it is handed."""

    def __init__(self, ghost: Model) -> None:
        self._ghost = ghost

    @property
    def name(self) -> str:
        return NAME

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield the answer line by line, then what the user should know, then `Finished`.

        An answer without text changes nothing. Raises: InputError for what cannot be done offline.
        """
        task = request.task
        if task.kind is TaskKind.COMPLETE:
            async with aclosing(self._ghost.stream(request)) as events:
                async for event in events:
                    yield event
            return
        if len(task.document.text) > MAX_TEXT:
            raise InputError(
                f"{task.document.uri!r} has {len(task.document.text):,} characters; the offline"
                f" engine reads up to {MAX_TEXT:,}. Split the file, or configure a model"
            )
        if task.kind in (TaskKind.EXPLAIN, TaskKind.REVIEW, TaskKind.CHAT):
            async for piece in _in_thread(_markdown(task)):
                yield TextDelta(piece)
        else:
            text, notes = await asyncio.to_thread(_ACTS[task.kind], task)
            for line in pieces(text):
                yield TextDelta(line)
            for note in notes or (() if text else ("there is nothing to change",)):
                yield Warned(note)
        yield Finished(FinishReason.STOP, NAME)


async def _in_thread(lines: Iterator[str]) -> AsyncIterator[str]:
    """Yield what a blocking iterator gives, each step in a thread."""
    while (line := await asyncio.to_thread(next, lines, None)) is not None:
        yield line


def _markdown(task: Task) -> Iterator[str]:
    if task.kind is TaskKind.EXPLAIN:
        from .explain import explain

        yield from explain(task.document, task.span)
    elif task.kind is TaskKind.CHAT:
        from .chat import chat

        yield from chat(task)
    else:
        from .review import review

        yield from review(task.document, task.span)


def _document(task: Task) -> _Answer:
    from .document import document_edits

    found = document_edits(task.document, task.span)
    return _answer(task, found.edits), found.notes


def _fix(task: Task) -> _Answer:
    from .fix import fix_edits

    found = fix_edits(task.document, task.span, task.diagnostics)
    return _answer(task, found.edits), found.notes


def _edit(task: Task) -> _Answer:
    from .edit import edit_edits

    found = edit_edits(task.document, task.span, task.instruction)
    return _answer(task, found.edits), found.notes


def _test(task: Task) -> _Answer:
    from .scaffold import scaffold

    found = scaffold(task.document, task.span, task.target)
    is_same = task.target is not None and found.text == task.target.text
    return "" if is_same else fenced(found.text), found.notes


def _answer(task: Task, edits: tuple[TextEdit, ...]) -> str:
    text = task.document.text
    changes = [edit for edit in edits if text[edit.start : edit.end] != edit.text]
    return answer_text(task.document, task.span, changes) if changes else ""


_ACTS: dict[TaskKind, Callable[[Task], _Answer]] = {
    TaskKind.DOCUMENT: _document,
    TaskKind.FIX: _fix,
    TaskKind.EDIT: _edit,
    TaskKind.TEST: _test,
}
