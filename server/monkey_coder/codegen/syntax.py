"""Does a new text parse as well as the old one did?"""

from __future__ import annotations

import ast
import warnings
from collections import Counter

from ..workspace.syntax import Node, SyntaxTree

# These grammars fail on valid files often enough (C: macros) that they prove nothing.
_UNSURE = frozenset({"c", "cpp", "markdown", "html"})


def syntax_problems(before: str, after: str, language: str) -> tuple[str, ...]:
    """Return what `after` breaks that `before` did not, one sentence each; empty if it is fine.

    A language without a grammar that can tell is always fine. A text that was broken already is
    fine as long as it gets no worse.
    """
    if language in _UNSURE or before == after:
        return ()
    new = SyntaxTree(after, language)
    if not new.is_parsed:
        return ()
    found = new.problems()
    if not found:
        return _python_indentation(before, after) if language == "python" else ()
    old = SyntaxTree(before, language)
    known = old.problems()
    if len(found) <= len(known):
        return ()
    seen = Counter(_key(old, node) for node in known)
    fresh: list[str] = []
    for node in found:
        key = _key(new, node)
        if seen[key]:
            seen[key] -= 1
        else:
            fresh.append(_sentence(new, node))
    return tuple(fresh[: len(found) - len(known)])


def _key(tree: SyntaxTree, node: Node) -> tuple[bool, str]:
    return node.is_missing, _line_of(tree, node)


def _line_of(tree: SyntaxTree, node: Node) -> str:
    start = tree.start(node)
    end = tree.text.find("\n", start)
    return tree.text[tree.text.rfind("\n", 0, start) + 1 : end if end >= 0 else None].strip()


def _sentence(tree: SyntaxTree, node: Node) -> str:
    line = tree.line(node)
    if node.is_missing:
        return f"line {line}: {node.type!r} is missing"
    text = " ".join(tree.text_of(node).split())
    return f"line {line}: cannot be read: {text[:60]!r}"


def _python_indentation(before: str, after: str) -> tuple[str, ...]:
    """Return the indentation error of `after`, which the grammar forgives and Python does not."""
    error = _indentation_error(after)
    if error is None or _indentation_error(before) is not None:
        return ()
    return (f"line {error.lineno}: {error.msg}",)


def _indentation_error(text: str) -> IndentationError | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except IndentationError as error:
        return error
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return None
