"""Every form in which models write a change gives the same change."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monkey_coder.codegen.answer import AnswerReader
from monkey_coder.core.documents import Span, TextEdit, apply_edits
from monkey_coder.core.errors import EditError

CODE = "import os\n\n\ndef f(a):\n    b = a\n\n    return b\n\n\ndef g():\n    return 2\n"
NEW = CODE.replace("return b", "return b + 1")
ALL = Span(0, len(CODE))


def reader_of(answer: str, text: str = CODE, path: str = "/work/src/a.py") -> AnswerReader:
    reader = AnswerReader(text, Span(0, len(text)), "python", path)
    for at in range(0, len(answer), 7):
        reader.feed(answer[at : at + 7])
        reader.replacements()
    return reader


def read(answer: str, text: str = CODE) -> str:
    return apply_edits(text, [TextEdit(r.start, r.end, r.text) for r in reader_of(answer, text).finish()])


HUNK = "@@ -5,3 +5,3 @@ def f(a):\n     b = a\n \n-    return b\n+    return b + 1\n"
ANSWERS = {
    "whole": f"```python\n{NEW}```\n",
    "whole, with what is left out": "```python\nimport os\n\n\ndef f(a):\n    b = a\n\n    return b + 1\n\n\n"
    "def g():\n# ... rest of the code ...\n```\n",
    "unified diff": f"Here:\n\n```diff\n--- a/src/a.py\n+++ b/src/a.py\n{HUNK}```\n",
    "bare unified diff": f"--- a/src/a.py\n+++ b/src/a.py\n{HUNK}\nThat is all.\n",
    "diff with wrong numbers": f"```diff\n{HUNK.replace('-5,3 +5,3', '-90,3 +95,3')}```",
    "diff without numbers": f"```diff\n{HUNK.replace('@@ -5,3 +5,3 @@ def f(a):', '@@ ... @@')}```",
    "patch": "*** Begin Patch\n*** Update File: src/a.py\n@@ def f(a):\n     b = a\n \n-    return b\n"
    "+    return b + 1\n*** End Patch\n",
    "blocks with a path": "src/a.py\n```python\n<<<<<<< SEARCH\n    return b\n=======\n    return b + 1\n"
    ">>>>>>> REPLACE\n```\n",
    "blocks with dashes": "------- SEARCH\n    return b\n=======\n    return b + 1\n+++++++ REPLACE\n",
    "path inside the fence": "```python\nsrc/a.py\n<<<<<<< SEARCH\n    return b\n=======\n    return b + 1\n"
    ">>>>>>> REPLACE\n```\n",
    "an example in another language": f"```python\n{NEW}```\nThen run:\n```bash\npython a.py\n```\n",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_every_form_means_the_same(answer: str) -> None:
    assert read(answer) == NEW


CALLS: dict[str, dict[str, Any]] = {
    "old and new": {"path": "src/a.py", "old_string": "    return b", "new_string": "    return b + 1"},
    "part of a line": {"file_path": "a.py", "old_str": "return b\n", "new_str": "return b + 1\n"},
    "several": {"path": "a.py", "edits": [{"old_text": "    return b\n", "new_text": "    return b + 1\n"}]},
    "whole": {"path": "a.py", "content": NEW},
    "patch": {"input": f"--- a/src/a.py\n+++ b/src/a.py\n{HUNK}"},
}


@pytest.mark.parametrize("arguments", CALLS.values(), ids=CALLS)
def test_edit_tools_mean_the_same(arguments: dict[str, Any]) -> None:
    reader = reader_of("I will change it.\n")
    reader.call(arguments)
    assert apply_edits(CODE, [TextEdit(r.start, r.end, r.text) for r in reader.finish()]) == NEW


def test_a_call_can_change_a_part_of_a_line_that_stands_once() -> None:
    reader = reader_of("")
    reader.call({"old_string": "(a)", "new_string": "(a, c)"})
    (one,) = reader.finish()
    assert (CODE[one.start : one.end], one.text) == ("(a)", "(a, c)")
    twice = reader_of("")
    twice.call({"old_string": "retur", "new_string": "yield"})
    with pytest.raises(EditError, match="line 7 and at line 11"):
        twice.finish()


def test_several_files_are_told_apart() -> None:
    reader = reader_of(
        "src/a.py\n<<<<<<< SEARCH\n    return b\n=======\n    return b + 1\n>>>>>>> REPLACE\n\n"
        "### `src/b.py`\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n\n"
        "src/new.py\n```python\ny = 1\n```\n"
    )
    (own,) = reader.finish()
    assert own.text == "    return b + 1\n"
    b, new = reader.others()
    assert (b.path, b.creates, b.apply("x = 1\r\n")) == ("src/b.py", False, "x = 2\r\n")
    assert (new.path, new.creates, new.apply("")) == ("src/new.py", True, "y = 1\n")


REFUSED = {
    "deleted file": ("*** Begin Patch\n*** Delete File: src/a.py\n*** End Patch\n", "deletes"),
    "added lines without a place": ("```diff\n@@ -40,0 +41,2 @@\n+x = 1\n+y = 2\n```\n", "quotes none"),
    "what is left out cannot be known": (
        "```python\nimport sys\n# ... existing code ...\ndef h():\n    pass\n```",
        "leaves code out",
    ),
    "two texts": (f"```python\n{CODE}```\nor\n```python\n{NEW}```\n", "2 code blocks"),
    "a block without an end": (
        "<<<<<<< SEARCH\n    return b\n=======\n<<<<<<< SEARCH\n    return b\n=======\n>>>>>>> REPLACE\n",
        "no end",
    ),
}


@pytest.mark.parametrize(("answer", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_certain_is_refused(answer: str, says: str) -> None:
    with pytest.raises(EditError, match=says):
        reader_of(answer).finish()


def test_underlines_inside_a_block_do_not_divide_it() -> None:
    text = "Title\n=====\n\ntext\n"
    answer = "<<<<<<< SEARCH\nTitle\n=====\n=======\nNew title\n=========\n>>>>>>> REPLACE\n"
    assert read(answer, text) == "New title\n=========\n\ntext\n"


def test_byte_order_mark_line_ends_and_tabs_stay() -> None:
    text = "\ufeffif a:\r\n\tb()\r\n\tif c:\r\n\t\td()"
    assert read("```\nif a:\n    b()\n    if c:\n        e()\n```", text) == text.replace("d()", "e()")
    blocks = "<<<<<<< SEARCH\nif a:\n    b()\n=======\nif a:\n    e()\n>>>>>>> REPLACE\n"
    assert read(blocks, text) == text.replace("b()", "e()")


def test_drafts_come_while_it_is_written_and_only_grow() -> None:
    reader = AnswerReader(CODE, ALL, "python")
    reader.feed("<<<<<<< SEARCH\n    return b\n=======\n    x = 1\n")
    (first,) = reader.replacements()
    assert (CODE[first.start : first.end], first.text) == ("    return b\n", "    x = 1\n")
    reader.feed("    return x\n>>>>>>> REPLACE\n")
    (second,) = reader.replacements()
    assert second.text == first.text + "    return x\n"


FRAGMENTS = st.lists(
    st.sampled_from(
        [
            "<<<<<<< SEARCH",
            "=======",
            ">>>>>>> REPLACE",
            "```python",
            "```",
            "--- a/src/a.py",
            "+++ b/src/a.py",
            "@@ -1 +1 @@",
            "*** Begin Patch",
            "*** Update File: b.py",
            "*** Add File: c.py",
            "*** End Patch",
            "-import os",
            "+import sys",
            " ",
            "def f(a):",
            "    return b",
            "    b = a",
            "# ...",
            "...",
            "src/b.py",
            "text",
        ]
    ),
    max_size=14,
)


@given(FRAGMENTS)
def test_any_mixture_is_read_or_refused(lines: list[str]) -> None:
    reader = AnswerReader(CODE, ALL, "python", "/work/src/a.py")
    for line in lines:
        reader.feed(line + "\n")
        reader.replacements()
    try:
        found = reader.finish()
        reader.others()
    except EditError as error:
        assert str(error)
    else:
        apply_edits(CODE, [TextEdit(one.start, one.end, one.text) for one in found])
