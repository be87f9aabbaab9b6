"""What `.editorconfig` asks for, done to the lines that an edit touched."""

from __future__ import annotations

import re

from ..workspace.editorconfig import EditorConfig
from ..workspace.languages import LANGUAGES
from ..workspace.syntax import Node, SyntaxTree, walk
from .lines import eol_of
from .streaming_diff import lines_of
from .touched import touched


def by_editorconfig(before: str, after: str, language: str, said: EditorConfig, *, creates: bool) -> str:
    """Return `after` with its touched lines as `said`. Lines inside of strings keep their white space.

    Line ends and byte order mark are those of the file; only a file that the edit `creates` takes them
    from `said`. Indentation is mended only where the rest of the file keeps to `said` itself.
    """
    lines = lines_of(after)
    mine = touched(before, after).lines
    inside = _string_lines(after, language)
    mends = _mends_indentation(lines, mine, inside, said, creates=creates)
    for index in mine:
        body = lines[index].rstrip("\r\n")
        end = lines[index][len(body) :]
        if said.trim_trailing_whitespace and index not in inside:
            body = body.rstrip(" \t")
        if mends and index - 1 not in inside:
            body = _indented(body, said)
        lines[index] = body + end
    if (
        said.insert_final_newline
        and lines
        and len(lines) - 1 in mine
        and not lines[-1].endswith(("\n", "\r"))
    ):
        lines[-1] += eol_of(before or after)
    text = "".join(lines)
    if creates:
        if said.end_of_line:
            text = re.sub(r"\r\n|\r|\n", said.end_of_line, text)
        if said.charset == "utf-8-bom" and text and not text.startswith("\ufeff"):
            text = "\ufeff" + text
    return text


def _string_lines(text: str, language: str) -> frozenset[int]:
    """Return the lines whose end lies inside of a string: what is there is part of its value."""
    if language not in LANGUAGES:
        return frozenset()
    found: set[int] = set()
    tree = SyntaxTree(text, language)
    if not tree.is_parsed:
        return frozenset()
    for node in walk(tree.root):
        if node.start_point[0] != node.end_point[0] and _is_string(node):
            found.update(range(node.start_point[0], node.end_point[0]))
    return frozenset(found)


def _is_string(node: Node) -> bool:
    return "string" in node.type or "heredoc" in node.type or "scalar" in node.type


def _mends_indentation(
    lines: list[str], mine: frozenset[int], inside: frozenset[int], said: EditorConfig, *, creates: bool
) -> bool:
    """Tell whether the lines that the edit left alone are indented as `said`."""
    if not said.indent_style:
        return False
    others = [line for index, line in enumerate(lines) if index not in mine and index - 1 not in inside]
    indented = [line for line in others if line[:1] in (" ", "\t") and line.strip()]
    if creates or not indented:
        return True
    wrong = "\t" if said.indent_style == "space" else "  "
    return not any(line.startswith(wrong) for line in indented)


def _indented(line: str, said: EditorConfig) -> str:
    lead = line[: len(line) - len(line.lstrip(" \t"))]
    width = said.tab_width or said.indent_size or 4
    if said.indent_style == "space":
        return lead.expandtabs(said.indent_size or width) + line[len(lead) :] if "\t" in lead else line
    columns = len(lead.expandtabs(width))
    return "\t" * (columns // width) + line[len(lead) :] if " " in lead and columns % width == 0 else line
