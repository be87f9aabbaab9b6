"""A text with its syntax tree: character offsets outside, tree-sitter's bytes inside."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from tree_sitter import Node, Tree

from ..core.documents import Span, TextEdit, apply_edits
from .parse import parse

__all__ = ["Node", "Offsets", "SyntaxTree"]

# What a lone surrogate, which JSON can carry, becomes: bytes the grammars see as an odd character.
_ERRORS = "surrogatepass"


class Offsets:
    """Both ways between character offsets of a text and byte offsets of its UTF-8."""

    def __init__(self, text: str) -> None:
        self._is_ascii = text.isascii()
        self.source = text.encode("utf-8", _ERRORS)
        self._chars: list[int] = []
        self._bytes: list[int] = []
        if not self._is_ascii:
            char = byte = 0
            for line in text.split("\n"):
                self._chars.append(char)
                self._bytes.append(byte)
                char += len(line) + 1
                byte += len(line.encode("utf-8", _ERRORS)) + 1
            self._text = text

    def char(self, byte: int) -> int:
        """Return the character offset of a byte offset that lies on a character's edge."""
        if self._is_ascii:
            return byte
        row = bisect_right(self._bytes, byte) - 1
        return self._chars[row] + len(self.source[self._bytes[row] : byte].decode("utf-8", _ERRORS))

    def byte(self, char: int) -> int:
        """Return the byte offset of a character offset."""
        if self._is_ascii:
            return char
        row = bisect_right(self._chars, char) - 1
        return self._bytes[row] + len(self._text[self._chars[row] : char].encode("utf-8", _ERRORS))


class SyntaxTree:
    """A text and its tree. It never changes: `edited` gives another, parsed incrementally."""

    def __init__(self, text: str, language: str, *, _old: Tree | None = None) -> None:
        self.text = text
        self.language = language
        self.offsets = Offsets(text)
        self.tree = parse(self.offsets.source, language, _old)

    @property
    def root(self) -> Node:
        """The root node. Raises: ValueError for a language without a grammar; ask `is_parsed`."""
        if self.tree is None:
            raise ValueError(f"there is no grammar for {self.language!r}")
        return self.tree.root_node

    @property
    def is_parsed(self) -> bool:
        return self.tree is not None

    def edited(self, edits: Sequence[TextEdit]) -> SyntaxTree:
        """Return the tree of the text after `edits`, whose offsets all refer to this text.

        Raises: ValueError if edits overlap or lie outside the text.
        """
        text = apply_edits(self.text, edits)
        if self.tree is None or not edits:
            return SyntaxTree(text, self.language)
        tree = self.tree.copy()
        # From the last to the first, so that earlier offsets still refer to the old text.
        for edit in sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True):
            start, old_end = self.offsets.byte(edit.start), self.offsets.byte(edit.end)
            new = edit.text.encode("utf-8", _ERRORS)
            start_point = _point(self.offsets.source, start)
            tree.edit(
                start_byte=start,
                old_end_byte=old_end,
                new_end_byte=start + len(new),
                start_point=start_point,
                old_end_point=_point(self.offsets.source, old_end),
                new_end_point=_advance(start_point, new),
            )
        return SyntaxTree(text, self.language, _old=tree)

    def span(self, node: Node) -> Span:
        return Span(self.offsets.char(node.start_byte), self.offsets.char(node.end_byte))

    def start(self, node: Node) -> int:
        return self.offsets.char(node.start_byte)

    def end(self, node: Node) -> int:
        return self.offsets.char(node.end_byte)

    def text_of(self, node: Node | None) -> str:
        """Return a node's text; "" for None."""
        if node is None:
            return ""
        return self.offsets.source[node.start_byte : node.end_byte].decode("utf-8", _ERRORS)

    def line(self, node: Node) -> int:
        """Return the line a node begins on, from 1."""
        return node.start_point[0] + 1

    def at(self, span: Span) -> Node:
        """Return the smallest named node that holds `span`."""
        first, last = self.offsets.byte(span.start), self.offsets.byte(span.end)
        return self.root.named_descendant_for_byte_range(first, last) or self.root

    def problems(self) -> list[Node]:
        """Return the ERROR and MISSING nodes, outermost only, in order."""
        if self.tree is None or not self.root.has_error:
            return []
        found: list[Node] = []
        stack = [self.root]
        while stack:
            node = stack.pop()
            if node.is_error or node.is_missing:
                found.append(node)
            elif node.has_error:
                stack.extend(reversed(node.children))
        return found


def walk(node: Node, *, skip: frozenset[str] = frozenset()) -> Iterator[Node]:
    """Yield `node` and all below it in order of the text, not going into types named in `skip`."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        if current is node or current.type not in skip:
            stack.extend(reversed(current.children))


def _point(source: bytes, byte: int) -> tuple[int, int]:
    return source.count(b"\n", 0, byte), byte - (source.rfind(b"\n", 0, byte) + 1)


def _advance(point: tuple[int, int], text: bytes) -> tuple[int, int]:
    rows = text.count(b"\n")
    if not rows:
        return point[0], point[1] + len(text)
    return point[0] + rows, len(text) - text.rfind(b"\n") - 1
