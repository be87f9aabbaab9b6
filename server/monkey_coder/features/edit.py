"""A change to the code, proposed as hunks while it streams and checked before it is ready."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace

from ..codegen.answer import AnswerReader
from ..codegen.streaming_diff import StreamingDiff, diff, hunks_of, lines_of
from ..codegen.syntax import syntax_problems
from ..core.documents import Document, Hunk, Span, TextEdit, apply_edits
from ..core.errors import EditError, InputError, ProviderError, ProviderFault
from ..core.kit import Kit
from ..core.model import Finished, FinishReason, Request, Task, TaskKind, TextDelta, Warned
from .ask import ask
from .prompts import request_for
from .target import with_target

_CONTEXT_CHARACTERS = 12_000


@dataclass(frozen=True, slots=True)
class EditDraft:
    """The change to `target` as far as it has arrived.

    `fraction` is a guess from 0 to 1 of how much that is.
    """

    hunks: tuple[Hunk, ...]
    target: Document
    fraction: float
    message: str


@dataclass(frozen=True, slots=True)
class EditReady:
    """The whole change, checked. `hunks` refer to the text of `target`; none means nothing to do.

    `creates` says that `target` is a file that does not exist yet. `checks` names what was checked.
    """

    hunks: tuple[Hunk, ...]
    target: Document
    creates: bool
    model: str
    checks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def new_text(self) -> str:
        return apply_edits(self.target.text, self.hunks)


async def propose(kit: Kit, task: Task) -> AsyncGenerator[EditDraft | EditReady, None]:
    """Yield drafts while the answer streams, and at the end one `EditReady`.

    Nothing is changed by this. Raises: EditError if the answer does not apply or does not parse,
    InputError for a document that is too large, ProviderError.
    """
    _check_size(kit, task)
    if task.kind is TaskKind.TEST and task.target is None:
        task = await asyncio.to_thread(with_target, task)
    task = _widened(task)
    base = task.target or task.document
    span = Span(0, len(base.text)) if task.target else task.span
    reader = AnswerReader(base.text, span, base.language)
    drafter = _Drafter(base, expected_lines=max(task.selected.count("\n"), 10))
    warnings: list[str] = []
    finished: Finished | None = None
    async with aclosing(ask(kit.model, _request(task), within_s=kit.limits.edit_s)) as events:
        async for event in events:
            match event:
                case TextDelta(text):
                    if reader.feed(text) and (draft := drafter.draft(reader)) is not None:
                        yield draft
                case Warned(message):
                    warnings.append(message)
                case Finished():
                    finished = event
                case _:
                    pass
    _check_end(kit, finished)
    assert finished is not None
    if reader.is_empty and warnings:
        yield EditReady((), base, False, finished.model, (), tuple(warnings))
        return
    yield _ready(task, base, reader, finished.model, warnings)


@dataclass
class _Drafter:
    """Turns what a reader knows so far into drafts, feeding each new line to a diff once."""

    base: Document
    expected_lines: int

    def __post_init__(self) -> None:
        self._diffs: list[tuple[StreamingDiff, list[str], int, int]] = []
        self._last: tuple[Hunk, ...] = ()

    def draft(self, reader: AnswerReader) -> EditDraft | None:
        """Return a draft if there is something new to show."""
        n_lines = 0
        hunks: list[Hunk] = []
        for index, known in enumerate(reader.replacements()):
            lines = lines_of(known.text)
            n_lines += len(lines)
            if index == len(self._diffs):
                old = lines_of(self.base.text[known.start : known.end])
                self._diffs.append((StreamingDiff(old), old, known.start, 0))
            streaming, old, start, fed = self._diffs[index]
            for line in lines[fed:]:
                streaming.feed(line)
            self._diffs[index] = (streaming, old, start, max(fed, len(lines)))
            hunks += hunks_of(streaming.groups(), old, offset=start, first_id=len(hunks))
        if tuple(hunks) == self._last:
            return None
        self._last = tuple(hunks)
        fraction = min(0.99, n_lines / (n_lines + self.expected_lines) * 1.6)
        return EditDraft(self._last, self.base, fraction, f"{n_lines} lines written")


def _ready(task: Task, base: Document, reader: AnswerReader, model: str, warnings: list[str]) -> EditReady:
    edits = [TextEdit(r.start, r.end, r.text) for r in reader.finish()]
    new = apply_edits(base.text, edits)
    problems = syntax_problems(base.text, new, base.language)
    if problems:
        raise EditError(
            f"the answer of {model} does not parse as {base.language} ({problems[0]}); nothing was changed. "
            "Ask again, or with a more exact instruction"
        )
    creates = task.target is not None and task.target.version < 0
    checks = ("applies cleanly", f"parses as {base.language}")
    return EditReady(diff(base.text, new), base, creates, model, checks, tuple(warnings))


def _widened(task: Task) -> Task:
    """Take whole lines: the selected ones, or the whole document where nothing is selected."""
    text, span = task.document.text, task.span
    if span.is_empty:
        return task if task.kind is not TaskKind.EDIT else replace(task, span=Span(0, len(text)))
    start = max(text.rfind("\n", 0, span.start), text.rfind("\r", 0, span.start)) + 1
    end = span.end
    if not text[:end].endswith(("\n", "\r")):
        ends = [at for mark in "\n\r" if (at := text.find(mark, end)) >= 0]
        end = min(ends) + 1 if ends else len(text)
        if text[end - 1 : end + 1] == "\r\n":
            end += 1
    return replace(task, span=Span(start, end))


def _request(task: Task) -> Request:
    text, span = task.document.text, task.span
    before = text[max(0, span.start - _CONTEXT_CHARACTERS) : span.start]
    after = text[span.end : span.end + _CONTEXT_CHARACTERS // 2]
    return request_for(task, before=before, after=after)


def _check_size(kit: Kit, task: Task) -> None:
    if len(task.document.text) > kit.limits.document:
        raise InputError(
            f"{task.document.path or task.document.uri} has {len(task.document.text):,} characters; "
            f"the limit is {kit.limits.document:,}. Select less in a smaller file, or raise limits.document"
        )


def _check_end(kit: Kit, finished: Finished | None) -> None:
    name = kit.model.name
    if finished is None:
        raise ProviderError(
            ProviderFault.TRUNCATED,
            f"the answer of {name} was cut off; nothing was changed. Try again",
            provider=name,
            model=name,
        )
    if finished.reason is FinishReason.LENGTH:
        raise EditError(
            f"the answer of {finished.model} reached its length limit; nothing was changed. "
            "Select less, or raise max_tokens"
        )
    if finished.reason is FinishReason.REFUSED:
        raise EditError(f"{finished.model} refused the instruction; nothing was changed")
