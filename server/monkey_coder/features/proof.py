"""Whether another text of a file does what the file does now, as far as its examples and tests can tell."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..codegen.project_tests import ProjectTests, run_project_tests
from ..codegen.run_examples import Call, ExampleRun, calls_in_tests, run_examples
from ..core.documents import Document
from ..core.errors import InputError
from ..core.kit import Kit
from ..workspace.nearby import read_source
from ..workspace.test_layout import tests_naming
from .edit import FAILS_EXAMPLES

_TESTS_S = 60.0


@dataclass(frozen=True, slots=True)
class Verified:
    """What passed, in words, such as "3 examples pass"; `problem` says what no longer does."""

    words: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """What holds of a function now: examples that pass, and the test files that name it and pass."""

    document: Document
    name: str
    calls: tuple[Call, ...]
    examples: tuple[ExampleRun, ...]
    tests: tuple[str, ...]

    async def verify(self, text: str) -> Verified:
        """Run what holds now with `text` in the document's place. The folder is trusted."""
        words: list[str] = []
        if self.examples:
            found = await run_examples(self.document, text, [self.name], self.calls)
            if problem := found.problem or lost(self.examples, found.runs):
                return Verified((), problem)
            words.append(_counted(len(self.examples), "example"))
        if self.tests:
            result = await _tested(self.document, text, self.tests)
            if not result.passed:
                return Verified((), result.words)
            words.append(_counted(result.n_passed, "test"))
        return Verified(tuple(words))


async def proof_of(kit: Kit, document: Document, name: str) -> Proof | None:
    """Return what can be run to verify other ways to write the function `name`; None where nothing can.

    What fails as the file is now proves nothing, and is left out. Nothing is run in a folder that the
    user does not trust.
    """
    if document.folder is None or document.folder not in kit.trusted_folders:
        return None
    files = await asyncio.to_thread(tests_of, document, name)
    calls = await asyncio.to_thread(calls_of, files, name)
    examples: tuple[ExampleRun, ...] = ()
    if document.language == "python":
        try:
            found = await run_examples(document, document.text, [name], calls)
        except InputError:  # There is no Python: the tests, which need none, may still be run.
            calls = ()
        else:
            examples = tuple(run for run in found.runs if run.passed)
    passing = files
    if files:
        try:
            result = await _tested(document, document.text, files)
            passing = files if result.passed else ()
        except InputError:
            passing = ()
    return Proof(document, name, calls, examples, passing) if examples or passing else None


def tests_of(document: Document, name: str) -> tuple[str, ...]:
    """Return the paths of the test files that name a function, by its last name. Reads the disk."""
    return tuple(map(str, tests_naming(document, name.rpartition(".")[2])))


def calls_of(files: Sequence[str], name: str) -> tuple[Call, ...]:
    """Return the literal calls of a function in these test files; none of a method. Reads the disk."""
    if "." in name:
        return ()
    texts = [read_source(Path(path)) or "" for path in files if path.endswith(".py")]
    return tuple(dict.fromkeys(call for text in texts for call in calls_in_tests(text, name)))


def lost(before: Sequence[ExampleRun], now: Sequence[ExampleRun]) -> str:
    """Return which example of those that passed before does not now, "" if none."""
    short = Counter(run.source for run in before) - Counter(run.source for run in now if run.passed)
    gone = next((run for run in before if run.source in short), None)
    if gone is None:
        return ""
    gives = next((run.got for run in now if run.source == gone.source and not run.passed), "nothing")
    return f"{FAILS_EXAMPLES}`{gone.source}` gives {gives.lstrip('!')}, not {gone.got.lstrip('!')}"


async def _tested(document: Document, text: str, files: Sequence[str]) -> ProjectTests:
    assert document.path is not None
    return await run_project_tests(document, {document.path: text}, only=files, time_s=_TESTS_S)


def _counted(n: int, what: str) -> str:
    return f"1 {what} passes" if n == 1 else f"{n} {what}s pass"
