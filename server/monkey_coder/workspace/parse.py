"""Parse a text with tree-sitter. Byte offsets stay in here and in `codegen`."""

from __future__ import annotations

from tree_sitter import Parser, Tree

from .languages import grammar


def parse(source: bytes, language: str, old_tree: Tree | None = None) -> Tree | None:
    """Return the syntax tree of UTF-8 `source`, or None for a language without a grammar.

    `old_tree`, edited to match (`Tree.edit`), makes the parse incremental. One C call that holds
    the GIL at about 10 MB/s: parse large texts in a process of their own.
    """
    loaded = grammar(language)
    if loaded is None:
        return None
    parser = Parser(loaded)
    return parser.parse(source, old_tree) if old_tree is not None else parser.parse(source)
