"""The examples of a function, run: what it documents, and what its tests call."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from monkey_coder.codegen.run_examples import Call, ExampleRun, calls_in_tests, run_examples
from monkey_coder.core.documents import Document
from monkey_coder.core.errors import InputError

CODE = '''\
"""A module.

>>> half(100)
50
"""
from .other import two


def half(n):
    """Return half of it.

    >>> x = half(8)
    >>> x
    4
    >>> half(3)
    1.5
    >>> half("a")
    Traceback (most recent call last):
    TypeError: no number
    >>> object()
    <object object at 0x7f>
    """
    if isinstance(n, str):
        raise TypeError("no number")
    print("noise")
    return n // two()


class C:
    def m(self):
        """
        >>> C().m()
        2
        """
        return two()
'''


@pytest.fixture
def document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Document:
    monkeypatch.setenv("VIRTUAL_ENV", str(Path(sys.executable).parent.parent))
    package = tmp_path / "src" / "pack"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "other.py").write_text("def two():\n    return 2\n")
    path = package / "a.py"
    path.write_text("never read: the editor's text counts")
    return Document(path.as_uri(), "python", 1, CODE, str(path), str(tmp_path))


async def test_documented_examples_of_the_function_alone_are_run_on_the_text(document: Document) -> None:
    quiet = CODE.replace('    print("noise")\n', "")
    found = await run_examples(document, quiet, ["half"])
    assert found.problem == ""
    assert found.runs == (
        ExampleRun("x", "4", True),
        ExampleRun("half(3)", "1", False),
        ExampleRun('half("a")', "!TypeError", True),
        ExampleRun("object()", "<object object at 0x>", False),
    )
    method = await run_examples(document, quiet, ["C.m"])
    assert method.runs == (ExampleRun("C().m()", "2", True),)


async def test_calls_of_tests_are_run_and_what_is_printed_does_not_matter(document: Document) -> None:
    calls = [
        Call("half(10)", "5"),
        Call("half(10)", "6"),
        Call("half('a')", "!Exception"),
        Call("half('a')", "!ValueError"),
        Call("half([])", "1"),
        Call("'a' * half(1000)", "''"),
    ]
    found = await run_examples(document, CODE, [], calls)
    assert [(run.got, run.passed) for run in found.runs[:-1]] == [
        ("5", True),
        ("5", False),
        ("!TypeError", True),
        ("!TypeError", False),
        ("!TypeError", False),
    ]
    assert len(found.runs[-1].got) < 300


async def test_what_does_not_end_or_import_is_a_problem(document: Document) -> None:
    endless = CODE + "\n\ndef f():\n    while True:\n        pass\n"
    found = await run_examples(document, endless, [], [Call("f()", "1")], time_s=1)
    assert found.runs == ()
    assert "do not end" in found.problem
    found = await run_examples(document, "import nothing_like_it\n" + CODE, ["half"])
    assert found.runs == ()
    assert "No module named 'nothing_like_it'" in found.problem


async def test_the_text_of_other_files_counts_too(document: Document) -> None:
    other = str(Path(document.path or "").with_name("other.py"))
    found = await run_examples(document, CODE, ["C.m"], files={other: "def two():\n    return 3\n"})
    assert found.runs == (ExampleRun("C().m()", "3", False),)


async def test_without_a_folder_nothing_is_run() -> None:
    with pytest.raises(InputError, match="workspace folder"):
        await run_examples(Document("file:///a.py", "python", 1, CODE), CODE, ["half"])


def test_the_literal_calls_of_a_test_are_found() -> None:
    text = """
import pytest
def test_f():
    assert f(1) == 2
    assert [3] == m.f(-1, key="a")
    assert f(2) is None
    assert f(3)
    assert not f(4)
    assert f(x) == 2 and f(5) == g()
    self.assertEqual(f(6), {"a": (1, 2)})
    with pytest.raises(errors.Bad):
        f(7)
    with pytest.raises(ValueError, match="x"):
        other(8)
"""
    assert calls_in_tests(text, "f") == (
        Call("f(1)", "2"),
        Call("f(-1, key='a')", "[3]"),
        Call("f(2)", "None"),
        Call("bool(f(3))", "True"),
        Call("bool(f(4))", "False"),
        Call("f(7)", "!Bad"),
        Call("f(6)", "{'a': (1, 2)}"),
    )
    assert calls_in_tests("def (", "f") == ()


async def test_code_that_leaves_early_with_success_passes_nothing(document: Document) -> None:
    for code in ("import os\nos._exit(0)\n", "import sys\nsys.exit()\n"):
        found = await run_examples(document, code + CODE, ["half"], [Call("half(4)", "2")])
        assert found.runs == ()
        assert found.problem == "it ends before its examples do"
