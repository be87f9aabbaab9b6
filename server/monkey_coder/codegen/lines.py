"""A text as lines, prepared for finding what a model quotes of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from ..core.documents import Span
from .merge import squeezed
from .streaming_diff import lines_of


class Lines:
    """The lines of `text`. What is derived from them is worked out once, when it is first needed."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.whole = lines_of(text)

    @cached_property
    def bare(self) -> list[str]:
        """The lines without their ends."""
        return [line.rstrip("\r\n") for line in self.whole]

    @cached_property
    def starts(self) -> list[int]:
        """Where each line begins, and where the text ends."""
        starts = [0]
        for line in self.whole:
            starts.append(starts[-1] + len(line))
        return starts

    @cached_property
    def telling(self) -> list[int]:
        """The indexes of the lines that are not blank."""
        return [index for index, line in enumerate(self.bare) if line.strip()]

    @cached_property
    def squeezed(self) -> list[str]:
        """The lines at `telling`, each without regard to white space."""
        return [squeezed(self.bare[index]) for index in self.telling]

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Where each of `squeezed` stands among `telling`."""
        return _places(self.squeezed)

    @cached_property
    def bare_places(self) -> dict[str, list[int]]:
        return _places(self.bare)

    def span(self, start: int, end: int) -> Span:
        """Return the characters from line `start` up to line `end`."""
        return Span(self.starts[start], self.starts[end])

    def with_blanks(self, start: int, end: int, quoted: Sequence[str]) -> tuple[int, int]:
        """Return lines `start` up to `end` with those blank lines beside them that are quoted too."""
        for line in quoted:
            if line.strip() or not start or self.bare[start - 1].strip():
                break
            start -= 1
        for line in reversed(quoted):
            if line.strip() or end == len(self.bare) or self.bare[end].strip():
                break
            end += 1
        return start, end

    def ending(self, index: int) -> str:
        """Return the line end of a line, that of its neighbour where it has none."""
        for at in (index, index - 1, index + 1):
            if 0 <= at < len(self.whole):
                end = self.whole[at][len(self.bare[at]) :]
                if end:
                    return end
        return eol_of(self.text)


def _places(lines: Sequence[str]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for index, line in enumerate(lines):
        places.setdefault(line, []).append(index)
    return places


def runs(lines: Sequence[str], places: dict[str, list[int]], wanted: Sequence[str]) -> list[int]:
    """Return where all of `wanted` stands in `lines`, by way of its rarest line."""
    counts = [len(places.get(line, ())) for line in wanted]
    if not wanted or min(counts) == 0:
        return []
    rarest = counts.index(min(counts))
    wanted = list(wanted)
    return [
        start
        for at in places[wanted[rarest]]
        if (start := at - rarest) >= 0 and lines[start : start + len(wanted)] == wanted
    ]


def eol_of(text: str) -> str:
    """Return the line end that `text` uses most, "\\n" where it has none."""
    crlf = text.count("\r\n")
    returns, newlines = text.count("\r") - crlf, text.count("\n") - crlf
    if crlf > newlines and crlf >= returns:
        return "\r\n"
    return "\r" if returns > newlines else "\n"
