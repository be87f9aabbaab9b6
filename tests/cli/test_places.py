"""Places are read as a person writes them, and a wrong one says what is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from monkey_coder.cli.places import Lines, Point, offset_of, parse_lines, parse_point, position_of, span_of
from monkey_coder.core.errors import InputError

TEXT = "one\r\ntwo\x0c\u2028\rthree\n\U0001f412 four"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a.py", Lines("a.py")),
        ("a.py:3", Lines("a.py", 3, 3)),
        ("a.py:3-5", Lines("a.py", 3, 5)),
        ("a.py:L3-L5", Lines("a.py", 3, 5)),
        (r"C:\x.py", Lines(r"C:\x.py")),
        (r"C:\x.py:3-5", Lines(r"C:\x.py", 3, 5)),
        (r"C:\x y\é.py:3", Lines(r"C:\x y\é.py", 3, 3)),
        ("a:b.py:7", Lines("a:b.py", 7, 7)),
        ("a.py:", Lines("a.py:")),
        ("a.py:x", Lines("a.py:x")),
    ],
)
def test_lines_are_parsed(text: str, lines: Lines) -> None:
    assert parse_lines(text) == lines


def test_file_whose_name_ends_like_a_range_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "a.py:3").touch()
    assert parse_lines(str(tmp_path / "a.py:3")) == Lines(str(tmp_path / "a.py:3"))


@pytest.mark.parametrize("text", ["a.py:0", "a.py:5-3", "a.py:0-2"])
def test_lines_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="lines count from 1 and run forward, such as a"):
        parse_lines(text)


def test_points_are_parsed() -> None:
    assert parse_point(r"C:\x.py:3:5") == Point(r"C:\x.py", 3, 5)
    for text in ("a.py", "a.py:3", "a.py:3-5", "3:5"):
        with pytest.raises(InputError, match="write FILE:LINE:COL"):
            parse_point(text)
    with pytest.raises(InputError, match="count from 1"):
        parse_point("a.py:0:1")


@pytest.mark.parametrize(
    ("lines", "selected"),
    [
        (Lines("f"), TEXT),
        (Lines("f", 1, 1), "one\r\n"),
        (Lines("f", 2, 3), "two\x0c\u2028\rthree\n"),
        (Lines("f", 4, 4), "\U0001f412 four"),
    ],
)
def test_lines_end_where_editors_end_them(lines: Lines, selected: str) -> None:
    span = span_of(lines, TEXT)
    assert TEXT[span.start : span.end] == selected


def test_line_past_the_end_is_refused() -> None:
    with pytest.raises(InputError, match="f has 4 lines, so there is no line 5"):
        span_of(Lines("f", 2, 5), TEXT)
    with pytest.raises(InputError, match="f has 1 line, so there is no line 2"):
        span_of(Lines("f", 2, 2), "one\n")
    with pytest.raises(InputError, match="f has 4 lines, so there is no line 9"):
        offset_of(Point("f", 9, 1), TEXT)
    with pytest.raises(InputError, match="line 1 of f has 3 characters, so the last column is 4, not 5"):
        offset_of(Point("f", 1, 5), TEXT)


@pytest.mark.parametrize(("text", "n"), [(TEXT, 4), ("", 1), ("a\n", 2), ("a\n\n", 3)])
def test_every_place_goes_there_and_back(text: str, n: int) -> None:
    seen = set()
    for offset in range(len(text) + 1):
        line, column = position_of(offset, text)
        seen.add(line)
        if text[offset - 1 : offset + 1] != "\r\n":
            assert offset_of(Point("f", line, column), text) == offset
    assert seen == set(range(1, n + 1))
