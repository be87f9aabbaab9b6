"""Secrets that are written otherwise: in several literals, escaped, encoded, backwards, in wide letters.

Each way of writing has a view of the text as it would be read, and a map from the view back to the text.
"""

from __future__ import annotations

import binascii
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from ..core.documents import Span

Finder = Callable[[str], Iterable[tuple[Span, str]]]

# Letters, digits, "-", "." and "_" that need no escape, and have one all the same.
_PLAIN_CODE = r"(?:3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|2[DdEe]|5[Ff])"
_ESCAPED = re.compile(rf"(?:\\u00|\\x|%|&#x(?=..;))({_PLAIN_CODE});?")
_UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]+")
_WIDE = re.compile("[\uff01-\uff5e]{8,}")
_JOINT = re.compile(
    r"""["'`](?<=[\w+/=.~-]{6}["'`])
    [ \t]{0,40}(?:\\?\r?\n[ \t]{0,40})?(?:[+.&]|\.\.|<>)?[ \t]{0,40}(?:\\?\r?\n[ \t]{0,40})?
    [bfru]?["'`](?=[\w+/=.~-]{4})""",
    re.VERBOSE,
)
_ENCODED = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{24,}={0,2}(?![A-Za-z0-9+/_=-])")
_MOST_DECODED = 4_000
_READABLE = re.compile(rb"[\t\n\r\x20-\x7e]+")
# The beginnings of keys, at the end of a word and backwards.
_BACKWARDS = re.compile(
    r"[\w./=+-]{12,200}(?:AIKA|azIA|-ks|_evil_k[sr]|_phg|_tap_buhtig|-taplg|-[a-z]xox|_mpn|-ipyp)(?![\w./=+-])"
)


@dataclass(slots=True)
class _View:
    """A text as it is read. Part `n` of it begins at `starts[n]` and stands for a span of the real text."""

    parts: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    spans: list[tuple[int, int, bool]] = field(default_factory=list)  # Start, end, whether it is verbatim.
    n: int = 0

    def add(self, part: str, start: int, end: int, *, is_verbatim: bool) -> None:
        if part:
            self.parts.append(part)
            self.starts.append(self.n)
            self.spans.append((start, end, is_verbatim))
            self.n += len(part)

    def real(self, span: Span) -> Span | None:
        """Return what a span of the view stands for; None where it lies within one verbatim part."""
        first = bisect_right(self.starts, span.start) - 1
        last = bisect_right(self.starts, span.end - 1) - 1
        if first == last and self.spans[first][2]:
            return None
        start, _, is_verbatim = self.spans[first]
        start += (span.start - self.starts[first]) if is_verbatim else 0
        at, end, is_verbatim = self.spans[last]
        return Span(start, at + span.end - self.starts[last] if is_verbatim else end)


def disguised(text: str, find: Finder) -> Iterator[tuple[Span, str]]:
    """Yield where secrets are written otherwise, with their kind. `find` finds those in plain view."""
    is_ascii = text.isascii()
    for pattern, plain, needs_more in _VIEWS:
        if not (is_ascii and needs_more) and pattern.search(text) is not None:
            view = _viewed(text, pattern, plain)
            for span, kind in find("".join(view.parts)):
                if (real := view.real(span)) is not None:
                    yield real, kind
    # Few words are long: to split the text is a third of the work of looking for them.
    for word in {word for word in text.split() if len(word) >= 20}:
        for pattern, read in ((_ENCODED, _decoded), (_BACKWARDS, _turned)):
            for match in pattern.finditer(word):
                for _, kind in find(read(match[0])):
                    yield from ((Span(*one.span()), kind) for one in re.finditer(re.escape(match[0]), text))
                    break


def _viewed(text: str, pattern: re.Pattern[str], plain: Callable[[re.Match[str]], str]) -> _View:
    view, at = _View(), 0
    for match in pattern.finditer(text):
        view.add(text[at : match.start()], at, match.start(), is_verbatim=True)
        view.add(plain(match), *match.span(), is_verbatim=False)
        at = match.end()
    view.add(text[at:], at, len(text), is_verbatim=True)
    return view


def _decoded(word: str) -> str:
    """Return what a word says in base 64; "" if that is no text."""
    if word.isalpha():
        return ""  # A name: in base 64 nearly every key has digits.
    data = word[:_MOST_DECODED].rstrip("=").translate(_FROM_URL)
    data = data[: len(data) - (len(data) % 4 == 1)]
    try:
        # Few words are text by chance: a look at the beginning spares decoding the others.
        if not _READABLE.fullmatch(binascii.a2b_base64(data[:16])):
            return ""
        said = binascii.a2b_base64(data + "=" * (-len(data) % 4))
    except binascii.Error:
        return ""
    return said.decode("ascii") if _READABLE.fullmatch(said) else ""


def _turned(word: str) -> str:
    return word[::-1]


_FROM_URL = str.maketrans("-_", "+/")
# How it is written, how that is read, and whether it takes more than ASCII.
_VIEWS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str], bool], ...] = (
    (_JOINT, lambda match: "", False),
    (_ESCAPED, lambda match: chr(int(match[1], 16)), False),
    (_UNSEEN, lambda match: "", True),
    (_WIDE, lambda match: "".join(chr(ord(char) - 0xFEE0) for char in match[0]), True),
)
