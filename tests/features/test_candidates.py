"""What is found of a candidate: by reading it, and by running it where the user trusts the folder."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from tests.scripted import ScriptedModel

from monkey_coder.core.clock import Clock
from monkey_coder.core.documents import Document, Span
from monkey_coder.core.model import Event, Finished, FinishReason, Request, Task, TaskKind, TextDelta
from monkey_coder.features.candidates import Referee, read_answer
from monkey_coder.features.joining import joined
from monkey_coder.quantum.candidate import Candidate
from monkey_coder.quantum.interference import classes
from monkey_coder.quantum.producers import Producers, learn_producer
from monkey_coder.quantum.race import Contender, Rules
from monkey_coder.quantum.superposed import Superposed
from monkey_coder.quantum.synapses import Finding, told

CODE = '''\
def total(numbers):
    """Return the sum.

    >>> total([1, 2])
    3
    """
    return 0
'''
FIXED = CODE.replace("return 0", "return sum(numbers)")
LOOP = CODE.replace("    return 0", "    n = 0\n    for x in numbers:\n        n += x\n    return n")
OTHER = CODE.replace("return 0", "return sum(numbers[:2])")
TESTS = """\
from a import total


def test_total():
    assert total([]) == 0
    assert total([1, 1, 1]) == 3
"""


def said(*files: tuple[str, str]) -> tuple[Event, ...]:
    text = "".join(f"{path}\n```python\n{new}```\n\n" for path, new in files)
    return TextDelta(text), Finished(FinishReason.STOP, "m")


def task(folder: Path, code: str = CODE) -> Task:
    path = folder / "a.py"
    path.write_text(code)
    document = Document(path.as_uri(), "python", 1, code, str(path), str(folder))
    return Task(TaskKind.EDIT, document, Span(0, len(code)), "sum them")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VIRTUAL_ENV", str(Path(sys.executable).parent.parent))
    (tmp_path / "test_a.py").write_text(TESTS)
    return tmp_path


async def findings(folder: Path, *texts: str, code: str = CODE, runs_tests: bool = False) -> list[Finding]:
    referee = Referee(lambda _: True, runs_tests=runs_tests)
    request = Request(task(folder, code))
    return [await referee.judge(request, said(("a.py", text))) for text in texts]


async def test_those_that_do_the_same_are_one_class_however_they_are_written(folder: Path) -> None:
    found = await findings(folder, FIXED, LOOP, OTHER)
    assert not any(one.problem for one in found)
    assert found[0].inputs == ("total([1, 2])", "total([])", "total([1, 1, 1])")
    assert [one.evidence.outputs for one in found] == [("3", "0", "3"), ("3", "0", "3"), ("3", "0", "2")]
    assert len({one.evidence.structure for one in found}) == 3
    keys = classes([Candidate(str(i), "", one.evidence) for i, one in enumerate(found)])
    assert keys[0] == keys[1] != keys[2]
    assert "differ on `total([1, 1, 1])`: `3` (2 answers); `2`" in told(found)


async def test_of_answers_that_are_run_the_one_that_others_agree_with_is_kept(folder: Path) -> None:
    odd, plain, loop = (
        Contender(ScriptedModel([said(("a.py", text))], name))
        for name, text in (("odd", OTHER), ("plain", FIXED), ("loop", LOOP))
    )
    # However long running them takes here.
    rules = Rules(patience=1e6, patience_s=1e6, judging_s=1e6)
    clock = Clock(time.monotonic, asyncio.sleep, lambda: datetime.now().astimezone())
    superposed = Superposed([odd, plain, loop], Referee(lambda _: True).judge, clock, rules=rules)
    async with aclosing(superposed.stream(Request(task(folder)))) as events:
        last = [event async for event in events][-1]
    assert isinstance(last, Finished)
    # The odd one is stopped where it is the last to be run: two that agree cannot be beaten any more.
    assert "gives the same outputs as 1 of the " in last.why


async def test_what_breaks_an_example_that_it_documents_itself_is_of_no_use(folder: Path) -> None:
    broken = FIXED.replace("sum(numbers)", "sum(numbers) + 1")
    (one,) = await findings(folder, broken, code=FIXED)
    assert one.problem == "the example `total([1, 2])` gives 4, not 3"
    assert one.evidence.examples == (False,)
    (one,) = await findings(folder, broken.replace("    3\n", "    4\n"), code=FIXED)
    assert (one.problem, one.evidence.examples) == ("", (True,))
    (one,) = await findings(folder, broken.replace(">>> total([1, 2])\n    3\n", "\n"), code=FIXED)
    assert (one.problem, one.evidence.examples) == ("", (True,))


async def test_the_tests_count_where_the_user_has_them_run(folder: Path) -> None:
    (one,) = await findings(folder, OTHER)
    assert one.problem == ""
    good, bad = await findings(folder, FIXED, OTHER, runs_tests=True)
    assert (good.problem, good.evidence.examples) == ("", (True,))
    assert bad.problem.startswith("1 test failed")
    assert bad.evidence.examples == (False,)


async def test_without_trust_nothing_is_run(folder: Path) -> None:
    (folder / "a.py").write_text(CODE)
    found = await Referee(lambda _: False, runs_tests=True).judge(
        Request(task(folder)), said(("a.py", OTHER))
    )
    assert (found.evidence.outputs, found.evidence.examples, found.problem) == ((), (), "")
    assert found.evidence.structure


async def test_files_of_one_answer_that_do_not_agree_are_no_answer(folder: Path) -> None:
    (folder / "b.py").write_text("from a import total\n\nprint(total([]))\n")
    renamed = said(
        ("a.py", FIXED.replace("def total", "def added")), ("b.py", "from a import total\n\nx = 1\n")
    )
    assert "b.py imports `total` from a.py" in read_answer(task(folder), renamed).problem
    agreed = said(
        ("a.py", FIXED.replace("def total", "def added")), ("b.py", "from a import added\n\nx = 1\n")
    )
    assert read_answer(task(folder), agreed).problem == ""


async def test_files_of_other_folders_are_for_who_shows_the_edit_to_judge(folder: Path) -> None:
    elsewhere = said(("a.py", FIXED), ("/somewhere/else/b.py", "x = (\n"))
    found = read_answer(task(folder), elsewhere)
    assert (found.problem, found.others) == ("", ())


class TestJoining:
    """Files of several answers, none of which is of use as a whole."""

    OLD = "from a import total\n\nprint(total([]))\n"
    NEW = "from a import added\n\nprint(added([]))\n"
    RENAMED = FIXED.replace("def total", "def added").replace("total([", "added([")

    def test_the_parts_that_agree_become_one_answer(self, folder: Path) -> None:
        (folder / "b.py").write_text(self.OLD)
        asked = task(folder)
        first = said(("a.py", self.RENAMED), ("b.py", "from a import (\n"))
        second = said(("a.py", "def added(:\n"), ("b.py", self.NEW))
        events = joined(asked, [("x", first), ("y", second)], Producers())
        assert events is not None
        found = read_answer(asked, events)
        assert (found.text, found.problem) == (self.RENAMED, "")
        assert [one.new_text for one in found.others] == [self.NEW]
        assert isinstance(events[-1], Finished)
        assert events[-1].model == "x + y"

    def test_what_agrees_is_taken_even_from_a_weaker_producer(self, folder: Path) -> None:
        (folder / "b.py").write_text(self.OLD)
        state = Producers()
        for _ in range(5):
            state = learn_producer(learn_producer(state, "strong", 1.0), "weak", 0.0)
        strong = said(("a.py", self.RENAMED), ("b.py", self.OLD + "x = (\n"))
        same = said(("a.py", FIXED), ("b.py", self.OLD.replace("print", "assert 0 == ")))
        weak = said(("a.py", "def added(:\n"), ("b.py", self.NEW))
        events = joined(task(folder), [("strong", strong), ("weak", weak), ("weak", same)], state)
        assert events is not None
        found = read_answer(task(folder), events)
        assert (found.text, [one.new_text for one in found.others]) == (self.RENAMED, [self.NEW])

    def test_one_file_alone_or_none_of_use_is_nothing_to_join(self, folder: Path) -> None:
        assert joined(task(folder), [("x", said(("a.py", "def (")))] * 2, Producers()) is None
        assert (
            joined(replace(task(folder), document=Document("untitled:1", "python", 1, CODE)), [], Producers())
            is None
        )
        (folder / "b.py").write_text(self.OLD)
        both = said(("a.py", "def ("), ("b.py", "def ("))
        assert joined(task(folder), [("x", both), ("y", both)], Producers()) is None
