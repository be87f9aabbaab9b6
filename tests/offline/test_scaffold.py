# ruff: noqa: E501
"""Test scaffolds: in the right place and framework, and they run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from monkey_coder.codegen.syntax import syntax_problems
from monkey_coder.core.documents import Document
from monkey_coder.core.errors import InputError
from monkey_coder.offline.scaffold import Scaffold, scaffold
from monkey_coder.workspace import conventions

from .support import document, marked

SOURCE = '''\
from pathlib import Path


class PriceError(ValueError):
    pass


def add(a: int, b: int = 2) -> int:
    """Add.

    >>> add(1)
    3
    >>> add(40, 2)
    42
    >>> add("x")
    Traceback (most recent call last):
    TypeError: no
    """
    return a + b


def price(amount: int, name: str) -> str:
    if amount < 0:
        raise PriceError("negative")
    if not name:
        return ""
    return lookup(name)


def join(a: str, b: str) -> str:
    return f"{a}-{b.upper()}"


async def load(path: Path) -> str:
    return path.name


class Shop:
    def __init__(self, name: str, *, size=3):
        self.name = name

    def title(self) -> str:
        return self.name

    @property
    def size(self):
        return self._size()

    def items(self):
        yield self.name

    @classmethod
    def empty(cls):
        return cls("x")
'''


def write(snippet: str, language: str, path: Path, folder: Path, existing: str = "") -> tuple[Path, Scaffold]:
    text, span = marked(snippet)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    given = document(text, language, path, folder)
    where = Path(conventions.test_path(given))
    target = Document("", language, 1, existing, str(where), str(folder))
    found = scaffold(given, span, target)
    assert syntax_problems(existing, found.text, language) == ()
    return where, found


def run_pytest(folder: Path, where: Path, text: str) -> str:
    where.parent.mkdir(exist_ok=True)
    where.write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", folder, where],
        capture_output=True, text=True, cwd=folder, env={"PYTHONPATH": str(folder), "PATH": ""}, check=False,
    )  # fmt: skip
    return done.stdout


def test_what_the_code_proves_becomes_tests_that_pass(tmp_path: Path) -> None:
    where, found = write("<|>" + SOURCE + "<|>", "python", tmp_path / "shop.py", tmp_path)
    assert where == tmp_path / "tests" / "test_shop.py"
    for line in (
        "    assert add(40, 2) == 42",
        '    with pytest.raises(TypeError):\n        add("x")',
        '    with pytest.raises(PriceError):\n        price(-1, "text")',
        "    assert price(1, \"\") == ''",
        '    assert join("text", "text") == \'text-TEXT\'',
        "    asyncio.run(run())",
        '    shop = Shop("text")\n    result = shop.size',
        "    result = list(shop.items())",
        "from shop import PriceError, Shop, add, join, load, price",
    ):
        assert line in found.text, line
    assert "assert True" not in found.text
    output = run_pytest(tmp_path, where, found.text)
    assert "AttributeError" in output  # `_size` is nowhere: the code under test is wrong, not the test.
    assert "1 failed" in output, output


def test_asking_again_adds_nothing_and_loses_nothing(tmp_path: Path) -> None:
    snippet = SOURCE.replace("def join", "def jo<|>in")
    _, first = write(snippet, "python", tmp_path / "shop.py", tmp_path)
    _, again = write(snippet, "python", tmp_path / "shop.py", tmp_path, first.text)
    assert again.text == first.text
    assert "already" in again.notes[0]
    mine = '"""Mine."""\n\nimport os\n\n\ndef test_mine():\n    assert os.sep\n'
    _, added = write(snippet, "python", tmp_path / "shop.py", tmp_path, mine)
    assert added.text.startswith('"""Mine."""\n\nimport os\n\nfrom shop import join\n\n\ndef test_mine():\n')
    assert added.text.count("def test_") == 2


def test_unittest_where_the_project_uses_it(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text(
        "import unittest\n\n\nclass A(unittest.TestCase):\n    def test_a(self): ...\n"
    )
    (tmp_path / "other.py").write_text("")
    where, found = write(
        SOURCE.replace("def price", "def pri<|>ce"), "python", tmp_path / "shop.py", tmp_path
    )
    assert where == tmp_path / "test_shop.py"
    assert "class ShopTests(unittest.TestCase):" in found.text
    assert "        with self.assertRaises(PriceError):\n" in found.text
    where.write_text(found.text)
    done = subprocess.run(
        [sys.executable, "-m", "unittest", "-v", "test_shop"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_package_layouts(tmp_path: Path) -> None:
    (tmp_path / "src" / "shop" / "till").mkdir(parents=True)
    for folder in ("shop", "shop/till"):
        (tmp_path / "src" / folder / "__init__.py").write_text("")
    (tmp_path / "tests" / "till").mkdir(parents=True)
    where, found = write("def f<|>(x): return 3\n", "python", tmp_path / "src/shop/till/a.py", tmp_path)
    assert where == tmp_path / "tests/till/test_a.py"
    assert "from shop.till.a import f" in found.text


def test_typescript_specifiers_follow_the_file(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"devDependencies": {"vitest": "1"}}')
    source = 'import { b } from "./b.js";\nexport const f<|> = async (a: Item[]) => b(a);\n'
    _, found = write(source, "typescript", tmp_path / "a.ts", tmp_path)
    assert 'import { f } from "./a.js";' in found.text
    assert "async () => {\n    const result = await f([]);" in found.text


ECMA = 'export function price(n: number, s: string): string {\n  if (n < 0) throw new RangeError("x");\n  return go(n);\n}\n'


@pytest.mark.parametrize(
    ("package", "first", "line"),
    [
        ({"devDependencies": {"vitest": "1"}}, 'import { describe, expect, it } from "vitest";', 'expect(typeof result).toBe("string");'),
        ({"devDependencies": {"jest": "1"}}, 'import { price } from "./a";', "expect(() => price(-1, \"text\")).toThrow(RangeError);"),
        ({}, 'import assert from "node:assert/strict";', 'assert.throws(() => price(-1, "text"), RangeError);'),
    ],
)  # fmt: skip
def test_typescript(tmp_path: Path, package: object, first: str, line: str) -> None:
    (tmp_path / "package.json").write_text(json.dumps(package))
    where, found = write("<|>" + ECMA, "typescript", tmp_path / "src" / "a.ts", tmp_path)
    assert where == tmp_path / "src" / "a.test.ts"
    assert found.text.startswith(first)
    assert line in found.text


def test_what_is_not_exported_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not exported"):
        write("function f<|>() {}\n", "javascript", tmp_path / "a.js", tmp_path)


def test_go(tmp_path: Path) -> None:
    source = 'package a\n\nimport "context"\n\nfunc (s *Shop) Load<|>(ctx context.Context, n int, names ...string) (string, error) { return "", nil }\n'
    where, found = write(source, "go", tmp_path / "a.go", tmp_path)
    assert where == tmp_path / "a_test.go"
    assert 'import (\n\t"context"\n\t"testing"\n)' in found.text
    assert "\tgot, err := subject.Load(context.Background(), 1)\n\tif err != nil {" in found.text


def test_rust_goes_into_the_same_file(tmp_path: Path) -> None:
    source = "pub fn price(n: u8, s: &str) -> Option<u8> { None }\n\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn old() {}\n}\n"
    where, found = write(
        source.replace("fn price", "fn pri<|>ce"), "rust", tmp_path / "a.rs", tmp_path, source
    )
    assert where == tmp_path / "a.rs"
    assert (
        '    fn old() {}\n\n    #[test]\n    fn price_works() {\n        assert_eq!(price(2, "text"), None);'
        in found.text
    )


def test_java(tmp_path: Path) -> None:
    source = "package x;\n\npublic class A {\n    public A(String name) {}\n    public int si<|>ze(int n) { return 1; }\n}\n"
    where, found = write(source, "java", tmp_path / "src/main/java/x/A.java", tmp_path)
    assert where == tmp_path / "src/test/java/x/ATest.java"
    assert "import org.junit.jupiter.api.Test;" in found.text
    assert '        var subject = new A("text");\n        var result = subject.size(1);' in found.text


def test_a_language_without_a_scaffold_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="configure a model"):
        conventions.test_path(document("a { color: red; }", "css", tmp_path / "a.css", tmp_path))
