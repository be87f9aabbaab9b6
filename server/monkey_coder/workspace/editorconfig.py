"""What `.editorconfig` says of a file. Format: https://spec.editorconfig.org (0.17.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..core.documents import Document
from .nearby import read_source

_NAME = ".editorconfig"
_MOST_VALUE = 200
# A section with more would take long to match, as a hostile file may want it to.
_MOST_STARS = 8
_CHARSETS = {"latin1": "iso8859-1", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be"}


@dataclass(frozen=True, slots=True)
class EditorConfig:
    """The properties of one file; None and "" where nothing is said. `source` is the nearest file.

    `indent_style` is "space" or "tab", `end_of_line` the line end itself.
    """

    source: str = ""
    indent_style: str = ""
    indent_size: int | None = None
    tab_width: int | None = None
    end_of_line: str = ""
    charset: str = ""
    trim_trailing_whitespace: bool | None = None
    insert_final_newline: bool | None = None
    max_line_length: int | None = None

    @property
    def is_empty(self) -> bool:
        return self == EditorConfig(self.source)


def editorconfig(document: Document) -> EditorConfig:
    """Return what holds for a document: the files from its own folder up to its workspace folder's."""
    return EditorConfig() if document.path is None else _said_of(document.path, document.folder)


def charset_of(path: str, folder: str | None) -> str:
    """Return the encoding, as Python calls it, that is named for a file in a workspace folder, or ""."""
    return _CHARSETS.get(_said_of(path, folder).charset, "")


def _said_of(file: str, workspace: str | None) -> EditorConfig:
    found: list[tuple[Path, dict[str, str]]] = []
    path = Path(file)
    top = Path(workspace) if workspace else path.parent
    for folder in path.parents:
        text = read_source(folder / _NAME, max_bytes=100_000)
        if text is not None:
            is_root, values = _matching(text, path.relative_to(folder).as_posix())
            found.append((folder / _NAME, values))
            if is_root:
                break
        if folder == top:
            break
    merged: dict[str, str] = {}
    for _, values in reversed(found):
        merged |= values
    return _checked(merged, str(found[0][0]) if found else "")


def _checked(values: dict[str, str], source: str) -> EditorConfig:
    style = values.get("indent_style", "")
    size, tab = _number(values.get("indent_size", "")), _number(values.get("tab_width", ""))
    if values.get("indent_size") == "tab":
        size = tab
    return EditorConfig(
        source,
        style if style in ("space", "tab") else "",
        size,
        tab or size,
        {"lf": "\n", "crlf": "\r\n", "cr": "\r"}.get(values.get("end_of_line", ""), ""),
        values.get("charset", ""),
        _switch(values.get("trim_trailing_whitespace", "")),
        _switch(values.get("insert_final_newline", "")),
        _number(values.get("max_line_length", "")),
    )


def _number(value: str) -> int | None:
    return int(value) if re.fullmatch(r"[1-9]\d{0,3}", value) else None


def _switch(value: str) -> bool | None:
    return {"true": True, "false": False}.get(value)


def _matching(text: str, path: str) -> tuple[bool, dict[str, str]]:
    """Return whether the file is the topmost, and the properties of the sections that match `path`."""
    is_root, is_matching, in_preamble = False, False, True
    values: dict[str, str] = {}
    for raw in text.splitlines():
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        if line.startswith("[") and line.endswith("]"):
            in_preamble = False
            is_matching = _matches(line[1:-1], path)
            continue
        key, sign, value = line.partition("=")
        key, value = key.strip().lower(), re.split(r"\s[#;]", value)[0].strip().lower()
        if not sign or len(value) > _MOST_VALUE:
            continue
        if in_preamble:
            is_root = is_root or (key == "root" and value == "true")
        elif is_matching:
            values[key] = value
    return is_root, {key: value for key, value in values.items() if value != "unset"}


def _matches(glob: str, path: str) -> bool:
    if len(glob) > 1024 or glob.count("*") > _MOST_STARS:
        return False
    pattern, ranges = _pattern(glob)
    match = pattern.fullmatch(path)
    return match is not None and all(
        number is None or low <= int(number) <= high
        for number, (low, high) in zip(match.groups(), ranges, strict=True)
    )


@lru_cache(maxsize=256)
def _pattern(glob: str) -> tuple[re.Pattern[str], tuple[tuple[int, int], ...]]:
    """Return a glob of EditorConfig as a pattern, and the numbers that its groups may be."""
    ranges: list[tuple[int, int]] = []
    body = glob.removeprefix("/")
    translated = _translated(body, ranges)
    return re.compile(translated if "/" in glob else f"(?:.*/)?{translated}", re.DOTALL), tuple(ranges)


def _translated(glob: str, ranges: list[tuple[int, int]]) -> str:
    out, at = "", 0
    while at < len(glob):
        char = glob[at]
        if glob.startswith("**", at):
            slashes = glob.startswith("**/", at) and (at == 0 or glob[at - 1] == "/")
            out += "(?:.*/)?" if slashes else ".*"
            at += 3 if slashes else 2
            continue
        if char == "*":
            out += "[^/]*"
        elif char == "?":
            out += "[^/]"
        elif char == "\\" and at + 1 < len(glob):
            at += 1
            out += re.escape(glob[at])
        elif char == "[" and (end := glob.find("]", at + 2)) > 0 and "/" not in glob[at:end]:
            inner = glob[at + 1 : end]
            negated = inner.startswith("!")
            out += f"[{'^' if negated else ''}{re.escape(inner[negated:]).replace(chr(92) + '-', '-')}]"
            at = end
        elif char == "{" and (end := _closing(glob, at)) > 0:
            out += _braces(glob[at + 1 : end], ranges)
            at = end
        else:
            out += re.escape(char)
        at += 1
    return out


def _closing(glob: str, at: int) -> int:
    depth = 0
    for index in range(at, len(glob)):
        if glob[index] == "\\":
            continue
        depth += (glob[index] == "{") - (glob[index] == "}")
        if depth == 0:
            return index
    return -1


def _braces(inner: str, ranges: list[tuple[int, int]]) -> str:
    numbers = re.fullmatch(r"([+-]?\d{1,9})\.\.([+-]?\d{1,9})", inner)
    if numbers:
        low, high = sorted((int(numbers[1]), int(numbers[2])))
        ranges.append((low, high))
        return r"([+-]?\d{1,9})"
    parts, depth, start = [], 0, 0
    for index, char in enumerate(inner):
        depth += (char == "{") - (char == "}")
        if char == "," and depth == 0:
            parts.append(inner[start:index])
            start = index + 1
    if not parts:
        return re.escape("{") + _translated(inner, ranges) + re.escape("}")
    parts.append(inner[start:])
    return "(?:" + "|".join(_translated(part, ranges) for part in parts) + ")"
