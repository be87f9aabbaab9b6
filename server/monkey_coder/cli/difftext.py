"""A unified diff in colours."""

from __future__ import annotations

import re

from .terminal import Terminal, visible


def coloured(diff: str, terminal: Terminal) -> list[str]:
    """Return the lines of a unified diff, safe to print, styled where the terminal has colours.

    Carriage returns show only where some lines have them and some do not.
    """
    lines = diff.removesuffix("\n").split("\n")
    if all(
        line.endswith("\r") for line in lines if line[:1] in " +-" and not line.startswith(("+++ ", "--- "))
    ):
        lines = [line.removesuffix("\r") for line in lines]
    head, body = lines[:2], lines[2:]
    return [terminal.style(visible(line), "bold") for line in head] + [
        _styled(visible(line), terminal) for line in body
    ]


def coloured_files(diff: str, terminal: Terminal) -> list[str]:
    """Return the lines of a diff of several files."""
    files = re.split(r"^(?=--- .*\n\+\+\+ )|^(?=Binary files )", diff, flags=re.MULTILINE)
    return [line for file in files if file for line in coloured(file, terminal)]


def _styled(line: str, terminal: Terminal) -> str:
    colour = {"+": "green", "-": "red", "@": "cyan", "\\": "dim"}.get(line[:1])
    return terminal.style(line, colour) if colour else line
