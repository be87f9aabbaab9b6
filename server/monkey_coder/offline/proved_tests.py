"""Calls with certain outcomes, written as tests of each framework."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from ..workspace.functions import Definition
from .proved import Known
from .proved_values import ERROR, Value

_JS_ERRORS = ("Error", "TypeError", "RangeError", "SyntaxError")
_ECMA = ("javascript", "javascriptreact", "typescript", "typescriptreact")


def literal(value: Value, language: str) -> str:
    """Return a value as it is written in a language."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return {"go": "nil", "ruby": "nil", "lua": "nil", "cpp": "nullptr", "c": "NULL"}.get(language, "null")
    if isinstance(value, str):
        single = language in ("ruby", "php", "lua") and "'" not in value and "\\" not in value
        return f"'{value}'" if single else json.dumps(value)
    return repr(value)


def spelled(known: Known, language: str) -> str:
    """Return the arguments of a call as they are written."""
    return ", ".join(literal(value, language) for value in known.arguments)


def ecma_tests(
    found: Sequence[Known], target: str, language: str, *, is_expect: bool
) -> list[tuple[str, str]]:
    """Return (title, line) for each call."""
    result: list[tuple[str, str]] = []
    for known in found:
        given = spelled(known, language)
        access = f"{target}({given})"
        if known.raises:
            error = known.raises if known.raises in _JS_ERRORS else ""
            if is_expect:
                line = f"expect(() => {access}).toThrow({error});"
            else:
                line = f"assert.throws(() => {access}{f', {error}' if error else ''});"
            result.append((f"throws {known.raises} for ({given})".replace('"', "'"), line))
            continue
        want = literal(known.returns, language)
        line = f"expect({access}).toBe({want});" if is_expect else f"assert.equal({access}, {want});"
        result.append((f"returns {want} for ({given})".replace('"', "'"), line))
    return result


def go_tests(found: Sequence[Known], target: str, definition: Definition) -> list[str]:
    """Return the lines inside of a test function; none if an outcome cannot be compared."""
    lines: list[str] = []
    for known in found:
        if known.raises:
            continue
        parts = (
            known.returns if isinstance(known.returns, tuple) and known.returns != ERROR else (known.returns,)
        )
        call = f"{target}({spelled(known, 'go')})"
        title = json.dumps(f"{definition.name}({spelled(known, 'go')})")
        lines += [f"\tt.Run({title}, func(t *testing.T) {{", *_go_checks(parts, call), "\t})"]
    return lines


def _go_checks(parts: tuple[Value, ...], call: str) -> list[str]:
    if ERROR in parts:
        blanks = "_, " * (len(parts) - 1)
        return [
            f"\t\tif {blanks}err := {call}; err == nil {{",
            '\t\t\tt.Error("want an error, got none")',
            "\t\t}",
        ]
    if len(parts) == 2 and parts[1] is None:
        want = literal(parts[0], "go")
        return [
            f"\t\tgot, err := {call}",
            "\t\tif err != nil {",
            '\t\t\tt.Fatalf("want no error, got %v", err)',
            "\t\t}",
            f"\t\tif got != {want} {{",
            f'\t\t\tt.Errorf("got %v, want %v", got, {want})',
            "\t\t}",
        ]
    names = ["got", "second", "third", "fourth"][: len(parts)]
    wants = [literal(part, "go") for part in parts]
    differs = " || ".join(f"{name} != {want}" for name, want in zip(names, wants, strict=True))
    shown = ", ".join("%v" for _ in names)
    return [
        f"\t\tif {', '.join(names)} := {call}; {differs} {{",
        f'\t\t\tt.Errorf("got {shown}, want {shown}", {", ".join([*names, *wants])})',
        "\t\t}",
    ]


def rust_lines(found: Sequence[Known], target: str) -> tuple[list[str], list[str]]:
    """Return the assertions of a test, and the calls that must panic."""
    lines: list[str] = []
    panics: list[str] = []
    for known in found:
        call = f"{target}({spelled(known, 'rust')})"
        value = known.returns
        if known.raises:
            panics.append(call)
        elif isinstance(value, tuple) and value[0] == "Err":
            lines.append(f"assert!({call}.is_err());")
        elif isinstance(value, tuple) and value[0] == "Ok":
            lines.append(f"assert_eq!({call}.ok(), Some({_rust(value[1])}));")
        elif isinstance(value, tuple) and value[0] in ("Some", "None"):
            want = f"Some({_rust(value[1])})" if value[0] == "Some" else "None"
            lines.append(f"assert_eq!({call}, {want});")
        elif isinstance(value, bool):
            lines.append(f"assert!({'' if value else '!'}{call});")
        else:
            lines.append(f"assert_eq!({call}, {literal(value, 'rust')});")
    return lines, panics


def _rust(value: Value) -> str:
    return f"{literal(value, 'rust')}.into()" if isinstance(value, str) else literal(value, "rust")


def java_lines(found: Sequence[Known], target: str) -> tuple[list[str], set[str]]:
    """Return the assertions of a test, and which methods of the framework they use."""
    lines: list[str] = []
    used: set[str] = set()
    for known in found:
        call = f"{target}({spelled(known, 'java')})"
        want = literal(known.returns, "java")
        if known.raises:
            method, inner = "assertThrows", f"{known.raises}.class, () -> {call}"
        elif known.returns is None:
            method, inner = "assertNull", call
        elif isinstance(known.returns, bool):
            method, inner = f"assert{known.returns!s}", call
        elif isinstance(known.returns, float):
            method, inner = "assertEquals", f"{want}, {call}, 1e-9"
        else:
            method, inner = "assertEquals", f"{want}, {call}"
        lines.append(f"{method}({inner});")
        used.add(method)
    return lines, used


def titles(found: Sequence[Known], language: str, *, words: str) -> list[str]:
    """Return a title for each call, such as "returns 5 for 2, 3"."""
    made: list[str] = []
    for known in found:
        given = spelled(known, language) or "no arguments"
        outcome = f"raises {known.raises}" if known.raises else f"returns {literal(known.returns, language)}"
        made.append(f"{words}{outcome} for {given}")
    return made


def snake(title: str) -> str:
    """Return a title as part of a name."""
    text = re.sub(r"(?<![\w])-(?=\d)", "minus ", title)
    return re.sub(r"_+", "_", re.sub(r"[^a-z0-9]+", "_", text.lower())).strip("_")
