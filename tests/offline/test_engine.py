# ruff: noqa: E501
"""The engine as a Model: what streams, what is told, what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from monkey_coder.core.errors import InputError
from monkey_coder.core.model import Finished, FinishReason, Model, TaskKind, TextDelta
from monkey_coder.offline.edit import _ACTS, offline_edits
from monkey_coder.offline.engine import OfflineModel
from tests.scripted import ScriptedModel

from .support import Answer, applied, ask, marked, task


def engine(*events: TextDelta | Finished) -> Model:
    return OfflineModel(ScriptedModel([tuple(events)]))


async def changed(
    kind: TaskKind, snippet: str, language: str = "python", instruction: str = "", folder: Path | None = None
) -> tuple[str, Answer]:
    given = task(kind, snippet, language, instruction=instruction, folder=folder)
    answer = await ask(engine(), given)
    assert answer.finished == Finished(FinishReason.STOP, "offline")
    text = given.document.text
    return (applied(text, given.span, answer.text) if answer.text else text), answer


async def test_ghost_text_comes_from_the_ghost_model() -> None:
    answer = await ask(
        engine(TextDelta("x"), Finished(FinishReason.STOP, "ghost", 0.7)), task(TaskKind.COMPLETE, "a<|>")
    )
    assert (answer.text, answer.finished) == ("x", Finished(FinishReason.STOP, "ghost", 0.7))


async def test_a_docstring_streams_line_by_line() -> None:
    result, answer = await changed(
        TaskKind.DOCUMENT, "def f<|>(x):\n    return [x]\n\n\ndef g(x):\n    return [x]\n"
    )
    assert result.startswith('def f(x):\n    """Return the f.\n\n    Args:\n')
    assert answer.pieces > 5


async def test_a_selection_is_answered_by_its_new_text() -> None:
    _, answer = await changed(TaskKind.DOCUMENT, "x = 1\n<|>def f():\n    pass\n<|>y = 2\n")
    assert answer.text == 'def f():\n    """Carry out f."""\n    pass\n'


async def test_a_selection_that_goes_away_is_said_in_blocks() -> None:
    result, answer = await changed(TaskKind.FIX, "<|>import os\n<|>x = 1\n")
    assert result == "x = 1\n"
    assert answer.text


async def test_nothing_to_do_streams_no_text_but_a_word() -> None:
    _, answer = await changed(TaskKind.FIX, "x = 1\n")
    assert (answer.text, answer.pieces) == ("", 0)
    assert "nothing to fix" in answer.warnings[0]


async def test_a_huge_text_is_refused() -> None:
    with pytest.raises(InputError, match="1,000,001 characters"):
        await ask(engine(), task(TaskKind.EXPLAIN, "x" * 1_000_001))


EXPLAINED = """\
import subprocess

total = 0


def run(command, items: list):
    global total
    for item in items:
        if not item:
            raise ValueError("empty")
    items.append(1)
    total += 1
    return subprocess.run(command)


def main():
    run("x", [])
"""


async def test_explain_says_what_can_be_seen(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text(
        "from a import run\n\n\nclass B:\n    def go(self):\n        return run('y', [])\n"
    )
    (tmp_path / "a.py").write_text(EXPLAINED)
    given = task(
        TaskKind.EXPLAIN, EXPLAINED.replace("def run", "def ru<|>n"), path=tmp_path / "a.py", folder=tmp_path
    )
    answer = await ask(engine(), given)
    for line in (
        "### `run`",
        "- `items` (`list`): The items.",
        "- `ValueError`: If `not item`.",
        "- `main` (a.py:17)",
        "- `B.go` (b.py:6)",
        "- changes a global: `total` (line 7)",
        "- changes an argument: `items.append(...)` (line 11)",
        "- runs a process: `subprocess.run(...)` (line 13)",
        "Cyclomatic 3 (simple), one level of loops, blocks nested 2 deep.",
    ):
        assert line in answer.text, line
    assert answer.pieces > 10


@pytest.mark.parametrize(
    ("language", "snippet", "expected"),
    [
        (
            "typescript",
            "export class A {\n  lo<|>ad(n: number): string { return fetch(n); }\n}\n",
            "uses the network",
        ),
        ("go", "package a\n\nfunc Lo<|>ad(n int) error { return os.Remove(n) }\n", "reads or writes files"),
        ("rust", 'fn lo<|>ad(n: u8) { println!("x"); }\n', "prints or logs"),
        ("json", '<|>{"a": {"b": 1}}', "object `a`, line 1"),
        ("markdown", "<|># One\n\n## Two\n", "heading `Two`, line 3"),
    ],
)
async def test_explain_of(language: str, snippet: str, expected: str) -> None:
    answer = await ask(engine(), task(TaskKind.EXPLAIN, snippet, language))
    assert expected in answer.text


async def test_review_of_python() -> None:
    source = (
        "import os\n\n\nasync def save(): ...\n\n\nasync def go(list, into=[]):  # TODO: name it\n    save()\n"
        "    try:\n        into.append(lisst)\n    except Exception:\n        pass\n    try:\n        x = 1\n    except:\n        raise\n"
    )
    answer = await ask(engine(), task(TaskKind.REVIEW, source))
    for line in (
        "line 8: `save(...)` is asynchronous and is not awaited",
        "line 7: do not use mutable data structures for argument defaults (B006)",
        "line 10: undefined name `lisst` (F821)",
        "line 11: every error is swallowed here",
        "line 15: a bare `except`",
        "line 1: `os` imported but unused (F401)",
        "line 7: TODO: name it",
        "line 7: `go` hides builtins by its parameters: list",
    ):
        assert line in answer.text, line


async def test_review_of_others_and_of_nothing() -> None:
    source = "var a = 1;\ntry { f() } catch (e) {}\nif (a == 2) { debugger; }\n"
    answer = await ask(engine(), task(TaskKind.REVIEW, source, "javascript"))
    for line in (
        "line 1: `var`",
        "line 2: this handler swallows",
        "line 3: `==` converts",
        "line 3: `debugger` is",
    ):
        assert line in answer.text, line
    clean = await ask(engine(), task(TaskKind.REVIEW, "x = 1\n"))
    assert "Nothing to remark" in clean.text
    part = await ask(
        engine(),
        task(TaskKind.REVIEW, source.replace("try", "<|>try").replace("{}\n", "{}\n<|>"), "javascript"),
    )
    assert "line 2:" in part.text
    assert "line 1:" not in part.text


EDITS = [
    ("python", "rename total to amount", "total = 1\ns = 'total'  # total\nprint(total, x.total)\n",
     "amount = 1\ns = 'total'  # total\nprint(amount, x.total)\n"),
    ("python", "Rename `a` to `b`.", "def f(a):\n    return a\n\n\nf(a=1)\ng(a=2)\n", "def f(b):\n    return b\n\n\nf(b=1)\ng(a=2)\n"),
    ("python", "rename load to fetch", "class A:\n    def load(self):\n        return self.load()\n", "class A:\n    def fetch(self):\n        return self.fetch()\n"),
    ("typescript", "rename a to b", "const a = 1;\nconst o = { a };\no.a;\n", "const b = 1;\nconst o = { a: b };\no.a;\n"),
    ("python", "wrap in try", "def f():\n    <|>x = '''\na\n'''\n    g(x)<|>\n    h()\n",
     "def f():\n    try:\n        x = '''\na\n'''\n        g(x)\n    except Exception:\n        # Handle the error here; until then it goes on to the caller.\n        raise\n    h()\n"),
    ("python", "wrap this in a try/except (ValueError, KeyError)", "f()<|>\n",
     "try:\n    f()\nexcept (ValueError, KeyError):\n    # Handle the error here; until then it goes on to the caller.\n    raise\n"),
    ("python", "surround the selection with with open(p) as file", "<|>f()\ng()<|>\n", "with open(p) as file:\n    f()\n    g()\n"),
    ("python", "wrap in if a > b", "<|>f()<|>\n", "if a > b:\n    f()\n"),
    ("typescript", "wrap in try", "function f() {\n  <|>g();<|>\n}\n",
     "function f() {\n  try {\n    g();\n  } catch (error) {\n    // Handle the error here; until then it goes on to the caller.\n    throw error;\n  }\n}\n"),
    ("python", "format", "x = {  'a':1 }\n", 'x = {"a": 1}\n'),
    ("python", "format the selection", "x = [ 1 ]\n<|>y = [ 2 ]<|>\n", "x = [ 1 ]\ny = [2]\n"),
    ("python", "sort imports", "import sys\nimport os\n", "import os\nimport sys\n"),
    ("python", "remove unused imports", "import sys\nimport os\nos\n", "import os\nos\n"),
    ("python", "convert to f-strings", "x = '{} b'.format(a)\n", "x = f'{a} b'\n"),
    ("python", "convert to f-string", "x = '%s b' % a\n", "x = f'{a} b'\n"),
    ("python", "modernize", "from typing import List\nx: List[int] = []\n", "from typing import List\nx: list[int] = []\n"),
    ("python", "add type hints", "def f(a):\n    print(a)\n\n\ndef g():\n    return not x\n\n\ndef h():\n    return x\n",
     "def f(a) -> None:\n    print(a)\n\n\ndef g() -> bool:\n    return not x\n\n\ndef h():\n    return x\n"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "instruction", "before", "after"), EDITS)
async def test_edit(language: str, instruction: str, before: str, after: str) -> None:
    result, _ = await changed(TaskKind.EDIT, before, language, instruction)
    assert result == after


@pytest.mark.parametrize(
    ("language", "instruction", "snippet", "message"),
    [
        ("python", "make it faster", "x = 1\n", "rename OLD to NEW.*configure a model"),
        ("python", "rename a to b", "x = 1\n", "no name `a`"),
        ("python", "rename a to b", "a = b\n", "already used on line 1"),
        ("python", "rename a to class", "a = 1\n", "cannot be a name"),
        ("go", "format", "package a\n", "Python only"),
        ("typescript", "wrap in try", "<|>const a = 1;<|>\nf(a);\n", "out of sight"),
        ("python", "wrap in with", "<|>f()\n", "say what to wrap in"),
        ("python", "wrap in if )", "<|>f()<|>\n", "break the syntax"),
    ],
)
async def test_edits_that_are_refused(language: str, instruction: str, snippet: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        await changed(TaskKind.EDIT, snippet, language, instruction)


def test_what_is_offered_is_understood() -> None:
    for offered in offline_edits():
        said = offered.replace("OLD", "a").replace("NEW", "b").replace("CONDITION", "a").split(" (or")[0]
        assert any(re.fullmatch(pattern, said, re.IGNORECASE) for pattern, _ in _ACTS), offered


async def test_tests_are_the_whole_text_of_the_target(tmp_path: Path) -> None:
    text, span = marked("def add<|>(a: int) -> int:\n    return a + 1\n")
    given = task(
        TaskKind.TEST,
        "def add<|>(a: int) -> int:\n    return a + 1\n",
        path=tmp_path / "a.py",
        folder=tmp_path,
    )
    answer = await ask(engine(), given)
    assert answer.text == "from a import add\n\n\ndef test_add_returns_2():\n    assert add(1) == 2\n"
    assert (text, span) == (given.document.text, given.span)
