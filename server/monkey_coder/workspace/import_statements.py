"""What an import statement brings in, read from its text, for each language that has them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple


class Lines(NamedTuple):
    """The first and the last line of something, from 1, both within it."""

    first: int
    last: int


class Import(NamedTuple):
    """A module that a file uses. `module` is as written, without quotes and Python's leading dots.

    `names` are pairs of a name in the module and what it is called here: ("*", "") for all of them,
    ("default", NAME) for JavaScript's default. `alias` is what the module itself is called here, ""
    where its own name or none is used. `level` is the number of Python's leading dots; in other
    languages 1 for a path that starts at the file's own folder. `is_exported` says that the file
    hands the names on (`export from`, `pub use`); `is_system` that the module is not the project's
    own (`#include <...>`).
    """

    module: str
    lines: Lines
    names: tuple[tuple[str, str], ...] = ()
    alias: str = ""
    level: int = 0
    is_exported: bool = False
    is_system: bool = False


ALL = ("*", "")
_QUOTED = re.compile(r"""(["'`])((?:(?!\1).)+)\1""", re.DOTALL)
_COMMENT = re.compile(r"#[^\n]*")
_JS_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_FROM = re.compile(r"\s*from\s+([.\s]*)([\w.]*)\s*import\s*(.*)", re.DOTALL)
_WORD = re.compile(r"[\w$]+")
_LONGEST = 20_000


def imports_of(text: str, language: str, node: str, lines: Lines) -> list[Import]:
    """Return what the statement `text` imports; `node` is its type in the grammar."""
    read = _READERS.get(language)
    if read is None or len(text) > _LONGEST:
        return []
    return [one for one in read(text, node, lines) if one.module or one.level]


def _python(text: str, node: str, lines: Lines) -> list[Import]:
    if "#" in text or "\\" in text:
        text = _COMMENT.sub("", text).replace("\\\n", " ")
    if node == "import_statement":
        result = []
        for part in text.strip().removeprefix("import").split(","):
            words = part.split()
            if words:
                result.append(Import(words[0], lines, alias=words[2] if len(words) == 3 else ""))
        return result
    match = _FROM.match(text)
    if match is None:
        return []
    dots = match[1].count(".")
    return [Import(match[2], lines, _names(match[3].strip().strip("()"), "as"), level=dots)]


def _names(text: str, keyword: str) -> tuple[tuple[str, str], ...]:
    """Return the names of a list such as `a, b as c`."""
    result = []
    for part in text.split(","):
        words = (part.replace(":", f" {keyword} ") if ":" in part else part).split()
        if words and words[0] in ("type", "typeof", "function", "const") and len(words) not in (1, 3):
            words = words[1:]
        if words == ["*"]:
            result.append(ALL)
        elif words:
            result.append((words[0], words[2] if len(words) == 3 and words[1] == keyword else words[0]))
    return tuple(result)


def _javascript(text: str, node: str, lines: Lines) -> list[Import]:
    text = _JS_COMMENT.sub("", text) if "//" not in (_last_quoted(text) or "") else text
    module = _last_quoted(text)
    if module is None:
        return []
    level = 1 if module.startswith(".") else 0
    names: tuple[tuple[str, str], ...] = ()
    alias = ""
    braces = re.search(r"\{(.*?)\}", text, re.DOTALL)
    if braces is not None:
        names += _names(braces[1], "as")
    is_exported = node == "export_statement"
    head = re.sub(r"\{.*?\}", "", text, flags=re.DOTALL).split(" from ")[0]
    if node == "variable_declarator":
        alias = "" if braces else (_WORD.match(head.strip()) or [""])[0]
        return [Import(module, lines, names, alias, level)]
    if star := re.search(r"\*(?:\s+as\s+([\w$]+))?", head):
        alias = star[1] or ""
        names += () if alias else (ALL,)
    default = re.match(r"\s*import\s+(?:type\s+|typeof\s+)?([\w$]+)\s*(?:,|$)", head.rstrip(" ,\n") + "\n")
    if node == "import_statement" and default is not None and default[1] not in ("type", "typeof"):
        names += (("default", default[1]),)
    equals = re.match(r"\s*import\s+([\w$]+)\s*=\s*require", text)
    return [Import(module, lines, names, equals[1] if equals else alias, level, is_exported)]


def _last_quoted(text: str) -> str | None:
    found = _QUOTED.findall(text.split(" with {")[0])
    return found[-1][1] if found else None


def _go(text: str, node: str, lines: Lines) -> list[Import]:
    path = _last_quoted(text)
    alias = text.split()[0] if path and not text.startswith(('"', "`")) else ""
    if alias == ".":
        return [Import(path or "", lines, (ALL,))]
    return [Import(path or "", lines, alias="" if alias == "_" else alias)]


def _rust(text: str, node: str, lines: Lines) -> list[Import]:
    text = _JS_COMMENT.sub("", text)
    is_public = text.lstrip().startswith("pub")
    if node == "mod_item":
        match = re.search(r"\bmod\s+(?:r#)?(\w+)", text)
        return [Import(f"self::{match[1]}", lines, is_exported=is_public)] if match else []
    if node == "extern_crate_declaration":
        match = re.search(r"\bcrate\s+(\w+)(?:\s+as\s+(\w+))?", text)
        return [Import(match[1], lines, alias=match[2] or "")] if match else []
    match = re.search(r"\buse\s+(.*?);?\s*$", text, re.DOTALL)
    leaves = _use_leaves(" ".join(match[1].split())) if match else []
    result = []
    for path, alias in leaves:
        module, _, name = path.removeprefix("::").rpartition("::")
        if name == "self":
            alias = alias or module.rpartition("::")[2]
            result.append(Import(module, lines, alias=alias, is_exported=is_public))
        elif not module:
            result.append(Import(name, lines, alias=alias, is_exported=is_public))
        else:
            pair = ALL if name == "*" else (name, alias or name)
            result.append(Import(module, lines, (pair,), is_exported=is_public))
    return result


def _use_leaves(tree: str, prefix: str = "") -> list[tuple[str, str]]:
    """Return the paths of a use tree such as `a::{b, c::{self, d as e}}`, each with its alias."""
    tree = tree.strip()
    brace = tree.find("{")
    if brace < 0:
        path, _, alias = tree.partition(" as ")
        return [(prefix + path.replace(" ", ""), alias.strip())] if path else []
    prefix += tree[:brace].replace(" ", "")
    inner = tree[brace + 1 : tree.rfind("}")]
    result: list[tuple[str, str]] = []
    depth = start = 0
    for at, char in enumerate(inner + ","):
        depth += (char == "{") - (char == "}")
        if char == "," and depth == 0:
            result += _use_leaves(inner[start:at], prefix)
            start = at + 1
    return result


def _java(text: str, node: str, lines: Lines) -> list[Import]:
    match = re.match(r"\s*import\s+(?:static\s+)?([\w.]+?)\.(\w+|\*)\s*;", _JS_COMMENT.sub("", text))
    if match is None:
        return []
    return [Import(match[1], lines, (ALL,) if match[2] == "*" else ((match[2], match[2]),))]


def _c(text: str, node: str, lines: Lines) -> list[Import]:
    match = re.search(r"include(?:_next)?\s*([<\"])([^>\"]+)", text)
    if match is None:
        return []
    is_system = match[1] == "<"
    last = Lines(lines.first, lines.first)
    return [Import(match[2].strip(), last, (ALL,), level=0 if is_system else 1, is_system=is_system)]


def _csharp(text: str, node: str, lines: Lines) -> list[Import]:
    match = re.match(r"\s*(?:global\s+)?using\s+(?:static\s+)?(?:(\w+)\s*=\s*)?([\w.]+)", text)
    if match is None:
        return []
    return [Import(match[2], lines, () if match[1] else (ALL,), match[1] or "")]


def _ruby(text: str, node: str, lines: Lines) -> list[Import]:
    path = _last_quoted(text)
    is_relative = text.lstrip().startswith("require_relative")
    return [Import(path, lines, (ALL,), level=1 if is_relative else 0)] if path else []


def _php(text: str, node: str, lines: Lines) -> list[Import]:
    if node != "namespace_use_declaration":
        path = _last_quoted(text)
        return [Import(path.lstrip("/"), lines, (ALL,), level=1)] if path else []
    body = re.sub(r"^\s*use\s+(?:function\s+|const\s+)?", "", text).rstrip("; \n")
    group = re.match(r"([\w\\]+)\\\{(.*)\}", body, re.DOTALL)
    parts = [f"{group[1]}\\{part.strip()}" for part in group[2].split(",")] if group else body.split(",")
    result = []
    for part in parts:
        words = part.split()
        if words:
            module, _, name = words[0].lstrip("\\").rpartition("\\")
            result.append(Import(module or name, lines, ((name, words[2] if len(words) == 3 else name),)))
    return result


def _lua(text: str, node: str, lines: Lines) -> list[Import]:
    match = re.match(r"(?:local\s+)?([\w.]+)\s*=", text)
    path = _last_quoted(text)
    return [Import(path, lines, alias=match[1] if match else "")] if path else []


def _shell(text: str, node: str, lines: Lines) -> list[Import]:
    words = text.split()
    if len(words) < 2:
        return []
    path = words[1].strip("\"'")
    # What stands before a variable's path is known only when it runs; most often its own folder.
    path = re.sub(r"^(?:\$\{?\w+\}?|\$\([^)]*\))/", "", path)
    return [Import(path, lines, (ALL,), level=1)] if "$" not in path else []


def _css(text: str, node: str, lines: Lines) -> list[Import]:
    path = _last_quoted(text)
    return [Import(path, lines, (ALL,), level=1)] if path and "://" not in path else []


_READERS: dict[str, Callable[[str, str, Lines], list[Import]]] = {
    "python": _python,
    **dict.fromkeys(("javascript", "javascriptreact", "typescript", "typescriptreact"), _javascript),
    "go": _go,
    "rust": _rust,
    "java": _java,
    "c": _c,
    "cpp": _c,
    "csharp": _csharp,
    "ruby": _ruby,
    "php": _php,
    "lua": _lua,
    "shellscript": _shell,
    "css": _css,
}
