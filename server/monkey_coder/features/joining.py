"""One answer made of the files of several, where none of them passes as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..codegen.agreement import Version, disagreements
from ..codegen.answer import AnswerReader
from ..core.documents import Document, TextEdit, apply_edits
from ..core.errors import EditError, FileError
from ..core.model import Event, Finished, FinishReason, Request, Task, TextDelta, ToolCall, UsageReport
from ..quantum.entanglement import entangled
from ..quantum.producers import Producers, amplitude
from .edit import reader_of
from .edit_files import FileEdit, check_syntax, file_edits, place_of

# Files of different answers were not written for each other; files that disagree are no change at all.
_APART, _DISAGREE = -1.0, -12.0

Given = Sequence[tuple[str, tuple[Event, ...]]]


@dataclass(slots=True)
class _File:
    """A file that answers change, and the text that each of them gives it, by number of the answer."""

    document: Document
    versions: dict[int, str] = field(default_factory=dict)


class Joining:
    """Joins answers over several files by what is known of who gave them (`producers`)."""

    def __init__(self, producers: Callable[[], Producers]) -> None:
        self._producers = producers

    async def join(self, request: Request, given: Given) -> tuple[Event, ...] | None:
        """Return the events of one answer, a whole text for each file; None if there is nothing to join.

        The files are chosen together, by joint inference over all pairs of their versions
        (`quantum.entanglement`).
        """
        return await asyncio.to_thread(joined, request.task, given, self._producers())


def joined(task: Task, given: Given, producers: Producers) -> tuple[Event, ...] | None:
    """Return the events of the best answer over all files that agrees in itself. Reads the disk."""
    files = _files(task, given)
    if len(files) < 2 or not all(file.versions for file in files):
        return None
    versions = [tuple(file.versions.items()) for file in files]
    odds = [[amplitude(producers, given[answer][0]) for answer, _ in each] for each in versions]
    seen: dict[tuple[int, int, int, int], bool] = {}

    def agreement(i: int, a: int, j: int, b: int) -> float:
        if (i, a, j, b) not in seen:
            pair = [_version(files[i], versions[i][a][1]), _version(files[j], versions[j][b][1])]
            seen[i, a, j, b] = bool(disagreements(pair))
        is_apart = versions[i][a][0] != versions[j][b][0]
        return _APART * is_apart + _DISAGREE * seen[i, a, j, b]

    joint = entangled(odds, agreement)
    assert joint is not None, "every file has a version"
    chosen = [versions[part][one] for part, one in enumerate(joint.choice)]
    authors = dict.fromkeys(given[answer][0] for answer, _ in chosen)
    if len({answer for answer, _ in chosen}) < 2:
        return None
    calls = [
        ToolCall(f"joined-{n}", "write_file", {"path": file.document.path, "content": text})
        for n, (file, (_, text)) in enumerate(zip(files, chosen, strict=True))
        if text != file.document.text
    ]
    name = " + ".join(authors)
    why = f"{name}: none passed alone; these parts of their answers agree"
    # What it cost is what its candidates cost.
    return (*calls, UsageReport(0, 0, billed_usd=0.0), Finished(FinishReason.STOP, name, why=why))


def _files(task: Task, given: Given) -> list[_File]:
    """Return the files that the answers change, the one asked about first, with the versions of each that
    can be used. An answer that does not name a file leaves it as it is."""
    base = task.target or task.document
    if base.path is None:
        return []
    files = {base.path: _File(base)}
    named: set[tuple[str, int]] = set()
    for number, (model, events) in enumerate(given):
        reader = _read(task, events)
        named.add((base.path, number))
        if (own := _own(base, reader, model)) is not None:
            files[base.path].versions[number] = own
        for path, edit in _others(base, reader, model):
            named.add((path, number))
            if edit is not None:
                files.setdefault(path, _File(edit.target)).versions[number] = edit.new_text
    for path, file in files.items():
        left = (number for number in range(len(given)) if (path, number) not in named)
        file.versions |= dict.fromkeys(left, file.document.text)
    return list(files.values())


def _read(task: Task, events: Sequence[Event]) -> AnswerReader:
    reader = reader_of(task)
    for event in events:
        match event:
            case TextDelta(text):
                reader.feed(text)
            case ToolCall(_, _, arguments):
                reader.call(arguments)
            case _:
                pass
    return reader


def _own(base: Document, reader: AnswerReader, model: str) -> str | None:
    """Return what an answer makes of the file asked about; None if that is of no use."""
    try:
        text = apply_edits(base.text, [TextEdit(one.start, one.end, one.text) for one in reader.finish()])
        check_syntax(base, text, model)
    except EditError:
        return None
    return text


def _others(base: Document, reader: AnswerReader, model: str) -> list[tuple[str, FileEdit | None]]:
    """Return the other files that an answer names, by path, each None if its change is of no use."""
    folders = (base.folder,) if base.folder is not None else ()
    found: list[tuple[str, FileEdit | None]] = []
    try:
        answers = reader.others()
    except EditError:
        return []
    for answer in answers:
        try:
            found += [(one.name, one) for one in file_edits(base, [answer], folders, (), model)]
        except (EditError, FileError):
            found.append((place_of(base, answer.path, folders), None))
    return found


def _version(file: _File, text: str) -> Version:
    document = file.document
    return Version(document.path or document.uri, document.language, document.text, text)
