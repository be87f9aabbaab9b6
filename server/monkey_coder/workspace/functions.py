"""What can be known of a function or class from its syntax alone: signature, results, errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..core.documents import Span
from .parameters import Parameter, parameters_of
from .shapes import SHAPES, Shape
from .syntax import Node, SyntaxTree, walk

__all__ = ["Definition", "Parameter", "Raise", "definitions", "enclosing", "selected"]


@dataclass(frozen=True, slots=True)
class Raise:
    """An error that leaves a body: its type, the test that guards it, the class it answers to.

    `condition` is source text, "" where no single `if` guards it; `handled` is the caught type
    where it is raised in a handler.
    """

    type: str
    condition: str = ""
    handled: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """A function, method or class. `whole` includes decorators, export and template lines.

    `kind` is function, method, constructor or class. `returned` are the source texts of what is
    returned, in order and without repeats; "" stands for a bare return.
    """

    name: str
    kind: str
    language: str
    owner: str
    node: Node
    whole: Node
    body: Node | None
    span: Span
    parameters: tuple[Parameter, ...] = ()
    returns: str = ""
    returned: tuple[str, ...] = ()
    yielded: tuple[str, ...] = ()
    raises: tuple[Raise, ...] = ()
    decorators: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    is_async: bool = False

    @property
    def is_class(self) -> bool:
        return self.kind == "class"

    @property
    def qualified_name(self) -> str:
        return f"{self.owner}.{self.name}" if self.owner else self.name


def definitions(tree: SyntaxTree, under: Node | None = None) -> Iterator[Definition]:
    """Yield every function, method and class in order of the text."""
    shape = SHAPES.get(tree.language)
    if shape is None or not tree.is_parsed:
        return
    for node in walk(under or tree.root):
        if _is_definition(node, shape):
            yield _describe(tree, node, shape)


def enclosing(tree: SyntaxTree, span: Span) -> Definition | None:
    """Return the innermost definition that holds all of `span`, blanks at its ends aside."""
    shape = SHAPES.get(tree.language)
    if shape is None or not tree.is_parsed:
        return None
    node: Node | None = tree.at(_trimmed(tree.text, span))
    while node is not None:
        inner = _inside_wrapper(node, shape)
        if inner is not None:
            return _describe(tree, inner, shape)
        node = node.parent
    return None


def selected(tree: SyntaxTree, span: Span) -> list[Definition]:
    """Return the definitions that `span` covers whole; else the one on its first line or around it.

    Definitions nested inside a function that is itself covered are left out.
    """
    if tree.text[span.start : span.end].strip():
        inside = _trimmed(tree.text, span)
        covered = [
            definition
            for definition in definitions(tree, _holder(tree, inside))
            if inside.start <= tree.start(definition.whole) and tree.end(definition.whole) <= inside.end + 1
        ]
        inner = [definition for definition in covered if not _is_local(definition, covered)]
        if inner:
            return inner
    line = Span(*_line(tree.text, span.start)) if span.is_empty else None
    if line is not None:
        here = [
            found
            for found in definitions(tree, _holder(tree, line))
            if line.start <= tree.start(found.node) < line.end
        ]
        if here:
            return here[:1]
    around = enclosing(tree, span)
    return [around] if around else []


def _trimmed(text: str, span: Span) -> Span:
    """Return the span without the blanks at its ends, as it is where it holds nothing else."""
    held = text[span.start : span.end]
    if not held.strip():
        return span
    return Span(span.start + len(held) - len(held.lstrip()), span.start + len(held.rstrip()))


def _line(text: str, offset: int) -> tuple[int, int]:
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    end = len(text) if end < 0 else end
    line = text[start:end]
    return start + len(line) - len(line.lstrip()), max(end, start + len(line) - len(line.lstrip()))


def _holder(tree: SyntaxTree, span: Span) -> Node:
    node = tree.at(span)
    return node.parent or node


def _is_local(definition: Definition, covered: list[Definition]) -> bool:
    """Return whether another function of `covered` holds a definition."""
    return any(
        not outer.is_class
        and outer.span.start < definition.span.start
        and definition.span.end <= outer.span.end
        for outer in covered
    )


def _is_definition(node: Node, shape: Shape) -> bool:
    if not node.is_named:
        return False
    if node.type in shape.functions:
        return True
    if node.type in shape.classes:
        if node.type in ("struct_specifier", "union_specifier", "enum_specifier", "class_specifier"):
            return node.child_by_field_name("body") is not None
        return node.child_by_field_name("name") is not None
    return _assigned_function(node, shape) is not None


def _assigned_function(node: Node, shape: Shape) -> Node | None:
    """Return the arrow or function expression that a declaration names, if `node` is one."""
    if node.type in ("variable_declarator", "public_field_definition", "field_definition"):
        value = node.child_by_field_name("value")
    elif node.type == "assignment_expression":
        value = node.child_by_field_name("right")
    else:
        return None
    return value if value is not None and value.type in shape.lambdas else None


def _inside_wrapper(node: Node, shape: Shape) -> Node | None:
    if _is_definition(node, shape):
        return node
    if node.type in shape.wrappers or node.type in ("lexical_declaration", "variable_declaration"):
        inner = [found for child in node.named_children if (found := _inside_wrapper(child, shape))]
        return inner[0] if len(inner) == 1 else None
    return None


def _whole(node: Node, shape: Shape) -> Node:
    """Return `node` with what wraps it: decorators, `export`, `const`, `template`."""
    while (parent := node.parent) is not None:
        is_declaration = parent.type in ("lexical_declaration", "variable_declaration")
        is_statement = parent.type == "expression_statement" and node.type == "assignment_expression"
        if parent.type in shape.wrappers or ((is_declaration or is_statement) and _is_alone(node, parent)):
            node = parent
        else:
            break
    return node


def _is_alone(node: Node, parent: Node) -> bool:
    return sum(child.type == node.type for child in parent.named_children) == 1


def _describe(tree: SyntaxTree, node: Node, shape: Shape) -> Definition:
    callee = _assigned_function(node, shape) or node
    whole = _whole(node, shape)
    body = callee.child_by_field_name("body")
    name = _name(tree, node)
    owner = _owner(tree, node, shape)
    is_class = node.type in shape.classes
    returned, yielded = ([], []) if is_class else _results(tree, callee, body, shape)
    return Definition(
        name=name,
        kind=_kind(tree, node, name, owner, is_class=is_class),
        language=tree.language,
        owner=owner,
        node=node,
        whole=whole,
        body=body,
        span=tree.span(whole),
        parameters=() if is_class else parameters_of(tree, callee),
        returns="" if is_class else _return_type(tree, callee),
        returned=tuple(dict.fromkeys(returned)),
        yielded=tuple(dict.fromkeys(yielded)),
        raises=() if is_class else tuple(dict.fromkeys(_raises(tree, callee, body, shape))),
        decorators=tuple(
            tree.text_of(child).lstrip("@").strip()
            for child in whole.children
            if child.type in ("decorator", "annotation", "marker_annotation")
        ),
        bases=_bases(tree, node) if is_class else (),
        is_async=any(child.type == "async" or tree.text_of(child) == "async" for child in callee.children[:4])
        or (callee.type == "function_item" and "async " in tree.text_of(callee)[:40]),
    )


def _name(tree: SyntaxTree, node: Node) -> str:
    named = node.child_by_field_name("name") or node.child_by_field_name("property")
    if named is None and node.type == "assignment_expression":
        left = node.child_by_field_name("left")
        named = left.child_by_field_name("property") or left if left is not None else None
    if named is None:
        named = node.child_by_field_name("declarator")
        while named is not None and (inner := named.child_by_field_name("declarator")) is not None:
            named = inner
        while named is not None and named.type == "reference_declarator" and named.named_children:
            named = named.named_children[-1]
            while (inner := named.child_by_field_name("declarator")) is not None:
                named = inner
    text = tree.text_of(named)
    return re.split(r"::|\.|:", text)[-1] if node.type == "function_declaration" else text.split("::")[-1]


def _kind(tree: SyntaxTree, node: Node, name: str, owner: str, *, is_class: bool) -> str:
    if is_class:
        return "class"
    if node.type == "constructor_declaration" or name in ("__init__", "__construct", "constructor"):
        return "constructor"
    if tree.language == "ruby" and name == "initialize":
        return "constructor"
    return "method" if owner else "function"


def _owner(tree: SyntaxTree, node: Node, shape: Shape) -> str:
    if node.type == "method_declaration" and tree.language == "go":
        receiver = tree.text_of(node.child_by_field_name("receiver")).strip("()")
        return receiver.split()[-1].lstrip("*").split("[")[0] if receiver.split() else ""
    parent = node.parent
    while parent is not None:
        if parent.type in shape.functions:
            return ""
        if parent.type == "impl_item":
            return tree.text_of(parent.child_by_field_name("type")).split("<")[0]
        if parent.type in shape.classes:
            named = tree.text_of(parent.child_by_field_name("name"))
            outer = _owner(tree, parent, shape)
            return f"{outer}.{named}" if outer else named
        parent = parent.parent
    return ""


def _return_type(tree: SyntaxTree, node: Node) -> str:
    if node.type in ("constructor_declaration", "function_definition") and tree.language in (
        "java",
        "csharp",
    ):
        return ""
    for field in ("return_type", "result", "returns"):
        found = node.child_by_field_name(field)
        if found is not None:
            return tree.text_of(found).lstrip(":").removeprefix("->").strip()
    if tree.language in ("java", "csharp", "c", "cpp"):
        text = tree.text_of(node.child_by_field_name("type"))
        declarator = node.child_by_field_name("declarator")
        stars = 0
        while declarator is not None and declarator.type == "pointer_declarator":
            stars += 1
            declarator = declarator.child_by_field_name("declarator")
        return text + " " * bool(stars) + "*" * stars
    return ""


def _bases(tree: SyntaxTree, node: Node) -> tuple[str, ...]:
    found = node.child_by_field_name("superclasses") or node.child_by_field_name("superclass")
    if found is None:
        found = next(
            (
                child
                for child in node.children
                if child.type in ("class_heritage", "base_list", "base_class_clause", "base_clause")
            ),
            None,
        )
    if found is None:
        return ()
    if found.type == "argument_list":
        return tuple(
            tree.text_of(child)
            for child in found.named_children
            if child.type not in ("keyword_argument", "comment")
        )
    text = re.sub(r"^(extends|:|<)\s*", "", tree.text_of(found).strip())
    return tuple(part.strip() for part in re.split(r",|\bimplements\b", text) if part.strip())


def _results(tree: SyntaxTree, callee: Node, body: Node | None, shape: Shape) -> tuple[list[str], list[str]]:
    returned: list[str] = []
    yielded: list[str] = []
    if body is None:
        return returned, yielded
    if callee.type == "arrow_function" and body.type != "statement_block":
        returned.append(tree.text_of(body))
    for node in walk(body, skip=shape.nested):
        if not node.is_named:
            continue
        if node.type in shape.returns:
            returned.append(_joined(tree, node))
        elif node.type in shape.yields:
            yielded.append(_joined(tree, node))
    if tree.language == "rust" and body.named_children:
        last = body.named_children[-1]
        if last.type not in ("expression_statement", "let_declaration", "line_comment", "macro_definition"):
            returned.append(tree.text_of(last))
    return returned, yielded


def _joined(tree: SyntaxTree, node: Node) -> str:
    parts = [tree.text_of(child) for child in node.named_children if child.type != "comment"]
    is_from = any(child.type in ("from", "*") for child in node.children)
    return ("from " if is_from else "") + ", ".join(parts)


def _raises(tree: SyntaxTree, callee: Node, body: Node | None, shape: Shape) -> Iterator[Raise]:
    if body is None:
        return
    for node in walk(body, skip=shape.nested):
        if not node.is_named or node.type not in shape.throws:
            continue
        thrown = next((child for child in node.named_children if child.type != "comment"), None)
        handled = _handled(tree, node, callee)
        if thrown is None:
            if handled:
                yield Raise(handled, handled=handled)
            continue
        kind, message = _thrown(tree, thrown)
        if kind and not _is_caught(tree, node, callee, kind):
            yield Raise(kind, _condition(tree, node, callee), handled, message)


def _thrown(tree: SyntaxTree, node: Node) -> tuple[str, str]:
    """Return the type and the literal message of what is thrown; "" for a variable."""
    made = node
    if node.type in ("call", "call_expression"):
        made = node.child_by_field_name("function") or node
    elif node.type in ("new_expression", "object_creation_expression"):
        made = node.child_by_field_name("constructor") or node.child_by_field_name("type") or node
        if made is node:
            made = next(
                (child for child in node.named_children if child.type in ("name", "qualified_name")), node
            )
    kind = tree.text_of(made)
    if not re.fullmatch(r"[\w.:\\]+", kind) or not re.split(r"[.:\\]", kind)[-1][:1].isupper():
        return "", ""
    arguments = node.child_by_field_name("arguments")
    first = arguments.named_children[0] if arguments is not None and arguments.named_children else None
    is_plain = first is not None and first.type in ("string", "string_literal")
    message = tree.text_of(first).strip("\"'") if is_plain else ""
    return kind, message if "\n" not in message and len(message) < 100 else ""


def _ancestors(node: Node, top: Node) -> Iterator[tuple[Node, Node]]:
    """Yield (ancestor, its child on the way) from `node` up to but without `top`."""
    child, parent = node, node.parent
    while parent is not None and child != top:
        yield parent, child
        child, parent = parent, parent.parent


def _condition(tree: SyntaxTree, node: Node, top: Node) -> str:
    for ancestor, child in _ancestors(node, top):
        if ancestor.type in ("if_statement", "elif_clause"):
            if ancestor.child_by_field_name("consequence") == child:
                text = " ".join(tree.text_of(ancestor.child_by_field_name("condition")).split())
                inner = text[1:-1] if text.startswith("(") and text.endswith(")") else text
                return (
                    inner if inner.count("(") == inner.count(")") and ")" not in inner.split("(")[0] else text
                )
            return ""
        if ancestor.type not in ("block", "statement_block", "compound_statement"):
            return ""
        if [part for part in ancestor.named_children if part.type != "comment"][:1] != [child]:
            return ""
    return ""


def _handled(tree: SyntaxTree, node: Node, top: Node) -> str:
    for ancestor, _ in _ancestors(node, top):
        if ancestor.type == "except_clause":
            value = ancestor.child_by_field_name("value") or next(
                (child for child in ancestor.named_children if child.type != "block"), None
            )
            if value is not None and value.type == "as_pattern":
                value = value.named_children[0]
            return tree.text_of(value).strip("()")
        if ancestor.type == "catch_clause":
            return tree.text_of(ancestor.child_by_field_name("type"))
    return ""


def _is_caught(tree: SyntaxTree, node: Node, top: Node, kind: str) -> bool:
    """Return whether a `try` of the same function catches what is raised at `node`."""
    for ancestor, child in _ancestors(node, top):
        if ancestor.type == "try_statement" and ancestor.child_by_field_name("body") == child:
            for clause in ancestor.named_children:
                if clause.type == "except_clause":
                    value = clause.child_by_field_name("value")
                    text = tree.text_of(value) if value is not None else ""
                    if not text or re.search(rf"\b({re.escape(kind)}|Exception|BaseException)\b", text):
                        return True
                elif clause.type == "catch_clause":
                    return True
    return False
