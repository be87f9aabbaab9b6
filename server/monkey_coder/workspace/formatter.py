"""Which formatter a project uses for a file, by the files in which projects say so."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pathspec import GitIgnoreSpec

from ..core.documents import Document
from .nearby import read_source

_PRETTIER = frozenset(
    {
        "javascript", "javascriptreact", "typescript", "typescriptreact", "json", "yaml", "html", "css",
        "markdown", "vue", "svelte",
    }
)  # fmt: skip
_PRETTIER_FILES = (
    ".prettierrc", ".prettierrc.json", ".prettierrc.yml", ".prettierrc.yaml", ".prettierrc.json5",
    ".prettierrc.js", ".prettierrc.cjs", ".prettierrc.mjs", ".prettierrc.ts", ".prettierrc.toml",
    "prettier.config.js", "prettier.config.cjs", "prettier.config.mjs", "prettier.config.ts",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Formatter:
    """How a project formats a file.

    `name` is ruff, black, prettier, gofmt, rustfmt or clang-format. `is_said` tells that the project
    says so; where it only has settings of the tool, the files themselves must show that they are formatted.
    `options` are the tool's settings as far as they are plain values; `source` is where they stand.
    """

    name: str
    source: str
    folder: str
    is_said: bool = True
    options: dict[str, Any] = field(default_factory=dict)


def formatter_of(document: Document) -> Formatter | None:
    """Return the formatter that the document's project uses for it; None where nothing says so.

    Files that the project excludes from formatting have none. Reads the disk, runs nothing.
    """
    if document.path is None or document.folder is None:
        return None
    path, top = Path(document.path), Path(document.folder)
    folders = [folder for folder in path.parents if folder == top or folder.is_relative_to(top)]
    match document.language:
        case "python":
            return _python(path, folders)
        case "go":
            return _by_file("gofmt", ("go.mod",), folders)
        case "rust":
            return _rust(folders)
        case "c" | "cpp":
            return _by_file("clang-format", (".clang-format", "_clang-format"), folders)
        case language if language in _PRETTIER:
            return _prettier(path, folders)
    return None


def _by_file(name: str, files: tuple[str, ...], folders: list[Path]) -> Formatter | None:
    for folder in folders:
        for file in files:
            if (folder / file).is_file():
                return Formatter(name, file, str(folder))
    return None


def _rust(folders: list[Path]) -> Formatter | None:
    found = _by_file("rustfmt", ("Cargo.toml",), folders)
    if found is None:
        return None
    options: dict[str, Any] = {}
    manifest = _toml(read_source(Path(found.folder) / "Cargo.toml") or "")
    package = manifest.get("package")
    edition = package.get("edition") if isinstance(package, dict) else None
    options["edition"] = edition if edition in ("2015", "2018", "2021", "2024") else "2021"
    for folder in folders:
        for name in ("rustfmt.toml", ".rustfmt.toml"):
            if (folder / name).is_file():
                return Formatter("rustfmt", name, str(folder), True, options)
    return Formatter("rustfmt", "Cargo.toml", found.folder, True, options)


# Python


def _python(path: Path, folders: list[Path]) -> Formatter | None:
    hooks = "\n".join(read_source(folder / ".pre-commit-config.yaml") or "" for folder in folders)
    hooked = {
        "ruff": bool(re.search(r"^\s*-\s*id:\s*['\"]?ruff-format\b", hooks, re.MULTILINE)),
        "black": bool(re.search(r"^\s*-\s*id:\s*['\"]?black(-jupyter)?\b", hooks, re.MULTILINE)),
    }
    ruff, black = _ruff_table(folders), _black_table(folders)
    said = [name for name in ("ruff", "black") if hooked[name]]
    if not said and black is not None:
        said = ["black"]
    if not said and ruff is not None and "format" in ruff[1]:
        said = ["ruff"]
    if said:
        table = (ruff if said[0] == "ruff" else black) or (".pre-commit-config.yaml", {}, str(folders[-1]))
        return _unless_excluded(said[0], path, *table, is_said=True)
    if ruff is not None:
        return _unless_excluded("ruff", path, *ruff, is_said=False)
    return None


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _ruff_table(folders: list[Path]) -> tuple[str, dict[str, Any], str] | None:
    for folder in folders:
        for name in (".ruff.toml", "ruff.toml"):
            if (text := read_source(folder / name)) is not None:
                return name, _extended(_toml(text), folder), str(folder)
        tool = _toml(read_source(folder / "pyproject.toml") or "").get("tool")
        table = tool.get("ruff") if isinstance(tool, dict) else None
        if isinstance(table, dict):
            return "pyproject.toml", _extended(table, folder), str(folder)
    return None


def _requires_python(folder: Path) -> str:
    project = _toml(read_source(folder / "pyproject.toml") or "").get("project")
    value = project.get("requires-python") if isinstance(project, dict) else None
    return value if isinstance(value, str) else ""


def _extended(table: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return ruff's settings with those of the one file that they `extend`."""
    base = table.get("extend")
    if not isinstance(base, str):
        return table
    path = (folder / base).resolve()
    if not path.is_relative_to(folder.resolve()) and not path.parent.is_relative_to(folder.resolve().parent):
        return table
    loaded = _toml(read_source(path) or "")
    if path.name == "pyproject.toml":
        tool = loaded.get("tool")
        loaded = tool.get("ruff", {}) if isinstance(tool, dict) else {}
    if not isinstance(loaded, dict):
        return table
    formats = [part.get("format") for part in (loaded, table)]
    merged = {**loaded, **table}
    if any(isinstance(part, dict) for part in formats):
        merged["format"] = {
            key: value for part in formats if isinstance(part, dict) for key, value in part.items()
        }
    return merged


def _black_table(folders: list[Path]) -> tuple[str, dict[str, Any], str] | None:
    for folder in folders:
        tool = _toml(read_source(folder / "pyproject.toml") or "").get("tool")
        table = tool.get("black") if isinstance(tool, dict) else None
        if isinstance(table, dict):
            return "pyproject.toml", table, str(folder)
    return None


def _unless_excluded(
    name: str, path: Path, source: str, table: dict[str, Any], folder: str, *, is_said: bool
) -> Formatter | None:
    relative = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
    if name == "ruff":
        formats = table.get("format")
        formats = formats if isinstance(formats, dict) else {}
        globs: list[str] = []
        for value in (table.get("exclude"), table.get("extend-exclude"), formats.get("exclude")):
            globs += [glob for glob in value if isinstance(glob, str)] if isinstance(value, list) else []
        if globs and GitIgnoreSpec.from_lines(globs).match_file(relative):
            return None
        options = {f"format.{key}": value for key, value in formats.items() if key in _RUFF_FORMAT}
        options |= {key: value for key, value in table.items() if key in _RUFF_TOP}
        lowest = re.search(r">=?\s*3\.(\d{1,2})", _requires_python(Path(folder)))
        if lowest and "target-version" not in options:
            options["target-version"] = f"py3{lowest[1]}"
        return Formatter("ruff", source, folder, is_said, options)
    for key in ("exclude", "extend-exclude", "force-exclude"):
        value = table.get(key)
        # A repeated group could take for ever to match; such a pattern is not worth the risk.
        if isinstance(value, str) and len(value) < 2_000 and not re.search(r"\)\s*[*+{]", value):
            try:
                if re.search(value, f"/{relative}", re.VERBOSE if "\n" in value else 0):
                    return None
            except re.error:
                continue
    return Formatter("black", source, folder, is_said, {k: v for k, v in table.items() if k in _BLACK})


_RUFF_FORMAT = (
    "quote-style", "indent-style", "skip-magic-trailing-comma", "docstring-code-format",
    "docstring-code-line-length", "preview",
)  # fmt: skip
_RUFF_TOP = ("line-length", "indent-width", "target-version", "preview")
_BLACK = (
    "line-length",
    "skip-string-normalization",
    "skip-magic-trailing-comma",
    "target-version",
    "preview",
)


# prettier


def _prettier(path: Path, folders: list[Path]) -> Formatter | None:
    said = ""
    for folder in folders:
        if _ignored_by_prettier(path, folder):
            return None
        said = said or next((name for name in _PRETTIER_FILES if (folder / name).is_file()), "")
        package = _json(read_source(folder / "package.json") or "")
        fields = [package.get(name) for name in ("devDependencies", "dependencies")]
        if not said and (
            "prettier" in package or any(isinstance(part, dict) and "prettier" in part for part in fields)
        ):
            said = "package.json"
        if said and (folder / "node_modules" / "prettier" / "package.json").is_file():
            return Formatter("prettier", said, str(folder))
    return Formatter("prettier", said, "") if said else None


def _ignored_by_prettier(path: Path, folder: Path) -> bool:
    text = read_source(folder / ".prettierignore")
    if text is None:
        return False
    return GitIgnoreSpec.from_lines(text.splitlines()).match_file(path.relative_to(folder).as_posix())


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
