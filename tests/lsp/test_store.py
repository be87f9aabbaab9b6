"""Our copy of a text against a plain model of the specification's rules."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from monkey_coder.core.documents import Span, TextEdit, apply_edits
from monkey_coder.lsp.from_proto import Encoding, offset_at
from monkey_coder.lsp.store import OpenText, TextStore, split_lines
from monkey_coder.lsp.to_proto import position_at, range_of

ENCODINGS: list[Encoding] = ["utf-8", "utf-16", "utf-32"]
TEXT = st.text(st.sampled_from("ab\n\r\x0b\x0c\x1c\x85\u2028é漢😀"), max_size=30)
PLACES = st.integers(0, 9)


def units(text: str, encoding: Encoding) -> int:
    return (
        len(text)
        if encoding == "utf-32"
        else len(text.encode(encoding.replace("16", "16-le"))) // (2 if encoding == "utf-16" else 1)
    )


def reference_offset(text: str, line: int, column: int, encoding: Encoding) -> int:
    starts = [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text))]
    if line >= len(starts):
        return len(text)
    offset = starts[line]
    used = 0
    while offset < len(text) and text[offset] not in "\r\n" and used < column:
        used += units(text[offset], encoding)
        offset += 1
    return offset


def change(start: tuple[int, int], end: tuple[int, int], text: str) -> dict[str, Any]:
    one, other = ({"line": line, "character": column} for line, column in (start, end))
    return {"range": {"start": one, "end": other}, "text": text}


@given(
    TEXT, st.lists(st.tuples(PLACES, PLACES, PLACES, PLACES, TEXT), max_size=6), st.sampled_from(ENCODINGS)
)
def test_edits_anywhere_keep_the_text_in_step(
    text: str, edits: list[tuple[int, int, int, int, str]], encoding: Encoding
) -> None:
    ours, expected = OpenText("u", "python", 1, text, encoding), text
    watched: list[TextEdit | None] = []
    for a, b, c, d, new in edits:
        places = sorted(reference_offset(expected, *place, encoding) for place in ((a, b), (c, d)))
        ours.change(2, [change((a, b), (c, d), new)], watched.append)
        assert watched.pop() == TextEdit(places[0], places[1], new)
        expected = expected[: places[0]] + new + expected[places[1] :]
        assert ours.snapshot().text == expected
        assert list(ours.snapshot().lines) == split_lines(expected)


@given(TEXT)
def test_lines_end_at_lf_crlf_and_cr_alone(text: str) -> None:
    lines = split_lines(text)
    assert "".join(lines) == text
    assert [line.rstrip("\r\n") for line in lines] == re.split(r"\r\n|\n|\r", text)


@given(TEXT, st.integers(0, 30), st.sampled_from(ENCODINGS))
def test_an_offset_becomes_a_position_and_comes_back(text: str, offset: int, encoding: Encoding) -> None:
    snapshot = OpenText("u", "python", 1, text, encoding).snapshot()
    offset = min(offset, len(text))
    if text[max(0, offset - 1) : offset + 1] == "\r\n":
        offset -= 1
    position = position_at(snapshot, offset)
    assert offset_at(snapshot, position) == offset
    assert reference_offset(text, position.line, position.character, encoding) == offset


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 4), ("utf-16", 2), ("utf-32", 1)])
def test_a_column_counts_units_of_the_encoding(encoding: Encoding, column: int) -> None:
    snapshot = OpenText("u", "python", 1, "😀x", encoding).snapshot()
    assert position_at(snapshot, 1) == types.Position(0, column)
    assert range_of(snapshot, Span(0, 2)).end == types.Position(0, column + 1)


@pytest.mark.parametrize(
    "bad",
    [
        {"range": {"start": {"line": 0, "character": -1}, "end": {"line": 0, "character": 0}}, "text": ""},
        {"range": {"start": {"line": 0.5, "character": 0}, "end": {"line": 1, "character": 0}}, "text": ""},
        {"range": {"start": None, "end": None}, "text": ""},
        {"text": 5},
        None,
    ],
)
def test_a_change_without_sense_puts_the_text_out_of_step_until_it_is_sent_whole(bad: object) -> None:
    store = TextStore()
    text = store.open({"textDocument": {"uri": "u", "text": "a", "version": 1, "languageId": "python"}})
    assert text is not None
    text.change(2, [bad])
    assert store.snapshot("u") is None
    text.change(3, [{"text": "b"}])
    snapshot = store.snapshot("u")
    assert snapshot is not None
    assert snapshot.text == "b"


def test_halves_of_a_character_from_two_messages_become_one_character() -> None:
    text = OpenText("u", "python", 1, "\ud83d", "utf-16")
    text.change(2, [change((0, 1), (0, 1), "\ude00x")])
    assert text.snapshot().text == "😀x"


def test_a_snapshot_is_stale_after_a_change_that_repeats_its_version() -> None:
    store = TextStore()
    text = store.open({"textDocument": {"uri": "u", "text": "a", "version": 1}})
    snapshot = store.snapshot("u")
    assert text is not None
    assert snapshot is not None
    assert store.is_current(snapshot)
    text.change(1, [change((0, 0), (0, 0), "x")])
    assert not store.is_current(snapshot)
    assert snapshot.text == "a"


def test_edits_reported_to_a_watcher_replay_to_the_same_text() -> None:
    text, edits = OpenText("u", "python", 1, "one\ntwo\n", "utf-16"), list[TextEdit | None]()
    text.change(2, [change((0, 3), (1, 0), " "), change((0, 0), (0, 3), "ONE")], edits.append)
    replayed = "one\ntwo\n"
    for edit in edits:
        assert edit is not None
        replayed = apply_edits(replayed, [edit])
    assert replayed == text.snapshot().text == "ONE two\n"
