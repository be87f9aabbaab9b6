"""The parameters of a function, whatever grammar they are written in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .syntax import Node, SyntaxTree, walk

_SELVES = ("self", "cls", "this")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `kind` is plain, keyword (by name only), rest (`*args`) or keywords (`**kwargs`)."""

    name: str
    type: str = ""
    default: str = ""
    kind: str = "plain"

    @property
    def is_optional(self) -> bool:
        return bool(self.default) or self.kind in ("rest", "keywords")


def parameters_of(tree: SyntaxTree, function: Node) -> tuple[Parameter, ...]:
    """Return a function's parameters without `self`, `cls` or a receiver."""
    if tree.language == "shellscript":
        return _positional(tree, function)
    single = function.child_by_field_name("parameter")
    if single is not None:
        return (Parameter(tree.text_of(single)),)
    found = function.child_by_field_name("parameters")
    if found is None and (declarator := function.child_by_field_name("declarator")) is not None:
        while declarator is not None and declarator.type != "function_declarator":
            declarator = declarator.child_by_field_name("declarator") or (
                declarator.named_children[-1] if declarator.type == "reference_declarator" else None
            )
        found = declarator.child_by_field_name("parameters") if declarator is not None else None
    if found is None:
        return ()
    read = _python if tree.language == "python" else _other
    return tuple(parameter for parameter in read(tree, found) if parameter.name not in _SELVES)


def _python(tree: SyntaxTree, parameters: Node) -> Iterator[Parameter]:
    kind = "plain"
    for index, node in enumerate(parameters.named_children):
        match node.type:
            case "keyword_separator":
                kind = "keyword"
            case "identifier":
                is_receiver = index == 0 and tree.text_of(node) in ("self", "cls", "mcs", "metacls")
                if not is_receiver:
                    yield Parameter(tree.text_of(node), kind=kind)
            case "default_parameter" | "typed_default_parameter":
                yield Parameter(
                    tree.text_of(node.child_by_field_name("name")),
                    tree.text_of(node.child_by_field_name("type")),
                    tree.text_of(node.child_by_field_name("value")),
                    kind,
                )
            case "typed_parameter" | "list_splat_pattern" | "dictionary_splat_pattern":
                inner = node.named_children[0] if node.type == "typed_parameter" else node
                stars = {"list_splat_pattern": "rest", "dictionary_splat_pattern": "keywords"}
                yield Parameter(
                    tree.text_of(inner).lstrip("*"),
                    tree.text_of(node.child_by_field_name("type")),
                    kind=stars.get(inner.type, kind),
                )
                if inner.type == "list_splat_pattern":
                    kind = "keyword"


_REST = (
    "rest_pattern",
    "spread_parameter",
    "variadic_parameter",
    "splat_parameter",
    "vararg_expression",
    "variadic_parameter_declaration",
    "variadic_parameter",
)


def _other(tree: SyntaxTree, parameters: Node) -> Iterator[Parameter]:
    for node in parameters.named_children:
        if node.type in ("comment", "line_comment", "block_comment", "self_parameter", "attribute_item"):
            continue
        if tree.language == "go":
            yield from _go(tree, node)
            continue
        name = _parameter_name(tree, node)
        if name is None:
            continue
        is_rest = node.type in _REST or any(child.type in _REST for child in node.named_children[:1])
        kind = "rest" if is_rest else "keywords" if node.type == "hash_splat_parameter" else "plain"
        if node.type == "keyword_parameter":
            kind = "keyword"
        kind_of = node.child_by_field_name("type")
        default = node.child_by_field_name("value") or node.child_by_field_name("default_value")
        if node.type == "assignment_pattern":
            default = node.child_by_field_name("right")
        text = tree.text_of(default)
        if node.type == "optional_parameter" and tree.language.startswith("typescript"):
            text = text or "undefined"
        if kind_of is None and node.type == "spread_parameter":
            kind_of = node.named_children[0]
        yield Parameter(name, _type(tree, node, kind_of), text, kind)


def _type(tree: SyntaxTree, node: Node, kind: Node | None) -> str:
    text = tree.text_of(kind).lstrip(":").strip()
    declarator = node.child_by_field_name("declarator")
    while declarator is not None and declarator.type in ("pointer_declarator", "array_declarator"):
        text += "*" if declarator.type == "pointer_declarator" else "[]"
        declarator = declarator.child_by_field_name("declarator")
    return text


def _go(tree: SyntaxTree, node: Node) -> Iterator[Parameter]:
    kind = "rest" if node.type.startswith("variadic") else "plain"
    for name in node.children_by_field_name("name"):
        yield Parameter(tree.text_of(name), tree.text_of(node.child_by_field_name("type")), kind=kind)


def _parameter_name(tree: SyntaxTree, node: Node) -> str | None:
    """Return the name, "options" for a destructured object, None where there is none."""
    named: Node | None = node
    for _ in range(6):
        assert named is not None
        inner = (
            named.child_by_field_name("name")
            or named.child_by_field_name("pattern")
            or named.child_by_field_name("declarator")
            or named.child_by_field_name("left")
        )
        if inner is None and named.type in (
            *_REST,
            "mut_pattern",
            "reference_declarator",
            "variable_declarator",
        ):
            inner = named.named_children[-1] if named.named_children else None
        if inner is None:
            break
        named = inner
    text = tree.text_of(named).lstrip("$&*.").strip()
    if named is not None and named.type in ("object_pattern", "array_pattern", "tuple_pattern"):
        return "options" if named.type == "object_pattern" else "items"
    if node.type == "vararg_expression":
        return "..."
    return text if re.fullmatch(r"[\w$]+", text) and (named is not node or node.type in _PLAIN) else None


_PLAIN = ("identifier", "block_parameter", *_REST)


def _positional(tree: SyntaxTree, function: Node) -> tuple[Parameter, ...]:
    """Return the `$1`, `$2`, … that a shell function reads, by the name of `local name=$1` if there."""
    names: dict[int, str] = {}
    for node in walk(function):
        if node.type in ("simple_expansion", "expansion"):
            match = re.fullmatch(r"\$\{?(\d)\b.*", tree.text_of(node), re.DOTALL)
            if match and match[1] != "0":
                names.setdefault(int(match[1]), "")
                holder = node.parent
                while holder is not None and holder.type in ("string", "expansion"):
                    holder = holder.parent
                if holder is not None and holder.type == "variable_assignment":
                    names[int(match[1])] = tree.text_of(holder.child_by_field_name("name"))
    return tuple(Parameter(names[index] or f"{index}") for index in sorted(names))
