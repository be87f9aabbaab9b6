"""The tree-sitter query of a language, from the files in `queries/`; compiled once in a process."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .languages import grammar

if TYPE_CHECKING:
    from tree_sitter import Query

# A grammar that extends another is read with the other's query before its own.
_QUERIES = {
    "javascript": ("javascript", "ecma_only", "jsx"),
    "javascriptreact": ("javascript", "ecma_only", "jsx"),
    "typescript": ("javascript", "typescript"),
    "typescriptreact": ("javascript", "jsx", "typescript"),
    "cpp": ("c", "cpp"),
}


@cache
def query_of(language: str) -> Query | None:
    """Return the query for definitions, references, imports and comments; None without a grammar.

    Its captures are `@definition.KIND` and `@reference.ROLE`, each with a `@name`, and `@import` and
    `@comment` by themselves; in Python `@wrapped` is a definition below decorators. Compiling takes up
    to 40 ms.
    """
    from importlib.resources import files

    from tree_sitter import Query

    loaded = grammar(language)
    if loaded is None:
        return None
    folder = files(__package__) / "queries"
    parts = _QUERIES.get(language, (language,))
    source = "\n".join((folder / f"{part}.scm").read_text(encoding="utf-8") for part in parts)
    return Query(loaded, source)
