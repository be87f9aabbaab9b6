"""A document's tags, kept up while it is typed in, are those of reading it anew."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from monkey_coder.workspace.live_tags import LiveTags
from monkey_coder.workspace.tags import tags

PYTHON = '''\
import os
from a import (
    b,
    c,
)


# On f.
@deco
def f(x,
      y):
    """Doc."""
    return g(x)


class A(Base):
    field: int = 1

    # On m.
    def m(self):
        return self.n()

    def n(self):
        return 2
'''
TYPESCRIPT = """\
import { a, b as c } from './m'
/** On f */
export const f = (x: T) => {
  return a(x)
}
export class K extends B {
  p = 1
  // On m.
  m(): void { this.f() }
}
"""
RUST = """\
use crate::a::{b, c};
/// On S.
#[derive(Debug)]
pub struct S { a: u8 }
impl S {
    // On n.
    pub fn n(&self) -> u8 { self.a }
}
"""
TEXTS = {"python": PYTHON, "typescript": TYPESCRIPT, "rust": RUST}
PIECES = (
    "x",
    "\n",
    "# c\n",
    "@d\n",
    "    ",
    "def h():\n    pass\n",
    "class Q:\n",
    "(",
    "}\n",
    "é",
    "// k\n",
    "#[a]\n",
)


def edited(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text) + 1)
    if rng.random() < 0.5:
        at = text.rfind("\n", 0, at) + 1
    cut = rng.choice((0, 0, 1, 5, 40))
    return text[:at] + rng.choice(PIECES) * rng.choice((0, 1, 1)) + text[at + cut :]


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("seed", range(8))
def test_typing_gives_the_same_as_reading_anew(language: str, seed: int) -> None:
    rng = random.Random(seed)
    text = TEXTS[language]
    live = LiveTags(text, language)
    for _ in range(25):
        text = edited(rng, text)
        assert live.update(text, within_s=5.0)
        was = live.tags
        live.settle()
        # What a whole query of the same tree finds; a tree mended step by step may differ from a new one.
        assert was == live.tags


def test_an_edit_is_seen_at_once() -> None:
    live = LiveTags(PYTHON, "python")
    assert live.update(PYTHON.replace("def n(", "def renamed("))
    assert live.tags == tags(PYTHON.replace("def n(", "def renamed("), "python")


def test_what_a_class_holds_follows_its_name() -> None:
    live = LiveTags(PYTHON, "python")
    live.update(PYTHON.replace("class A(", "class Other("))
    assert [one.qualified_name for one in live.tags.definitions][-1] == "Other.n"


@pytest.mark.parametrize("cut", [lambda text: "\n\n" + text, lambda text: text.replace("    b,\n", "", 1)])
def test_without_time_lines_follow_and_settling_reads_the_rest(cut: Callable[[str], str]) -> None:
    live = LiveTags(PYTHON * 30, "python")
    text = cut(PYTHON * 30)
    assert not live.update(text, within_s=0.0)
    known = {one.name: one.header.first for one in live.tags.definitions}
    assert known["n"] == text[: text.rindex("def n(")].count("\n") + 1
    live.settle()
    assert live.is_settled
    assert live.tags == tags(text, "python")


def test_a_language_without_a_grammar_has_no_tags() -> None:
    live = LiveTags("x", "plaintext")
    assert live.update("xy")
    assert live.tags.definitions == ()
