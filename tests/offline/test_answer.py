"""Answers that read one way alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monkey_coder.codegen.answer import AnswerReader
from monkey_coder.core.documents import Span, TextEdit, apply_edits
from monkey_coder.core.errors import EditError
from monkey_coder.offline.answer import answer_text, fenced, search_blocks

from .support import document

LINES = st.lists(st.sampled_from(["a", "b", "", "  c", "def f():", "    x = 1"]), min_size=1, max_size=12)


def read(text: str, span: Span, answer: str) -> str:
    reader = AnswerReader(text, span, "python")
    reader.feed(answer)
    return apply_edits(text, [TextEdit(found.start, found.end, found.text) for found in reader.finish()])


@given(LINES, st.integers(0, 11), st.sampled_from(["new\n", "    new\nnewer\n"]))
def test_blocks_are_read_as_they_are_meant(lines: list[str], at: int, new: str) -> None:
    text = "\n".join([*lines, "last line of its own"]) + "\n"
    start = sum(len(line) + 1 for line in lines[: min(at, len(lines))])
    edits = [TextEdit(start, start, new)]
    assert read(text, Span(0, 0), search_blocks(text, edits)) == apply_edits(text, edits)


def test_a_fence_in_the_text_is_not_taken_for_the_answers_own() -> None:
    text = 'x = """\n```\ncode\n```\n"""\n'
    edits = [TextEdit(0, 1, "y")]
    answer = answer_text(document(text), Span(0, len(text)), edits)
    assert read(text, Span(0, len(text)), answer) == apply_edits(text, edits)
    assert fenced("a = 1\n") == "a = 1\n"


def test_a_conflict_mark_is_never_quoted() -> None:
    text = "a\n=======\nb\n"
    with pytest.raises(EditError, match="conflict marks"):
        search_blocks(text, [TextEdit(2, 9, "x")])
