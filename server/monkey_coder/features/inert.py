"""Markdown that fetches nothing when it is shown.

What shows an answer may load the images in it, and so tell their host whatever stands in the address:
the way by which text of a project, written to be obeyed, carries off what a model has seen.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing

from ..core.model import Event, ReasoningDelta, TextDelta, ToolCall

_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})[ \t]*([\w-]*)")
_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_LOADING = re.compile(
    r"<(?=/?(?:img|image|picture|source|svg|iframe|frame|object|embed|video|audio|link|script|style|base|form"
    r"|input|body|table|meta)\b)",
    re.IGNORECASE,
)
# What the next piece may make an image of, at the end of a piece.
_OPEN = re.compile(r"!\Z|</?[A-Za-z]{0,8}\Z")
_DRAWN = ("mermaid", "plantuml", "dot", "graphviz", "d2")


class InertMarkdown:
    """Turns images into links and markup that loads something into text, as the pieces arrive.

    Code stays as it is, but for diagrams, which their renderers may load images for.
    """

    def __init__(self) -> None:
        self._line = ""
        self._n_shown = 0
        self._fence = ""

    def feed(self, piece: str) -> str:
        """Return what can be shown so far."""
        *whole, line_so_far = (self._line + piece).split("\n")
        shown: list[str] = []
        for line in whole:
            shown.append(self._whole(line)[self._n_shown :] + "\n")
            self._n_shown = 0
        self._line = line_so_far
        ready = self._ready(line_so_far)
        shown.append(ready[self._n_shown :])
        self._n_shown = max(self._n_shown, len(ready))
        return "".join(shown)

    def rest(self) -> str:
        """Return what was held back, once nothing more comes."""
        shown = self._whole(self._line)[self._n_shown :] if self._line else ""
        self._line, self._n_shown = "", 0
        return shown

    def _whole(self, line: str) -> str:
        """Return a line that is complete, and keep in mind whether it opens or closes a fence."""
        match = _FENCE.match(line)
        if self._fence:
            is_bare = match is not None and not match[2] and not line[match.end() :].strip()
            if match is not None and is_bare and match[1].startswith(self._fence):
                self._fence = ""
            return line
        if match:
            self._fence = match[1]
            label = "text" if match[2].lower() in _DRAWN else match[2]
            return line[: match.start(2)] + label + line[match.end(2) :]
        return _inert_line(line)

    def _ready(self, line: str) -> str:
        """Return the part of an unfinished line that nothing after it can change."""
        if self._fence:
            return "" if re.match(r"[ \t>]*[`~]*\Z", line) else line
        if re.match(r"[ \t>]*(?:[`~]|\Z)", line):  # It may become a fence.
            return ""
        bare = _CODE.sub(lambda match: " " * len(match[0]), line)
        ends = [len(line)]
        if "`" in bare:
            ends.append(bare.index("`"))
        if match := _OPEN.search(bare):
            ends.append(match.start())
        return _inert_line(line[: min(ends)])


def _inert_line(line: str) -> str:
    parts: list[str] = []
    at = 0
    for match in _CODE.finditer(line):
        parts += (_inert_text(line[at : match.start()]), match[0])
        at = match.end()
    parts.append(_inert_text(line[at:]))
    return "".join(parts)


def _inert_text(text: str) -> str:
    return _LOADING.sub("&lt;", text.replace("![", "["))


async def inert(events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
    """Yield the events, their text made inert."""
    markdown = InertMarkdown()
    async with aclosing(events):
        async for event in events:
            if isinstance(event, TextDelta):
                if text := markdown.feed(event.text):
                    yield TextDelta(text)
            elif isinstance(event, ReasoningDelta | ToolCall):
                yield event
            else:
                if text := markdown.rest():
                    yield TextDelta(text)
                yield event
    if text := markdown.rest():
        yield TextDelta(text)
