# ruff: noqa: A005 (run as a module, never imported as `typing`)
"""Do the editor and the server keep the same text while a user types into streamed edits?

Usage: python -m benchmarks.typing [--sessions N] [--seed N]

An editor of its own, which counts columns in utf-8 or utf-16, holds the text and sends each change as
the protocol has it. While an answer streams, and after it, a user types at random places; hunks are
accepted and rejected in any order, and now and then the editor refuses an edit because the user was
faster. After every step the editor's text, the server's and the open edit's must be the same. Every
typed character is one of a kind: at the end each that the user did not delete must be there still, in
the order in which they stood.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from monkey_coder.codegen.answer import AnswerReader
from monkey_coder.codegen.streaming_diff import diff
from monkey_coder.core.documents import Document, Hunk, Span, TextEdit, apply_edits
from monkey_coder.core.errors import EditError
from monkey_coder.features.edit import Drafter
from monkey_coder.features.edit_session import EditSession
from monkey_coder.lsp.store import OpenText
from monkey_coder.lsp.to_proto import range_of_offsets

_LINE_END = re.compile(r"\r\n|\r|\n")
_WORDS = (
    "x = 1",
    "return y",
    "naïve = 'é'",
    "🐒 = 'emoji'",
    "e\u0301 = 'combining'",
    "a\u2028b",
    "p\x0cq",
    "",
    "}",
)
_FIRST_MARK = 0x4E00  # Typed characters are CJK ideographs, none of which stands in the words above.
_MARKS = 0x9FFF - _FIRST_MARK


def main() -> None:
    """Print the measures as JSON."""
    parser = argparse.ArgumentParser(description="Do editor and server keep the same text under typing?")
    parser.add_argument("--sessions", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    total = {"sessions": 0, "steps": 0, "lost": 0, "diverged": 0, "typed": 0, "accepted": 0, "ended": 0}
    for number in range(options.sessions):
        found = Simulation(random.Random(options.seed * 1_000_003 + number)).run()
        total["sessions"] += 1
        for name, n in found.items():
            total[name] += n
        if found["lost"] or found["diverged"]:
            print(f"session {number}: {found}", file=sys.stderr)
    print(json.dumps(total))


@dataclass
class Editor:
    """A text, changed by its user and by the server's edits, that tells the server of each change."""

    text: str
    encoding: Literal["utf-8", "utf-16"]
    server: OpenText
    version: int = 1
    heard: list[TextEdit] = field(default_factory=list)

    def change(self, edits: Sequence[TextEdit]) -> list[TextEdit]:
        """Make changes, each of the text before it; return them as the server understood them."""
        sent: list[dict[str, Any]] = []
        for edit in edits:
            span = {"start": self.position(edit.start), "end": self.position(edit.end)}
            sent.append({"range": span, "text": edit.text})
            self.text = self.text[: edit.start] + edit.text + self.text[edit.end :]
        self.version += 1
        heard: list[TextEdit] = []
        self.server.change(self.version, sent, lambda edit: heard.append(edit) if edit else None)
        return heard

    def position(self, offset: int) -> dict[str, int]:
        """Return the position of a character, counted as this editor counts."""
        line, start = 0, 0
        for end in _LINE_END.finditer(self.text):
            if end.end() > offset:
                break
            line, start = line + 1, end.end()
        return {"line": line, "character": self._units(self.text[start:offset])}

    def offset(self, position: dict[str, int]) -> int:
        """Return the character at a position."""
        starts = [0, *(end.end() for end in _LINE_END.finditer(self.text))]
        at = starts[position["line"]]
        while self._units(self.text[starts[position["line"]] : at]) < position["character"]:
            at += 1
        return at

    def _units(self, text: str) -> int:
        return len(text.encode("utf-8")) if self.encoding == "utf-8" else len(text.encode("utf-16-le")) // 2


class Simulation:
    """One edit session, from the first piece of the answer to the last hunk."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        ending = rng.choice(["\n", "\r\n", "\n", "\r"])
        text = self._some_lines(rng.randint(3, 25), ending)
        if rng.random() < 0.3:
            text = text.removesuffix(ending)
        encoding: Literal["utf-8", "utf-16"] = rng.choice(["utf-8", "utf-16"])
        self._ending = ending
        self._editor = Editor(text, encoding, OpenText("file:///a.txt", "plaintext", 1, text, encoding))
        self._base = Document("file:///a.txt", "plaintext", 1, text)
        self._session: EditSession | None = None
        self._typed_before: list[tuple[list[TextEdit], int]] = []
        self._marks = 0
        self.found = {"steps": 0, "lost": 0, "diverged": 0, "typed": 0, "accepted": 0, "ended": 0}
        self._alive: list[str] = []
        self._is_touched = False

    def run(self) -> dict[str, int]:
        """Return the counts of this session."""
        hunks = self._stream()
        session = EditSession(self._base.text, 1, hunks)
        for edits, version in self._typed_before:
            self._is_touched |= not session.shift(edits, version)
        self._session = session
        self._compare()
        while session.is_open and session.hunks:
            self._step(session)
        self.found["ended"] += self._is_touched
        self._type()
        self.found["lost"] += self._n_lost()
        self.found["typed"] += self._marks
        return self.found

    def _stream(self) -> tuple[Hunk, ...]:
        """Let the answer arrive in pieces with the user typing between them; return its hunks."""
        rng, base = self._rng, self._base
        new = self._rewritten(base.text)
        answer = "```\n" + "\n".join(_LINE_END.split(new)) + "\n```\n"
        reader = AnswerReader(base.text, Span(0, len(base.text)))
        drafter = Drafter(base, 10)
        at = 0
        while at < len(answer):
            size = rng.randint(1, 60)
            reader.feed(answer[at : at + size])
            draft = drafter.draft(reader)
            if draft is not None:
                shown = EditSession(base.text, 1, draft.hunks)
                for edits, version in self._typed_before:
                    shown.shift(edits, version)
                self.found["diverged"] += shown.text != self._editor.text
            at += size
            if rng.random() < 0.15:
                self._type()
        try:
            edits = [TextEdit(one.start, one.end, one.text) for one in reader.finish()]
        except EditError:
            return ()
        return diff(base.text, apply_edits(base.text, edits))

    def _step(self, session: EditSession) -> None:
        rng = self._rng
        ids = [hunk.id for hunk in session.hunks]
        chosen = rng.sample(ids, rng.randint(1, min(3, len(ids))))
        match rng.choice(["type", "type", "accept", "accept", "reject", "late"]):
            case "type":
                self._type()
            case "accept":
                self._accept(session, chosen)
            case "reject":
                session.reject(chosen)
            case _:
                session.accept(chosen)
                self._type()  # The editor refuses: its version is newer.
                session.settle(is_applied=False)
        self._compare()

    def _accept(self, session: EditSession, ids: list[int]) -> None:
        """Apply hunks as the editor does, from the last to the first, by their positions."""
        edits = session.accept(ids)
        expected = apply_edits(session.text, edits)
        snapshot = self._editor.server.snapshot()
        places: list[TextEdit] = []
        for edit in edits:
            span = range_of_offsets(snapshot, edit.start, edit.end)
            start, end = self._editor.offset(span["start"]), self._editor.offset(span["end"])
            places.append(TextEdit(start, end, edit.text))
        for mark in self._alive:
            self.found["lost"] += mark not in expected
        heard = self._editor.change(sorted(places, key=lambda edit: -edit.start))
        session.shift(heard, self._editor.version)
        session.settle(is_applied=True)
        self.found["diverged"] += self._editor.text != expected
        self.found["accepted"] += len(edits)

    def _type(self) -> None:
        """Type, delete or paste somewhere, never between the two characters of a line's end."""
        rng, editor = self._rng, self._editor
        start = self._place()
        end = start
        if rng.random() < 0.3:
            end = min(len(editor.text), start + rng.randint(1, 12))
            end += editor.text[end - 1 : end + 1] == "\r\n"
        new = "".join(
            rng.choice([self._mark(), self._ending]) if rng.random() < 0.4 else self._mark()
            for _ in range(rng.randint(0, 3))
        )
        gone = editor.text[start:end]
        before = editor.text[:start]
        at = sum(mark in before for mark in self._alive)
        self._alive = [mark for mark in self._alive if mark not in gone]
        self._alive[at:at] = [c for c in new if c not in "\r\n"]
        heard = editor.change([TextEdit(start, end, new)])
        if self._session is not None:
            was_open = self._session.is_open
            self._is_touched |= not self._session.shift(heard, editor.version) and was_open
        else:
            self._typed_before.append((heard, editor.version))
        self._compare()

    def _place(self) -> int:
        text = self._editor.text
        at = self._rng.randint(0, len(text))
        return at + (text[at - 1 : at + 1] == "\r\n") if at else 0

    def _mark(self) -> str:
        mark = chr(_FIRST_MARK + self._marks % _MARKS)
        self._marks += 1
        return mark

    def _compare(self) -> None:
        self.found["steps"] += 1
        editor, session = self._editor, self._session
        server = editor.server.snapshot()
        is_same = editor.server.in_step and server.text == editor.text and server.version == editor.version
        if session is not None and session.is_open:
            is_same = is_same and session.text == editor.text and session.version == editor.version
        self.found["diverged"] += not is_same

    def _n_lost(self) -> int:
        """Return how many typed characters are gone, or stand in another order than they were typed in."""
        marks = [c for c in self._editor.text if _FIRST_MARK <= ord(c) < _FIRST_MARK + _MARKS]
        if marks == self._alive:
            return 0
        return max(1, len(set(self._alive) - set(marks)))

    def _some_lines(self, n: int, ending: str) -> str:
        rng = self._rng
        return "".join(" " * rng.choice([0, 4]) + rng.choice(_WORDS) + ending for _ in range(n))

    def _rewritten(self, text: str) -> str:
        rng = self._rng
        lines: list[str] = []
        for line in _LINE_END.split(text):
            what = rng.random()
            if what < 0.12:
                continue
            lines.append(f"new_{rng.randint(0, 99)} = {rng.choice(_WORDS)!r}" if what < 0.3 else line)
            if what > 0.88:
                lines.append(rng.choice(_WORDS) + " # added")
        return "\n".join(lines)


if __name__ == "__main__":
    main()
