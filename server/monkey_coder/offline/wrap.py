"""Wrap whole statements in `try`, `with` or `if`, indenting code and never the inside of a string."""

from __future__ import annotations

import re

from ..core.documents import Document, Span, TextEdit
from ..core.errors import InputError
from ..workspace.shapes import SHAPES
from ..workspace.syntax import Node, SyntaxTree, walk

_ECMA = ("javascript", "javascriptreact", "typescript", "typescriptreact")
_BLOCKS = frozenset({"module", "block", "program", "statement_block"})


def wrap_edits(document: Document, span: Span, how: str) -> tuple[TextEdit, ...]:
    """Return the edit that wraps the statements which `span` touches.

    `how` is what follows "wrap in": "try", "try/except ValueError", "with open(x) as f", "if x".
    Raises: InputError for another language than Python, JavaScript and TypeScript, or where a name
    declared inside would be out of sight after it.
    """
    if document.language != "python" and document.language not in _ECMA:
        raise InputError(
            "offline, wrapping works for Python, JavaScript and TypeScript;"
            f" for {document.language} configure a model"
        )
    tree = SyntaxTree(document.text, document.language)
    statements = _statements(tree, span)
    if not statements:
        raise InputError("there is no statement here to wrap; select whole lines of code")
    if len(statements) > 1 and span.start == 0 and span.end >= len(document.text.rstrip()) > 400:
        raise InputError("select the lines to wrap; the whole file was meant otherwise")
    first, last = tree.start(statements[0]), tree.end(statements[-1])
    text = document.text
    line_start = text.rfind("\n", 0, first) + 1
    lead = text[line_start:first]
    if lead.strip():
        raise InputError(
            "the first statement shares its line with other code; put it on a line of its own first"
        )
    newline = "\r\n" if "\r\n" in text else "\n"
    unit = "\t" if "\t" in lead else _unit(text, document.language)
    body = _indented(tree, Span(line_start, last), unit)
    if document.language == "python":
        head, tail = _python(how)
    else:
        _refuse_hidden(tree, statements)
        head, tail = _ecma(how)
    lines = [lead + head, body, *(lead + line.replace("\t", unit) for line in tail)]
    return (TextEdit(line_start, last, newline.join(lines)),)


def _python(how: str) -> tuple[str, list[str]]:
    kind, _, rest = how.partition(" ")
    word = kind.lower().split("/")[0]
    if word == "try":
        match = re.search(r"([A-Z][\w.]*(?:\s*,\s*[A-Z][\w.]*)*)\)?$", rest)
        caught = match[1] if match else "Exception"
        shown = f"({caught})" if "," in caught else caught
        return "try:", [
            f"except {shown}:",
            "\t# Handle the error here; until then it goes on to the caller.",
            "\traise",
        ]
    if not rest:
        example = "open(path) as file" if word == "with" else "x > 0"
        raise InputError(f"say what to wrap in, such as `wrap in {word} {example}`")
    return f"{word} {rest.rstrip(':').strip()}:", []


def _ecma(how: str) -> tuple[str, list[str]]:
    kind, _, rest = how.partition(" ")
    word = kind.lower().split("/")[0]
    if word == "try":
        return "try {", [
            "} catch (error) {",
            "\t// Handle the error here; until then it goes on to the caller.",
            "\tthrow error;",
            "}",
        ]
    if word == "if" and rest:
        condition = rest.strip()
        condition = condition[1:-1] if condition.startswith("(") and condition.endswith(")") else condition
        return f"if ({condition}) {{", ["}"]
    raise InputError("say `wrap in try` or `wrap in if CONDITION`; JavaScript has no `with` to wrap in")


def _statements(tree: SyntaxTree, span: Span) -> list[Node]:
    """Return the statements of one block that `span` touches; the one at the cursor if it is empty."""
    text = tree.text[span.start : span.end]
    start = span.start + len(text) - len(text.lstrip())
    end = max(start, span.end - (len(text) - len(text.rstrip())))
    if start == end:
        line_end = tree.text.find("\n", start)
        line = tree.text[tree.text.rfind("\n", 0, start) + 1 : line_end if line_end >= 0 else None]
        start = end = tree.text.rfind("\n", 0, start) + 1 + len(line) - len(line.lstrip())
    node: Node | None = tree.at(Span(start, end))
    while node is not None:
        if node.type in _BLOCKS:
            found = [
                child
                for child in node.named_children
                if tree.start(child) < max(end, start + 1) and start < tree.end(child)
            ]
            if found:
                return found
        node = node.parent
    return []


def _indented(tree: SyntaxTree, span: Span, unit: str) -> str:
    """Return the lines of `span` with one more indent, leaving lines that begin inside a string."""
    shape = SHAPES[tree.language]
    inside = [
        (tree.start(node), tree.end(node))
        for node in walk(tree.root)
        if node.type in shape.strings and node.start_point[0] != node.end_point[0]
    ]
    result: list[str] = []
    at = span.start
    for line in tree.text[span.start : span.end].split("\n"):
        is_text = any(start < at < end for start, end in inside)
        result.append(line if is_text or not line.strip() else unit + line)
        at += len(line) + 1
    return "\n".join(result)


def _unit(text: str, language: str) -> str:
    if re.search(r"^\t+\S", text, re.MULTILINE):
        return "\t"
    widths = [len(found) for found in re.findall(r"^( +)\S", text, re.MULTILINE)]
    smallest = min((width for width in widths if width > 1), default=4 if language == "python" else 2)
    return " " * min(smallest, 8)


def _refuse_hidden(tree: SyntaxTree, statements: list[Node]) -> None:
    """Raise if a `const`, `let` or class of the statements is used after them."""
    after = tree.text[tree.end(statements[-1]) : tree.end(statements[-1].parent or statements[-1])]
    for statement in statements:
        if statement.type in ("export_statement", "import_statement"):
            raise InputError(
                "imports and exports cannot stand in a block; select the statements without them"
            )
        if statement.type in ("lexical_declaration", "class_declaration"):
            for name in re.findall(r"[\w$]+", tree.text_of(statement).split("=")[0])[1:]:
                if re.search(rf"\b{re.escape(name)}\b", after):
                    raise InputError(
                        f"`{name}` is used after the selection, where it would be out of sight; select more"
                    )
