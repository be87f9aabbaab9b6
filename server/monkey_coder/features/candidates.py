"""Whether an answer can become the edit that was asked for: what candidates are judged by."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from ..codegen.agreement import Version, disagreements
from ..codegen.answer import FileAnswer
from ..codegen.checks import check_edit
from ..codegen.project_tests import run_project_tests
from ..codegen.run_examples import MOST_CALLS, Call, ExampleRun, Examples, documented_calls, run_examples
from ..codegen.structure import structure_key
from ..core.documents import Document, TextEdit, apply_edits
from ..core.errors import EditError, FileError, InputError
from ..core.model import Event, Finished, FinishReason, Request, Task, TaskKind, TextDelta, ToolCall
from ..quantum.candidate import Evidence
from ..quantum.synapses import Finding
from ..workspace.functions import definitions
from ..workspace.syntax import SyntaxTree
from .edit import reader_of
from .edit_files import FileEdit, check_syntax, file_edits, place_of
from .proof import calls_of, lost, tests_of

_KINDS = frozenset({TaskKind.EDIT, TaskKind.FIX, TaskKind.TEST})
_MOST_FUNCTIONS = 12
_TESTS_S = 60.0


def wants_candidates(request: Request) -> bool:
    """Tell whether several models may work on a request at once: only on what can be checked."""
    return request.task.kind in _KINDS


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer makes of the file asked about and of others; `problem` is why it cannot be used."""

    text: str = ""
    n_written: int = 0
    model: str = ""
    others: tuple[FileEdit, ...] = ()
    problem: str = ""


class _Inputs(NamedTuple):
    """What the functions asked about can be run on, and what their documented examples give as they are."""

    names: tuple[str, ...]
    calls: tuple[Call, ...]
    documented: tuple[ExampleRun, ...]


class Referee:
    """Judges answers: whether they apply, parse and agree, and what they do where running is trusted.

    `trusts` says whether the code of a folder may be run. With `runs_tests` so are the project's tests,
    for each answer. One program is run at a time.
    """

    def __init__(self, trusts: Callable[[str], bool], *, runs_tests: bool = False) -> None:
        self._trusts = trusts
        self._runs_tests = runs_tests
        self._turn = asyncio.Lock()
        self._known: tuple[Task, _Inputs | None] | None = None

    async def judge(self, request: Request, events: tuple[Event, ...]) -> Finding:
        """Return what is found of an answer; its evidence is by execution where that is trusted."""
        task = request.task
        answered = await asyncio.to_thread(read_answer, task, events)
        if answered.problem:
            return Finding(Evidence(parses=False), answered.problem)
        base = task.target or task.document
        keys = [structure_key(answered.text, base.language, before=base.text)]
        keys += [structure_key(one.new_text, one.target.language) for one in answered.others]
        finding = Finding(Evidence(structure=" ".join(keys), length=answered.n_written))
        if base.folder is None or base.path is None or not self._trusts(base.folder):
            return finding
        async with self._turn:
            try:
                return await self._ran(task, answered, finding)
            except InputError:  # There is nothing to run it with: what was read is all that is known.
                return finding

    async def _ran(self, task: Task, answered: Answered, finding: Finding) -> Finding:
        """Return the finding with what the answer does. Raises: InputError if nothing can be run."""
        base = task.target or task.document
        assert base.path is not None
        texts = {one.target.path: one.new_text for one in answered.others if one.target.path is not None}
        text = await asyncio.to_thread(_mended, base, answered)
        inputs = await self._inputs(task, base)
        if inputs is not None:
            found = await run_examples(base, text, inputs.names, inputs.calls, files=texts)
            finding = measured(finding, inputs.calls, inputs.documented, found)
        if self._runs_tests and not finding.problem:
            files = {**texts, base.path: text}
            tests = await run_project_tests(base, files, time_s=_TESTS_S)
            if tests.passed is not None:
                evidence = finding.evidence
                evidence = replace(evidence, examples=(*evidence.examples, tests.passed))
                finding = replace(finding, evidence=evidence, problem="" if tests.passed else tests.words)
        return finding

    async def _inputs(self, task: Task, base: Document) -> _Inputs | None:
        """Return what the functions asked about can be run on; None if there is nothing, or they do not
        run as they are: then a candidate that does not either proves nothing."""
        if self._known is None or self._known[0] != task:
            found = await self._found(task, base) if base.language == "python" else None
            self._known = (task, found)
        return self._known[1]

    async def _found(self, task: Task, base: Document) -> _Inputs | None:
        names, calls = await asyncio.to_thread(_runnable, task, base)
        if not names:
            return None
        found = await run_examples(base, base.text, names, calls)
        if found.problem or not found.runs:
            return None
        documented, _ = _divided(found.runs, calls)
        return _Inputs(names, calls, tuple(run for run in documented if run.passed))


def measured(
    finding: Finding, calls: Sequence[Call], before: Sequence[ExampleRun], found: Examples
) -> Finding:
    """Return the finding with the outputs of an answer's calls, and whether its documentation holds.

    Documented examples count where the answer leaves them as they are; `before` are those that passed.
    What tests expect of a call is no measure here: an edit may be meant to change it.
    """
    if found.problem:
        return replace(finding, evidence=replace(finding.evidence, examples=(False,)), problem=found.problem)
    documented, called = _divided(found.runs, calls)
    passed = {run.source: run.passed for run in documented}
    # What an answer documents anew says nothing against it.
    examples = tuple(passed.get(run.source, True) for run in before)
    outputs = tuple(run.got for run in called)
    evidence = replace(finding.evidence, examples=examples, outputs=outputs)
    problem = lost([run for run in before if run.source in passed], documented)
    return replace(finding, evidence=evidence, problem=problem, inputs=tuple(call.source for call in calls))


def read_answer(task: Task, events: Sequence[Event]) -> Answered:
    """Return what an answer makes of all files that it changes, checked as one set. Reads the disk."""
    base, reader, model = task.target or task.document, reader_of(task), ""
    for event in events:
        match event:
            case TextDelta(text):
                reader.feed(text)
            case ToolCall(_, _, arguments):
                reader.call(arguments)
            case Finished(reason, model):
                if reason in (FinishReason.LENGTH, FinishReason.REFUSED):
                    return Answered(problem=f"the answer ended early: {reason}")
            case _:
                pass
    try:
        edits = [TextEdit(one.start, one.end, one.text) for one in reader.finish()]
        new = apply_edits(base.text, edits)
        check_syntax(base, new, model)
        others = () if base.folder is None else _others(base, base.folder, reader.others(), model)
    except (EditError, FileError) as error:
        return Answered(problem=str(error))
    versions = [Version(one.name, one.target.language, one.target.text, one.new_text) for one in others]
    own = Version(base.path or base.uri, base.language, base.text, new)
    problem = "; ".join(disagreements([own, *versions])) if versions else ""
    return Answered(new, sum(len(edit.text) for edit in edits), model, others, problem)


def _others(base: Document, folder: str, answers: Sequence[FileAnswer], model: str) -> tuple[FileEdit, ...]:
    """Return the changes of other files of the base's folder. Of files in other folders of the workspace, who
    shows the edit knows more, and checks them. Raises: EditError, FileError."""
    inside = [one for one in answers if Path(place_of(base, one.path, (folder,))).is_relative_to(folder)]
    return file_edits(base, inside, (folder,), (), model)


def _mended(base: Document, answered: Answered) -> str:
    """Return the text as it would be shown: with the imports that it lacks."""
    try:
        return check_edit(base, answered.text, model=answered.model, creates=base.version < 0).text
    except EditError:
        return answered.text


def _runnable(task: Task, base: Document) -> tuple[tuple[str, ...], tuple[Call, ...]]:
    """Return the functions that the task is about, and literal calls of them in documentation and tests."""
    if task.target is not None:
        return (), ()
    tree = SyntaxTree(base.text, base.language)
    names: list[str] = []
    calls: dict[str, Call] = {}
    for one in definitions(tree):
        span = tree.span(one.whole)
        if one.is_class or span.end <= task.span.start or span.start >= task.span.end:
            continue
        names.append(one.qualified_name)
        if not one.owner:
            files = tests_of(base, one.name)
            for call in (*documented_calls(base.text, one.name), *calls_of(files, one.name)):
                calls.setdefault(call.source, call)
        if len(names) == _MOST_FUNCTIONS:
            break
    return tuple(names), tuple(calls.values())[:MOST_CALLS]


def _divided(
    runs: Sequence[ExampleRun], calls: Sequence[Call]
) -> tuple[tuple[ExampleRun, ...], tuple[ExampleRun, ...]]:
    """Return the runs of what is documented, and those of the calls, which come last."""
    n_documented = len(runs) - len(calls)
    return tuple(runs[:n_documented]), tuple(runs[n_documented:])
