"""Rename an identifier in a selection or a file: names only, never strings or comments."""

from __future__ import annotations

import keyword
import re

from ..core.documents import Document, Span, TextEdit
from ..core.errors import InputError
from ..workspace.functions import definitions
from ..workspace.symbols import symbols
from ..workspace.syntax import Node, SyntaxTree, walk

_NAMES = frozenset(
    {
        "identifier",
        "type_identifier",
        "property_identifier",
        "private_property_identifier",
        "field_identifier",
        "shorthand_property_identifier",
        "shorthand_property_identifier_pattern",
        "constant",
        "name",
        "variable_name",
        "word",
        "namespace_identifier",
        "statement_identifier",
        "shorthand_field_identifier",
    }
)
_MEMBERS = frozenset(
    {
        "attribute",
        "member_expression",
        "field_expression",
        "selector_expression",
        "field_access",
        "member_access_expression",
        "dot_index_expression",
        "method_index_expression",
    }
)


def rename_edits(document: Document, span: Span, old: str, new: str) -> tuple[TextEdit, ...]:
    """Return the edits that rename `old` to `new` inside `span`; in the whole text if it is empty.

    A member (`x.old`) and a keyword argument (`f(old=1)`) are renamed only where `old` is defined
    as a member, or as a parameter of the function called. Raises: InputError if `old` is not there
    or `new` is taken.
    """
    if old == new:
        raise InputError(f"`{old}` is the new name too; say two different names")
    if (document.language == "python" and keyword.iskeyword(new)) or not re.fullmatch(r"[^\W\d][\w$]*", new):
        raise InputError(f"`{new}` cannot be a name in {document.language}; choose another one")
    tree = SyntaxTree(document.text, document.language)
    if not tree.is_parsed:
        raise InputError(f"the offline engine cannot read {document.language!r}; configure a model for that")
    scope = Span(0, len(document.text)) if span.is_empty else span
    is_member = any(
        s.name == old and s.kind in ("method", "field", "property") for s in symbols(tree)
    ) or bool(re.search(rf"\b(self|this)\.{re.escape(old)}\s*[:=]", document.text))
    is_free = _is_free(tree, old)
    takers = {d.name for d in definitions(tree) if any(p.name == old for p in d.parameters)}
    edits: list[TextEdit] = []
    for node in walk(tree.root):
        if node.type not in _NAMES or node.named_child_count:
            continue
        at = tree.span(node)
        if not scope.start <= at.start or not at.end <= scope.end:
            continue
        text = tree.text_of(node)
        if text == new:
            raise InputError(f"`{new}` is already used on line {tree.line(node)}; choose another name")
        if text != old or not _is_meant(tree, node, is_member=is_member, is_free=is_free, takers=takers):
            continue
        edits.append(_edit(node, at, old, new))
    if not edits:
        where = "the selection" if not span.is_empty else "this file"
        raise InputError(f"there is no name `{old}` in {where}; check the spelling or select more")
    return tuple(edits)


def _is_free(tree: SyntaxTree, old: str) -> bool:
    """Return whether the name is used on its own anywhere, not only as a member."""
    return any(
        node.type in _NAMES and tree.text_of(node) == old and not _is_member(node) for node in walk(tree.root)
    )


def _is_member(node: Node) -> bool:
    parent = node.parent
    return parent is not None and parent.type in _MEMBERS and parent.named_children[-1] == node


def _is_meant(tree: SyntaxTree, node: Node, *, is_member: bool, is_free: bool, takers: set[str]) -> bool:
    parent = node.parent
    if _is_member(node):
        return is_member or not is_free
    if (
        parent is not None
        and parent.type == "keyword_argument"
        and parent.child_by_field_name("name") == node
    ):
        call = parent.parent.parent if parent.parent is not None else None
        called = tree.text_of(call.child_by_field_name("function")) if call is not None else ""
        return called.split(".")[-1] in takers
    if parent is not None and parent.type == "pair" and parent.child_by_field_name("key") == node:
        return is_member
    return True


def _edit(node: Node, at: Span, old: str, new: str) -> TextEdit:
    if node.type == "shorthand_property_identifier":
        return TextEdit(at.start, at.end, f"{old}: {new}")
    if node.type == "shorthand_property_identifier_pattern":
        return TextEdit(at.start, at.end, f"{old}: {new}")
    return TextEdit(at.start, at.end, new)
