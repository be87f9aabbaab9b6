"""Statements of Python where rules of rewriting may be tried, and what stands there in the text."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..core.documents import Span, TextEdit

Function = ast.FunctionDef | ast.AsyncFunctionDef
_LONGEST_LINE = 100


class Source:
    """A text with its tree, and where in it things stand. Raises: SyntaxError, ValueError."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)
        self._starts = [0]
        for line in text.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._lines = text.splitlines(keepends=True)

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a line, from 1, and a column in UTF-8 bytes."""
        ahead = self._lines[line - 1].encode()[:column] if line <= len(self._lines) else b""
        return self._starts[line - 1] + len(ahead.decode(errors="replace"))

    def span(self, node: ast.stmt | ast.expr) -> Span:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return Span(
            self.offset(node.lineno, node.col_offset), self.offset(node.end_lineno, node.end_col_offset)
        )

    def of(self, node: ast.expr) -> str:
        """Return an expression as it is written."""
        span = self.span(node)
        return self.text[span.start : span.end]

    def lines_of(self, statements: Sequence[ast.stmt]) -> Span | None:
        """Return the whole lines of statements; None if they share them with others."""
        first, last = self.span(statements[0]), self.span(statements[-1])
        assert statements[-1].end_lineno is not None
        lines = Span(self._starts[statements[0].lineno - 1], self._starts[statements[-1].end_lineno])
        after = self.text[last.end : lines.end].strip()
        is_alone = not self.text[lines.start : first.start].strip() and (not after or after.startswith("#"))
        return lines if is_alone and self.text[: lines.end].endswith("\n") else None

    def indent(self, statement: ast.stmt) -> str:
        return " " * statement.col_offset

    def are_builtins(self, *names: str) -> bool:
        """Tell whether names mean Python's own: nothing in the file binds them."""
        return not self._bound & {*names, "*"}

    @cached_property
    def _bound(self) -> frozenset[str]:
        found: set[str | None] = set()
        for node in ast.walk(self.tree):
            match node:
                case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                    found.add(name)
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    found.add(node.name)
                case ast.alias(name=name, asname=asname):
                    found.add(asname or name.partition(".")[0])
                case ast.ExceptHandler(name=name) | ast.MatchAs(name=name) | ast.MatchStar(name=name):
                    found.add(name)
                case ast.MatchMapping(rest=name):
                    found.add(name)
        return frozenset(name for name in found if name is not None)


@dataclass(frozen=True, slots=True)
class Place:
    """Statements in a row within a function."""

    source: Source
    function: Function
    body: list[ast.stmt]
    owner: ast.AST


Rule = Callable[[Place, int], TextEdit | None]


def edits_of(text: str, span: Span, rules: Sequence[Rule]) -> Iterator[TextEdit]:
    """Yield each edit that a rule allows to the functions within a span. Only one can be made at a time."""
    try:
        source = Source(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    for function in ast.walk(source.tree):
        if not isinstance(function, Function) or _is_dynamic(function):
            continue
        for place in _places(source, function):
            for at in range(len(place.body)):
                made = (rule(place, at) for rule in rules)
                yield from (edit for edit in made if edit is not None and _fits(text, edit, span))


def _places(source: Source, function: Function) -> Iterator[Place]:
    stack: list[ast.AST] = [function]
    while stack:
        owner = stack.pop()
        for field in ("body", "orelse", "finalbody"):
            body = getattr(owner, field, None)
            if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
                yield Place(source, function, body, owner)
                stack.extend(one for one in body if not isinstance(one, Function | ast.ClassDef))


def _is_dynamic(function: Function) -> bool:
    """Tell whether a function may see its names in ways that its tree does not show."""
    names = {one.id for one in ast.walk(function) if isinstance(one, ast.Name)}
    return bool(names & {"locals", "vars", "eval", "exec", "globals", "dir"}) or any(
        isinstance(one, ast.Global | ast.Nonlocal) for one in ast.walk(function)
    )


def _fits(text: str, edit: TextEdit, span: Span) -> bool:
    is_inside = span.start <= edit.start and edit.end <= span.end
    return (
        is_inside
        and "\t" not in text[edit.start : edit.end]
        and "\r" not in text[edit.start : edit.end]
        and all(len(line) <= _LONGEST_LINE for line in edit.text.splitlines())
    )
