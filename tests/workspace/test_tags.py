"""What one file defines, refers to, imports and comments on."""

from __future__ import annotations

import pytest

from monkey_coder.workspace.import_statements import ALL, Import, Lines
from monkey_coder.workspace.languages import LANGUAGES
from monkey_coder.workspace.tags import FileTags, tags


def defined(found: FileTags) -> list[tuple[str, str, tuple[int, int], tuple[int, int], str]]:
    return [
        (one.kind, one.qualified_name, tuple(one.header), tuple(one.whole), one.doc)
        for one in found.definitions
    ]


PYTHON = '''\
# About f.
@deco
def f(a,
      b: Thing):  # c
    """Doc of f.

    More."""
    return g(a)
class A(B):
    field: int = 3
    # On m,
    # and more.
    async def m(self):
        def inner(): pass
X = {
    1: 2}
'''


def test_python_definitions_know_their_headers_holders_and_docs() -> None:
    found = tags(PYTHON, "python")
    assert defined(found) == [
        ("function", "f", (3, 4), (2, 8), "Doc of f."),
        ("class", "A", (9, 9), (9, 14), ""),
        ("field", "A.field", (10, 10), (10, 10), ""),
        ("method", "A.m", (13, 13), (13, 14), "On m,"),
        ("function", "A.m.inner", (14, 14), (14, 14), ""),
        ("variable", "X", (15, 15), (15, 16), ""),
    ]
    assert found.definitions[0].signature == "def f(a,\n      b: Thing):  # c"
    assert {(one.name, one.line, one.role) for one in found.references} >= {
        ("Thing", 4, "type"),
        ("g", 8, "call"),
        ("B", 9, "class"),
    }
    assert [tuple(one.lines) for one in found.comments] == [(1, 1), (4, 4), (11, 12)]


TYPESCRIPT = """\
/** Doc of f */
export const f = async (
  x: T,
): Promise<void> => {
  const inner = (y) => y;
}
export default class Foo<T> extends Bar {
  private x = 1;
  handler = (e) => { go(e) };
  /** Doc of m */
  m(a: string): void { this.n(); }
}
export interface I { p: string; q(): void }
export type U = {
  a: string
}
"""


def test_typescript_has_arrow_functions_and_class_members() -> None:
    assert defined(tags(TYPESCRIPT, "typescript")) == [
        ("function", "f", (2, 4), (2, 6), "Doc of f"),
        ("function", "f.inner", (5, 5), (5, 5), ""),
        ("class", "Foo", (7, 7), (7, 12), ""),
        ("field", "Foo.x", (8, 8), (8, 8), ""),
        ("field", "Foo.handler", (9, 9), (9, 9), ""),
        ("method", "Foo.m", (11, 11), (11, 11), "Doc of m"),
        ("interface", "I", (13, 13), (13, 13), ""),
        ("field", "I.p", (13, 13), (13, 13), ""),
        ("method", "I.q", (13, 13), (13, 13), ""),
        ("type", "U", (14, 14), (14, 16), ""),
        ("field", "U.a", (15, 15), (15, 15), ""),
    ]


OTHERS = {
    "go": (
        (
            "// F does.\nfunc F(a int,\n  b int) error {\n}\n"
            "func (s *Srv[T]) Do() {}\ntype (\n  I interface { M() }\n)\n"
        ),
        ["function F 2-3", "method Srv.Do 5-5", "interface I 7-7", "method I.M 7-7"],
    ),
    "rust": (
        (
            "#[derive(Debug)]\npub struct S<T> { a: u8 }\n"
            "impl<T> S<T> {\n  pub fn new(\n    x: u8,\n  ) -> Self {\n  }\n}\n"
        ),
        ["class S 2-2", "field S.a 2-2", "implementation S<T> 3-3", "method S.new 4-6"],
    ),
    "java": (
        "class Foo extends Bar {\n  @Override\n  public int go(int a) {\n  }\n}\n",
        ["class Foo 1-1", "method Foo.go 2-3"],
    ),
    "cpp": (
        "template <class T>\nclass V { void m() {} };\nvoid Foo::bar(int x)\n{\n}\n",
        ["class V 2-2", "method V.m 2-2", "method Foo.bar 3-4"],
    ),
    "csharp": (
        "namespace N {\n class C {\n  int P {get;set;}\n }\n}\n",
        ["module N 1-1", "class N.C 2-2", "property N.C.P 3-3"],
    ),
    "ruby": (
        "class C < D\n  def m(a,\n        b)\n    x(a)\n  end\nend\n",
        ["class C 1-1", "method C.m 2-3"],
    ),
    "shellscript": ("f() {\n  echo 1\n}\n", ["function f 1-1"]),
}


@pytest.mark.parametrize("language", OTHERS)
def test_other_languages_have_headers_and_holders(language: str) -> None:
    text, expected = OTHERS[language]
    found = tags(text, language).definitions
    assert [
        f"{one.kind} {one.qualified_name} {one.header.first}-{one.header.last}" for one in found
    ] == expected


def one(module: str, *names: tuple[str, str], alias: str = "", level: int = 0, **more: bool) -> Import:
    return Import(module, Lines(1, 1), names, alias, level, **more)


IMPORTS = [
    ("python", "import os, a.b as c", [one("os"), one("a.b", alias="c")]),
    ("python", "from ..y import (p as q, r)", [one("y", ("p", "q"), ("r", "r"), level=2)]),
    ("python", "from . import x", [one("", ("x", "x"), level=1)]),
    ("python", "from m import *", [one("m", ALL)]),
    (
        "typescript",
        'import D, {a as b, type C} from "./m";',
        [one("./m", ("a", "b"), ("C", "C"), ("default", "D"), level=1)],
    ),
    ("typescript", "import * as ns from 'n';", [one("n", alias="ns")]),
    ("typescript", 'import type {T} from "t";', [one("t", ("T", "T"))]),
    ("javascript", 'import "side"', [one("side")]),
    ("typescript", 'export * from "./all";', [one("./all", ALL, level=1, is_exported=True)]),
    ("typescript", "export {z} from './z';", [one("./z", ("z", "z"), level=1, is_exported=True)]),
    ("javascript", 'const {k, l: m} = require("q")', [one("q", ("k", "k"), ("l", "m"))]),
    ("javascript", 'const q = require("q")', [one("q", alias="q")]),
    ("javascript", "await import('./dyn')", [one("./dyn", level=1)]),
    ("go", 'import m "a/b"', [one("a/b", alias="m")]),
    (
        "rust",
        "use crate::a::{b, c::{self, D as E}, f::*};",
        [
            one("crate::a", ("b", "b")),
            one("crate::a::c", alias="c"),
            one("crate::a::c", ("D", "E")),
            one("crate::a::f", ALL),
        ],
    ),
    ("rust", "pub use super::z::Y;", [one("super::z", ("Y", "Y"), is_exported=True)]),
    ("rust", "mod foo;", [one("self::foo")]),
    ("java", "import a.b.C;", [one("a.b", ("C", "C"))]),
    ("java", "import static x.Y.*;", [one("x.Y", ALL)]),
    ("c", "#include <stdio.h>", [one("stdio.h", ALL, is_system=True)]),
    ("cpp", '#include "x/y.h"', [one("x/y.h", ALL, level=1)]),
    ("csharp", "using X = A.B;", [one("A.B", alias="X")]),
    ("ruby", 'require_relative "c"', [one("c", ALL, level=1)]),
    ("php", "<?php use P\\{Q, R as S};", [one("P", ("Q", "Q")), one("P", ("R", "S"))]),
    ("lua", 'local m = require("a.b")', [one("a.b", alias="m")]),
    ("shellscript", '. "$DIR/x.sh"', [one("x.sh", ALL, level=1)]),
    ("css", '@import "x.css";', [one("x.css", ALL, level=1)]),
]


@pytest.mark.parametrize(("language", "text", "expected"), IMPORTS)
def test_imports_are_read(language: str, text: str, expected: list[Import]) -> None:
    assert list(tags(text + "\n", language).imports) == expected


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_make_no_difference(end: str) -> None:
    assert tags(PYTHON.replace("\n", end), "python") == tags(PYTHON, "python")


@pytest.mark.parametrize("language", [*LANGUAGES, "plaintext", "no such language"])
@pytest.mark.parametrize("text", ["", "\n", "(((", "import", "\ud800 \0 é\n" * 3, "use a::{{{b"])
def test_broken_text_is_no_error(language: str, text: str) -> None:
    assert tags(text, language).language == language
