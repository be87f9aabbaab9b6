"""What two texts share that do the same in the same words but for names, layout and comments."""

from __future__ import annotations

import hashlib
import re

from ..workspace.syntax import Node, SyntaxTree

_NAME = re.compile(r"[^\W\d]\w*")


def structure_key(text: str, language: str, *, before: str = "") -> str:
    """Return a key that is the same for texts whose syntax trees are the same but for new names.

    A name that `before` holds already means something and counts as it is; others are numbered as they
    come. Comments, Python's docstrings and layout do not count. Without a grammar, or where the text
    does not parse, the words count as they are.
    """
    tree = SyntaxTree(text, language)
    if not tree.is_parsed or tree.root.has_error:
        return _digest(text.split())
    known = set(_NAME.findall(before))
    names: dict[str, str] = {}
    words: list[str] = []
    stack = [tree.root]
    while stack:
        node = stack.pop()
        if "comment" in node.type or _is_docstring(node):
            continue
        if node.child_count and "string" not in node.type:
            words.append(f"<{node.type}>")
            stack.extend(reversed(node.children))
            continue
        word = tree.text_of(node)
        if "identifier" in node.type and word not in known:
            word = names.setdefault(word, f"\0{len(names)}")
        words.append(word)
    return _digest(words)


def _is_docstring(node: Node) -> bool:
    """Tell whether this is a statement that is nothing but a text."""
    kinds = [child.type for child in node.named_children] if node.type == "expression_statement" else []
    return kinds == ["string"]


def _digest(words: list[str]) -> str:
    return hashlib.blake2b("\n".join(words).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
