"""What must hold of any input: no crash, and what is applied is exactly what was meant.

Each property takes bytes and raises AssertionError where it does not hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from monkey_coder.codegen.answer import AnswerReader
from monkey_coder.codegen.apply import replaced
from monkey_coder.codegen.formats import AnswerParser
from monkey_coder.codegen.streaming_diff import HunkRow, StreamingDiff, diff, lines_of
from monkey_coder.core.documents import Hunk, Span, TextEdit, apply_edits
from monkey_coder.core.errors import EditError
from monkey_coder.features.edit_session import EditSession
from monkey_coder.lsp.from_proto import Encoding, offset_at
from monkey_coder.lsp.store import OpenText
from monkey_coder.lsp.to_proto import position_at

from .choices import Choices

_LINES = (
    "def f(a, b):", "    return a + b", "    return a - b", "class A:", "    x = 1", "        x = 1", "",
    "    ", "\tx = 1", "...", "    # ...", "# ... existing code ...", "}", "a = {", "naïve = 'é🐒'", "x\x0cy",
    "a\u2028b", "# -*- a comment -*-", "import os", "    if a:", "        pass", "```", "'''", "x = 1  ",
)  # fmt: skip
_NOISE = (
    "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE", "```python", "```", "~~~", "--- a/a.py", "+++ b/a.py",
    "@@ -1,2 +1,2 @@", "@@", "-x = 1", "+x = 2", " x = 1", "*** Begin Patch", "*** Update File: a.py",
    "*** End Patch", "a.py", "`b.py`", "Here it is:", "```py title=a.py", "diff --git a/a.py b/a.py",
    "\\ No newline",
    "@@ -0,0 +1 @@", "*** Add File: c.py", "--- /dev/null", "rename from a.py", "<<<<<<< ORIGINAL", "\ufeff",
)  # fmt: skip
_CHARACTERS = ("a", "b", " ", "\n", "\r", "\r\n", "é", "e\u0301", "🐒", "\u2028", "\x0c", "\x85", "\t", "漢")
_ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-16", "utf-32")


def block_reader(data: bytes) -> None:
    """A well-formed answer gives the text that it means or is refused; any other is read or refused."""
    choices = Choices(data)
    lines = [choices.one_of(_LINES) for _ in range(choices.number(1, 14))]
    ending = choices.one_of(("\n", "\n", "\r\n", "\r"))
    text = ending.join(lines) + (ending if choices.is_so() or not lines[-1] else "")
    if ending not in text:
        ending = "\n"  # A text without a line end takes the usual one.
    if choices.is_so(3):
        _any_answer(choices, text)
        return
    start = choices.number(0, len(lines) - 1)
    end = choices.number(start + 1, len(lines))
    new = [choices.one_of(_LINES) for _ in range(choices.number(0, 4))]
    if not any(line.strip() for line in lines[start:end]):
        return
    answer = "\n".join(["<<<<<<< SEARCH", *lines[start:end], "=======", *new, ">>>>>>> REPLACE", ""])
    meant = ending.join([*lines[:start], *new, *lines[end:]])
    found = _read(choices, text, answer)
    if found is not None:
        kinds = {line[:1] for line in lines if line[:1] in (" ", "\t") and line.strip()}
        if len(kinds) == 1 and any(line[:1] in " \t" and line[:1] not in kinds for line in new):
            found, meant = (re.sub(r"(?<![^\r\n])[ \t]+", "", one) for one in (found, meant))
        assert found.rstrip("\r\n") == meant.rstrip("\r\n"), (text, answer, found)
        if new and lines[end:]:
            assert found == meant + text[len(text.rstrip("\r\n")) :][: len(found) - len(meant)], (text, found)


def _any_answer(choices: Choices, text: str) -> None:
    answer = "\n".join(choices.one_of(choices.one_of((_NOISE, _LINES))) for _ in range(choices.number(0, 20)))
    found = _read(choices, text, answer)
    assert found is None or isinstance(found, str)


def _read(choices: Choices, text: str, answer: str) -> str | None:
    """Return the text that an answer makes of `text`, arriving in pieces; None if it is refused."""
    reader = AnswerReader(text, Span(0, len(text)), choices.one_of(("python", "plaintext")), "/w/a.py")
    whole = AnswerParser()
    at = 0
    while at < len(answer):
        size = choices.number(1, 40)
        reader.feed(answer[at : at + size])
        for one in reader.replacements():
            assert 0 <= one.start <= one.end <= len(text)
        at += size
    for line in answer.split("\n"):
        whole.feed(line.rstrip("\r"))
    whole.finish()
    try:
        found = replaced(text, reader.finish())
        reader.others()
    except EditError as error:
        assert str(error)
        return None
    return found


def line_diff(data: bytes) -> None:
    """A diff makes the new text, hunk by hunk in any order too; what a stream has shown stays."""
    choices = Choices(data)
    old, new = _text(choices, 40), _text(choices, 40)
    hunks = diff(old, new)
    assert apply_edits(old, hunks) == new
    assert len({hunk.id for hunk in hunks}) == len(hunks)
    session = EditSession(old, 1, hunks)
    while session.is_open and session.hunks:
        (edit,) = session.accept([choices.one_of([hunk.id for hunk in session.hunks])])
        session.shift([edit], session.version + 1)
        session.settle(is_applied=True)
    assert session.text == new
    streaming = StreamingDiff(lines_of(old))
    rows: list[tuple[HunkRow, list[Hunk]]] = []
    for count, line in enumerate(lines_of(new), 1):
        before = streaming.groups()
        streaming.feed(line)
        assert apply_edits(old, streaming.hunks()).startswith("".join(lines_of(new)[:count]))
        n_stable = max(len(before) - 1, 0)
        assert streaming.groups()[:n_stable] == before[:n_stable]
        rows.append((streaming.row(), streaming.hunks()))
    assert all(list(row) == hunks and len(row) == len(hunks) for row, hunks in rows), "a moment has changed"


def positions(data: bytes) -> None:
    """The server's text stays the editor's under any edits, and open hunks stay where they belong."""
    choices = Choices(data)
    encoding = choices.one_of(_ENCODINGS)
    text = _text(choices, 30)
    ours = OpenText("file:///a.py", "python", 1, text, encoding)
    session = EditSession(text, 1, diff(text, _text(choices, 30)))
    version = 1
    while not choices.is_empty:
        version += 1
        first, second = sorted(choices.number(0, len(text)) for _ in range(2))
        new = choices.text(_CHARACTERS, 5)
        span = {"start": _position(text, first, encoding), "end": _position(text, second, encoding)}
        start, end = (_offset(text, span[side], encoding) for side in ("start", "end"))
        heard: list[TextEdit | None] = []
        ours.change(version, [{"range": span, "text": new}], heard.append)
        assert heard == [TextEdit(start, end, new)], (text, span, heard)
        text = text[:start] + new + text[end:]
        snapshot = ours.snapshot()
        assert ours.in_step and snapshot.text == text
        session.shift([edit for edit in heard if edit is not None], version)
        assert session.text == text
        apply_edits(text, session.hunks)
        at = choices.number(0, len(text))
        if text[max(0, at - 1) : at + 1] != "\r\n":
            place = position_at(snapshot, at)
            assert offset_at(snapshot, place) == at
            assert {"line": place.line, "character": place.character} == _position(text, at, encoding)


def _text(choices: Choices, most: int) -> str:
    return choices.text(_CHARACTERS, most)


def _position(text: str, offset: int, encoding: Encoding) -> dict[str, int]:
    """Return the position of an offset, counted the slow and plain way."""
    ends = [end.end() for end in re.finditer(r"\r\n|\n|\r", text) if end.end() <= offset]
    start = ends[-1] if ends else 0
    line = text[start:offset]
    if text[max(0, offset - 1) : offset + 1] == "\r\n":
        line = line[:-1]
    return {"line": len(ends), "character": _units(line, encoding)}


def _offset(text: str, position: dict[str, Any], encoding: Encoding) -> int:
    starts = [0, *(end.end() for end in re.finditer(r"\r\n|\n|\r", text))]
    at = starts[position["line"]]
    used = 0
    while used < position["character"]:
        used += _units(text[at], encoding)
        at += 1
    return at


def _units(text: str, encoding: Encoding) -> int:
    width = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    name = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}[encoding]
    return len(text.encode(name)) // width


PROPERTIES: dict[str, Callable[[bytes], None]] = {
    "block_reader": block_reader,
    "line_diff": line_diff,
    "positions": positions,
}
