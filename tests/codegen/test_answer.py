"""What models write becomes the change they mean, or a refusal that says why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monkey_coder.codegen.answer import AnswerReader
from monkey_coder.core.documents import Span, TextEdit, apply_edits
from monkey_coder.core.errors import EditError

CODE = "import os\n\n\nclass A:\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2\n"
F = Span(CODE.index("    def f"), CODE.index("\n    def g"))


def read(answer: str, text: str = CODE, span: Span = F, language: str = "python") -> str:
    reader = AnswerReader(text, span, language)
    for character in answer:
        reader.feed(character)
        reader.replacements()
    return apply_edits(text, [TextEdit(r.start, r.end, r.text) for r in reader.finish()])


@pytest.mark.parametrize(
    "answer",
    [
        "    def f(self):\n        return 3\n",
        "def f(self):\n    return 3\n",
        "```python\n    def f(self):\n        return 3\n```\n",
        "Here it is:\n\n```py\ndef f(self):\n    return 3\n```\nIt returns 3 now.",
        "<<<<<<< SEARCH\n        return 1\n=======\n        return 3\n>>>>>>> REPLACE\n",
        "```\n<<<<<<< SEARCH\n    return 1\n=======\n    return 3\n>>>>>>> REPLACE\n```",
    ],
)
def test_every_form_gives_the_same_change(answer: str) -> None:
    assert read(answer) == CODE.replace("return 1", "return 3")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("", "no code"),
        ("```python\ndef f(self):\n", "cut off"),
        ("<<<<<<< SEARCH\n        return 1\n=======\n        ret", "cut off"),
        ("<<<<<<< SEARCH\n        return 9\n=======\n        return 3\n>>>>>>> REPLACE\n", "nearest is line"),
        ("<<<<<<< SEARCH\n\n=======\nx\n>>>>>>> REPLACE\n", "quotes no line"),
    ],
)
def test_what_cannot_be_applied_is_refused(answer: str, says: str) -> None:
    with pytest.raises(EditError, match=says):
        read(answer)


def test_a_block_that_fits_twice_names_both_places() -> None:
    with pytest.raises(EditError, match="line 1 and at line 3"):
        read("<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n", "a\nx\na\n", Span(0, 6))


def test_code_without_a_place_is_refused() -> None:
    with pytest.raises(EditError, match="where its code belongs"):
        read("```\nx = 1\n```", CODE, Span(3, 3))


def test_line_ends_and_a_missing_final_newline_stay() -> None:
    assert read("```\nx = 2\ny = 2\n```", "x = 1\r\ny = 1", Span(0, 12)) == "x = 2\r\ny = 2"


def test_prose_is_not_shown_as_code_while_it_streams() -> None:
    reader = AnswerReader(CODE, F, "python")
    reader.feed("Sure, here it is:\n")
    assert reader.replacements() == ()


def test_fences_inside_markdown_stay() -> None:
    answer = "```markdown\n# T\n\n```sh\nls\n```\n\nend\n```\n"
    assert read(answer, "old\n", Span(0, 4), "markdown") == "# T\n\n```sh\nls\n```\n\nend\n"


@given(st.text(alphabet="ab \n`<=>", max_size=60))
def test_any_answer_is_read_or_refused(answer: str) -> None:
    try:
        read(answer)
    except EditError as error:
        assert str(error)
