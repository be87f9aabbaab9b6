"""The change that a model means, made to the lines as they really stand.

A model quotes lines (`search`) and writes what takes their place (`replace`); the file may hold
slightly other lines. What the model kept stays as the file has it, what the model changed is changed,
and where the file differs in the very thing that the model changed, nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from .indentation import Reindent, indent_of, reindent

_TOKEN = re.compile(r"\w+|[^\S\n]+|\n|.", re.DOTALL)

# How alike a quoted line and the file's must be for new lines to be put beside it.
_ALIKE = 0.8


class MergeConflictError(Exception):
    """The file differs from the quoted lines where the model changes them."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Quoted lines laid beside the file's.

    `actual` are the file's lines, without line ends; `aligned[i]` is the index in `actual` of quoted
    line i, None where the file has no such line.
    """

    search: Sequence[str]
    replace: Sequence[str]
    actual: Sequence[str]
    aligned: Sequence[int | None]

    @property
    def is_exact(self) -> bool:
        return list(self.search) == list(self.actual)


def align_blanks(search: Sequence[str], actual: Sequence[str], aligned: list[int | None]) -> None:
    """Pair quoted blank lines with the file's blank lines in the same gap."""
    reached = -1
    for index, line in enumerate(search):
        at = aligned[index]
        if at is not None:
            reached = at
        elif not line.strip() and 0 <= reached + 1 < len(actual) and not actual[reached + 1].strip():
            reached += 1
            aligned[index] = reached


def merged(quote: Quote, file_lines: Sequence[str]) -> list[tuple[str, int | None]]:
    """Return the new lines; each with the index of the actual line that it is, None if it is new.

    Raises: MergeConflictError.
    """
    quote = _corrected(_first_restored(quote))
    search = [line.rstrip() if not quote.is_exact else line for line in quote.search]
    replace = [line.rstrip() if not quote.is_exact else line for line in quote.replace]
    out = _Merge(quote, file_lines)
    for tag, a0, a1, b0, b1 in SequenceMatcher(None, search, replace, autojunk=False).get_opcodes():
        if tag == "equal":
            out.keep(a0, a1)
        elif tag == "insert":
            out.insert(a0, b0, b1)
        else:
            out.change(a0, a1, b0, b1)
    return out.finish()


def _corrected(quote: Quote) -> Quote:
    """Take back slips of the quoted lines that the new lines do not repeat: the model knew better."""
    written = {squeezed(line) for line in quote.replace}
    indented = {(indent_of(line), squeezed(line)) for line in quote.replace}
    search = list(quote.search)
    for index, (line, at) in enumerate(zip(quote.search, quote.aligned, strict=True)):
        actual = "" if at is None else squeezed(quote.actual[at])
        if actual and squeezed(line) not in written and (indent_of(line), actual) in indented:
            search[index] = next(
                one for one in quote.replace if (indent_of(one), squeezed(one)) == (indent_of(line), actual)
            )
    return quote if search == list(quote.search) else replace(quote, search=search)


def _first_restored(quote: Quote) -> Quote:
    """Give the first line back an indentation that it alone has lost, as answers do that were trimmed."""
    pairs = [
        (index, quote.actual[at])
        for index, (line, at) in enumerate(zip(quote.search, quote.aligned, strict=True))
        if at is not None and line.strip()
    ]
    if len(pairs) < 2 or any(indent_of(quote.search[index]) != indent_of(line) for index, line in pairs[1:]):
        return quote
    first, actual = pairs[0][0], indent_of(pairs[0][1])
    lost = indent_of(quote.search[first])
    if lost or not actual:
        return quote
    search, new = list(quote.search), list(quote.replace)
    search[first] = actual + search[first].lstrip(" \t")
    at = next((index for index, line in enumerate(new) if line.strip()), None)
    if at is not None and not indent_of(new[at]):
        same = [line for line in search if squeezed(line) == squeezed(new[at])]
        new[at] = (indent_of(same[0]) if same else actual) + new[at].lstrip(" \t")
    return replace(quote, search=search, replace=new)


def _moved(quote: Quote, file_lines: Sequence[str]) -> Reindent:
    """Return how the replacing lines must be moved, where all quoted lines agree on it."""
    pairs = _beside(quote)
    if pairs:
        # New lines that are as deep as the file's already, though the quoted ones are not, stay so.
        first, written, actual = squeezed(pairs[0][0]), indent_of(pairs[0][0]), indent_of(pairs[0][1])
        telling = [line for line in quote.replace if line.strip()]
        same = next((line for line in telling if squeezed(line) == first), telling[0] if telling else "")
        if written != actual and same and indent_of(same) == actual:
            pairs = [(line, line) for line in quote.replace]
    return reindent(pairs, [*quote.search, *quote.replace], file_lines)


def _beside(quote: Quote) -> list[tuple[str, str]]:
    return _pairs(quote, range(len(quote.search)))


def _pairs(quote: Quote, indexes: Sequence[int]) -> list[tuple[str, str]]:
    aligned = [(quote.search[index], quote.aligned[index]) for index in indexes]
    return [(line, quote.actual[at]) for line, at in aligned if at is not None and line.strip()]


class _Merge:
    def __init__(self, quote: Quote, file_lines: Sequence[str]) -> None:
        self._quote = quote
        self._file_lines = file_lines
        self._everywhere = _moved(quote, file_lines)
        self._moved = self._everywhere
        self._strips = any(
            line != line.rstrip() and actual == actual.rstrip() for line, actual in _beside(quote)
        )
        self._at = 0
        self._out: list[tuple[str, int | None]] = []

    def keep(self, a0: int, a1: int) -> None:
        """Quoted lines that the model kept: whatever the file has there stays."""
        for index in self._quote.aligned[a0:a1]:
            if index is not None:
                self._emit_upto(index + 1)

    def insert(self, a0: int, b0: int, b1: int) -> None:
        """New lines before quoted line `a0`."""
        self._move_as(a0, a0)
        self._refuse_unsure_place(a0)
        following = next((index for index in self._quote.aligned[a0:] if index is not None), None)
        gap = range(self._at, self._at if following is None else following)
        self._refuse_text(gap)
        if gap and self._belongs_below(b0, b1, following):
            self._emit_upto(gap.stop)
        self._add(b0, b1)

    def change(self, a0: int, a1: int, b0: int, b1: int) -> None:
        """Quoted lines `a0` to `a1` become the new lines `b0` to `b1`."""
        quote = self._quote
        found = [index for index in quote.aligned[a0:a1] if index is not None]
        self._move_as(a0, a1)
        if not found:
            if any(line.strip() for line in quote.search[a0:a1]):
                raise MergeConflictError("the file does not hold a line that is to be changed")
            return self.insert(a1, b0, b1)
        gap = range(self._at, found[0])
        self._refuse_text(gap)
        self._emit_upto(gap.stop)
        self._refuse_text(range(found[0], found[-1] + 1), besides=found)
        if len(found) == a1 - a0 == b1 - b0 and found[-1] - found[0] >= len(found):
            for k in range(a1 - a0):  # Blank lines of the file between them stay.
                self.change(a0 + k, a0 + k + 1, b0 + k, b0 + k + 1)
            return None
        self._at = found[-1] + 1
        if not self._has_drifted(a0, a1):
            return self._add(b0, b1)
        base = [line.strip() for line in quote.search[a0:a1] if line.strip()]
        actual = [quote.actual[index].strip() for index in found if quote.actual[index].strip()]
        new = list(quote.replace[b0:b1])
        text = merged_text(
            "\n".join(base),
            "\n".join(line.strip() for line in new),
            "\n".join(actual),
            is_sole=self._n_drifted() == 1,
        )
        lines = text.split("\n") if text else []
        if len(lines) != len(new) and new:
            raise MergeConflictError("the file differs in the lines that are to be changed")
        for line, written in zip(lines, new, strict=False):
            indent = indent_of(self._moved.line(written))
            self._out.append((indent + line if line.strip() else line, None))
        return None

    def finish(self) -> list[tuple[str, int | None]]:
        self._emit_upto(len(self._quote.actual))
        return self._out

    def _move_as(self, a0: int, a1: int) -> None:
        """Move new lines as the quoted ones, all or else those beside them, lie beside the file's.

        Raises: MergeConflictError if those beside them contradict each other.
        """
        if self._everywhere.is_sound:
            return
        quote = self._quote
        telling = [index for index, line in enumerate(quote.search) if line.strip()]
        inside = [index for index in telling if a0 <= index < a1]
        beside = [index for index in telling if index < a0][-1:] + [
            index for index in telling if index >= a1
        ][:1]
        self._moved = reindent(_pairs(quote, inside or beside), quote.replace, self._file_lines)
        if not self._moved.is_sound:
            raise MergeConflictError("its indentation is not the file's")

    def _refuse_unsure_place(self, a0: int) -> None:
        """The quoted lines on both sides of new ones must stand in the file, nearly as they are quoted."""
        quote = self._quote
        above = [index for index in range(a0) if quote.search[index].strip()][-1:]
        below = [index for index in range(a0, len(quote.search)) if quote.search[index].strip()][:1]
        for index in (*above, *below):
            at = quote.aligned[index]
            if at is None or not _is_alike(squeezed(quote.search[index]), squeezed(quote.actual[at])):
                raise MergeConflictError("the file does not hold a line beside the new ones")

    def _add(self, b0: int, b1: int) -> None:
        """Add new lines, without the blanks at their ends where the quoted lines have some by mistake."""
        for line in self._quote.replace[b0:b1]:
            self._out.append((self._moved.line(line.rstrip() if self._strips else line), None))

    def _emit_upto(self, end: int) -> None:
        for index in range(self._at, end):
            self._out.append((self._quote.actual[index], index))
        self._at = max(self._at, end)

    def _has_drifted(self, a0: int, a1: int) -> bool:
        for line, index in zip(self._quote.search[a0:a1], self._quote.aligned[a0:a1], strict=True):
            actual = "" if index is None else self._quote.actual[index]
            if squeezed(line) != squeezed(actual):
                return True
        return False

    def _n_drifted(self) -> int:
        return sum(self._has_drifted(index, index + 1) for index in range(len(self._quote.search)))

    def _refuse_text(self, gap: range, besides: Sequence[int] = ()) -> None:
        if any(self._quote.actual[index].strip() and index not in besides for index in gap):
            raise MergeConflictError("the file holds more lines where the block changes it")

    def _belongs_below(self, b0: int, b1: int, following: int | None) -> bool:
        """Tell whether new lines go below the file's blank lines: they end as deep as what follows."""
        quote = self._quote
        last = next((line for line in reversed(quote.replace[b0:b1]) if line.strip()), "")
        if following is None or not last:
            return False
        over = next((line for line in reversed(quote.actual[: self._at]) if line.strip()), "")
        depth, below = len(indent_of(self._moved.line(last))), len(indent_of(quote.actual[following]))
        above = len(indent_of(over))
        if not quote.replace[b1 - 1].strip():
            return depth == below or depth != above
        return depth == below != above


def merged_text(base: str, ours: str, theirs: str, *, is_sole: bool = False) -> str:
    """Return `theirs` with the change that turns `base` into `ours`, word by word.

    `is_sole` says that the file differs in nothing else from the whole quote.
    Raises: MergeConflictError where both change the same words, unless the other change is a slip of one
    or two letters in a word.
    """
    words, new, actual = _TOKEN.findall(base), _TOKEN.findall(ours), _TOKEN.findall(theirs)
    drifts = [op for op in _opcodes(words, actual) if op[0] != "equal"]
    out: list[str] = []
    at_base = at_actual = 0
    for tag, a0, a1, b0, b1 in _opcodes(words, new):
        if tag == "equal":
            continue
        for _, d0, d1, e0, e1 in drifts:
            touches = d0 <= a1 and a0 <= d1 if d0 == d1 or a0 == a1 else d0 < a1 and a0 < d1
            if not touches or new[b0:b1] == actual[e0:e1]:
                continue
            # What is nearly the file's word may be no change, but the same slip half taken back.
            is_unsure = _is_slip(new[b0:b1], actual[e0:e1], is_sole)
            if is_unsure or not _is_slip(words[d0:d1], actual[e0:e1], is_sole):
                raise MergeConflictError("the file differs in the words that are to be changed")
        start, end = _carried(drifts, a0, at_end=False), _carried(drifts, a1, at_end=True)
        out += actual[at_actual:start]
        out += new[b0:b1]
        at_base, at_actual = a1, max(end, start)
    assert at_base <= len(words)
    return "".join(out + actual[at_actual:])


def _opcodes(a: list[str], b: list[str]) -> list[tuple[str, int, int, int, int]]:
    return list(SequenceMatcher(None, a, b, autojunk=False).get_opcodes())


def _carried(drifts: list[tuple[str, int, int, int, int]], at: int, *, at_end: bool) -> int:
    """Return where place `at` of the base lies in the drifted text."""
    shift = 0
    for _, d0, d1, e0, e1 in drifts:
        if d1 <= at and not (d0 == d1 == at and not at_end):
            shift = e1 - d1
        elif d0 < at:
            return e1 if at_end else e0
    return at + shift


def _is_slip(written: list[str], actual: list[str], is_sole: bool) -> bool:
    """Tell a misspelled word: one word for one word, two letters apart at most, and no digit among them.

    A word of two letters is one only with a letter too many or too few, and as the sole difference.
    """
    if len(written) != 1 or len(actual) != 1:
        return False
    one, other = written[0], actual[0]
    shortest, longest = sorted((len(one), len(other)))
    if shortest < 3 and not (is_sole and (shortest, longest) == (2, 3)):
        return False
    opcodes = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    changed = [(one[a0:a1], other[b0:b1]) for tag, a0, a1, b0, b1 in opcodes if tag != "equal"]
    n_letters = sum(max(len(a), len(b)) for a, b in changed)
    return n_letters <= 2 and not any(c.isdigit() for a, b in changed for c in a + b)


def _is_alike(one: str, other: str) -> bool:
    return one == other or SequenceMatcher(None, one, other, autojunk=False).ratio() >= _ALIKE


def squeezed(line: str) -> str:
    """Return a line without its indentation, and with one blank for any white space inside."""
    return " ".join(line.split())
