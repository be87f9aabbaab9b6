"""Definitions that an edit has doubled: the same name twice in one scope."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ..workspace.functions import Definition, definitions
from ..workspace.shapes import SHAPES
from ..workspace.syntax import SyntaxTree

# In these languages functions of one name differ by what they take.
_OVERLOADS = frozenset({"java", "csharp", "cpp"})
# In these a class may be opened again to add to it.
_REOPENS = frozenset({"ruby", "csharp", "lua", "rust", "typescript", "typescriptreact"})
_AGAIN = ("overload", "setter", "getter", "deleter", "register", "dispatch", "typing.overload")
# What only seems to double a definition: one of the branches is taken.
_BRANCHES = ("if", "else", "elif", "try", "except", "preproc", "case", "when", "unless", "rescue", "switch")


def duplicates(before: str, after: str, language: str) -> tuple[str, ...]:
    """Return a sentence for each definition that stands twice in one scope, and did not before."""
    if language not in SHAPES or before == after:
        return ()
    new = _found(after, language)
    if all(len(lines) < 2 for lines in new.values()):
        return ()
    old = Counter({key[1:]: len(lines) for key, lines in _found(before, language).items() if len(lines) > 1})
    said: list[str] = []
    for key, lines in new.items():
        if len(lines) > 1 and len(lines) > old[key[1:]]:
            named = " and ".join(str(line) for line in lines)
            said.append(f"`{key[1]}` is defined more than once in the same place: lines {named}")
    return tuple(said)


def _found(text: str, language: str) -> dict[tuple[int, str, str], list[int]]:
    """Return the lines of each (scope, name, signature)."""
    tree = SyntaxTree(text, language)
    found: dict[tuple[int, str, str], list[int]] = {}
    if not tree.is_parsed:
        return found
    for definition in _plain(tree):
        parent = definition.whole.parent
        scope = parent.start_byte if parent is not None else 0
        types = ",".join(parameter.type for parameter in definition.parameters)
        signature = types if language in _OVERLOADS else ""
        found.setdefault((scope, definition.qualified_name, signature), []).append(tree.line(definition.node))
    return found


def _plain(tree: SyntaxTree) -> Iterator[Definition]:
    """Yield the definitions of which a scope can have but one."""
    for definition in definitions(tree):
        name, node = definition.name, definition.node
        if not name or name == "_" or (tree.language == "go" and name == "init"):
            continue
        if definition.is_class and tree.language in _REOPENS:
            continue
        if not definition.is_class and definition.body is None:
            continue  # A signature: an overload, or a prototype.
        if node.type in ("assignment_expression", "field_definition", "public_field_definition"):
            continue
        if any(word in decorator for decorator in definition.decorators for word in _AGAIN):
            continue
        if node.type == "method_definition" and any(
            child.type in ("get", "set", "static") for child in node.children
        ):
            continue
        if _is_conditional(tree, definition):
            continue
        yield definition


def _is_conditional(tree: SyntaxTree, definition: Definition) -> bool:
    before = definition.whole.prev_named_sibling
    if before is not None and before.type == "attribute_item" and "cfg" in tree.text_of(before):
        return True
    parent = definition.whole.parent
    for _ in range(2):
        if parent is None:
            return False
        if parent.type.startswith(_BRANCHES):
            return True
        if parent.type not in ("block", "statement_block", "compound_statement", "body_statement"):
            return False
        parent = parent.parent
    return parent is not None and parent.type.startswith(_BRANCHES)
