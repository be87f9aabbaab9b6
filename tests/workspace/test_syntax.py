"""The tree that follows its edits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monkey_coder.core.documents import Span, TextEdit
from monkey_coder.workspace.syntax import Offsets, SyntaxTree

TEXTS = st.text(alphabet="aé𝄞\n\r\t(){}=:'\" \x0c\u2028", max_size=60)


@given(TEXTS)
def test_offsets_go_both_ways(text: str) -> None:
    offsets = Offsets(text)
    for char in range(len(text) + 1):
        byte = len(text[:char].encode())
        assert (offsets.byte(char), offsets.char(byte)) == (byte, char)


@given(TEXTS, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9), TEXTS), max_size=3))
def test_an_edited_tree_equals_a_fresh_one(text: str, changes: list[tuple[int, int, str]]) -> None:
    tree = SyntaxTree(text, "python")
    edits, at = [], 0
    for skip, length, new in changes:
        start = min(at + skip, len(text))
        at = min(start + length, len(text))
        edits.append(TextEdit(start, at, new))
    edited = tree.edited(edits)
    assert edited.root.end_byte <= len(edited.text.encode())
    if not edited.root.has_error:
        assert str(edited.root) == str(SyntaxTree(edited.text, "python").root)


def test_an_edit_after_wide_characters_lands_where_it_should() -> None:
    tree = SyntaxTree("π = '𝄞'\nx = 1\n", "python").edited([TextEdit(8, 9, "größe"), TextEdit(12, 13, "(2,")])
    assert tree.text == "π = '𝄞'\ngröße = (2,\n"
    (problem,) = tree.problems()
    assert tree.line(problem) >= 2
    assert tree.text_of(tree.at(Span(8, 13))) == "größe"


def test_a_lone_surrogate_does_not_stop_the_parse() -> None:
    tree = SyntaxTree("x = '\ud800'\ny = 1\n", "python")
    assert tree.text_of(tree.at(Span(8, 9))) == "y"
