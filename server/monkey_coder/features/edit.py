"""A change to the code, proposed as hunks while it streams and checked before it is ready."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from ..codegen.answer import AnswerReader, Draft
from ..codegen.streaming_diff import HunkRow, StreamingDiff, diff
from ..core.documents import Document, Hunk, Span, TextEdit, apply_edits
from ..core.errors import EditError, FileError, InputError, ProviderError, ProviderFault
from ..core.kit import Answer, Kit
from ..core.model import (
    CandidateNote,
    CandidateState,
    Finished,
    FinishReason,
    Message,
    Noted,
    PhaseNoted,
    PhaseState,
    Request,
    Restarted,
    Strategy,
    Task,
    TaskKind,
    TextDelta,
    ToolCall,
    UsageReport,
    Warned,
)
from .ask import ask
from .check_edit import checked
from .context import with_context
from .edit_files import FileEdit, Workspace, check_syntax, file_edits
from .prompts import request_for
from .run_tests import run_tests
from .strategies import Chosen, with_strategy
from .target import with_target

_CONTEXT_CHARACTERS = 12_000
# How a problem begins that was found by running examples.
FAILS_EXAMPLES = "the example "


@dataclass(frozen=True, slots=True)
class EditDraft:
    """The change to `target` as far as it has arrived.

    `fraction` is a guess from 0 to 1 of how much that is. `candidates` are all that several models do at
    once for it, if they do. `phase` is the part of the work that began or ended, `forecast` what the whole
    will probably come to; both are told once.
    """

    rows: tuple[HunkRow, ...]
    target: Document
    fraction: float
    message: str
    candidates: tuple[CandidateNote, ...] = ()
    phase: PhaseNoted | None = None
    forecast: str = ""

    @property
    def hunks(self) -> tuple[Hunk, ...]:
        """All hunks so far, made here: of the drafts that come, few are shown."""
        return tuple(hunk for row in self.rows for hunk in row)


@dataclass(frozen=True, slots=True)
class EditReady:
    """The whole change, checked. `hunks` refer to the text of `target`; none means nothing to do.

    `creates` says that `target` is a file that does not exist yet. `checks` names what was checked.
    `others` are the changes that the same answer makes to other files, checked alike: all are to be
    written, or none. No two hunks share an id. `outcome` is what to tell `Outcomes.acted` about, "" if
    nobody asks. `why` tells why this answer of `candidates` or this model was chosen, "" without a choice.
    `phases` are the parts of the work as they ended, by `strategy`; `forecast` is what was said beforehand.
    """

    hunks: tuple[Hunk, ...]
    target: Document
    creates: bool
    model: str
    checks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    others: tuple[FileEdit, ...] = ()
    outcome: str = ""
    phases: tuple[PhaseNoted, ...] = ()
    strategy: Strategy = Strategy.DIRECT
    forecast: str = ""
    why: str = ""
    candidates: tuple[CandidateNote, ...] = ()

    @property
    def new_text(self) -> str:
        return apply_edits(self.target.text, self.hunks)

    @property
    def files(self) -> tuple[FileEdit, ...]:
        """All files, the one asked about first, whether or not it changes."""
        return FileEdit(self.target, self.hunks, self.creates), *self.others

    @property
    def changed(self) -> tuple[FileEdit, ...]:
        """The files that change."""
        return tuple(one for one in self.files if one.hunks)

    @property
    def hunk_count(self) -> int:
        return sum(len(one.hunks) for one in self.files)


async def propose(
    kit: Kit, task: Task, workspace: Workspace | None = None
) -> AsyncGenerator[EditDraft | EditReady, None]:
    """Yield drafts while the answer streams, and at the end one `EditReady`.

    An answer that cannot be applied is sent back to the model once, with the reason; the drafts begin
    anew. It may change other files of `workspace` (the document's own folder without it), and those alone.
    Nothing is changed by this. Raises: EditError if the answer does not apply or does not parse,
    InputError for a document that is too large, ProviderError.
    """
    _check_size(kit, task)
    if workspace is None:
        workspace = Workspace((task.document.folder,) if task.document.folder else ())
    if task.kind is TaskKind.TEST and task.target is None:
        task = await asyncio.to_thread(with_target, task, workspace.opened())
    task = await with_context(kit, _widened(task), kit.model)
    base = task.target or task.document
    drafter = Drafter(base, expected_lines=max(task.selected.count("\n"), 10))
    warnings: list[str] = []
    task, chosen = await with_strategy(kit, task)
    warnings += [chosen.warning] if chosen.warning else []
    request = _request(task)
    if chosen.words:
        yield EditDraft((), base, 0.0, chosen.words, forecast=chosen.forecast)
    for is_last in (False, True):
        answer = _Answer(reader_of(task), warnings, kit.monotonic(), chosen)
        shown: tuple[HunkRow, ...] = ()
        async with aclosing(_stream(kit, request, answer, drafter)) as drafts:
            async for draft in drafts:
                shown = draft.rows
                yield draft
        finished = answer.finished
        _check_end(kit, finished)
        assert finished is not None
        if answer.reader.is_empty and warnings:
            yield _told(EditReady((), base, False, finished.model, (), tuple(warnings)), answer)
            return
        try:
            place = _Place(base, workspace.folders, workspace.opened())
            ready = await asyncio.to_thread(_ready, kit, task, place, answer, finished)
        except EditError as refusal:
            seconds = kit.monotonic() - answer.began
            told = Answer(finished.model, False, seconds, cause=cause_of(str(refusal)))
            await _tell(kit, task, answer, told)
            if is_last or finished.model == kit.offline_model.name:
                raise
            request = _asked_again(request, answer.text, refusal)
            chosen = replace(chosen, strategy=Strategy.DIRECT)
            drafter = Drafter(base, drafter.expected_lines)
            yield EditDraft((), base, 0.0, "the answer did not fit; asked once more")
        else:
            told = Answer(finished.model, True, kit.monotonic() - answer.began, n_files=len(ready.changed))
            ready = _told(ready, answer)
            fails_tests = answer.fails_tests
            if kit.runs_tests and ready.changed and not answer.tested:
                yield EditDraft(shown, base, 0.99, "running the project's tests", answer.candidates)
                tests = await run_tests(kit, task.document, ready.changed)
                checks, more = (*ready.checks, tests.check), (*ready.warnings, *tests.warnings)
                ready = replace(ready, checks=checks, warnings=more)
                fails_tests = tests.passed is False
            if fails_tests:
                told = replace(told, passed=False, cause="fails the project's tests")
            n_warnings = len(warnings)
            outcome = await _tell(kit, task, answer, told)
            yield replace(ready, outcome=outcome, warnings=(*ready.warnings, *warnings[n_warnings:]))
            return


@dataclass
class _Answer:
    """One answer as it arrives."""

    reader: AnswerReader
    warnings: list[str]
    began: float
    chosen: Chosen
    pieces: list[str] = field(default_factory=list)
    finished: Finished | None = None
    usage: UsageReport | None = None
    phases: list[PhaseNoted] = field(default_factory=list)
    candidates: tuple[CandidateNote, ...] = ()
    goes_back: bool = False

    def restart(self, task: Task, *, goes_back: bool) -> None:
        """Forget what came so far: the answer begins anew."""
        self.reader, self.goes_back = reader_of(task), goes_back
        self.pieces.clear()

    @property
    def ended(self) -> tuple[PhaseNoted, ...]:
        """The phases as they ended, each time that one did."""
        return tuple(one for one in self.phases if one.state is not PhaseState.RUNNING)

    @property
    def tested(self) -> tuple[str, ...]:
        """What the last test of this answer verified, in words."""
        return next((one.checks for one in reversed(self.phases) if one.name == "test"), ())

    @property
    def fails_tests(self) -> bool:
        """Whether the last test of this answer went wrong, though it was all that could be had."""
        tests = [one.state for one in self.phases if one.name == "test"]
        return bool(self.tested) and tests[-1] is PhaseState.FAILED

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    @property
    def others_usd(self) -> float | None:
        """What was spent besides the answer that is kept: on other candidates, and on the phases around
        it; None if that is not known."""
        states = (CandidateState.WON, CandidateState.WAITING)
        costs = [one.usd for one in self.candidates if one.state not in states]
        written = [one for one in self.ended if (one.name, one.state) == ("implement", PhaseState.DONE)]
        kept = written[-2 if self.goes_back else -1] if written else None
        costs += [one.usd for one in self.ended if one is not kept]
        known = [cost for cost in costs if cost is not None]
        return sum(known) if len(known) == len(costs) else None


async def _stream(
    kit: Kit, request: Request, answer: _Answer, drafter: Drafter
) -> AsyncGenerator[EditDraft, None]:
    async with aclosing(ask(kit.model, request, within_s=kit.limits.edit_s)) as events:
        async for event in events:
            match event:
                case TextDelta(text):
                    answer.pieces.append(text)
                    if answer.reader.feed(text) and (draft := drafter.draft(answer.reader)) is not None:
                        yield draft
                case ToolCall(_, name, arguments):
                    answer.pieces.append(f"\n[{name} {json.dumps(dict(arguments))}]\n")
                    answer.reader.call(arguments)
                case Warned(message) if message not in answer.warnings:
                    answer.warnings.append(message)
                case PhaseNoted():
                    answer.phases.append(event)
                    yield drafter.noted(_phase_words(event), event)
                case Restarted(why, goes_back):
                    answer.restart(request.task, goes_back=goes_back)
                    drafter = Drafter(drafter.base, drafter.expected_lines, drafter.candidates)
                    yield drafter.noted(why)
                case Noted(message, candidates):
                    answer.candidates = drafter.candidates = candidates or answer.candidates
                    yield drafter.noted(message)
                case UsageReport():
                    answer.usage = event
                case Finished():
                    answer.finished = event
                case _:
                    pass


async def _tell(kit: Kit, task: Task, answer: _Answer, told: Answer) -> str:
    """Have what came of an answer remembered; return its id, "" if nobody remembers."""
    if kit.outcomes is None or told.model == kit.offline_model.name:
        return ""
    try:
        told = replace(
            told,
            usage=answer.usage,
            others_usd=answer.others_usd,
            asked=kit.model.name,
            personas=tuple(persona for phase in answer.phases for persona in phase.personas),
        )
        outcome = await kit.outcomes.answered(replace(task, strategy=answer.chosen.strategy), told)
    except FileError as error:
        answer.warnings.append(f"what became of this answer is not remembered: {error}")
        return ""
    if message := kit.outcomes.take_message():
        answer.warnings.append(message)
    return outcome


def _phase_words(phase: PhaseNoted) -> str:
    state = "" if phase.state is PhaseState.RUNNING else f" {phase.state}"
    return " · ".join(filter(None, (f"{phase.name}{state}", phase.model, phase.detail)))


def _told(ready: EditReady, answer: _Answer) -> EditReady:
    """Return the change with how it was worked out."""
    chosen = answer.chosen
    checks = (*ready.checks, *answer.tested)
    return replace(
        ready, phases=answer.ended, strategy=chosen.strategy, forecast=chosen.forecast, checks=checks
    )


def cause_of(problem: str) -> str:
    """Return the kind of mistake that makes an answer useless: one of few, so that they can be counted."""
    if problem.startswith(FAILS_EXAMPLES):
        return "fails an example"
    return "does not parse" if "not parse" in problem else "does not apply"


def reader_of(task: Task) -> AnswerReader:
    """Return what reads an answer to the task as a change of the file that it is about."""
    base = task.target or task.document
    span = Span(0, len(base.text)) if task.target else task.span
    return AnswerReader(base.text, span, base.language, base.path or "")


def _asked_again(request: Request, answer: str, refusal: EditError) -> Request:
    """Return the request with the answer that could not be used and why."""
    again = f"That answer could not be used: {refusal}\n\nAnswer again, the whole change, in the same form."
    messages = (*request.messages, Message("assistant", answer), Message("user", again))
    return replace(request, task=replace(request.task, strategy=Strategy.DIRECT), messages=messages)


@dataclass
class Drafter:
    """Turns what a reader knows so far into drafts, feeding each new line to a diff once."""

    base: Document
    expected_lines: int
    candidates: tuple[CandidateNote, ...] = ()

    def __post_init__(self) -> None:
        self._diffs: dict[int, tuple[Draft, StreamingDiff, int]] = {}
        self._last: tuple[object, ...] = ()
        self.rows: tuple[HunkRow, ...] = ()

    def noted(self, message: str, phase: PhaseNoted | None = None) -> EditDraft:
        """Return what is drafted so far with news of the work."""
        fraction = 0.99 if self.rows else 0.0
        return EditDraft(self.rows, self.base, fraction, message, self.candidates, phase)

    def draft(self, reader: AnswerReader) -> EditDraft | None:
        """Return a draft if there is something new to show."""
        n_lines = 0
        rows: list[HunkRow] = []
        n_hunks = 0
        for known in sorted(reader.drafts, key=lambda known: known.start):
            _, streaming, fed = self._diffs.get(id(known), (known, None, 0))
            streaming = streaming or StreamingDiff(known.old, known.start)
            for index in range(fed, len(known.new)):
                streaming.feed(known.new[index])
            self._diffs[id(known)] = (known, streaming, len(known.new))
            n_lines += len(known.new)
            row = streaming.row(first_id=n_hunks)
            rows.append(row)
            n_hunks += len(row)
        mark = tuple(row.mark for row in rows if len(row))
        if mark == self._last:
            return None
        self._last, self.rows = mark, tuple(rows)
        fraction = min(0.99, n_lines / (n_lines + self.expected_lines) * 1.6)
        return EditDraft(self.rows, self.base, fraction, f"{n_lines} lines written", self.candidates)


@dataclass(frozen=True, slots=True)
class _Place:
    base: Document
    folders: tuple[str, ...]
    opened: Sequence[Document]


def _ready(kit: Kit, task: Task, place: _Place, answer: _Answer, finished: Finished) -> EditReady:
    base, model = place.base, finished.model
    edits = [TextEdit(r.start, r.end, r.text) for r in answer.reader.finish()]
    new = apply_edits(base.text, edits)
    check_syntax(base, new, model)
    creates = task.target is not None and task.target.version < 0
    found = file_edits(base, answer.reader.others(), place.folders, place.opened, model)
    result = checked(kit, (FileEdit(base, diff(base.text, new), creates), *found), model)
    first, *others = result.files
    checks = (*result.checks, *((f"chosen: {finished.why}",) if finished.why else ()))
    warnings = (*answer.warnings, *result.warnings)
    return EditReady(
        first.hunks,
        base,
        creates,
        model,
        checks,
        warnings,
        tuple(others),
        why=finished.why,
        candidates=answer.candidates,
    )


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
