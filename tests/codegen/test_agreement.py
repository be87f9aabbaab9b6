"""Files of one change that do not agree are found."""

from __future__ import annotations

import pytest

from monkey_coder.codegen.agreement import Version, disagreements

PY = "def f():\n    return 1\n\n\nLIMIT = 2\n"
USER = "from pack.a import LIMIT, f\n\nprint(f(), LIMIT)\n"


def python(after: str, user: str, path: str = "/p/pack/a.py") -> tuple[str, ...]:
    return disagreements([Version(path, "python", PY, after), Version("/p/b.py", "python", USER, user)])


def test_a_name_that_is_changed_in_one_file_alone_is_found() -> None:
    renamed = PY.replace("def f", "def g")
    assert python(renamed, USER) == ("b.py imports `f` from a.py, which no longer defines it",)
    assert python(renamed, USER.replace("LIMIT, f", "LIMIT, g")) == ()
    assert python(PY, USER) == ()


def test_what_the_file_still_names_may_come_from_elsewhere() -> None:
    assert python("from .c import f\n\nLIMIT = 2\n", USER) == ()


def test_another_module_of_another_name_does_not_matter() -> None:
    assert python(PY.replace("def f", "def g"), USER.replace("pack.a", "pack.c")) == ()


def test_a_package_is_called_by_its_folder() -> None:
    after = python(PY.replace("def f", "def g"), USER.replace("pack.a", "pack"), "/p/pack/__init__.py")
    assert len(after) == 1


@pytest.mark.parametrize("module", ["./a", "./a.js", "../src/a"])
def test_javascript_too(module: str) -> None:
    before, after = "export function f() {}\n", "export function g() {}\n"
    user = f'import {{ f }} from "{module}";\nf();\n'
    files = [Version("/p/a.js", "javascript", before, after), Version("/p/b.js", "javascript", "", user)]
    assert len(disagreements(files)) == 1
    assert disagreements([files[0], Version("/p/b.js", "javascript", "", user.replace("f ", "g "))]) == ()
