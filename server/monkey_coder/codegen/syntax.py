"""Does a change break the syntax?"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ..workspace.parse import parse

if TYPE_CHECKING:
    from tree_sitter import Node


def syntax_problems(before: str, after: str, language: str) -> tuple[str, ...]:
    """Return the syntax errors that `after` has and `before` had not, in words; none for plain text."""
    old = Counter(said for said, _ in _errors(before, language))
    problems: list[str] = []
    for said, line in _errors(after, language):
        if old[said] > 0:
            old[said] -= 1
        else:
            problems.append(f"{said} at line {line}")
    return tuple(problems)


def _errors(text: str, language: str) -> list[tuple[str, int]]:
    """Return each error's description and its line, from 1."""
    tree = parse(text.encode("utf-8", "surrogatepass"), language)
    if tree is None or not tree.root_node.has_error:
        return []
    found: list[tuple[str, int]] = []
    waiting: list[Node] = [tree.root_node]
    while waiting:
        node = waiting.pop()
        if node.is_missing:
            found.append((f"missing {node.type!r}", node.start_point[0] + 1))
        elif node.is_error:
            quoted = (node.text or b"").decode("utf-8", "replace").strip().split("\n", 1)[0][:40]
            found.append((f"syntax error near {quoted!r}", node.start_point[0] + 1))
        elif node.has_error:
            waiting += node.children
    return sorted(found, key=lambda error: error[1])
