"""Operators and well-known functions of each language, on small values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Value = Any
# A Go error that is not nil.
ERROR = ("error", None)
_MOST = 2**31 - 1
_TYPED = frozenset({"go", "rust", "java", "c", "cpp", "csharp"})
_JS = ("javascript", "javascriptreact", "typescript", "typescriptreact")


class NotKnown(Exception):  # noqa: N818
    """The outcome goes beyond what is followed here."""


def is_true(value: Value, language: str) -> bool:
    """Return how a language takes a value as a condition."""
    if isinstance(value, bool):
        return value
    if language in ("ruby", "lua"):
        return value is not None
    if language in _JS and (value is None or isinstance(value, int | float | str)):
        return bool(value)
    if language == "php" and (value is None or isinstance(value, int | float | str)):
        return bool(value) and value != "0"
    if language in ("c", "cpp") and isinstance(value, int):
        return value != 0
    raise NotKnown


def unary(sign: str, value: Value, language: str) -> Value:
    """Return the value of an operator in front of a value."""
    if sign in ("!", "not", "~=") and language != "rust":
        return not is_true(value, language)
    if sign == "!" and isinstance(value, bool):
        return not value
    if sign in ("-", "+") and _is_number(value):
        return -value if sign == "-" else value
    if sign == "#" and isinstance(value, str):
        return len(value)
    if sign == "typeof" and language in _JS:
        kinds = ((bool, "boolean"), (int, "number"), (float, "number"), (str, "string"))
        return next((name for kind, name in kinds if isinstance(value, kind)), "object")
    if sign in ("&", "*") and language == "rust":
        return value
    raise NotKnown


def binary(sign: str, left: Value, right: Value, language: str) -> Value:
    """Return the value of an operator between two values."""
    if sign in ("==", "===", "!=", "!==", "~="):
        return _equal(left, right, language) == (sign in ("==", "==="))
    if sign in ("<", ">", "<=", ">="):
        is_text = (
            isinstance(left, str)
            and isinstance(right, str)
            and language not in ("java", "csharp", "php", "c")
        )
        if not is_text and not (_is_number(left) and _is_number(right)):
            raise NotKnown
        return {"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[sign]
    joins = {"php": ".", "lua": ".."}.get(language, "+")
    if sign == joins and (joins != "+" or isinstance(left, str) or isinstance(right, str)):
        return _joined(left, right, language)
    if not (_is_number(left) and _is_number(right)):
        raise NotKnown
    return _small(_arithmetic(sign, left, right, language), language)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(left: Value, right: Value, language: str) -> bool:
    if language == "java" and isinstance(left, str):
        raise NotKnown  # That compares identities.
    if language == "c" and isinstance(left, str):
        raise NotKnown
    if left is None or right is None:
        return left is None and right is None
    if _is_number(left) and _is_number(right):
        return bool(left == right)
    if type(left) is not type(right):
        raise NotKnown
    return bool(left == right)


def _joined(left: Value, right: Value, language: str) -> str:
    is_loose = language in (*_JS, "java", "csharp", "php", "lua")
    for value in (left, right):
        if not isinstance(value, str) and not (
            is_loose and isinstance(value, int) and not isinstance(value, bool)
        ):
            raise NotKnown
    return f"{left}{right}"


def _arithmetic(sign: str, left: Value, right: Value, language: str) -> Value:
    match sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "**" if abs(left) <= 100 and 0 <= right <= 4 and language in (*_JS, "ruby", "php"):
            return left**right
        case "/" | "%" | "//" if right == 0:
            raise NotKnown
        case "/" if isinstance(left, int) and isinstance(right, int):
            if language in _TYPED:
                return int(left / right)
            if language == "ruby":
                return left // right
            return left // right if left % right == 0 and language != "lua" else left / right
        case "/":
            return left / right
        case "//" if language == "lua":
            return left // right
        case "%" if isinstance(left, int) and isinstance(right, int):
            if language in ("ruby", "lua"):
                return left % right
            rest = abs(left) % abs(right)
            return -rest if left < 0 else rest
    raise NotKnown


def _small(value: Value, language: str) -> Value:
    if abs(value) > _MOST:
        raise NotKnown
    if isinstance(value, float):
        # A sum of floats is compared exactly: only those that every language writes alike.
        if round(value, 4) != value:
            raise NotKnown
        if language in _JS and value == int(value):
            return int(value)
    return value


_TEXT: dict[str, Callable[..., Value]] = {
    "upper": str.upper,
    "lower": str.lower,
    "strip": str.strip,
    "starts": str.startswith,
    "ends": str.endswith,
    "has": lambda text, part: part in text,
    "len": len,
    "empty": lambda text: not text,
    "same": lambda value: value,
    "reverse": lambda text: text[::-1],
    "title": lambda text: text[:1].upper() + text[1:].lower(),
    "ucfirst": lambda text: text[:1].upper() + text[1:],
}
_MEMBERS: dict[str, str] = {
    "toUpperCase": "upper", "toLowerCase": "lower", "trim": "strip", "startsWith": "starts", "endsWith":
    "ends", "includes": "has", "length": "len", "isEmpty": "empty", "contains": "has", "Length": "len",
    "ToUpper": "upper", "ToLower": "lower", "Trim": "strip", "StartsWith": "starts", "EndsWith": "ends",
    "Contains": "has", "len": "len", "is_empty": "empty", "to_uppercase": "upper", "to_lowercase":
    "lower", "to_string": "same", "to_owned": "same", "into": "same", "starts_with": "starts",
    "ends_with": "ends", "size": "len", "upcase": "upper", "downcase": "lower", "strip": "strip",
    "empty?": "empty", "start_with?": "starts", "end_with?": "ends", "include?": "has", "reverse":
    "reverse", "capitalize": "title", "upper": "upper", "lower": "lower", "empty": "empty",
}  # fmt: skip
_NUMBERS: dict[str, Callable[[Any], Value]] = {
    "zero?": lambda value: value == 0,
    "positive?": lambda value: value > 0,
    "negative?": lambda value: value < 0,
    "even?": lambda value: value % 2 == 0,
    "odd?": lambda value: value % 2 == 1,
    "abs": abs,
    "to_i": int,
    "clone": lambda value: value,
}
_CALLS: dict[str, str] = {
    "len": "len", "strings.ToUpper": "upper", "strings.ToLower": "lower", "strings.TrimSpace": "strip",
    "strings.HasPrefix": "starts", "strings.HasSuffix": "ends", "strings.Contains": "has", "strlen": "len",
    "strtoupper": "upper", "strtolower": "lower", "trim": "strip", "ucfirst": "ucfirst", "strrev": "reverse",
    "string.upper": "upper", "string.lower": "lower", "string.len": "len", "string.reverse": "reverse",
}  # fmt: skip
_MATHS: dict[str, Callable[..., Value]] = {"abs": abs, "max": max, "min": min}


def member(name: str, holder: Value, arguments: Sequence[Value], language: str) -> Value:
    """Return what a method or property of a value gives. Raises: NotKnown."""
    if name == "nil?" and language == "ruby":
        return holder is None
    if isinstance(holder, str) and name in _MEMBERS and all(isinstance(one, str) for one in arguments):
        return _called(_TEXT[_MEMBERS[name]], (holder, *arguments))
    if (
        name == "to_s"
        and language == "ruby"
        and isinstance(holder, int | str)
        and not isinstance(holder, bool)
    ):
        return str(holder)
    if _is_number(holder) and name in _NUMBERS and not arguments and language in ("ruby", "rust"):
        return _called(_NUMBERS[name], (holder,))
    raise NotKnown


def call(name: str, arguments: Sequence[Value], language: str) -> Value:
    """Return what a well-known function gives. Raises: NotKnown."""
    if language == "rust" and name in ("Ok", "Some") and len(arguments) == 1:
        return (name, arguments[0])
    if name in _CALLS and arguments and all(isinstance(one, str) for one in arguments):
        return _called(_TEXT[_CALLS[name]], arguments)
    if name == "Number.isInteger" and len(arguments) == 1:
        return isinstance(arguments[0], int) and not isinstance(arguments[0], bool)
    if (
        name in ("String", "String.from", "String::from")
        and len(arguments) == 1
        and isinstance(arguments[0], str)
    ):
        return arguments[0]
    base = name.split(".")[-1].split("::")[-1].lower()
    is_maths = name.lower() in (base, f"math.{base}", f"std::{base}")
    if base in _MATHS and is_maths and arguments and all(_is_number(one) for one in arguments):
        if base != "abs" and len(arguments) < 2:
            raise NotKnown
        return _called(_MATHS[base], arguments)
    raise NotKnown


def _called(function: Callable[..., Value], arguments: Sequence[Value]) -> Value:
    try:
        return function(*arguments)
    except (TypeError, ValueError) as error:
        raise NotKnown from error
