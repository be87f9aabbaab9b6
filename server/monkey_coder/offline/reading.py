"""Read open documents: blocks of lines are cut into tokens once, and again only when they change.

A text is divided at lines that begin in the first column, by what those lines say, so that an
edit changes the division only nearby. The line with the cursor is read apart: while the user
types in it, nothing else has to be read again.
"""

from __future__ import annotations

import re
import zlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..workspace.tokens import keywords, tokenise, tokenise_line
from .vocabulary import DEEPER, SAME, SHALLOWER, Vocabulary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[np.int32]

_MOST_BLOCKS = 2048
_BLOCK_LINES = 30
_LONG_BLOCK_LINES = 200
_LONGEST_BLOCK_LINES = 400
_MOST_CHARS = 2_000_000
_OPENING_LINE = re.compile(r"[\w@#/<$\[\"'-]")
_PARTIAL = re.compile(r"[^\W\d]\w*\Z|\$\w*\Z")


@dataclass(frozen=True, slots=True)
class Block:
    """The tokens of some lines: their numbers, starts within the block, and spaces before them."""

    ids: Ids
    starts: Ids
    spaces: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around a cursor, as token numbers.

    `before` ends with the last whole token; `partial` is the beginning of a word at the cursor.
    `tail` is what follows the cursor on its line. `line_start` counts tokens. `line_break` is the
    break before the next line that is there; with `is_open` nothing, or an empty line, comes first, so
    that the line which follows may not have been written yet.
    """

    before: Ids
    before_spaces: NDArray[np.uint8]
    after: Ids
    after_spaces: NDArray[np.uint8]
    partial: str
    after_space: bool
    tail: str
    tail_ids: Ids
    line_break: int
    line_start: int
    is_open: bool

    def with_token(self, token: int) -> Surroundings:
        """Return the surroundings with one more token before the cursor, and no partial word."""
        import numpy as np

        return replace(
            self,
            before=np.append(self.before, np.int32(token)),
            before_spaces=np.append(self.before_spaces, np.uint8(0)),
            partial="",
        )


class Reader:
    """Reads texts into numbers of one vocabulary, and remembers blocks it has read."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._blocks: OrderedDict[tuple[str, str], Block] = OrderedDict()
        self._last: tuple[str, str, Block] | None = None

    def read(self, text: str, language: str) -> Block:
        """Return the tokens of a text."""
        if self._last is None or self._last[:2] != (language, text):
            self._last = language, text, self._read(text, language)
        return self._last[2]

    def _read(self, text: str, language: str) -> Block:
        import numpy as np

        pieces: list[Block] = []
        offsets: list[int] = []
        at = 0
        for block in blocks(text[:_MOST_CHARS], language):
            pieces.append(self._block(block, language))
            offsets.append(at)
            at += len(block)
        if not pieces:
            return Block(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.uint8))
        if len(pieces) == 1:
            return pieces[0]
        return Block(
            np.concatenate([piece.ids for piece in pieces]),
            np.concatenate([piece.starts + start for piece, start in zip(pieces, offsets, strict=True)]),
            np.concatenate([piece.spaces for piece in pieces]),
        )

    def surroundings(self, text: str, offset: int, language: str) -> Surroundings:
        """Return what stands around the cursor at `offset`."""
        import numpy as np

        line_start = text.rfind("\n", 0, offset) + 1
        line_end = text.find("\n", offset)
        line_end = len(text) if line_end < 0 else line_end
        prefix = text[line_start:offset]
        head, foot = text[:line_start], text[line_end + 1 :]
        if len(head) > _MOST_CHARS // 2:
            head = head[head.find("\n", len(head) - _MOST_CHARS // 2) + 1 :]
        tokens = self.read(head + foot, language)
        cut = int(tokens.starts.searchsorted(len(head)))
        before, spaces = tokens.ids[:cut], tokens.spaces[:cut]
        indent = len(prefix) - len(prefix.lstrip())
        if cut and SAME <= before[-1] <= SHALLOWER:
            before = before.copy()
            before[-1] = _line_break(_last_indent(head), indent)
        partial = match.group() if (match := _PARTIAL.search(prefix)) else ""
        whole = prefix[: len(prefix) - len(partial)]
        line = tokenise_line(whole, language, inside_text=inside_text(head, language))
        reserved = keywords(language)
        ids = self.vocabulary.ids(line.texts, reserved)
        tail = text[offset:line_end]
        return Surroundings(
            np.concatenate((before, np.array(ids, np.int32))),
            np.concatenate((spaces, np.array(line.spaces, np.uint8))),
            tokens.ids[cut:],
            tokens.spaces[cut:],
            partial,
            not prefix or prefix[-1].isspace(),
            tail,
            np.array(self.vocabulary.ids(tokenise_line(tail, language).texts, reserved), np.int32),
            _line_break(indent, _first_indent(foot)),
            cut,
            not foot.split("\n", 1)[0].strip(),
        )

    def _block(self, text: str, language: str) -> Block:
        import numpy as np

        key = (language, text)
        block = self._blocks.get(key)
        if block is None:
            tokens = tokenise(text, language)
            ids = self.vocabulary.ids(tokens.texts, keywords(language))
            block = Block(
                np.array(ids, np.int32), np.array(tokens.starts, np.int32), np.array(tokens.spaces, np.uint8)
            )
            self._blocks[key] = block
            if len(self._blocks) > _MOST_BLOCKS:
                self._blocks.popitem(last=False)
        else:
            self._blocks.move_to_end(key)
        return block


def blocks(text: str, language: str) -> list[str]:
    """Return the text divided into runs of whole lines, by its content."""
    lines = text.splitlines(keepends=True) if "\r" not in text else re.findall(r"[^\n]*\n|[^\n]+\Z", text)
    result: list[str] = []
    start = 0
    for at, line in enumerate(lines):
        n_lines = at - start
        if n_lines < _BLOCK_LINES or not _OPENING_LINE.match(line):
            if n_lines >= _LONGEST_BLOCK_LINES:
                result.append("".join(lines[start:at]))
                start = at
            continue
        if n_lines >= _LONG_BLOCK_LINES or zlib.crc32(line.encode("utf-8", "replace")) % 3 == 0:
            block = "".join(lines[start:at])
            if not inside_text(block, language):
                result.append(block)
                start = at
    if start < len(lines):
        result.append("".join(lines[start:]))
    return result


def inside_text(text: str, language: str) -> bool:
    """Return whether the end of `text` seems to lie inside a string or comment of several lines."""
    if language == "python":
        return (text.count('"""') + text.count("'''")) % 2 == 1
    return text.rfind("/*") > text.rfind("*/") and language not in ("shellscript", "ruby", "yaml", "markdown")


def _line_break(indent: int, next_indent: int) -> int:
    return SAME if indent == next_indent else DEEPER if next_indent > indent else SHALLOWER


def _first_indent(text: str) -> int:
    match = re.compile(r"(?:[^\S\n]*\n)*([^\S\n]*)\S").match(text)
    return len(match.group(1)) if match else 0


def _last_indent(text: str) -> int:
    line = text[text.rstrip().rfind("\n") + 1 :]
    return len(line) - len(line.lstrip())
