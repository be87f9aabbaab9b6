"""Less nesting in JavaScript and TypeScript, where the syntax tree proves that it does the same."""

from __future__ import annotations

import re

from ..core.documents import Document, Span, TextEdit, apply_edits
from ..workspace.syntax import Node, SyntaxTree, walk

_LANGUAGES = frozenset({"javascript", "javascriptreact", "typescript", "typescriptreact"})
_EXITS = frozenset({"return_statement", "throw_statement", "continue_statement", "break_statement"})
_FUNCTIONS = frozenset({"function_declaration", "function_expression", "arrow_function", "method_definition"})
_SCOPED = frozenset(
    {
        "lexical_declaration",
        "class_declaration",
        "function_declaration",
        "generator_function_declaration",
        "enum_declaration",
        "interface_declaration",
        "type_alias_declaration",
        "abstract_class_declaration",
        "internal_module",
    }
)
_LOOPS = frozenset({"for_statement", "for_in_statement", "while_statement"})
_INVERSE = {"===": "!==", "!==": "===", "==": "!=", "!=": "=="}
_PASSES = 8


def flattened(document: Document, span: Span) -> str:
    """Return the text with less nesting within a span: no `else` after what leaves, and an early exit in
    place of an `if` about all that is left to do. The text itself where nothing can be done."""
    text = document.text
    if document.language not in _LANGUAGES:
        return text
    for _ in range(_PASSES):
        tree = SyntaxTree(text, document.language)
        if not tree.is_parsed or tree.root.has_error:
            return text
        made = (_edit(tree, node) for node in walk(tree.root) if node.type == "if_statement")
        edit = next((one for one in made if one and span.start <= one.start and one.end <= span.end), None)
        if edit is None:
            return text
        new = apply_edits(text, [edit])
        span = Span(span.start, span.end + len(new) - len(text))
        text = new
    return text


def _edit(tree: SyntaxTree, node: Node) -> TextEdit | None:
    parent, then = node.parent, node.child_by_field_name("consequence")
    if parent is None or parent.type != "statement_block" or then is None or then.type != "statement_block":
        return None
    if any(each.type in ("template_string", "jsx_text", "comment") for each in walk(node)):
        return None
    if any(each.type == "string" and "\n" in tree.text_of(each) for each in walk(node)):
        return None
    other = node.child_by_field_name("alternative")
    return _without_else(tree, node, then, other) if other is not None else _guarded(tree, node, then)


def _without_else(tree: SyntaxTree, node: Node, then: Node, other: Node) -> TextEdit | None:
    """What follows an `if` that leaves need not stand in its `else`."""
    block = next((one for one in other.named_children if one.type == "statement_block"), None)
    if not then.named_children or then.named_children[-1].type not in _EXITS or block is None:
        return None
    moved = _moved(tree, node, block)
    # Where no semicolon ends it, what follows the brace would go on with the last statement.
    after = tree.text[tree.end(node) :].lstrip()
    if moved is None or (not moved.endswith(";") and after.startswith(("(", "[", "`", "+", "-", "/", "*"))):
        return None
    return TextEdit(tree.end(then), tree.end(node), f"\n{moved}")


def _guarded(tree: SyntaxTree, node: Node, then: Node) -> TextEdit | None:
    """An `if` about all that is left to do becomes an early exit."""
    parent = node.parent
    assert parent is not None
    around, test = parent.parent, node.child_by_field_name("condition")
    is_last = parent.named_children[-1] == node
    if around is None or not is_last or test is None or len(then.named_children) < 2:
        return None
    leaving = "return" if around.type in _FUNCTIONS else "continue" if around.type in _LOOPS else ""
    moved = _moved(tree, node, then)
    if not leaving or moved is None or then.named_children[-1].type in _EXITS:
        return None
    indent = _indent(tree, node)
    step = _indent(tree, then.named_children[0]).removeprefix(indent)
    negated = _negated(tree, test)
    new = f"if ({negated}) {{\n{indent}{step}{leaving};\n{indent}}}\n{moved}"
    return TextEdit(tree.start(node), tree.end(node), new)


def _moved(tree: SyntaxTree, node: Node, block: Node) -> str | None:
    """Return what stands in a block, as it would stand beside `node`; None if its names might clash."""
    inside = block.named_children
    if not inside or any(one.type in _SCOPED for one in inside):
        return None
    indent, inner = _indent(tree, node), _indent(tree, inside[0])
    lines = tree.text[tree.start(inside[0]) : tree.end(inside[-1])].split("\n")
    starts_line = not tree.text[: tree.start(inside[0])].rpartition("\n")[2].strip()
    if not starts_line or not inner.startswith(indent) or inner == indent:
        return None
    if any(line.strip() and not line.startswith(inner) for line in lines[1:]):
        return None
    rest = [indent + line[len(inner) :] if line.strip() else line for line in lines[1:]]
    return "\n".join([indent + lines[0], *rest])


def _negated(tree: SyntaxTree, condition: Node) -> str:
    test = condition.named_children[0] if condition.named_children else condition
    operator = test.child_by_field_name("operator")
    if test.type == "unary_expression" and tree.text_of(operator) == "!":
        return tree.text_of(test.child_by_field_name("argument"))
    if test.type == "binary_expression" and (inverse := _INVERSE.get(tree.text_of(operator))):
        left, right = (tree.text_of(test.child_by_field_name(side)) for side in ("left", "right"))
        return f"{left} {inverse} {right}"
    own = tree.text_of(test)
    return f"!{own}" if re.fullmatch(r"[\w$.]+(\([^()]*\))?", own) else f"!({own})"


def _indent(tree: SyntaxTree, node: Node) -> str:
    line = tree.text[: tree.start(node)].rpartition("\n")[2]
    return line[: len(line) - len(line.lstrip())]
