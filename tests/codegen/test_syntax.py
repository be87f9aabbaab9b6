"""What counts as breaking a text."""

from __future__ import annotations

import pytest

from monkey_coder.codegen.syntax import syntax_problems


@pytest.mark.parametrize(
    ("language", "before", "after", "problem"),
    [
        ("python", "x = 1\n", "x = (1\n", "line 1"),
        ("python", "x = 1\n", "x = (1)\n", ""),
        ("python", "x = (1\ny = 2\n", "x = (1\ny = 3\n", ""),
        ("python", "if a:\n    b\n", "if a:\n        b\n    c\n", "line 3: unindent does not match"),
        ("python", "x = 1\n", "x = '\\d'\n", ""),
        ("typescript", "f(1);\n", "f(1;\n", "line 1"),
        ("javascript", "f(1);\n", "f({a: 1});\n", ""),
        ("go", "package a\n", "package a\nfunc f() {\n", "line 2"),
        ("json", "{}", '{"a": }', "line 1"),
        ("c", "int f();\n", "int f(\n", ""),
        ("plaintext", "a", "((", ""),
    ],
)
def test_problems(language: str, before: str, after: str, problem: str) -> None:
    found = syntax_problems(before, after, language)
    assert bool(found) == bool(problem)
    assert problem in " ".join(found)
