"""Which texts count as the same answer."""

from __future__ import annotations

import pytest

from monkey_coder.codegen.structure import structure_key

BEFORE = "def total(rows):\n    return sum(rows)\n"
AFTER = "def total(rows):\n    found = 0\n    for row in rows:\n        found += row\n    return found\n"


def same(one: str, other: str, language: str = "python") -> bool:
    return structure_key(one, language, before=BEFORE) == structure_key(other, language, before=BEFORE)


@pytest.mark.parametrize(
    "other",
    [
        AFTER.replace("found", "result").replace("row ", "item ").replace("+= row", "+= item"),
        AFTER.replace("    found = 0\n", "    # Count.\n\n    found  =  0\n"),
        AFTER.replace("    found = 0\n", '    """Return the sum."""\n    found = 0\n'),
    ],
)
def test_new_names_comments_docstrings_and_layout_do_not_count(other: str) -> None:
    assert other != AFTER
    assert same(AFTER, other)


@pytest.mark.parametrize(
    "other",
    [
        AFTER.replace("in rows", "in total"),  # Both names meant something before.
        AFTER.replace("+=", "-="),
        AFTER.replace("= 0", "= 1"),
        AFTER.replace("        found += row", "        found += found"),
        BEFORE,
    ],
)
def test_what_does_something_else_differs(other: str) -> None:
    assert not same(AFTER, other)


def test_without_a_grammar_or_a_parse_the_words_count() -> None:
    assert same("one  two\n", "one two", "plaintext")
    assert not same("one two", "one three", "plaintext")
    assert not same("def f(:", "def g(:")
