"""Markdown, lightly rendered for a terminal, line by line as it arrives."""

from __future__ import annotations

import re
import textwrap

from .terminal import Terminal, visible, width_of

_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_BULLET = re.compile(r"(\s*)([-*+]|\d+[.)])\s+(.*)")
_FENCE = re.compile(r"\s*(```+|~~~+)")
_INLINE = re.compile(r"`([^`]+)`|\*\*(.+?)\*\*|\[([^\]]+)\]\(([^)\s]+)\)")
_WIDEST = 100


class MarkdownPrinter:
    """Prints Markdown as pieces of it arrive: rendered with colours, as it is without."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._rest = ""
        self._fence = ""

    def feed(self, text: str) -> None:
        """Print what is complete after this next piece."""
        self._rest += text
        *lines, self._rest = self._rest.split("\n")
        for line in lines:
            self._terminal.print(self._render(visible(line.removesuffix("\r"))))

    def close(self) -> None:
        """Print the last line."""
        if self._rest:
            self.feed("\n")

    def _render(self, line: str) -> str:
        style = self._terminal.style
        if not self._terminal.has_colour:
            return line
        if fence := _FENCE.match(line):
            if not self._fence:
                self._fence = fence[1]
                return ""
            if line.strip() == self._fence:
                self._fence = ""
                return ""
        if self._fence:
            return "    " + style(line, "cyan")
        if heading := _HEADING.fullmatch(line):
            return style(self._plain(heading[2]), "bold", "underline" if len(heading[1]) < 3 else "bold")
        if bullet := _BULLET.fullmatch(line):
            mark = bullet[2] if bullet[2][0].isdigit() else "•"
            return self._wrapped(bullet[3], f"{bullet[1]}{mark} ")
        return self._wrapped(line, "")

    def _wrapped(self, line: str, head: str) -> str:
        width = min(self._terminal.width, _WIDEST) - 1
        if width_of(head + line) <= width or "|" in line[:2]:
            return head + self._inline(line)
        # Wrapping counts the marks that rendering removes, which only makes a line a little short.
        wrapped = textwrap.wrap(line, width - len(head), break_long_words=False, break_on_hyphens=False)
        indent = "\n" + " " * len(head)
        return head + self._inline(indent.join(wrapped))

    def _plain(self, text: str) -> str:
        return _INLINE.sub(lambda match: match[1] or match[2] or match[3], text)

    def _inline(self, text: str) -> str:
        style = self._terminal.style

        def render(match: re.Match[str]) -> str:
            code, strong, label, target = match.groups()
            if code:
                return style(code, "cyan")
            return style(strong, "bold") if strong else f"{label} ({style(target, 'dim')})"

        return _INLINE.sub(render, text)
