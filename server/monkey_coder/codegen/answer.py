"""Read what a model writes as the changes it means, while it is still writing.

An answer is fenced code, SEARCH/REPLACE blocks, or the bare new text of the span asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from ..core.documents import Span
from ..core.errors import EditError
from .match import locate
from .streaming_diff import lines_of

_SEARCH = re.compile(r"^\s*<{5,9} ?SEARCH\b.*$")
_DIVIDER = re.compile(r"^\s*={5,9}\s*$")
_REPLACE = re.compile(r"^\s*>{5,9} ?REPLACE\b.*$")
_FENCE = re.compile(r"^\s{0,3}(`{3,}|~{3,})\s*([\w+#.-]*).*$")


@dataclass(frozen=True, slots=True)
class Replacement:
    """New text, as far as it is known, for the characters from `start` up to `end`."""

    start: int
    end: int
    text: str


@dataclass
class AnswerReader:
    """Takes an answer in pieces and says which replacements it means so far.

    `text` is the whole document, `span` the part that a bare or fenced answer replaces.
    """

    text: str
    span: Span
    language: str = ""
    _lines: list[str] = field(default_factory=list)
    _rest: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing but white space has arrived."""
        return not self._rest.strip() and not any(line.strip() for line in self._lines)

    def feed(self, piece: str) -> bool:
        """Take the next piece; tell whether a line was completed by it."""
        self._rest += piece
        if "\n" not in piece:
            return False
        whole, self._rest = self._rest.rsplit("\n", 1)
        self._lines += [line.rstrip("\r") for line in whole.split("\n")]
        return True

    def replacements(self) -> tuple[Replacement, ...]:
        """Return what is known so far, whole lines alone. A block that fits nowhere is left out."""
        try:
            return self._read(self._lines, is_whole=False)
        except EditError:
            return ()

    def finish(self) -> tuple[Replacement, ...]:
        """Return all replacements of the whole answer, none overlapping another.

        Raises: EditError if a block fits nowhere or in several places, or the answer is empty.
        """
        lines = [*self._lines, *([self._rest] if self._rest else [])]
        found = sorted(self._read(lines, is_whole=True), key=lambda r: (r.start, r.end))
        for one, next_one in pairwise(found):
            if next_one.start < one.end:
                raise EditError("two blocks of the answer change the same lines; nothing was changed")
        if not found:
            raise EditError("the answer holds no code; nothing was changed. Try a more exact instruction")
        return tuple(found)

    def _read(self, lines: list[str], *, is_whole: bool) -> tuple[Replacement, ...]:
        if any(_SEARCH.match(line) for line in lines):
            return self._blocks(lines, is_whole=is_whole)
        body = _fenced(lines, is_whole=is_whole, is_markdown=self.language == "markdown")
        if body is None:
            if not is_whole and not self._looks_bare(lines):
                return ()
            body = lines
        if not any(line.strip() for line in body):
            return ()
        if self.span.is_empty and self.text.strip():
            if is_whole:
                raise EditError(
                    "the answer does not say where its code belongs; nothing was changed. Select it"
                )
            return ()
        return (Replacement(self.span.start, self.span.end, self._shaped(body, is_whole=is_whole)),)

    def _looks_bare(self, lines: list[str]) -> bool:
        """Tell bare code from prose before a fence: code begins with a line of the span."""
        first = next((line.strip() for line in lines if line.strip()), "")
        return bool(first) and any(
            first == line.strip() for line in self.text[self.span.start : self.span.end].splitlines()[:40]
        )

    def _blocks(self, lines: list[str], *, is_whole: bool) -> tuple[Replacement, ...]:
        found: list[Replacement] = []
        for search, replace, is_closed in _split_blocks(lines):
            if replace is None or (is_whole and not is_closed):
                if is_whole:
                    raise EditError("the answer was cut off in the middle of a block; nothing was changed")
                break
            span = locate(self.text, search)
            adjusted = reindented(replace, search, self.text[span.start : span.end])
            ending = eol_of(self.text)
            text = "".join(line + ending for line in adjusted)
            if adjusted and span.end > span.start and not self.text[: span.end].endswith(("\n", "\r")):
                text = text[: -len(ending)]
            found.append(Replacement(span.start, span.end, text))
        return tuple(found)

    def _shaped(self, body: list[str], *, is_whole: bool) -> str:
        """Give the new lines the indentation, line ends and final line end of the text they replace."""
        old = self.text[self.span.start : self.span.end]
        ending = eol_of(self.text)
        if is_whole:
            while body and not body[-1].strip():
                body = body[:-1]
        adjusted = reindented(body, body, old) if old.strip() else body
        text = "".join(line + ending for line in adjusted)
        if is_whole and old and not old.endswith(("\n", "\r")):
            text = text[: -len(ending)]
        return text


def eol_of(text: str) -> str:
    """Return the line end that `text` uses most, "\\n" where it has none."""
    crlf = text.count("\r\n")
    returns, newlines = text.count("\r") - crlf, text.count("\n") - crlf
    if crlf > newlines and crlf >= returns:
        return "\r\n"
    return "\r" if returns > newlines else "\n"


def reindented(new: list[str], written: list[str], actual: str) -> list[str]:
    """Return `new` moved by as much as the model's `written` lines lie left or right of `actual`."""
    have, want = _indent_of(written), _indent_of(lines_of(actual))
    if have is None or want is None or have == want:
        return new
    if want.startswith(have):
        extra = want[len(have) :]
        return [extra + line if line.strip() else line for line in new]
    if have.startswith(want) and all(line.startswith(have) for line in new if line.strip()):
        extra = have[len(want) :]
        return [line.removeprefix(extra) for line in new]
    return new


def _indent_of(lines: list[str]) -> str | None:
    for line in lines:
        if line.strip():
            return line[: len(line) - len(line.lstrip())]
    return None


def _fenced(lines: list[str], *, is_whole: bool, is_markdown: bool) -> list[str] | None:
    """Return the lines inside the first fence, or None if none was opened."""
    fences = ((i, match[1]) for i, line in enumerate(lines) if (match := _FENCE.match(line)))
    opened, mark = next(fences, (None, ""))
    if opened is None:
        return None
    closing = [i for i in range(opened + 1, len(lines)) if lines[i].strip() == mark]
    if not closing:
        if is_whole:
            raise EditError("the answer was cut off before its code block ended; nothing was changed")
        return lines[opened + 1 :]
    return lines[opened + 1 : closing[-1] if is_markdown else closing[0]]


def _split_blocks(lines: list[str]) -> list[tuple[list[str], list[str] | None, bool]]:
    """Return (search lines, replacing lines or None while unknown, whether it is closed) of each block."""
    blocks: list[tuple[list[str], list[str] | None, bool]] = []
    search: list[str] | None = None
    replace: list[str] | None = None
    for line in lines:
        if search is None:
            if _SEARCH.match(line):
                search = []
        elif replace is None:
            if _DIVIDER.match(line):
                replace = []
            else:
                search.append(line)
        elif _REPLACE.match(line):
            blocks.append((search, replace, True))
            search = replace = None
        else:
            replace.append(line)
    if search is not None:
        blocks.append((search, replace, False))
    return blocks
