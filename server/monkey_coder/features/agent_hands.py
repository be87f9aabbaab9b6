"""What agents may do with the project: look at it, and have an answer checked before it is shown."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from ..agents.hands import Checked
from ..codegen.streaming_diff import diff
from ..communication.knowledge_graph import Kind, Node, Relation, Statement
from ..core.documents import Document, Span
from ..core.errors import EditError, InputError
from ..core.gathering import Gathering
from ..core.kit import Kit
from ..core.model import Event, Request, Task, TaskKind
from ..workspace.index import Index, Use
from ..workspace.test_layout import is_test
from .candidates import Answered, Referee, read_answer
from .check_edit import checked
from .context import as_data
from .edit_files import FileEdit
from .files import diff_of, read_for_model
from .run_tests import run_tests

_SEARCH_TOKENS, _SEARCH_S = 1_500, 2.0
_MOST_SYMBOLS, _MOST_USES = 8, 20


@dataclass(frozen=True, slots=True)
class AgentHands:
    """The hands of agents: see `agents.hands.Hands`. `kit` is the one without them.

    `referee` runs what may be run but the project's tests.
    """

    kit: Kit
    index: Index
    referee: Referee

    async def read(self, task: Task, path: str) -> str:
        """Return a file of the task's folder. Raises: FileError, also for secrets and ignored files."""
        folder = _folder(task)
        document = task.document
        if document.path is not None and _inside(document.path, folder) == path.replace("\\", "/"):
            return f"{path}\n{document.text}"
        place = path if Path(path).is_absolute() else str(Path(folder, path))
        file = await asyncio.to_thread(read_for_model, place, (folder,))
        return f"{_inside(file.path, folder)}\n{file.text}"

    async def search(self, task: Task, query: str) -> str:
        """Return passages of the project that a description finds."""
        gathering: Gathering | None = self.kit.gathering
        if gathering is None:
            raise InputError("the project is not known yet")
        nowhere = Document("untitled:query", "plaintext", 0, "", folder=task.document.folder)
        question = Task(TaskKind.CHAT, nowhere, Span(0, 0), query)
        found = await gathering.gather(question, _SEARCH_TOKENS, _SEARCH_S)
        return as_data(found.facts) or "nothing was found"

    async def symbols(self, task: Task, name: str) -> str:
        """Return where a name is defined and used."""
        return await asyncio.to_thread(self._symbols, _folder(task), name.rpartition(".")[2])

    async def around(self, task: Task) -> Sequence[Statement]:
        """Return which symbols the task's span touches, who uses them, and which tests do."""
        return await asyncio.to_thread(self._around, task)

    async def check(self, request: Request, events: Sequence[Event]) -> Checked:
        """Return what the checks say of an answer: that it applies and parses, the examples in its
        documentation, and the project's tests where the user wants them."""
        task = request.task
        finding = await self.referee.judge(request, tuple(events))
        if finding.problem:
            return Checked(finding.problem)
        answered = await asyncio.to_thread(read_answer, task, events)
        try:
            files = await asyncio.to_thread(self._files, task, answered)
        except EditError as error:
            return Checked(str(error))
        shown = "\n".join(diff_of(one.target, one.new_text, creates=one.creates) for one in files)
        if not files or not self.kit.runs_tests:
            return Checked("", shown)
        tests = await run_tests(self.kit, task.document, files)
        if tests.warnings and (before := await run_tests(self.kit, task.document, ())).warnings:
            # What failed or came to no end before is no fault of the change, and no reason to write it anew.
            check = f"{tests.check}; without the change: {before.check}"
            return Checked("", shown, (check,))
        return Checked("", shown, (tests.check,), "\n".join(tests.warnings))

    def _symbols(self, folder: str, name: str) -> str:
        lines = [
            f"defined in {_inside(one.path, folder)}:{one.definition.header.first}: "
            f"{one.definition.signature}"
            for one in self.index.definitions(name)[:_MOST_SYMBOLS]
            if _is_inside(one.path, folder)
        ]
        uses = [one for one in self.index.references(name) if _is_inside(one.path, folder)]
        lines += [f"used in {_inside(one.path, folder)}:{one.line} ({one.role})" for one in uses[:_MOST_USES]]
        return "\n".join(lines) or f"{name} is not known in this project"

    def _around(self, task: Task) -> list[Statement]:
        document, folder = task.document, task.document.folder
        if document.path is None or folder is None:
            return []
        first = document.text.count("\n", 0, task.span.start) + 1
        last = document.text.count("\n", 0, task.span.end) + 1
        touched = [
            one
            for one in self.index.definitions_in(document.path)
            if one.whole.first <= last and one.whole.last >= first
        ]
        file, found = Node(Kind.FILE, document.path), list[Statement]()
        for one in touched[:_MOST_SYMBOLS]:
            symbol = Node(Kind.SYMBOL, one.name)
            found.append(Statement(file, Relation.DEFINES, symbol, "index"))
            uses = [use for use in self.index.references(one.name) if _is_other(use, document.path, folder)]
            for use in uses[:_MOST_USES]:
                name = f"{_inside(use.path, folder)}:{use.line}"
                tests = is_test(PurePath(_inside(use.path, folder)))
                kind, relation = (Kind.TEST, Relation.TESTS) if tests else (Kind.FILE, Relation.USES)
                # A name may mean something else in another file; the index does not resolve it.
                found.append(Statement(Node(kind, name), relation, symbol, "index", 0.8))
        return found

    def _files(self, task: Task, answered: Answered) -> tuple[FileEdit, ...]:
        """Return the files that an answer changes, checked. Raises: EditError."""
        base = task.target or task.document
        creates = task.target is not None and task.target.version < 0
        first = FileEdit(base, diff(base.text, answered.text), creates)
        files = checked(self.kit, (first, *answered.others), answered.model).files
        return tuple(one for one in files if one.hunks)


def _folder(task: Task) -> str:
    if task.document.folder is None:
        raise InputError("the file is in no folder of the workspace")
    return task.document.folder


def _is_other(use: Use, path: str, folder: str) -> bool:
    return use.path != path and use.role != "import" and _is_inside(use.path, folder)


def _is_inside(path: str, folder: str) -> bool:
    return Path(path).is_relative_to(folder)


def _inside(path: str, folder: str) -> str:
    """Return a path as the project calls it."""
    return (
        os.path.relpath(path, folder).replace(os.sep, "/")
        if _is_inside(path, folder)
        else PurePath(path).name
    )
