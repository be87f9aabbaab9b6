"""Which language a file is in, and the grammar that parses it."""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Language as Grammar


@dataclass(frozen=True, slots=True)
class Language:
    """A language by its LSP id, with its files and where its grammar comes from.

    `grammar` is "module" or "module:function"; the function defaults to `language`.
    """

    id: str
    grammar: str
    extensions: tuple[str, ...]
    filenames: tuple[str, ...] = ()
    line_comment: str = "#"


LANGUAGES: dict[str, Language] = {
    language.id: language
    for language in (
        Language("python", "tree_sitter_python", (".py", ".pyi", ".pyw")),
        Language("javascript", "tree_sitter_javascript", (".js", ".mjs", ".cjs"), line_comment="//"),
        Language("javascriptreact", "tree_sitter_javascript", (".jsx",), line_comment="//"),
        Language(
            "typescript",
            "tree_sitter_typescript:language_typescript",
            (".ts", ".mts", ".cts"),
            line_comment="//",
        ),
        Language("typescriptreact", "tree_sitter_typescript:language_tsx", (".tsx",), line_comment="//"),
        Language("go", "tree_sitter_go", (".go",), line_comment="//"),
        Language("rust", "tree_sitter_rust", (".rs",), line_comment="//"),
        Language("java", "tree_sitter_java", (".java",), line_comment="//"),
        Language("c", "tree_sitter_c", (".c", ".h"), line_comment="//"),
        Language("cpp", "tree_sitter_cpp", (".cpp", ".cc", ".cxx", ".hpp", ".hh", ".hxx"), line_comment="//"),
        Language("csharp", "tree_sitter_c_sharp", (".cs",), line_comment="//"),
        Language("ruby", "tree_sitter_ruby", (".rb", ".rake"), ("Rakefile", "Gemfile")),
        Language("php", "tree_sitter_php:language_php", (".php",), line_comment="//"),
        Language("shellscript", "tree_sitter_bash", (".sh", ".bash"), (".bashrc", ".profile")),
        Language("lua", "tree_sitter_lua", (".lua",), line_comment="--"),
        Language("json", "tree_sitter_json", (".json",), line_comment=""),
        Language("yaml", "tree_sitter_yaml", (".yaml", ".yml")),
        Language("toml", "tree_sitter_toml", (".toml",), ("Pipfile",)),
        Language("html", "tree_sitter_html", (".html", ".htm"), line_comment=""),
        Language("css", "tree_sitter_css", (".css",), line_comment=""),
        Language("markdown", "tree_sitter_markdown", (".md", ".markdown"), line_comment=""),
    )
}

# Ids by which other editors name the same languages.
_ALIASES = {
    "bash": "shellscript",
    "sh": "shellscript",
    "shell": "shellscript",
    "c++": "cpp",
    "c_sharp": "csharp",
    "cs": "csharp",
    "js": "javascript",
    "jsx": "javascriptreact",
    "ts": "typescript",
    "tsx": "typescriptreact",
    "py": "python",
    "rb": "ruby",
    "rs": "rust",
    "jsonc": "json",
    "md": "markdown",
    "typescript.tsx": "typescriptreact",
    "javascript.jsx": "javascriptreact",
}
_BY_EXTENSION = {ext: language.id for language in LANGUAGES.values() for ext in language.extensions}
_BY_FILENAME = {name: language.id for language in LANGUAGES.values() for name in language.filenames}


def language_of(path: str) -> str:
    """Return the language id of a file by its name, or "plaintext"."""
    name = os.path.basename(path)  # noqa: PTH119 - asked of every file of a workspace; twice as fast
    known = _BY_FILENAME.get(name)
    if known is None:
        _, dot, extension = name.rpartition(".")
        known = _BY_EXTENSION.get(f".{extension.lower()}") if dot else None
    return known or "plaintext"


def canonical_language(language: str, path: str | None = None) -> str:
    """Return our id for what an editor calls `language`, by the file's name where it is unknown."""
    known = _ALIASES.get(language.lower(), language.lower())
    if known in LANGUAGES or path is None:
        return known
    by_name = language_of(path)
    return known if by_name == "plaintext" else by_name


@cache
def grammar(language: str) -> Grammar | None:
    """Return the tree-sitter grammar of a language id, loaded at first use; None if there is none."""
    entry = LANGUAGES.get(language)
    if entry is None:
        return None
    from tree_sitter import Language as Grammar

    module, _, function = entry.grammar.partition(":")
    return Grammar(getattr(importlib.import_module(module), function or "language")())
