"""A completion fits between what stands before and after the cursor."""

from __future__ import annotations

import pytest

from monkey_coder.codegen.trim import trimmed

CASES = {
    "plain": ("x = <|>\n", "1", "1"),
    "bracket that stands already": ("print(<|>)\n", "value)", "value"),
    "own brackets stay": ("print(<|>)\n", "f(1)", "f(1)"),
    "end that stands already": ("x = foo(<|>, 2)\n", "1, 2)", "1"),
    "many lines before text in the line": ("x = (<|>)\n", "1\ny = 2\nz = 3", "1"),
    "line repeated": ("    for x in xs:<|>\n", "    for x in xs:\n        f(x)", "\n        f(x)"),
    "fence": ("<|>\n", "```js\nlet a = 1;\n```", "let a = 1;"),
    "third time the same line": ("<|>\n", "f()\nf()\nf()\nf()\nf()", "f()\nf()"),
    "following line": ("if a:\n    <|>\nreturn b\n", "x = 1\nreturn b", "x = 1"),
    "windows line ends": ("<|>\n", "a\r\nb", "a\nb"),
    "white space": ("x<|>\n", " \n \n", ""),
    "trailing space at a line's end": ("x = <|>\n", "1  \n", "1"),
}


@pytest.mark.parametrize(("marked", "says", "expect"), CASES.values(), ids=CASES)
def test_completion_is_trimmed(marked: str, says: str, expect: str) -> None:
    before, after = marked.split("<|>")
    assert trimmed(says, before, after) == expect
