"""Which definitions come first, in each language with weights of its own and in one without."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from tests.context.project import CURSOR, project

from monkey_coder.context.place import Place
from monkey_coder.context.rank import rank, weigh
from monkey_coder.context.signals import Signals

_SHAPES = {"a": (8, 4), "b": (4,), "c": (4, 3), "d": (3,), "e": (3,), "l": (5,)}
NOISE = {f"noise/n{i}": i for i in range(12)}


def noisy(files: Mapping[str, str], extension: str, text: str) -> dict[str, str]:
    return {**files, **{f"{name}{extension}": text.replace("N", str(i)) for name, i in NOISE.items()}}


PYTHON = noisy(
    {
        "app/auth.py": "def check_token(token):\n    return bool(token)\n\n\ndef other(x):\n    return x\n",
        "app/store.py": (
            "class Store:\n    def load(self, key):\n        return key\n\n"
            "    def save(self, key):\n        pass\n"
        ),
        "app/main.py": "",
    },
    ".py",
    "def helperN(a):\n    return a\n\n\nclass ThingN:\n    def runN(self):\n        pass\n",
)
GO = noisy(
    {
        "store/file.go": "package store\n\nfunc openFile(name string) int { return 1 }\n",
        "store/log.go": "package store\n\nfunc writeLog(line string) {}\n",
        "store/main.go": "package store\n",
        "web/web.go": "package web\n\nfunc Serve(port int) {}\n\nfunc hidden() {}\n",
        "cmd/main.go": "package main\n",
    },
    ".go",
    "package noise\n\nfunc HelperN(a int) int { return a }\n",
)
TYPESCRIPT = noisy(
    {
        "src/api/index.ts": "export * from './client'\n",
        "src/api/client.ts": (
            "export const fetchUser = (id: string) => {\n  return id\n}\nexport function other() {}\n"
        ),
        "src/main.ts": "",
    },
    ".ts",
    "export function helperN(a: number) { return a }\n",
)
RUST = noisy(
    {
        "src/lib.rs": "mod logger;\nmod walk;\n",
        "src/logger.rs": (
            "pub struct Logger;\n\nimpl Logger {\n    pub fn init() -> i32 {\n        1\n    }\n}\n"
        ),
        "src/walk.rs": "",
    },
    ".rs",
    "pub fn helperN(a: i32) -> i32 { a }\n",
)
JAVA = {
    "src/shop/Basket.java": (
        "package shop;\n\npublic class Basket {\n  public int total(int rate) { return rate; }\n}\n"
    ),
    "src/shop/Main.java": "",
}


def check(root: Path, files: Mapping[str, str], name: str, marked: str, wanted: str, within: int) -> None:
    with project(root, files) as made:
        document, offset = made.document(name, marked)
        after = (
            document.text[document.text.find("\n", offset) + 1 :] if "\n" in document.text[offset:] else ""
        )
        place = Place(name, document.language, document.text[:offset], after)
        with made.gatherer.keeper.borrowed(1.0) as atlas:
            assert atlas is not None
            found = [(atlas.rows[one.row].name, atlas.rows[one.row].container) for one in rank(atlas, place)]
    names = [f"{container}.{own}" if container else own for own, container in found]
    assert wanted in names[:within], names[: within + 5]


@pytest.mark.parametrize(
    ("marked", "wanted", "within"),
    [
        ("from .auth import check_token\n\n\ndef f(t):\n    if <|>\n", "check_token", 1),
        ("from . import auth\n\n\ndef f(t):\n    return auth.<|>\n", "check_token", 3),
        ("from .store import Store\n\n\ndef f(key):\n    store = Store()\n    store.<|>\n", "Store.load", 3),
        ("from .store import Store\n\n\ndef f(s: Store):\n    s.save(<|>\n", "Store.save", 1),
        ("from app.auth import check_token\n\n\ndef f(t):\n    x = ch<|>\n", "check_token", 1),
    ],
)
def test_python(tmp_path: Path, marked: str, wanted: str, within: int) -> None:
    check(tmp_path, PYTHON, "app/main.py", marked, wanted, within)


def test_go_knows_its_package_without_an_import(tmp_path: Path) -> None:
    marked = "package store\n\nfunc run(name string) {\n\tfile := <|>\n}\n"
    check(tmp_path, GO, "store/main.go", marked, "openFile", 2)


def test_go_members_of_an_imported_package(tmp_path: Path) -> None:
    marked = 'package main\n\nimport "example.com/x/web"\n\nfunc main() {\n\tweb.<|>\n}\n'
    check(tmp_path, GO, "cmd/main.go", marked, "Serve", 1)


def test_typescript_through_what_another_file_hands_on(tmp_path: Path) -> None:
    start = "import { fetchUser } from './api'\n\nexport async function show(id: string) {\n"
    marked = start + "  const user = <|>\n}\n"
    check(tmp_path, TYPESCRIPT, "src/main.ts", marked, "fetchUser", 1)


def test_rust_associated_functions(tmp_path: Path) -> None:
    marked = "use crate::logger::Logger;\n\npub fn walk() {\n    let level = Logger::<|>\n}\n"
    check(tmp_path, RUST, "src/walk.rs", marked, "Logger.init", 2)


def test_a_language_without_weights_of_its_own(tmp_path: Path) -> None:
    marked = "package shop;\n\nclass Main {\n  int pay(Basket basket) {\n    return basket.<|>\n  }\n}\n"
    check(tmp_path, JAVA, "src/shop/Main.java", marked, "Basket.total", 2)


def test_odds_are_of_one_whole(tmp_path: Path) -> None:
    with project(tmp_path, PYTHON) as made, made.gatherer.keeper.borrowed(1.0) as atlas:
        assert atlas is not None
        found = rank(atlas, Place("app/main.py", "python", "def f():\n    ", ""), most=10_000)
        assert 0.99 < sum(one.odds for one in found) < 1.01
        assert [one.odds for one in found] == sorted((one.odds for one in found), reverse=True)


def test_many_definitions_are_weighed_as_few_are() -> None:
    rng = np.random.default_rng(0)
    values = rng.random((1_000, 5), np.float32)
    weights = {name: rng.random(shape, np.float32) for name, shape in _SHAPES.items()}
    place = rng.random(3, np.float32)
    whole = weigh(Signals(np.arange(1_000), values, place), weights)
    one_by_one = [weigh(Signals(np.arange(1), values[at : at + 1], place), weights)[0] for at in range(1_000)]
    assert np.allclose(whole, one_by_one, rtol=1e-5)


@pytest.mark.parametrize(
    ("before", "after", "name", "expected"),
    [
        ("far\nnear\n", "", "near", (1 / 1.05, 0.0)),
        ("far\nnear\n", "", "far", (1 / 1.1, 0.0)),
        ("again\nagain\nx(", "", "again", (1 / 1.05, 0.0)),
        ("a = 1\nlast(", "", "last", (1.0, 0.0)),
        ("", "next\nlater\nnext\n", "next", (0.0, 1 / 1.05)),
        ("", "next\nlater\n", "later", (0.0, 1 / 1.1)),
        ("both\n", "both\n", "both", (1 / 1.05, 1 / 1.05)),
        ("both(", "both\n", "both", (1.0, 1 / 1.05)),
    ],
)
def test_how_near_a_name_stands(before: str, after: str, name: str, expected: tuple[float, float]) -> None:
    assert Place("a.py", "python", before, after).distance[name] == pytest.approx(expected)


def test_the_line_at_hand_counts_with_the_others() -> None:
    place = Place("a.py", "python", "from b import one\n\none(two, two", "two(one)\n")
    assert place.counts == {"from": 1, "b": 1, "import": 1, "one": 3, "two": 3}
    assert [one.local for one in place.imports] == ["one"]
    typed = Place("a.py", "python", "from b import one\nfrom c import tw", "")
    assert [one.local for one in typed.imports] == ["one", "tw"]


@pytest.mark.parametrize(
    "text", ["", "\n", "x = '", "((((", "\x00\ud800", "import ", "from . import (", "use {{{;", CURSOR]
)
def test_no_text_breaks_it(tmp_path: Path, text: str) -> None:
    with project(tmp_path, PYTHON) as made, made.gatherer.keeper.borrowed(1.0) as atlas:
        assert atlas is not None
        for language in ("python", "typescript", "go", "rust", "java", "plaintext"):
            rank(atlas, Place("app/new.py", language, text, text))
