"""How a project does things: its docstrings, its line length, its tests."""

from __future__ import annotations

import re
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Any

from ..core.documents import Document
from .nearby import project_files, read_source
from .test_layout import Framework, test_framework, test_path

__all__ = [
    "DocStyle",
    "Framework",
    "docstring_style",
    "line_length",
    "project_table",
    "test_framework",
    "test_path",
]

_MAX_FILES = 150


class DocStyle(StrEnum):
    """A convention for the sections of a Python docstring."""

    GOOGLE = "google"
    NUMPY = "numpy"
    SPHINX = "sphinx"


_SIGNS = {
    DocStyle.GOOGLE: re.compile(r"^[ \t]+(?:Args|Arguments|Returns|Raises|Yields):[ \t]*\r?$", re.MULTILINE),
    DocStyle.NUMPY: re.compile(
        r"^[ \t]*(?:Parameters|Returns|Raises|Yields)[ \t]*\r?\n[ \t]*-{3,}[ \t]*\r?$", re.MULTILINE
    ),
    DocStyle.SPHINX: re.compile(r"^[ \t]*:(?:param|type|returns?|rtype|raises?)\b[^:\n]*:", re.MULTILINE),
}


def docstring_style(document: Document) -> DocStyle:
    """Return the convention of Python docstrings around a document; Google where nothing tells.

    What the document does counts most, then the project's linter setting, then its other files.
    """
    own = _counts(document.text)
    if any(own.values()):
        return max(own, key=lambda style: own[style])
    if document.folder is None:
        return DocStyle.GOOGLE
    configured = _configured(Path(document.folder))
    if configured is not None:
        return configured
    total = dict.fromkeys(DocStyle, 0)
    files = project_files(document.folder, (".py",), near=document.path, limit=_MAX_FILES, seconds=1.0)
    for path in files:
        for style, count in _counts(read_source(path) or "").items():
            total[style] += count
        if max(total.values()) >= 20:
            break
    return max(total, key=lambda style: total[style])


def project_table(folder: Path, *keys: str) -> dict[str, Any]:
    """Return a table of the folder's pyproject.toml; empty if it is not there or not TOML."""
    text = read_source(folder / "pyproject.toml")
    try:
        table: Any = tomllib.loads(text) if text else {}
    except tomllib.TOMLDecodeError:
        return {}
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else {}


def _counts(text: str) -> dict[DocStyle, int]:
    return {style: len(sign.findall(text)) for style, sign in _SIGNS.items()}


def _configured(folder: Path) -> DocStyle | None:
    found: list[Any] = [
        project_table(folder, "tool", "ruff", "lint", "pydocstyle").get("convention"),
        project_table(folder, "tool", "pydocstyle").get("convention"),
    ]
    for name in ("ruff.toml", ".ruff.toml", "setup.cfg", "tox.ini", ".pydocstyle"):
        match = re.search(r"""^convention\s*=\s*["']?(\w+)""", read_source(folder / name) or "", re.MULTILINE)
        found.append(match[1] if match else None)
    return next((DocStyle(name) for name in found if name in ("google", "numpy")), None)


def line_length(document: Document) -> int:
    """Return how wide the project lets a line be; 88 where it does not say."""
    if document.folder is None:
        return 88
    folder = Path(document.folder)
    for keys in (("tool", "ruff"), ("tool", "black")):
        table = project_table(folder, *keys)
        value = table.get("line-length", table.get("line_length"))
        if isinstance(value, int) and 40 <= value <= 320:
            return value
    for name in ("ruff.toml", ".ruff.toml", "setup.cfg", "tox.ini", ".flake8"):
        pattern = r"^(?:line-length|max-line-length|max_line_length)\s*=\s*(\d{2,3})\b"
        match = re.search(pattern, read_source(folder / name) or "", re.MULTILINE)
        if match:
            return int(match[1])
    return 88
