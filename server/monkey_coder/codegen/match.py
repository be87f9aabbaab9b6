"""Where the lines that a model quotes stand in a document."""

from __future__ import annotations

from collections.abc import Callable
from difflib import SequenceMatcher

from ..core.documents import Span
from ..core.errors import EditError
from .streaming_diff import lines_of


def locate(text: str, quoted: list[str]) -> Span:
    """Return the one place where `quoted` stands: exactly, else but for white space at the ends.

    No quoted line at all means an empty document's start. Raises: EditError naming both places if it
    stands twice, or the nearest lines if it stands nowhere.
    """
    if not any(line.strip() for line in quoted):
        if text.strip():
            raise EditError("a block quotes no line of the document; nothing was changed")
        return Span(0, len(text))
    lines = lines_of(text)
    bare = [line.rstrip("\r\n") for line in lines]
    for same in (_exact, str.rstrip, str.strip):
        places = _places(bare, quoted, same)
        if len(places) > 1:
            first, second = places[0] + 1, places[1] + 1
            raise EditError(
                f"a block fits at line {first} and at line {second}; nothing was changed. "
                "Select the lines to change, so that they are told apart"
            )
        if places:
            start = sum(map(len, lines[: places[0]]))
            return Span(start, start + sum(map(len, lines[places[0] : places[0] + len(quoted)])))
    raise EditError(_nowhere(bare, quoted))


def _exact(line: str) -> str:
    return line


def _places(lines: list[str], quoted: list[str], same: Callable[[str], str]) -> list[int]:
    wanted = [same(line) for line in quoted]
    have = [same(line) for line in lines]
    last = len(have) - len(wanted)
    return [
        start
        for start in range(last + 1)
        if have[start] == wanted[0] and have[start : start + len(wanted)] == wanted
    ]


def _nowhere(lines: list[str], quoted: list[str]) -> str:
    first = next(line.strip() for line in quoted if line.strip())
    scored = [(SequenceMatcher(None, first, line.strip()).quick_ratio(), i) for i, line in enumerate(lines)]
    best = max(scored, default=(0.0, 0))
    near = f"; the nearest is line {best[1] + 1}: {lines[best[1]].strip()[:60]!r}" if best[0] > 0.6 else ""
    return f"a block quotes lines that the document does not hold ({first[:60]!r}){near}; nothing was changed"
