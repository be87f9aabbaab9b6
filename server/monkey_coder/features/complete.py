"""Ghost text: what probably comes next at the cursor."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum

from ..codegen.trim import trimmed
from ..core.documents import Document, Span
from ..core.kit import Kit
from ..core.model import Finished, Task, TaskKind, TextDelta
from .ask import ask
from .context import with_context
from .eagerness import Eagerness, Outcome
from .prompts import request_for

# Accepting a suggestion costs a key: one that saves none is not worth the user's eyes.
_LEAST_UNASKED = 2
_REMEMBERED = 8
# How long one who asks by hand waits for what goes along; who types is not kept waiting at all.
_ASKED_S = 0.008
_DOCUMENTS = 16


class Trigger(StrEnum):
    """Who asked: the editor while the user types, or the user by hand."""

    AUTOMATIC = "automatic"
    INVOKED = "invoked"


@dataclass(frozen=True, slots=True)
class Completion:
    """Text to put in the place of `span`. `model` says who suggested it."""

    span: Span
    text: str
    model: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class _Remembered:
    """A suggestion, with the document and the place it was made for."""

    text: str
    offset: int
    completion: Completion


class _Running:
    """A request that has not been answered yet."""

    def __init__(self, task: asyncio.Task[object]) -> None:
        self.task = task
        self.is_superseded = False

    def supersede(self) -> None:
        self.is_superseded = True
        self.task.cancel()


class Completer:
    """Completes in the documents of one session: one request at work for each, none unanswered."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._running: dict[str, _Running] = {}
        self._remembered: dict[str, deque[_Remembered]] = {}
        self._eagerness = Eagerness()

    async def complete(self, document: Document, offset: int, trigger: Trigger) -> Completion | None:
        """Return what to insert at `offset`, or None if nothing is sure enough.

        A newer call for the same document ends this one, which then returns None. A suggestion that
        the user types along is answered from memory. Raises: MonkeyCoderError.
        """
        if older := self._running.pop(document.uri, None):
            older.supersede()
        if not self._is_wanted(document, trigger):
            return None
        if (known := self._recall(document, offset)) is not None:
            return known
        task = asyncio.current_task()
        assert task is not None
        running = self._running[document.uri] = _Running(task)
        try:
            pause_s = max(self._kit.limits.quiet_s, self._eagerness.pause_s)
            asked = Task(
                TaskKind.COMPLETE, document, Span(offset, offset), is_invoked=trigger is Trigger.INVOKED
            )
            asked = await self._prepared(asked, pause_s if trigger is Trigger.AUTOMATIC else 0.0)
            completion = await self._ask(asked, trigger)
        except asyncio.CancelledError:
            if running.is_superseded and task.uncancel() == 0:
                return None
            raise
        finally:
            if self._running.get(document.uri) is running:
                del self._running[document.uri]
        if completion is not None:
            self._remember(document, offset, completion)
        return completion

    def learn(self, outcome: Outcome) -> None:
        """The user took a suggestion, or waved it away: then the next ones wait for a longer pause."""
        self._eagerness.learn(outcome)

    def forget(self, uri: str) -> None:
        """The document was closed."""
        self._remembered.pop(uri, None)
        if older := self._running.pop(uri, None):
            older.supersede()

    def _is_wanted(self, document: Document, trigger: Trigger) -> bool:
        if document.language in self._kit.silent_languages:
            return False
        return trigger is Trigger.INVOKED or self._kit.suggests_unasked

    async def _prepared(self, task: Task, pause_s: float) -> Task:
        """Wait for a pause in typing; what goes along is gathered at its end, so that it costs no time."""
        lead_s = min(pause_s, self._kit.limits.complete_context_s)
        await asyncio.sleep(pause_s - lead_s)
        within_s = max(lead_s, _ASKED_S)
        async with asyncio.TaskGroup() as group:
            gathering = group.create_task(
                with_context(self._kit, task, self._kit.complete_model, within_s=within_s)
            )
            await asyncio.sleep(lead_s)
        return gathering.result()

    async def _ask(self, task: Task, trigger: Trigger) -> Completion | None:
        limits, document, offset = self._kit.limits, task.document, task.span.start
        before = document.text[max(0, offset - limits.complete_prefix) : offset]
        after = document.text[offset : offset + limits.complete_suffix]
        request = request_for(task, before=before, after=after, max_tokens=limits.complete_max_tokens)
        pieces: list[str] = []
        finished: Finished | None = None
        async with aclosing(ask(self._kit.complete_model, request, within_s=limits.complete_s)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    pieces.append(event.text)
                elif isinstance(event, Finished):
                    finished = event
        text = trimmed("".join(pieces), before, after)
        if not text or finished is None:
            return None
        if trigger is Trigger.AUTOMATIC and len(text.strip()) < _LEAST_UNASKED:
            return None
        return Completion(Span(offset, offset), text, finished.model, finished.confidence)

    def _recall(self, document: Document, offset: int) -> Completion | None:
        """Return what is left of an earlier suggestion that covers this place, if one does."""
        for entry in self._remembered.get(document.uri, ()):
            if offset < entry.offset or not _same_around(entry, document.text, offset):
                continue
            known, typed = entry.completion, document.text[entry.offset : offset]
            if len(typed) < len(known.text) and known.text.startswith(typed):
                rest = known.text[len(typed) :]
                return Completion(Span(offset, offset), rest, known.model, known.confidence)
        return None

    def _remember(self, document: Document, offset: int, completion: Completion) -> None:
        entries = self._remembered.pop(document.uri, None) or deque(maxlen=_REMEMBERED)
        entries.appendleft(_Remembered(document.text, offset, completion))
        self._remembered[document.uri] = entries
        while len(self._remembered) > _DOCUMENTS:
            del self._remembered[next(iter(self._remembered))]


def _same_around(entry: _Remembered, text: str, offset: int) -> bool:
    """Tell whether `text` is the remembered text with something typed at its place up to `offset`."""
    return (
        len(text) - offset == len(entry.text) - entry.offset
        and text[: entry.offset] == entry.text[: entry.offset]
        and text[offset:] == entry.text[entry.offset :]
    )
