"""What JavaScript's project files say: package.json, workspaces, and the settings of formatters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .facts_shell import kind_of, kind_of_name
from .facts_types import Command, Dependency, Entry, Manifest, Setting

_SCOPES = {
    "dependencies": "main",
    "devDependencies": "dev",
    "peerDependencies": "peer",
    "optionalDependencies": "optional",
}
_PRETTIER = (
    "printWidth", "tabWidth", "useTabs", "semi", "singleQuote", "trailingComma", "arrowParens",
    "bracketSpacing",
)  # fmt: skip


def package_json(path: str, text: str) -> Manifest:
    """Return what a package.json says."""
    package = _json(text)
    if package is None:
        return Manifest(path, "package.json", problem="it is no JSON object")
    dependencies = [
        Dependency(name, version if isinstance(version, str) else "", scope)
        for key, scope in _SCOPES.items()
        for name, version in _table(package, key).items()
    ]
    engines = _table(package, "engines")
    runtime = ", ".join(f"{name} {version}" for name, version in engines.items() if isinstance(version, str))
    manager = _text(package.get("packageManager")).partition("@")[0]
    workspaces = package.get("workspaces")
    members = _table(package, "workspaces").get("packages") if isinstance(workspaces, dict) else workspaces
    return Manifest(
        path,
        "package.json",
        name=_text(package.get("name")),
        version=_text(package.get("version")),
        runtime=runtime,
        manager=manager,
        dependencies=tuple(dependencies),
        commands=tuple(_commands(package, manager or "npm")),
        settings=tuple(_prettier(_table(package, "prettier"))),
        entries=tuple(_entries(package)),
        members=tuple(_texts(members)),
    )


def _commands(package: Mapping[str, Any], manager: str) -> Iterator[Command]:
    for name, line in _table(package, "scripts").items():
        if not isinstance(line, str) or "no test specified" in line:
            continue
        kind = kind_of_name(name) or (kind_of(line) if name not in ("prepare", "postinstall") else None)
        if kind is not None:
            yield Command(
                kind, f"{manager} run {name}" if name not in ("test", "start") else f"{manager} {name}"
            )


def _entries(package: Mapping[str, Any]) -> Iterator[Entry]:
    name = _text(package.get("name"))
    found = package.get("bin")
    if isinstance(found, str):
        yield Entry(name.rpartition("/")[2], found)
    elif isinstance(found, dict):
        for command, target in found.items():
            yield Entry(command, _text(target))
    for key in ("main", "module", "browser", "types"):
        if target := _text(package.get(key)):
            yield Entry(key, target)
    exports = package.get("exports")
    if isinstance(exports, str):
        yield Entry("exports", exports)
    elif isinstance(exports, dict):
        for place in list(exports)[:20]:
            if place.startswith("."):
                yield Entry(f"exports {place}", _first_text(exports[place]))


def _first_text(value: object) -> str:
    while isinstance(value, dict) and value:
        value = value.get("import") or value.get("default") or next(iter(value.values()))
    return _text(value)


def _prettier(table: Mapping[str, Any]) -> Iterator[Setting]:
    for key in _PRETTIER:
        if key in table and isinstance(table[key], str | int | bool):
            yield Setting("prettier", key, json.dumps(table[key]).strip('"'))


def prettierrc(path: str, text: str) -> Manifest:
    """Return the settings of a .prettierrc, in JSON, YAML, TOML or a JavaScript module's literals."""
    table = _json(text)
    if table is None:
        table = {}
        for key in _PRETTIER:
            match = re.search(rf"""^\s*["']?{key}["']?\s*[:=]\s*["']?([\w-]+)["']?""", text, re.MULTILINE)
            if match:
                value = match[1]
                table[key] = {"true": True, "false": False}.get(
                    value, int(value) if value.isdigit() else value
                )
    return Manifest(path, "prettier", settings=tuple(_prettier(table)))


def biome(path: str, text: str) -> Manifest:
    """Return the formatter's settings in a biome.json."""
    table = _json(text) or {}
    formatter, quotes = _table(table, "formatter"), _table(_table(table, "javascript"), "formatter")
    found = {**formatter, **quotes}
    keys = ("indentStyle", "indentWidth", "lineWidth", "quoteStyle", "semicolons", "trailingCommas")
    return Manifest(
        path,
        "biome",
        settings=tuple(Setting("biome", key, str(found[key])) for key in keys if key in found),
    )


def tsconfig(path: str, text: str) -> Manifest:
    """Return what a tsconfig.json says of the compiler."""
    options = _table(_json(text) or {}, "compilerOptions")
    keys = ("target", "module", "moduleResolution", "strict", "jsx", "noUncheckedIndexedAccess")
    return Manifest(
        path,
        "tsconfig",
        settings=tuple(Setting("typescript", key, _shown(options[key])) for key in keys if key in options),
    )


def pnpm_workspace(path: str, text: str) -> Manifest:
    """Return the members of a pnpm workspace."""
    body = re.search(r"^packages:[ \t]*\n((?:[ \t]*(?:-.*|#.*)?\n?)*)", text, re.MULTILINE)
    members = re.findall(r"^\s*-\s*[\"']?([^\"'\s#]+)", body[1], re.MULTILINE) if body else []
    return Manifest(path, "pnpm-workspace", manager="pnpm", members=tuple(members))


def _json(text: str) -> dict[str, Any] | None:
    """Return a JSON object, also with comments and trailing commas; None if it is none."""
    for attempt in (text, _plain_json(text)):
        try:
            found = json.loads(attempt)
        except (ValueError, RecursionError):
            continue
        return found if isinstance(found, dict) else None
    return None


_STRING_OR_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/', re.DOTALL)


def _plain_json(text: str) -> str:
    bare = _STRING_OR_COMMENT.sub(lambda match: match[0] if match[0][0] == '"' else "", text.lstrip("\ufeff"))
    return re.sub(r",(\s*[}\]])", r"\1", bare)


def _table(table: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = table.get(key)
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _shown(value: object) -> str:
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
