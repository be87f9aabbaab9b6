"""Change one setting in the user's file and leave the rest of it as it is."""

from __future__ import annotations

import json
import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path

from ..core.endpoint import Secret
from ..core.errors import ConfigError
from .paths import user_file
from .schema import Value, did_you_mean, from_text, key_of

_HEADER = re.compile(r"\s*\[\s*([A-Za-z0-9_.\"' -]+?)\s*\]\s*(#.*)?")


def set_setting(name: str, text: str | None, environment: Mapping[str, str] | None = None) -> Path:
    """Write one setting to the user's file, or take it out (None); return the file's path.

    Comments, order and other settings stay. Raises: ConfigError if the name or value is not
    allowed, or the file is not valid TOML or cannot be written. Nothing is changed then.
    """
    key = key_of(name)
    if key is None:
        raise ConfigError(
            f"There is no setting {name!r}.{did_you_mean(name)} `monkey-coder config` lists all."
        )
    try:
        value = None if text is None else from_text(key, text)
    except ValueError as error:
        raise ConfigError(f"{name} {error}, not {text!r}.") from None
    path = user_file(environment)
    before = _read(path)
    after = with_setting(before, name, value)
    if after != before:
        replace_file(path, after)
    return path


def with_setting(before: str, name: str, value: Value | None) -> str:
    """Return a TOML text in which the dotted `name` has `value`; None takes it out.

    Raises: ConfigError if the text is not TOML, or holds the setting in a form that is not changed
    safely (an inline table, say).
    """
    try:
        expected = tomllib.loads(before)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"The settings file is not valid TOML ({error}). Mend it, then try again."
        ) from None
    _put(expected, name.split("."), value)
    table, _, leaf = name.rpartition(".")
    lines = before.splitlines(keepends=True)
    start, end = _section(lines, table)
    written = f"{leaf} = {_toml(value)}\n" if value is not None else ""
    first, last = _assignment(lines, start, end, leaf)
    if first is not None:
        lines[first:last] = [written] if written else []
    elif written:
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += "\n"
        if start is None:
            lines += ["\n"] * bool(lines) + [f"[{table}]\n", written]
        else:
            lines.insert(_last_filled(lines, start, end), written)
    after = "".join(lines)
    try:
        is_right = _pruned(tomllib.loads(after)) == _pruned(expected)
    except tomllib.TOMLDecodeError:
        is_right = False
    if not is_right:
        raise ConfigError(f"{name} stands in the settings file in a form that only a person should change.")
    return after


def replace_file(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner alone.

    Raises: ConfigError if it cannot be written.
    """
    temporary = ""
    try:
        target = Path(os.path.realpath(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise ConfigError(f"{str(path)!r} cannot be written: {error.strerror or error}.") from error


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{str(path)!r} cannot be read: {error}.") from error


def _section(lines: list[str], table: str) -> tuple[int | None, int]:
    """Return the first line after a table's header and the line after its last; None without one."""
    start = 0 if not table else None
    for number, line in enumerate(lines):
        if line.lstrip().startswith("["):
            if start is not None:
                return start, number
            header = _HEADER.fullmatch(line.rstrip("\r\n"))
            if header and re.sub(r"[\"' ]", "", header[1]) == table:
                start = number + 1
    return start, len(lines)


def _assignment(lines: list[str], start: int | None, end: int, leaf: str) -> tuple[int | None, int]:
    """Return the lines of `leaf = …`, which may be several."""
    for first in range(start if start is not None else end, end):
        if re.match(rf"\s*[\"']?{re.escape(leaf)}[\"']?\s*=", lines[first]):
            for last in range(first + 1, end + 1):
                try:
                    tomllib.loads("".join(lines[first:last]))
                except tomllib.TOMLDecodeError:
                    continue
                return first, last
    return None, end


def _last_filled(lines: list[str], start: int, end: int) -> int:
    while end > start and not lines[end - 1].strip():
        end -= 1
    return end


def _toml(value: Value) -> str:
    match value:
        case Secret():
            return json.dumps(value.reveal(), ensure_ascii=False)
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case tuple():
            return "[" + ", ".join(json.dumps(item, ensure_ascii=False) for item in value) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)


def _put(tables: dict[str, object], path: list[str], value: Value | None) -> None:
    *parents, leaf = path
    for name in parents:
        inner = tables.setdefault(name, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"{'.'.join(path)}: {name!r} is a value in the settings file, not a table.")
        tables = inner
    if value is None:
        tables.pop(leaf, None)
    else:
        plain: object = value.reveal() if isinstance(value, Secret) else value
        tables[leaf] = list(plain) if isinstance(plain, tuple) else plain


def _pruned(tables: Mapping[str, object]) -> dict[str, object]:
    """Return tables without those that are empty."""
    inner = {k: _pruned(v) if isinstance(v, Mapping) else v for k, v in tables.items()}
    return {k: v for k, v in inner.items() if v != {}}
