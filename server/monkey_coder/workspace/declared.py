"""Which packages a project declares, by the files in which each language declares them."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.documents import Document
from .nearby import entries_of, read_source

_ECMA = frozenset({"javascript", "javascriptreact", "typescript", "typescriptreact"})
_REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9][\w.-]*)")


@dataclass(frozen=True, slots=True)
class Declared:
    """The names that `source` declares, normalised, and the project's own."""

    source: str
    names: frozenset[str]
    own: frozenset[str] = frozenset()


def declared(document: Document) -> Declared | None:
    """Return what the document's project declares; None if it has no file that would.

    All such files from the document's folder up to the workspace's count, as they do in a monorepo.
    """
    if document.path is None or document.folder is None:
        return None
    top, path = Path(document.folder), Path(document.path)
    folders = [folder for folder in path.parents if folder == top or folder.is_relative_to(top)]
    match document.language:
        case "python":
            parts = [part for folder in folders for part in _python(folder)]
        case "go":
            parts = [_go(text) for folder in folders if (text := read_source(folder / "go.mod"))]
        case "rust":
            parts = [_rust(text) for folder in folders if (text := read_source(folder / "Cargo.toml"))]
        case language if language in _ECMA:
            parts = [_node(text) for folder in folders if (text := read_source(folder / "package.json"))]
        case _:
            return None
    if not parts:
        return None
    names = frozenset(name for part in parts for name in part.names)
    return Declared(parts[0].source, names, frozenset(name for part in parts for name in part.own))


def normalised(name: str) -> str:
    """Return a Python distribution's name as PyPI compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _requirements(values: object) -> set[str]:
    if not isinstance(values, list):
        return set()
    found = [_REQUIREMENT.match(value) for value in values if isinstance(value, str)]
    return {normalised(match[1]) for match in found if match}


def _table(value: object, *keys: str) -> dict[str, Any]:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _toml(text: str | None) -> dict[str, Any]:
    try:
        return tomllib.loads(text or "")
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _python(folder: Path) -> list[Declared]:
    found: list[Declared] = []
    pyproject = _toml(read_source(folder / "pyproject.toml"))
    if _table(pyproject, "project") or _table(pyproject, "tool", "poetry"):
        found.append(_pyproject(pyproject))
    for entry in entries_of(str(folder)):
        name = entry.name
        if re.fullmatch(r"(dev-|test-)?requirements[\w.-]*\.(txt|in)|constraints\.txt", name):
            text = read_source(Path(entry.path)) or ""
            found.append(Declared(name, frozenset(_requirements(text.splitlines()))))
        elif name == "requirements" and entry.is_dir(follow_symlinks=False):
            for inner in entries_of(entry.path):
                if inner.name.endswith((".txt", ".in")):
                    text = read_source(Path(inner.path)) or ""
                    found.append(
                        Declared(f"requirements/{inner.name}", frozenset(_requirements(text.splitlines())))
                    )
        elif name in ("setup.py", "setup.cfg", "environment.yml", "tox.ini"):
            # Any word of these may be a requirement; it is enough that a package is named there.
            text = read_source(Path(entry.path)) or ""
            words = frozenset(normalised(word) for word in re.findall(r"[A-Za-z0-9][\w.-]*", text))
            if name != "tox.ini":
                found.append(Declared(name, words))
        elif name == "Pipfile":
            pipfile = _toml(read_source(Path(entry.path)))
            names = {
                normalised(key) for part in ("packages", "dev-packages") for key in _table(pipfile, part)
            }
            found.append(Declared(name, frozenset(names)))
    return found


def _pyproject(pyproject: dict[str, Any]) -> Declared:
    project, poetry = _table(pyproject, "project"), _table(pyproject, "tool", "poetry")
    names = _requirements(project.get("dependencies"))
    groups = (
        *_table(project, "optional-dependencies").values(),
        *_table(pyproject, "dependency-groups").values(),
        _table(pyproject, "build-system").get("requires"),
        _table(pyproject, "tool", "uv").get("dev-dependencies"),
    )
    for group in groups:
        names |= _requirements(group)
    tables = [_table(poetry, "dependencies"), _table(poetry, "dev-dependencies")]
    tables += [_table(group, "dependencies") for group in _table(poetry, "group").values()]
    names |= {normalised(name) for table in tables for name in table}
    own = {normalised(name) for name in (project.get("name"), poetry.get("name")) if isinstance(name, str)}
    return Declared("pyproject.toml", frozenset(names), frozenset(own))


def _node(text: str) -> Declared:
    try:
        package = json.loads(text)
    except (ValueError, RecursionError):
        package = {}
    fields = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
    names = {name for field in fields for name in _table(package, field)}
    own = {str(package["name"])} if isinstance(package, dict) and package.get("name") else set()
    own |= set(_table(package, "imports"))
    return Declared("package.json", frozenset(names), frozenset(own))


def _go(text: str) -> Declared:
    own = re.findall(r"^module\s+(\S+)", text, re.MULTILINE)
    names = re.findall(r"^(?:require\s+|replace\s+|\t|\s{2,})([\w.-]+\.[\w.-]+/?\S*)\s", text, re.MULTILINE)
    return Declared("go.mod", frozenset(names), frozenset(own))


def _rust(text: str) -> Declared:
    manifest = _toml(text)
    tables = [manifest, _table(manifest, "workspace"), *_table(manifest, "target").values()]
    fields = ("dependencies", "dev-dependencies", "build-dependencies")
    names = {name.replace("-", "_") for table in tables for field in fields for name in _table(table, field)}
    package, library = _table(manifest, "package"), _table(manifest, "lib")
    own = {str(name).replace("-", "_") for name in (package.get("name"), library.get("name")) if name}
    return Declared("Cargo.toml", frozenset(names), frozenset(own))
