"""Arguments to call a function with, and what it must then return, where its code alone tells."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..workspace.functions import Definition, Parameter

_SAMPLES: dict[str, str] = {
    "int": "1",
    "float": "1.5",
    "complex": "1j",
    "bool": "True",
    "str": '"text"',
    "bytes": 'b"data"',
    "None": "None",
    "object": "object()",
    "list": "[]",
    "dict": "{}",
    "set": "set()",
    "tuple": "()",
    "frozenset": "frozenset()",
    "Sequence": "[]",
    "Iterable": "[]",
    "Iterator": "iter([])",
    "Collection": "[]",
    "Mapping": "{}",
    "Any": "None",
    "Path": 'Path("example.txt")',
    "Callable": "lambda *args, **kwargs: None",
    "Decimal": 'Decimal("1.5")',
    "datetime": "datetime(2024, 1, 2)",
    "date": "date(2024, 1, 2)",
    "timedelta": "timedelta(seconds=1)",
    "UUID": "UUID(int=1)",
    "Hashable": '"key"',
    "Optional": "None",
    "type": "int",
}
_IMPORTS = {
    "Path": "pathlib",
    "Decimal": "decimal",
    "datetime": "datetime",
    "date": "datetime",
    "timedelta": "datetime",
    "UUID": "uuid",
    "Mock": "unittest.mock",
}
_HINTS = (
    (
        (
            "name",
            "text",
            "title",
            "message",
            "label",
            "key",
            "word",
            "string",
            "prefix",
            "suffix",
            "s",
            "value_string",
        ),
        '"text"',
    ),
    (
        (
            "count",
            "size",
            "index",
            "number",
            "n",
            "width",
            "height",
            "limit",
            "offset",
            "length",
            "i",
            "total",
        ),
        "1",
    ),
    (("path", "file_path", "filename", "file_name"), '"example.txt"'),
    (("items", "values", "names", "paths", "args", "parts", "lines"), "[]"),
    (
        (
            "options",
            "config",
            "settings",
            "kwargs",
            "mapping",
            "data",
            "params",
            "headers",
            "context",
            "attrs",
        ),
        "{}",
    ),
    (("url", "uri"), '"https://example.com/"'),
)
_UNKNOWN = object()


def argument(parameter: Parameter) -> tuple[str, bool]:
    """Return source for one argument, and whether its annotation says that it fits."""
    kind = parameter.type.strip("'\"").removeprefix("typing.")
    if kind:
        for part in (piece.strip() for piece in _alternatives(kind)):
            base = part.split("[")[0].split(".")[-1]
            if base in ("Optional", "Union") and "[" in part:
                return argument(Parameter(parameter.name, part[part.index("[") + 1 : -1].split(",")[0]))
            if base in ("Literal",):
                return part[part.index("[") + 1 : -1].split(",")[0], True
            if base in _SAMPLES:
                return _SAMPLES[base], True
        return "Mock()", False
    for names, source in _HINTS:
        if parameter.name in names or parameter.name.split("_")[-1] in names[:3]:
            return source, False
    return "Mock()", False


def _alternatives(kind: str) -> list[str]:
    """Return the parts of a union, not splitting inside brackets."""
    parts, depth, start = [], 0, 0
    for at, mark in enumerate(kind):
        depth += (mark in "[(") - (mark in "])")
        if mark == "|" and not depth:
            parts.append(kind[start:at])
            start = at + 1
    return [*parts, kind[start:]]


def needed_imports(source: str) -> set[str]:
    """Return the import lines that argument source needs."""
    return {f"from {module} import {name}" for name, module in _IMPORTS.items() if f"{name}(" in source}


def required(definition: Definition) -> list[Parameter]:
    return [parameter for parameter in definition.parameters if not parameter.is_optional]


# What the code itself decides


def known_results(source: str, definition: Definition) -> list[tuple[dict[str, str], str, str]]:
    """Return (arguments, "returns" or "raises", source of the value or the error) that must hold.

    Only what a reading of the first statements proves is given: guards such as `if x < 0: raise`,
    and a body that is one `return` of literals, operators and parameters.
    """
    function = _function(source)
    if (
        function is None
        or isinstance(function, ast.AsyncFunctionDef)
        or definition.decorators
        or definition.yielded
    ):
        return []
    names = [parameter.name for parameter in required(definition)]
    base = {parameter.name: argument(parameter)[0] for parameter in required(definition)}
    defaults = _defaults(function)
    found: list[tuple[dict[str, str], str, str]] = []
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    passed: list[ast.expr] = []
    for statement in body:
        if isinstance(statement, ast.If) and not statement.orelse and len(statement.body) == 1:
            outcome = _outcome(statement.body[0])
            chosen = _making_true(statement.test, names, base, defaults, passed)
            if outcome and chosen is not None:
                found.append((chosen, *outcome))
            passed.append(statement.test)
            continue
        if isinstance(statement, ast.Return) and statement.value is not None:
            values = {**defaults, **{name: _literal(text) for name, text in base.items()}}
            if all(
                _evaluate(test, values) is not _UNKNOWN and not _evaluate(test, values) for test in passed
            ):
                result = _evaluate(statement.value, values)
                if result is not _UNKNOWN and isinstance(
                    result, int | float | str | bool | list | tuple | dict
                ):
                    found.append((base, "returns", repr(result)))
        break
    return found


def _function(source: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    import textwrap

    try:
        body = ast.parse(textwrap.dedent(source)).body
    except (SyntaxError, ValueError, RecursionError):
        return None
    return body[0] if len(body) == 1 and isinstance(body[0], ast.FunctionDef | ast.AsyncFunctionDef) else None


def _defaults(function: ast.FunctionDef) -> dict[str, Any]:
    arguments = function.args
    pairs = list(
        zip(reversed([*arguments.posonlyargs, *arguments.args]), reversed(arguments.defaults), strict=False)
    )
    pairs += [
        (a, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None
    ]
    return {name.arg: _evaluate(default, {}) for name, default in pairs}


def _outcome(statement: ast.stmt) -> tuple[str, str] | None:
    if isinstance(statement, ast.Raise) and statement.exc is not None:
        raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
        return (
            ("raises", ast.unparse(raised))
            if isinstance(raised, ast.Name) and raised.id[:1].isupper()
            else None
        )
    if isinstance(statement, ast.Return):
        if statement.value is None:
            return "returns", "None"
        value = _evaluate(statement.value, {})
        return ("returns", repr(value)) if value is not _UNKNOWN else None
    return None


_TRIED = ("None", "0", "-1", "1", '""', '"x"', "[]", "{}", "True", "False", "1.5", "1000000")


def _making_true(
    test: ast.expr,
    names: Sequence[str],
    base: Mapping[str, str],
    defaults: Mapping[str, Any],
    passed: Sequence[ast.expr],
) -> dict[str, str] | None:
    used = [node.id for node in ast.walk(test) if isinstance(node, ast.Name) and node.id in names]
    for name in dict.fromkeys(used):
        first = base[name]
        for text in sorted(_TRIED, key=lambda text: type(_literal(text)) is not type(_literal(first))):
            chosen = {**base, name: text}
            values = {**defaults, **{key: _literal(value) for key, value in chosen.items()}}
            if any(
                _evaluate(earlier, values) is _UNKNOWN or _evaluate(earlier, values) for earlier in passed
            ):
                continue
            result = _evaluate(test, values)
            if result is not _UNKNOWN and result:
                return chosen
    return None


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return _UNKNOWN


_BINARY: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
_TYPES: dict[str, type] = {
    kind.__name__: kind for kind in (int, float, str, bytes, bool, list, dict, set, tuple)
}
_CALLS: dict[str, Callable[..., Any]] = {
    "len": len,
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "abs": abs,
    "min": min,
    "max": max,
    "sum": sum,
    "sorted": sorted,
}
_METHODS = (
    "upper",
    "lower",
    "strip",
    "lstrip",
    "rstrip",
    "title",
    "capitalize",
    "startswith",
    "endswith",
    "isdigit",
)


def _evaluate(node: ast.expr, values: Mapping[str, Any]) -> Any:
    """Return the value of an expression of literals, operators and known names; else `_UNKNOWN`.

    Nothing of the user's code runs: each operator is carried out here, on small literals only.
    """
    try:
        return _value(node, values)
    except (
        TypeError,
        ValueError,
        KeyError,
        IndexError,
        ZeroDivisionError,
        OverflowError,
        RecursionError,
        _NotKnown,
    ):
        return _UNKNOWN


class _NotKnown(Exception):  # noqa: N818
    """The expression goes beyond what is evaluated here."""


def _value(node: ast.expr, values: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value):
            return value
        case ast.Name(id) if id in values and values[id] is not _UNKNOWN:
            return values[id]
        case ast.List(elts) | ast.Tuple(elts):
            inner = [_value(element, values) for element in elts]
            return inner if isinstance(node, ast.List) else tuple(inner)
        case ast.Dict(keys, entries) if all(key is not None for key in keys):
            return {
                _value(k, values): _value(v, values)
                for k, v in zip(keys, entries, strict=True)
                if k is not None
            }
        case ast.UnaryOp(ast.Not(), operand):
            return not _value(operand, values)
        case ast.UnaryOp(ast.USub(), operand):
            return -_value(operand, values)
        case ast.BinOp(left, op, right) if type(op) in _BINARY:
            first, second = _value(left, values), _value(right, values)
            if isinstance(op, ast.Mult) and max(_size(first), _size(second)) > 10_000:
                raise _NotKnown
            return _BINARY[type(op)](first, second)
        case ast.BoolOp(op, parts):
            result = _value(parts[0], values)
            for part in parts[1:]:
                if bool(result) == isinstance(op, ast.Or):
                    return result
                result = _value(part, values)
            return result
        case ast.Compare(left, ops, comparators):
            return _compared(left, ops, comparators, values)
        case ast.IfExp(test, body, orelse):
            return _value(body if _value(test, values) else orelse, values)
        case ast.JoinedStr(parts):
            return "".join(_formatted(part, values) for part in parts)
        case ast.Call(ast.Name("isinstance"), [subject, kind], []):
            return isinstance(_value(subject, values), _types(kind))
        case ast.Call(ast.Name(name), arguments, []) if name in _CALLS and name not in values:
            return _CALLS[name](*(_value(part, values) for part in arguments))
        case ast.Call(ast.Attribute(subject, name), arguments, []) if name in _METHODS:
            given = _value(subject, values)
            if isinstance(given, str):
                return getattr(given, name)(*(_value(part, values) for part in arguments))
    raise _NotKnown


def _compared(
    left: ast.expr, ops: list[ast.cmpop], others: list[ast.expr], values: Mapping[str, Any]
) -> bool:
    first = _value(left, values)
    for op, other in zip(ops, others, strict=True):
        second = _value(other, values)
        if not _BINARY[type(op)](first, second):
            return False
        first = second
    return True


def _formatted(part: ast.expr, values: Mapping[str, Any]) -> str:
    if isinstance(part, ast.FormattedValue):
        if part.format_spec is not None or part.conversion != -1:
            raise _NotKnown
        return format(_value(part.value, values))
    return str(_value(part, values))


def _types(node: ast.expr) -> tuple[type, ...]:
    names = node.elts if isinstance(node, ast.Tuple) else [node]
    if not all(isinstance(name, ast.Name) and name.id in _TYPES for name in names):
        raise _NotKnown
    return tuple(_TYPES[name.id] for name in names if isinstance(name, ast.Name))


def _size(value: Any) -> int:
    return (
        len(value) if hasattr(value, "__len__") else abs(int(value)) if isinstance(value, int | float) else 0
    )
