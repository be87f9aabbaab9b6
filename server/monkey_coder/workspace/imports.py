"""What a text imports, read by pattern so that a line that is being written hides no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .import_statements import Import as Statement

FAMILY = {
    "python": "python",
    "javascript": "ecma",
    "javascriptreact": "ecma",
    "typescript": "ecma",
    "typescriptreact": "ecma",
    "go": "go",
    "rust": "rust",
}

_PY_FROM = re.compile(r"^[ \t]*from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n]+)", re.MULTILINE)
_PY_IMPORT = re.compile(r"^[ \t]*import[ \t]+([\w., \t]+)", re.MULTILINE)
_ECMA = re.compile(
    r"^[ \t]*(import|export)\b(?:[ \t]+type\b)?([^;'\"()]*?)(?:\bfrom[ \t]*)?['\"]([^'\"\n]+)['\"]",
    re.MULTILINE,
)
_REQUIRE = re.compile(r"\b(?:const|let|var)\s+([\w${}\s,:]+?)\s*=\s*require\(['\"]([^'\"\n]+)['\"]\)")
_GO_BLOCK = re.compile(r"^import\s*(?:\(([^)]*)\)|([\w.]*\s*\"[^\"\n]+\"))", re.MULTILINE)
_GO_LINE = re.compile(r"([\w.]*)[ \t]*\"([^\"\n]+)\"")
_RUST = re.compile(
    r"^[ \t]*(?:pub(?:\([^)]*\))?[ \t]+)?(use|mod)[ \t]+([^;{]*(?:\{[^;]*\})?)\s*;", re.MULTILINE
)
_NAME = re.compile(r"[A-Za-z_$][\w$]*")


class Import(NamedTuple):
    """One name or module that a text brings in.

    `module` are the components of where it comes from. `level` is 0 for an absolute module, 1 for
    one beside the file, 2 for one in the folder above, and so on. `name` is the name there ("" for
    the module itself, "*" for all its names), `local` the name here. `is_export` says that it is
    handed on to those who import this file. `targets` are the paths it means, where that is known.
    """

    module: tuple[str, ...]
    level: int
    name: str
    local: str
    is_export: bool = False
    targets: tuple[str, ...] = ()


def from_statement(one: Statement, language: str, targets: tuple[str, ...]) -> Iterator[Import]:
    """Yield what an import of the index brings in. `targets` are the project's files that it means."""
    match FAMILY.get(language):
        case "python":
            module, level, own = tuple(filter(None, one.module.split("."))), one.level, one.module
        case "ecma":
            (module, level), own = _specifier(one.module), ""
        case "go":
            (module, level), own = (tuple(filter(None, one.module.split("/"))), 0), one.module
            own = module[-1] if module else ""
        case "rust":
            yield from _of_rust(one)
            return
        case _:
            yield from _resolved(one, targets)
            return
    for name, local in one.names:
        yield Import(module, level, name, local or name, one.is_exported)
    if one.alias or not one.names:
        yield Import(module, level, "", one.alias or own, one.is_exported)


def _of_rust(one: Statement) -> Iterator[Import]:
    path = tuple(filter(None, one.module.split("::")))
    level = 0
    while path and path[0] in ("self", "super"):
        level += 1 + (path[0] == "super" and not level)
        path = path[1:]
    if path and path[0] == "crate":
        path = path[1:]
    for name, local in one.names:
        yield Import(path, level, name, local or name, one.is_exported)
    if not one.names and path:
        yield Import(path[:-1], level, path[-1], one.alias or path[-1], one.is_exported)


def _resolved(one: Statement, targets: tuple[str, ...]) -> Iterator[Import]:
    """Yield an import of a language whose modules are known by the files that they are in."""
    if targets:
        for name, local in one.names or (("", one.alias),):
            yield Import((one.module,), 0, name, local or name, one.is_exported, targets)


def imports_of(text: str, language: str) -> tuple[Import, ...]:
    """Return what a text imports; nothing for a language whose imports are not known."""
    match FAMILY.get(language):
        case "python":
            return tuple(_python(text))
        case "ecma":
            return tuple(_ecma(text))
        case "go":
            return tuple(_go(text))
        case "rust":
            return tuple(_rust(text))
        case _:
            return ()


def _python(text: str) -> Iterator[Import]:
    for dots, module, names in _PY_FROM.findall(text):
        parts = tuple(filter(None, module.split(".")))
        for item in re.sub(r"#[^\n]*", "", names).strip("() \t\r").split(","):
            words = item.split()
            if words and (words[0] == "*" or _NAME.fullmatch(words[0])):
                yield Import(parts, len(dots), words[0], words[-1])
    for names in _PY_IMPORT.findall(text):
        for item in names.split(","):
            words = item.split()
            if words:
                parts = tuple(filter(None, words[0].split(".")))
                yield Import(parts, 0, "", words[-1] if len(words) == 3 else words[0])


def _specifier(spec: str) -> tuple[tuple[str, ...], int]:
    """Return the components of an ECMAScript module and its level."""
    parts = [part for part in spec.split("/") if part not in ("", ".")]
    level = 0
    if spec.startswith("."):
        level = 1 + sum(part == ".." for part in parts)
        parts = [part for part in parts if part != ".."]
    if parts:
        parts[-1] = re.sub(r"\.(?:[cm]?[jt]sx?|vue|svelte)$", "", parts[-1])
    return tuple(part for part in parts if part not in ("@", "~", "#")), level


def _ecma(text: str) -> Iterator[Import]:
    found = [(kind == "export", names, spec) for kind, names, spec in _ECMA.findall(text)]
    found += [(False, names.replace(":", " as "), spec) for names, spec in _REQUIRE.findall(text)]
    for is_export, names, spec in found:
        module, level = _specifier(spec)
        outer, _, inner = names.partition("{")
        for item in inner.partition("}")[0].split(","):
            words = [word for word in item.split() if word not in ("type", "as")]
            if words and _NAME.fullmatch(words[0]):
                yield Import(module, level, words[0], words[-1], is_export)
        words = _NAME.findall(outer)
        if "*" in outer:
            yield Import(module, level, "" if words else "*", words[-1] if words else "*", is_export)
        elif words and not is_export:
            yield Import(module, level, "default", words[0])


def _go(text: str) -> Iterator[Import]:
    for block, single in _GO_BLOCK.findall(text[:20_000]):
        for alias, path in _GO_LINE.findall(block or single):
            parts = tuple(filter(None, path.split("/")))
            if parts:
                last = parts[-1] if not re.fullmatch(r"v\d+", parts[-1]) else parts[-2] if parts[1:] else ""
                yield Import(parts, 0, "*" if alias == "." else "", alias or last)


def _rust(text: str) -> Iterator[Import]:
    for match in _RUST.finditer(text):
        is_export = match[0].lstrip().startswith("pub")
        if match[1] == "mod":
            name = match[2].strip()
            yield Import((name,), 1, "", name, is_export)
            continue
        for path, local in _rust_paths(match[2]):
            level = 0
            while path and path[0] in ("self", "super"):
                level += 1 + (path[0] == "super" and not level)
                path = path[1:]
            if path and path[0] == "crate":
                path = path[1:]
            if path:
                yield Import(path[:-1], level, path[-1], local or path[-1], is_export)


def _rust_paths(tree: str, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield each path of a use tree such as `a::{b, c::{self, d as e}}`, with its alias."""
    depth = start = 0
    items = []
    for at, character in enumerate(tree):
        depth += (character == "{") - (character == "}")
        if character == "," and not depth:
            items.append(tree[start:at])
            start = at + 1
    items.append(tree[start:])
    for item in items:
        head, brace, rest = item.partition("{")
        path = above + tuple(
            part for part in head.split(" as ")[0].replace(" ", "").strip().split("::") if part
        )
        path = tuple(part.strip() for part in path)
        if brace:
            yield from _rust_paths(rest.rpartition("}")[0], path)
        elif path:
            alias = head.partition(" as ")[2].strip()
            if path[-1] == "self" and len(path) > 1:
                path = path[:-1]
            yield path, alias
