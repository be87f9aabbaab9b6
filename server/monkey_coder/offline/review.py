"""Review: what a careful reader would remark on, each with its line, and nothing invented."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..codegen.ruff import check
from ..core.documents import Document, Span
from ..core.errors import InputError
from ..workspace.complexity import complexity
from ..workspace.functions import Definition, definitions
from ..workspace.shapes import SHAPES
from ..workspace.syntax import Node, SyntaxTree, walk

_LONG = 60
_COMPLEX = 12
_DEEP = 4
_MANY_PARAMETERS = 7
# Bugs and likely bugs; style is the formatter's business.
_RULES = (
    "F",
    "E7",
    "E9",
    "B",
    "PLE",
    "PLW0127",
    "PLW0129",
    "PLW0602",
    "S307",
    "S602",
    "S608",
    "RUF006",
    "ASYNC",
)
_SERIOUS = re.compile(
    r"F(821|823|811|502|601|632|70\d|50\d)|E9|B0(06|12|20|21|23)|PLE|S307|S602|RUF006|syntax"
)


@dataclass(frozen=True, slots=True)
class Remark:
    """One observation. `rank` 0 is likely wrong, 1 worth changing, 2 worth knowing."""

    line: int
    rank: int
    text: str


def review(document: Document, span: Span) -> Iterator[str]:
    """Yield lines of Markdown: remarks on what `span` selects, or on the whole text.

    Raises: InputError for a language without a grammar.
    """
    tree = SyntaxTree(document.text, document.language)
    if not tree.is_parsed:
        raise InputError(
            f"the offline engine cannot read {document.language!r}; configure a model to have it reviewed"
        )
    found = [*_syntax(tree), *_todos(tree), *_shape(tree), *_patterns(tree)]
    if document.language == "python":
        found += [*_linted(document), *_python(tree)]
    first, last = _lines(document.text, span)
    unique = {(remark.line, remark.text): remark for remark in found if first <= remark.line <= last}
    chosen = sorted(unique.values(), key=lambda remark: (remark.rank, remark.line))
    yield f"### Review of lines {first} to {last}\n\n" if not span.is_empty else "### Review\n\n"
    if not chosen:
        yield "Nothing to remark. "
        yield f"Looked for {_looked_for(document.language)}."
        yield " Whether the code does what it should was not judged.\n"
        return
    for rank, title in enumerate(("Likely wrong", "Worth changing", "Worth knowing")):
        group = [remark for remark in chosen if remark.rank == rank]
        if group:
            yield f"**{title}**\n\n"
            for remark in group[:40]:
                yield f"- line {remark.line}: {remark.text}\n"
            yield f"- and {len(group) - 40} more\n\n" if len(group) > 40 else "\n"
    yield "These are patterns found in the structure; whether the code does what it should was not judged.\n"


def _looked_for(language: str) -> str:
    looked = ["syntax errors", "long or tangled functions", "open TODOs", "errors that are swallowed"]
    if language == "python":
        looked += ["mutable defaults", "unused and undefined names", "shadowed builtins", "missing awaits"]
    if language in ("javascript", "javascriptreact", "typescript", "typescriptreact"):
        looked += ["loose equality", "`var`", "leftover debugging", "missing awaits"]
    return f"{', '.join(looked[:-1])} and {looked[-1]}"


def _lines(text: str, span: Span) -> tuple[int, int]:
    if span.is_empty:
        return 1, text.count("\n") + 1
    end = span.end - (text[span.end - 1 : span.end] == "\n")
    return text.count("\n", 0, span.start) + 1, text.count("\n", 0, max(span.start, end)) + 1


def _syntax(tree: SyntaxTree) -> Iterator[Remark]:
    if tree.language in ("c", "cpp", "html", "markdown"):
        return
    for node in tree.problems()[:5]:
        what = f"{node.type!r} is missing" if node.is_missing else "this cannot be parsed"
        yield Remark(tree.line(node), 0, f"syntax error: {what}")


def _todos(tree: SyntaxTree) -> Iterator[Remark]:
    shape = SHAPES.get(tree.language)
    if shape is None:
        return
    for node in walk(tree.root):
        if node.type in shape.comments:
            match = re.search(r"\b(TODO|FIXME|XXX|HACK)\b[:\s]*([^\n*]*)", tree.text_of(node))
            if match:
                yield Remark(
                    tree.line(node), 2, f"{match[1]}: {match[2].strip() or 'without a word of what'}"
                )


def _shape(tree: SyntaxTree) -> Iterator[Remark]:
    for definition in definitions(tree):
        if definition.is_class:
            continue
        cost = complexity(tree, definition)
        line, name = tree.line(definition.node), definition.qualified_name
        if cost.lines > _LONG:
            yield Remark(
                line, 1, f"`{name}` is {cost.lines} lines long; parts of it may want names of their own"
            )
        if cost.cyclomatic > _COMPLEX:
            yield Remark(
                line, 1, f"`{name}` has {cost.cyclomatic - 1} decisions (complexity {cost.cyclomatic})"
            )
        if cost.block_depth > _DEEP:
            yield Remark(line, 1, f"`{name}` nests blocks {cost.block_depth} deep")
        if len(definition.parameters) > _MANY_PARAMETERS:
            yield Remark(line, 2, f"`{name}` takes {len(definition.parameters)} parameters")


def _patterns(tree: SyntaxTree) -> Iterator[Remark]:
    """Yield what is seen in single nodes, for every language."""
    asynchronous = {d.name for d in definitions(tree) if d.is_async and not d.owner and not d.yielded}
    for node in walk(tree.root):
        line = tree.line(node)
        if node.type in ("catch_clause", "rescue") and _is_empty_handler(node):
            yield Remark(line, 0, "this handler swallows the error without a word")
        elif node.type == "expression_statement":
            yield from _unawaited(tree, node, asynchronous)
        elif tree.language.startswith(("javascript", "typescript")):
            yield from _ecma(tree, node)
        elif tree.language == "rust" and node.type == "call_expression":
            text = tree.text_of(node.child_by_field_name("function"))
            if text.endswith(".unwrap"):
                yield Remark(line, 2, "`unwrap()` panics if there is no value; `?` or `expect` says why")
        elif (
            tree.language == "go" and node.type == "assignment_statement"
        ) or node.type == "short_var_declaration":
            left, right = (tree.text_of(node.child_by_field_name(side)) for side in ("left", "right"))
            if (
                re.search(r"(^|, )_$", left)
                and right.rstrip().endswith(")")
                and node.type == "assignment_statement"
            ):
                yield Remark(
                    line, 2, f"the result of `{right[:50]}` is thrown away; if it is an error, it is lost"
                )


def _is_empty_handler(node: Node) -> bool:
    body = node.child_by_field_name("body") or (node.named_children[-1] if node.named_children else None)
    return body is not None and not body.named_children and "block" in body.type


def _unawaited(tree: SyntaxTree, node: Node, asynchronous: set[str]) -> Iterator[Remark]:
    call = node.named_children[0] if node.named_children else None
    if call is None or call.type not in ("call", "call_expression"):
        return
    name = tree.text_of(call.child_by_field_name("function"))
    if name in asynchronous:
        yield Remark(
            tree.line(node), 0, f"`{name}(...)` is asynchronous and is not awaited, so it may never run"
        )


def _ecma(tree: SyntaxTree, node: Node) -> Iterator[Remark]:
    line = tree.line(node)
    match node.type:
        case "==" | "!=":
            parent = node.parent
            text = tree.text_of(parent)
            is_deliberate = re.search(r"[!=]=\s*(null|undefined)\b|NULL|typeof", text)
            if parent is not None and parent.type == "binary_expression" and not is_deliberate:
                yield Remark(
                    line, 2, f"`{node.type}` converts types before it compares; `{node.type}=` does not"
                )
        case "variable_declaration":
            yield Remark(line, 2, "`var` is visible in the whole function; `const` or `let` is narrower")
        case "debugger_statement":
            yield Remark(line, 0, "`debugger` is left in")
        case "call_expression":
            name = tree.text_of(node.child_by_field_name("function"))
            if name == "console.log":
                yield Remark(line, 2, "`console.log` is left in")
            elif name == "eval":
                yield Remark(line, 0, "`eval` runs whatever text it is given")


def _linted(document: Document) -> Iterator[Remark]:
    for finding in check(document.text, _RULES, file_name=document.path or "text.py", line_length=320):
        code = finding.code or "syntax"
        rank = 0 if _SERIOUS.match(code) else 2 if code in ("B007", "B904", "B905") else 1
        yield Remark(
            finding.line, rank, f"{finding.message[0].lower()}{finding.message[1:].rstrip('.')} ({code})"
        )


_BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_")) - {
    "copyright", "credits", "license", "exit", "quit", "help"
}  # fmt: skip


def _python(tree: SyntaxTree) -> Iterator[Remark]:
    for node in walk(tree.root):
        if node.type == "except_clause":
            yield from _handler(tree, node)
    for definition in definitions(tree):
        line = tree.line(definition.node)
        shadowed = [parameter.name for parameter in definition.parameters if parameter.name in _BUILTINS]
        if not definition.owner and definition.name in _BUILTINS:
            yield Remark(line, 1, f"`{definition.name}` hides the builtin of that name")
        if shadowed:
            yield Remark(
                line, 2, f"`{definition.name}` hides builtins by its parameters: {', '.join(shadowed)}"
            )
        yield from _results(definition, line)


def _handler(tree: SyntaxTree, node: Node) -> Iterator[Remark]:
    body = next((child for child in node.named_children if child.type == "block"), None)
    caught = [child for child in node.named_children if child.type not in ("block", "comment")]
    is_silent = body is not None and all(
        child.type in ("pass_statement", "comment") or tree.text_of(child) == "..."
        for child in body.named_children
    )
    kind = tree.text_of(caught[0]) if caught else ""
    if not caught:
        yield Remark(tree.line(node), 0, "a bare `except` also catches Ctrl-C and exits; name the error")
    elif is_silent and re.match(r"(Base)?Exception\b", kind):
        yield Remark(tree.line(node), 0, f"every error is swallowed here (`except {kind}`)")


def _results(definition: Definition, line: int) -> Iterator[Remark]:
    values = [text for text in definition.returned if text]
    if "" in definition.returned and any(text != "None" for text in values):
        yield Remark(line, 2, f"`{definition.name}` returns a value in one place and nothing in another")
