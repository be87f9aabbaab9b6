"""Outcomes that are read off a function: right where one is claimed, none where it is not certain."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from monkey_coder.offline.proved import Known, known_calls
from monkey_coder.offline.proved_tests import literal, spelled
from monkey_coder.workspace.functions import definitions
from monkey_coder.workspace.syntax import SyntaxTree


def known(text: str, language: str) -> list[Known]:
    tree = SyntaxTree(text, language)
    first = next(found for found in definitions(tree) if not found.is_class)
    return known_calls(tree, first)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("javascript", "function f(a) { return other(a); }\n"),
        ("javascript", "async function f(a) { return a; }\n"),
        ("javascript", "function f(a) { let b = 0; for (const c of a) { b += c; } return b; }\n"),
        ("javascript", "function f(a) { count += a; return a; }\n"),
        ("javascript", "function f(a) { return a == null ? state : state; }\n"),
        ("javascript", "class A { f() { return this.a; } }\n"),
        ("javascript", "function f(a, ...b) { return a; }\n"),
        ("typescript", "function f(a: Thing): number { return 1; }\n"),
        ("java", 'class A { boolean f(String a) { return a == "text"; } }\n'),
        ("java", "class A { int f(int a) { return a / 0; } }\n"),
        ("java", "class A { void f(int a) { System.out.println(a); } }\n"),
        (
            "go",
            "package a\n\nfunc f(a int) int {\n\tif b := g(a); b > 0 {\n\t\treturn b\n\t}\n\treturn 1\n}\n",
        ),
        ("rust", "fn f(a: i32) -> i32 { a.pow(2) }\n"),
        ("cpp", "int f(const char* a) { return 1; }\n"),
        ("ruby", "def f(a)\n  @b = a\nend\n"),
        ("lua", "function f(a) return b end\n"),
    ],
)
def test_nothing_is_claimed_of_what_is_not_certain(language: str, text: str) -> None:
    assert known(text, language) == []


def test_division_is_each_language_s_own() -> None:
    assert known("class A { static int f(int a) { return -7 / a; } }\n", "java")[0].returns == -3
    assert known("def f(a)\n  -7 / a\nend\n", "ruby")[0].returns == -4
    assert known("function f(a) { return -7 / a; }\n", "javascript")[0].returns == -3.5


def test_each_way_through_is_found_with_what_it_throws() -> None:
    text = (
        "function f(a, b) {\n  if (a > 100) throw new RangeError('x');\n  const c = a * 2;\n"
        "  return b ? `${c}!` : null;\n}\n"
    )
    found = known(text, "javascript")
    assert [(one.returns, one.raises) for one in found] == [("4!", ""), (None, ""), (None, "RangeError")]


def expression(rng: random.Random, depth: int) -> str:
    if depth == 0:
        return rng.choice(["a", "b", str(rng.randint(0, 9)), "'x'", "1.5"])
    one, other = expression(rng, depth - 1), expression(rng, depth - 1)
    sign = rng.choice(["+", "-", "*", "/", "%", "===", "<", ">", "&&", "||", "!==", "?"])
    return f"({one} < {other} ? {other} : {one})" if sign == "?" else f"({one} {sign} {other})"


def test_what_is_claimed_of_javascript_is_what_node_gives(tmp_path: Path) -> None:
    if shutil.which("node") is None:
        pytest.skip("there is no node here")
    rng = random.Random(20261122)
    results = [expression(rng, rng.randint(1, 3)) for _ in range(200)]
    text = "".join(
        f"function f{index}(a, b) {{ if (a < 0) {{ return -a; }} return {result}; }}\n"
        for index, result in enumerate(results)
    )
    tree = SyntaxTree(text, "javascript")
    calls = [
        (f"{found.name}({spelled(one, 'javascript')})", literal(one.returns, "javascript"))
        for found in definitions(tree)
        for one in known_calls(tree, found)
    ]
    assert len(calls) > 250
    checks = "".join(
        f"if ({call} !== {want}) console.log(`{call}`, {call}, `{want}`);\n" for call, want in calls
    )
    (tmp_path / "a.js").write_text(text + checks)
    done = subprocess.run(
        ["node", tmp_path / "a.js"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout + done.stderr == ""
