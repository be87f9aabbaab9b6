"""What a file defines and what it refers to, by the tree-sitter queries in `queries/`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..core.documents import Span
from .query import query_of
from .syntax import Node, SyntaxTree

# Where several patterns match one name, the kind that says most stays.
_VAGUE = ("variable", "type", "declaration", "key")
_HOLDERS = frozenset({"class", "interface", "enum", "implementation"})


@dataclass(frozen=True, slots=True)
class Symbol:
    """A definition. `container` is the dotted name of what holds it, "" at the top level.

    `kind` is one of class, interface, enum, type, module, implementation, function, method,
    constructor, property, field, variable, constant, macro, declaration; and in data and markup
    object, array, key, element, rule, heading. `line` counts from 1.
    """

    name: str
    kind: str
    span: Span
    name_span: Span
    line: int
    container: str = ""
    depth: int = 0

    @property
    def qualified_name(self) -> str:
        return f"{self.container}.{self.name}" if self.container else self.name


@dataclass(frozen=True, slots=True)
class Reference:
    """A use of a name defined elsewhere. `kind` is call, class (a base), type or import."""

    name: str
    kind: str
    span: Span
    line: int


def _matches(tree: SyntaxTree) -> list[tuple[str, Node, Node]]:
    """Return (capture such as "definition.class", whole node, name node) for each match."""
    from tree_sitter import QueryCursor

    query = query_of(tree.language)
    if query is None or not tree.is_parsed:
        return []
    found = []
    for _, captures in QueryCursor(query).matches(tree.root):
        names = captures.get("name")
        for capture, nodes in captures.items():
            if capture != "name" and names:
                found.append((capture, nodes[0], names[0]))
    return found


def symbols(tree: SyntaxTree) -> tuple[Symbol, ...]:
    """Return the definitions of a text in their order, each with what contains it."""
    best: dict[int, Symbol] = {}
    for capture, node, name in _matches(tree):
        group, _, kind = capture.partition(".")
        if group != "definition":
            continue
        known = best.get(name.start_byte)
        if known is not None and (kind in _VAGUE or known.kind not in _VAGUE):
            continue
        text = _label(tree, node, name, kind)
        if text:
            best[name.start_byte] = Symbol(text, kind, tree.span(node), tree.span(name), tree.line(name))
    return _nested(sorted(best.values(), key=lambda symbol: (symbol.span.start, -symbol.span.end)))


def references(tree: SyntaxTree) -> tuple[Reference, ...]:
    """Return the uses of names in a text in their order; a definition's own name is not a use."""
    matches = _matches(tree)
    own = {name.start_byte for capture, _, name in matches if capture.startswith("definition")}
    found: dict[int, Reference] = {}
    for capture, _, name in matches:
        group, _, kind = capture.partition(".")
        if group == "reference" and name.start_byte not in own:
            known = found.get(name.start_byte)
            if known is None or known.kind == "type":
                found[name.start_byte] = Reference(tree.text_of(name), kind, tree.span(name), tree.line(name))
    return tuple(sorted(found.values(), key=lambda reference: reference.span.start))


def _nested(ordered: list[Symbol]) -> tuple[Symbol, ...]:
    result: list[Symbol] = []
    open_symbols: list[Symbol] = []
    for symbol in ordered:
        while open_symbols and open_symbols[-1].span.end < symbol.span.end:
            open_symbols.pop()
        holder = open_symbols[-1] if open_symbols else None
        if holder is not None and holder.span != symbol.span:
            kind = "method" if symbol.kind == "function" and holder.kind in _HOLDERS else symbol.kind
            symbol = replace(symbol, kind=kind, container=holder.qualified_name, depth=len(open_symbols))
        result.append(symbol)
        open_symbols.append(symbol)
    return tuple(result)


def _label(tree: SyntaxTree, node: Node, name: Node, kind: str) -> str:
    text = " ".join(tree.text_of(name).split())
    if kind == "element":
        return text + _element_id(tree, node)
    if kind in ("key", "object", "array"):
        return text.strip("\"'")
    return text.strip()


def _element_id(tree: SyntaxTree, node: Node) -> str:
    tag = node.named_child(0)
    for attribute in tag.named_children if tag is not None else []:
        parts = [tree.text_of(child).strip("\"'") for child in attribute.named_children]
        if len(parts) == 2 and parts[0] == "id":
            return f"#{parts[1]}"
    return ""
