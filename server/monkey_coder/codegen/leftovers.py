"""What a model leaves in code by mistake: marks, fences, placeholders, stubs, debugging."""

from __future__ import annotations

import re

from ..core.errors import EditError
from ..workspace.hidden_text import without_hidden
from ..workspace.languages import LANGUAGES
from ..workspace.syntax import Node, SyntaxTree
from .elision import is_lazy
from .streaming_diff import lines_of
from .touched import Touched, fresh_lines

_PROSE = frozenset({"markdown", "html", "plaintext"})
_CONFLICT = re.compile(r"^(<{7}|>{7}|\|{7})( \S.*)?$")
_BLOCK = re.compile(r"^\s*(<{5,9} ?SEARCH|>{5,9} ?REPLACE)\s*$")
_FENCE = re.compile(r"^\s*(`{3,}|~{3,})[\w+-]*\s*$")
_OMITS = re.compile(
    r"existing|rest of|remaining|unchanged|omitted|same as|as before|other (methods|code)", re.I
)
_TODO = re.compile(
    r"\b(?:TODO|FIXME)\b[:\s]*(?:implement|add|write|fill|complete|handle)[^\n]*"
    r"|\b(?:implement(?:ation)?|logic|code) (?:goes )?here\b|\byour (?:code|implementation) here\b",
    re.I,
)
_STUB = re.compile(
    r"\bNotImplementedError\b|\b(?:todo|unimplemented)!\(|\bNotImplementedException\b"
    r"|\bthrow new Error\(['\"`](?:not (?:yet )?implemented|unimplemented)",
    re.I,
)
_DEBUG = {
    "python": re.compile(
        r"(?<![\w.])(breakpoint\(|i?pdb\.set_trace\(|import i?pdb\b|print\(f?['\"](?i:debug|here))"
    ),
    "ecma": re.compile(r"(?<![\w.])(console\.(?:log|debug|trace|dir)\(|debugger\b|alert\()"),
    "rust": re.compile(r"(?<![\w.])dbg!\("),
    "php": re.compile(r"(?<![\w.])(var_dump|print_r|dd)\("),
    "ruby": re.compile(r"(?<![\w.])(binding\.(?:pry|irb)|byebug\b|debugger\b)"),
    "go": re.compile(r"(?<![\w.])(spew\.Dump\(|println\()"),
    "java": re.compile(r"(?<![\w.])(System\.out\.println\(|\w+\.printStackTrace\()"),
}
_ECMA = ("javascript", "javascriptreact", "typescript", "typescriptreact")


def leftovers(before: str, after: Touched, language: str) -> tuple[str, ...]:
    """Return a sentence for each thing that the edit left by mistake and that a person should look at.

    Raises: EditError for what can only be a mistake: a mark of a block or of a conflict in code, or a
    comment that stands for code left out.
    """
    found: list[str] = []
    tree = SyntaxTree(after.text, language) if language in LANGUAGES else None
    starts = _starts(after.text)
    debug = _DEBUG.get("ecma" if language in _ECMA else language)
    debugged = debug is not None and debug.search(before) is not None
    for number, line in fresh_lines(before, after):
        text = line.rstrip("\r\n")
        kind = _kind_at(tree, starts[number - 1] + len(text) - len(text.lstrip()))
        _, hidden = without_hidden(text.removeprefix("\ufeff") if number == 1 else text)
        found += [f"line {number}: nobody sees {what} in it" for what in hidden]
        found += _marks(number, text, language, kind)
        if is_lazy(text) and kind != "string" and language not in _PROSE:
            if _OMITS.search(text):
                raise EditError(
                    f"the answer leaves code out at line {number} ({text.strip()[:60]!r}); nothing was "
                    "changed. Ask for less at once, or for blocks"
                )
            found.append(f"line {number}: a placeholder is left: {text.strip()[:60]}")
        elif kind != "string" and (match := _TODO.search(text) or (kind == "" and _STUB.search(text))):
            found.append(f"line {number}: this is left to do: {match[0].strip()[:60]}")
        if debug is not None and not debugged and kind == "" and (match := debug.search(text)):
            found.append(f"line {number}: `{match[0].rstrip('(')}` looks like debugging")
    return tuple(found)


def _marks(number: int, text: str, language: str, kind: str) -> list[str]:
    if kind == "string":
        return []
    if _BLOCK.match(text) or _CONFLICT.match(text):
        if language not in _PROSE and kind == "":
            raise EditError(
                f"the answer left the mark {text.strip()[:40]!r} at line {number}; nothing was "
                "changed. Ask again"
            )
        return [f"line {number}: the mark {text.strip()[:40]!r} is left"]
    if _FENCE.match(text) and language not in _PROSE and kind == "":
        return [f"line {number}: a code fence is left"]
    return []


def _kind_at(tree: SyntaxTree | None, offset: int) -> str:
    """Return "string" or "comment" for a place inside of one, else ""."""
    if tree is None or not tree.is_parsed:
        return ""
    byte = tree.offsets.byte(min(offset, len(tree.text)))
    node: Node | None = tree.root.descendant_for_byte_range(byte, byte)
    while node is not None:
        if "comment" in node.type:
            return "comment"
        if ("string" in node.type or "heredoc" in node.type) and node.start_byte < byte < node.end_byte:
            return "string"
        node = node.parent
    return ""


def _starts(text: str) -> list[int]:
    starts = [0]
    for line in lines_of(text):
        starts.append(starts[-1] + len(line))
    return starts
