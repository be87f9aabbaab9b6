"""Rewrites of Python that its syntax tree proves to do the same, each one edit of a text.

A rule says nothing where it cannot prove that: where a name may be seen from elsewhere, a value may not be
of the kind it looks like, or an error in the middle would leave something half done.
"""

from __future__ import annotations

import ast
import builtins
import keyword
from collections.abc import Sequence

from ..core.documents import Span, TextEdit
from .python_places import Function, Place, Rule, Source

_FEWEST_BRANCHES = 3
_SEQUENCES = frozenset({"list", "List", "tuple", "Tuple", "str", "Sequence"})
_FIXED = frozenset({"tuple", "Tuple", "str"})
_TEXTS = frozenset({"str", "repr", "chr", "format"})
_ATOMS = (
    *(ast.Name, ast.Constant, ast.Attribute, ast.Call, ast.Subscript, ast.BinOp, ast.JoinedStr),
    *(ast.Tuple, ast.List, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
_EXITS = (ast.Return, ast.Raise, ast.Continue, ast.Break)
# What makes the moment or the place at which an expression is evaluated matter.
_BOUND = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.Lambda, ast.Starred)
_INVERSE: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}


def guard_clause(place: Place, at: int) -> TextEdit | None:
    """An `if` about all that is left to do becomes an early exit, and what it held stands one level less
    deep; so does one whose `else` only leaves."""
    statement = place.body[at]
    if not isinstance(statement, ast.If) or _is_elif(place, statement):
        return None
    leaving = _leaving(place, at, statement)
    source, indent = place.source, place.source.indent(statement)
    if leaving is None or len(statement.body) < 2 or _has_long_text(statement.body):
        return None
    inner, whole = source.lines_of(statement.body), source.lines_of([statement])
    if inner is None or whole is None or source.text.count("\n", whole.start, inner.start) != 1:
        return None
    shift = statement.body[0].col_offset - statement.col_offset
    lines = source.text[inner.start : inner.end].splitlines(keepends=True)
    if any(line[:shift].strip() for line in lines):
        return None
    moved = "".join(line[shift:] if line.strip() else line for line in lines)
    return TextEdit(
        whole.start, whole.end, f"{indent}if {_negated(source, statement.test)}:\n{leaving}{moved}"
    )


def comprehension(place: Place, at: int) -> TextEdit | None:
    """A loop that only fills a list, a set, a dict, a text or a count becomes one expression."""
    if at + 1 >= len(place.body):
        return None
    start, loop = place.body[at], place.body[at + 1]
    if not isinstance(loop, ast.For) or loop.orelse:
        return None
    match start:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.expr() as empty):
            pass
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as empty):
            pass
        case _:
            return None
    step = loop.body[0] if len(loop.body) == 1 else None
    condition = ""
    if isinstance(step, ast.If) and not step.orelse and len(step.body) == 1:
        if isinstance(step.test, ast.IfExp):
            return None
        condition = f" if {place.source.of(step.test)}"
        step = step.body[0]
    if step is None or not _is_closed(place, loop, name):
        return None
    source = place.source
    tail = f"for {source.of(loop.target)} in {source.of(loop.iter)}{condition}"
    new = _collected(place, empty, step, name, tail)
    if new is None:
        return None
    whole = source.lines_of([start, loop])
    if whole is None:
        return None
    head = source.text[whole.start : source.span(empty).start]
    return TextEdit(whole.start, whole.end, f"{head}{new}\n")


def enumerated(place: Place, at: int) -> TextEdit | None:
    """`for i in range(len(xs))` that reads `xs[i]` names the element: `for i, x in enumerate(xs)`.

    Only where `xs` is known to be a sequence, and neither it nor `i` is changed in the loop.
    """
    match place.body[at]:
        case (
            ast.For(
                target=ast.Name(id=index),
                iter=ast.Call(
                    func=ast.Name("range"), args=[ast.Call(func=ast.Name("len"), args=[ast.Name(id=many)])]
                ),
            ) as loop
        ):
            pass
        case _:
            return None
    source = place.source
    if not source.are_builtins("range", "len", "enumerate") or not _only_reads(loop, many, index):
        return None
    if not _is_sequence(place.function, many, loop):
        return None
    reads = [one for one in ast.walk(loop) if _reads(one, many, index)]
    name = many[:-1] if many.endswith("s") and many[:-1].isidentifier() else "item"
    used = {one.id for one in ast.walk(place.source.tree) if isinstance(one, ast.Name)} | _parameters(place)
    if not reads or name in used or name == many or _is_keyword(name):
        return None
    n_uses = sum(
        isinstance(one, ast.Name) and one.id == index for part in loop.body for one in ast.walk(part)
    )
    new = f"{index}, {name} in enumerate({many})" if n_uses > len(reads) else f"{name} in {many}"
    if n_uses == len(reads) and _is_read_after(place, loop, index):
        return None
    whole = source.span(loop)
    header = Span(source.span(loop.target).start, source.span(loop.iter).end)
    body = source.text[header.end : whole.end]
    spans = [source.span(one) for one in reads if isinstance(one, ast.expr)]
    for span in sorted(spans, key=lambda span: -span.start):
        body = body[: span.start - header.end] + name + body[span.end - header.end :]
    return TextEdit(header.start, whole.end, new + body)


def setdefault(place: Place, at: int) -> TextEdit | None:
    """`if k not in d: d[k] = []` before `d[k].append(v)` becomes one `setdefault`, for a dict made here."""
    if at + 1 >= len(place.body):
        return None
    match place.body[at], place.body[at + 1]:
        case (
            ast.If(
                test=ast.Compare(left=key, ops=[ast.NotIn()], comparators=[ast.Name(id=name)]),
                body=[ast.Assign(targets=[ast.Subscript(ast.Name(id=name2), key2)], value=empty)],
                orelse=[],
            ) as check,
            ast.Expr(
                ast.Call(ast.Attribute(ast.Subscript(ast.Name(id=name3), key3), method), [value], [])
            ) as use,
        ) if name == name2 == name3 and ast.dump(key) == ast.dump(key2) == ast.dump(key3):
            pass
        case _:
            return None
    source = place.source
    is_empty = isinstance(empty, ast.List | ast.Dict | ast.Set) or source.of(empty) == "set()"
    if source.of(empty) == "set()" and not source.are_builtins("set"):
        return None
    if not is_empty or source.of(empty) not in ("[]", "{}", "set()") or isinstance(value, ast.Starred):
        return None
    if not isinstance(key, ast.Name | ast.Constant) or not _is_own_dict(place.function, name):
        return None
    whole = source.lines_of([check, use])
    k, indent = source.of(key), source.indent(check)
    new = f"{indent}{name}.setdefault({k}, {source.of(empty)}).{method}({source.of(value)})\n"
    return TextEdit(whole.start, whole.end, new) if whole else None


def lookup(place: Place, at: int) -> TextEdit | None:
    """A chain of `if x == "a": return 1` becomes a table, for an `x` that is declared to be a str or int."""
    if _is_elif(place, place.body[at]):
        return None
    chain = _Chain(place)
    end = chain.read(at)
    previous = place.body[at - 1] if at else None
    if end is None or len(chain.pairs) < _FEWEST_BRANCHES or (previous and _Chain(place).is_link(previous)):
        return None
    values = [ast.literal_eval(key) for key, _ in chain.pairs]
    if len(set(values)) < len(values) or len({type(value) for value in values}) > 1:
        return None
    kind = type(values[0]).__name__
    if kind not in ("str", "int") or _annotation(place.function, chain.name) != kind:
        return None
    source, indent = place.source, place.source.indent(place.body[at])
    rows = "".join(
        f"{indent}    {source.of(key)}: {source.of(value) if value else 'None'},\n"
        for key, value in chain.pairs
    )
    default = f", {source.of(chain.default)}" if chain.default is not None else ""
    whole = source.lines_of(place.body[at : end + 1])
    new = f"{indent}return {{\n{rows}{indent}}}.get({chain.name}{default})\n"
    return TextEdit(whole.start, whole.end, new) if whole else None


FLATTER: tuple[Rule, ...] = (guard_clause,)
IDIOMATIC: tuple[Rule, ...] = (comprehension, enumerated, setdefault)
RESTRUCTURED: tuple[Rule, ...] = (lookup,)


class _Chain:
    """Comparisons of one name with constants, each of which returns a constant."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self.name = ""
        self.pairs: list[tuple[ast.expr, ast.expr | None]] = []
        self.default: ast.expr | None = None

    def read(self, at: int) -> int | None:
        """Take the chain that begins at a statement; return where it ends, None if there is none."""
        body = self._place.body
        while at < len(body) and self.is_link(body[at]):
            if self._take(body[at]):  # It had an `else`, so all that follows is never reached.
                return at if at == len(body) - 1 else None
            at += 1
        if not self.pairs:
            return None
        if at < len(body):
            match body[at]:
                case ast.Return(value=value) if at == len(body) - 1 and (
                    value is None or _is_constant(value)
                ):
                    self.default = value
                    return at
            return None
        return at - 1 if self._place.owner is self._place.function else None

    def is_link(self, statement: ast.stmt) -> bool:
        """Tell whether a statement can be a part of the chain."""
        match statement:
            case ast.If(
                test=ast.Compare(left=ast.Name(id=name), ops=[ast.Eq()], comparators=[key]),
                body=[ast.Return(value=value)],
                orelse=orelse,
            ):
                fits = _is_constant(key) and (value is None or _is_constant(value))
                if not fits or (self.name and name != self.name):
                    return False
                self.name = name
                return not orelse or self._is_end(orelse)
        return False

    def _is_end(self, orelse: list[ast.stmt]) -> bool:
        match orelse:
            case [ast.Return(value=value)]:
                return value is None or _is_constant(value)
            case [ast.If() as one]:
                return self.is_link(one)
        return False

    def _take(self, statement: ast.stmt) -> bool:
        """Add a link, and those in its `else`; tell whether it ends the chain by an `else` of its own."""
        assert isinstance(statement, ast.If)
        assert isinstance(statement.test, ast.Compare)
        answer = statement.body[0]
        assert isinstance(answer, ast.Return)
        self.pairs.append((statement.test.comparators[0], answer.value))
        match statement.orelse:
            case [ast.Return(value=value)]:
                self.default = value
                return True
            case [ast.If() as one]:
                return self._take(one)
        return False


def _is_elif(place: Place, statement: ast.stmt) -> bool:
    start = place.source.span(statement).start
    return place.source.text.startswith("elif", start)


def _leaving(place: Place, at: int, statement: ast.If) -> str | None:
    """Return the lines of an early exit in place of an `if`'s other way; None if there is none."""
    source = place.source
    indent = source.indent(statement) + "    "
    if statement.orelse:
        orelse = statement.orelse
        if len(orelse) != 1 or not isinstance(orelse[0], _EXITS) or len(statement.body) < 3:
            return None
        own = source.lines_of(orelse)
        return source.text[own.start : own.end] if own and orelse[0].col_offset == len(indent) else None
    if at != len(place.body) - 1 or isinstance(statement.body[-1], _EXITS):
        return None
    if place.owner is place.function:
        return f"{indent}return\n"
    is_loop = isinstance(place.owner, ast.For | ast.While | ast.AsyncFor) and place.body is place.owner.body
    return f"{indent}continue\n" if is_loop else None


def _negated(source: Source, test: ast.expr) -> str:
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return source.of(operand)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _INVERSE:
            return f"{_atom(source, left)} {_INVERSE[type(op)]} {_atom(source, right)}"
        case ast.BoolOp() | ast.IfExp() | ast.NamedExpr() | ast.Lambda() | ast.Yield() | ast.YieldFrom():
            return f"not ({source.of(test)})"
    return f"not {source.of(test)}"


def _atom(source: Source, node: ast.expr) -> str:
    """Return an operand of a comparison as it is written, its parentheses not forgotten."""
    own = source.of(node)
    return own if isinstance(node, _ATOMS) else f"({own})"


def _has_long_text(statements: Sequence[ast.stmt]) -> bool:
    """Tell whether a text goes over several lines, which must not be moved."""
    return any(
        isinstance(node, ast.Constant | ast.JoinedStr) and node.end_lineno != node.lineno
        for statement in statements
        for node in ast.walk(statement)
    )


def _is_closed(place: Place, loop: ast.For, name: str) -> bool:
    """Tell whether a loop's names are its own, and nothing can stop it half way and be seen to."""
    targets = {one.id for one in ast.walk(loop.target) if isinstance(one, ast.Name)}
    nodes = list(ast.walk(loop))
    inside = {id(one) for one in nodes}
    if any(isinstance(one, _BOUND) for one in nodes) or not targets or name in targets:
        return False
    if any(_is_bare(place.source, one) for one in nodes):
        return False
    if any(isinstance(one, ast.Attribute | ast.Subscript) for one in ast.walk(loop.target)):
        return False
    n_own = sum(isinstance(one, ast.Name) and one.id == name for one in nodes)
    if n_own != 1 or any(isinstance(one, ast.Name) and one.id == "super" for one in nodes):
        return False
    if isinstance(loop.iter, ast.IfExp):
        return False
    for one in ast.walk(place.function):
        if isinstance(one, ast.Try | ast.TryStar):
            return False
        # A context may swallow the error that stops a loop half way, as `suppress` does.
        if isinstance(one, ast.With | ast.AsyncWith) and any(each is loop for each in ast.walk(one)):
            return False
        if one is not place.function and _sees_early(one, loop, name):
            return False
        if isinstance(one, ast.Name) and one.id in targets and id(one) not in inside:
            return False
    return not targets & _parameters(place)


def _sees_early(node: ast.AST, loop: ast.For, name: str) -> bool:
    """Tell whether a node is code of its own that may look at a name while a loop still runs."""
    is_own = isinstance(node, Function | ast.Lambda | ast.ClassDef)
    is_begun = isinstance(node, ast.GeneratorExp) and node.lineno < loop.lineno
    return (is_own or is_begun) and any(
        isinstance(one, ast.Name) and one.id == name for one in ast.walk(node)
    )


def _is_bare(source: Source, node: ast.AST) -> bool:
    """Tell whether a tuple would need parentheses elsewhere; loops' own targets do not."""
    if not isinstance(node, ast.Tuple) or not isinstance(node.ctx, ast.Load):
        return False
    # `(a), (b)` begins and ends with parentheses too, and is two arguments.
    call = ast.parse(f"f({source.of(node)}\n)", mode="eval").body
    assert isinstance(call, ast.Call)
    return len(call.args) != 1 or not isinstance(call.args[0], ast.Tuple)


def _collected(place: Place, start: ast.expr, step: ast.stmt, name: str, tail: str) -> str | None:
    """Return the expression that gives what a loop collects."""
    source = place.source
    match step:
        case ast.Expr(ast.Call(ast.Attribute(ast.Name(id=owner), "add"), [value], [])) if owner == name:
            is_set = source.of(start) == "set()" and source.are_builtins("set")
            return f"{{{source.of(value)} {tail}}}" if is_set else None
        case ast.Expr(ast.Call(ast.Attribute(ast.Name(id=owner), "append"), [value], [])) if owner == name:
            return f"[{source.of(value)} {tail}]" if source.of(start) == "[]" else None
        case ast.Assign(targets=[ast.Subscript(ast.Name(id=owner), ast.Name() as key)], value=value) if (
            owner == name
        ):
            is_dict = source.of(start) == "{}" or (
                source.of(start) == "dict()" and source.are_builtins("dict")
            )
            return f"{{{source.of(key)}: {source.of(value)} {tail}}}" if is_dict else None
        case ast.AugAssign(target=ast.Name(id=owner), op=ast.Add(), value=value) if (
            # The end of another iterator, raised in a generator, is another error.
            owner == name and "next" not in f"{source.of(value)} {tail}"
        ):
            if isinstance(start, ast.Constant) and start.value == "" and _is_text(place, value):
                return f'"".join({source.of(value)} {tail})'
            is_count = isinstance(value, ast.Constant) and type(value.value) is int and value.value == 1
            if isinstance(start, ast.Constant) and type(start.value) is int and start.value == 0 and is_count:
                if not source.are_builtins("sum"):
                    return None
                return f"sum(1 {tail})"
    return None


def _is_text(place: Place, value: ast.expr) -> bool:
    """Tell whether an expression can be nothing but a str."""
    match value:
        case ast.JoinedStr() | ast.Constant(value=str()):
            return True
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _is_text(place, left) and _is_text(place, right)
        case ast.Call(func=ast.Name(id=name)):
            return name in _TEXTS and place.source.are_builtins(name)
        case ast.Call(func=ast.Attribute(ast.Constant(value=str()), "join" | "format")):
            return True
    return False


def _is_stored(name: ast.Name) -> bool:
    return not isinstance(name.ctx, ast.Load)


def _is_sequence(function: Function, name: str, loop: ast.For) -> bool:
    """Tell whether a parameter is a sequence that nobody can change while a loop goes over it."""
    kind = _annotation(function, name)
    if kind in _FIXED or kind not in _SEQUENCES:
        return kind in _FIXED
    if any(isinstance(one, ast.Await | ast.Yield | ast.YieldFrom) for one in ast.walk(loop)):
        return False
    # Under another name, or in the hands of others, it could grow below the loop.
    n_uses = sum(isinstance(one, ast.Name) and one.id == name for one in ast.walk(function))
    n_plain = sum(_only_looks(one, name) for one in ast.walk(function))
    return n_uses == n_plain


def _only_looks(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Subscript(ast.Name(id=one), _, ast.Load()) | ast.Call(
            ast.Name("len" | "range" | "sum" | "min" | "max" | "any" | "all"), [ast.Name(id=one)], []
        ):
            return one == name
        case ast.Return(ast.Name(id=one)) | ast.UnaryOp(ast.Not(), ast.Name(id=one)):
            return one == name
        case ast.If(test=ast.Name(id=one)):
            return one == name
    return False


def _annotation(function: Function, name: str) -> str:
    """Return the declared type of a parameter that is never bound anew, without its arguments; "" else."""
    arguments = function.args
    for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        if one.arg == name and one.annotation is not None:
            rebound = any(
                isinstance(each, ast.Name) and each.id == name and _is_stored(each)
                for each in ast.walk(function)
            )
            annotation = one.annotation
            kind = annotation.value if isinstance(annotation, ast.Subscript) else annotation
            return "" if rebound else ast.unparse(kind).rpartition(".")[2]
    return ""


def _parameters(place: Place) -> set[str]:
    return {one.arg for one in ast.walk(place.function.args) if isinstance(one, ast.arg)}


def _reads(node: ast.AST, many: str, index: str) -> bool:
    match node:
        case ast.Subscript(ast.Name(id=one), ast.Name(id=at), ast.Load()):
            return one == many and at == index
    return False


def _only_reads(loop: ast.For, many: str, index: str) -> bool:
    """Tell whether a loop uses a sequence for nothing but to read the element at its index."""
    reads = sum(_reads(one, many, index) for one in ast.walk(loop))
    # Beside its header, where it stands once.
    uses = sum(isinstance(one, ast.Name) and one.id == many for one in ast.walk(loop)) - 1
    stored = [
        one for one in ast.walk(loop) if isinstance(one, ast.Name) and one.id == index and _is_stored(one)
    ]
    is_plain = not any(isinstance(one, ast.Lambda | Function) for one in ast.walk(loop))
    return uses == reads and len(stored) == 1 and is_plain and not loop.orelse


def _is_read_after(place: Place, loop: ast.For, name: str) -> bool:
    inside = {id(one) for one in ast.walk(loop)}
    return any(
        isinstance(one, ast.Name) and one.id == name and id(one) not in inside
        for one in ast.walk(place.function)
    )


def _is_own_dict(function: Function, name: str) -> bool:
    """Tell whether a name is bound once in a function, to an empty dict."""
    bound = [
        one
        for one in ast.walk(function)
        if isinstance(one, ast.Assign | ast.AnnAssign)
        and any(
            isinstance(target, ast.Name) and target.id == name
            for target in (one.targets if isinstance(one, ast.Assign) else [one.target])
        )
    ]
    stored = [
        one for one in ast.walk(function) if isinstance(one, ast.Name) and one.id == name and _is_stored(one)
    ]
    # What a function within binds is its own, and a parameter may be anything.
    inner = [
        each
        for one in ast.walk(function)
        if one is not function and isinstance(one, Function | ast.Lambda | ast.ClassDef)
        for each in ast.walk(one)
    ]
    is_elsewhere = any(
        isinstance(one, ast.arg) and one.arg == name for one in ast.walk(function.args)
    ) or any(each is one for each in inner for one in stored)
    value = bound[0].value if len(bound) == len(stored) == 1 and not is_elsewhere else None
    return isinstance(value, ast.Dict) and not value.keys


def _is_constant(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is not Ellipsis


def _is_keyword(name: str) -> bool:
    return keyword.iskeyword(name) or name in dir(builtins)
