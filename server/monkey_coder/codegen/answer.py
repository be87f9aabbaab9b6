"""Read what a model writes as the changes it means, while it is still writing.

An answer is fenced code, SEARCH/REPLACE blocks, a unified diff or patch, calls of edit tools, or the
bare new text of the span asked for; and it may change several files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from ..core.documents import Span, TextEdit, apply_edits
from ..core.errors import EditError
from .apply import Replacement, apply_blocks, shaped
from .formats import AnswerParser
from .indentation import Reindent, reindent
from .lines import Lines, eol_of
from .match import Block, place_of
from .pieces import Piece

_TAGS = {"py": "python", "js": "javascript", "ts": "typescript", "tsx": "typescriptreact", "md": "markdown"}
_PROSE_TAGS = frozenset({"sh", "bash", "shell", "console", "text", "txt", "output", "plaintext"})


@dataclass
class Draft:
    """A change as far as it has arrived: `new` (whole lines) grows, and takes the place of `old`.

    `start` is where `old` begins in the document.
    """

    start: int
    old: Sequence[str]
    new: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """What an answer says about another file: blocks to apply, or `whole`, its new text."""

    path: str
    blocks: tuple[Block, ...] = ()
    whole: tuple[str, ...] | None = None

    @property
    def creates(self) -> bool:
        """Whether it can be the text of a file that does not exist yet."""
        quotes = any(line.strip() for block in self.blocks for line in block.search)
        return self.whole is not None or not quotes

    def apply(self, text: str, language: str = "") -> str:
        """Return the new text of the file, which holds `text`. Raises: EditError."""
        bom = "\ufeff" if text.startswith("\ufeff") else ""
        text = text.removeprefix("\ufeff")
        if self.whole is not None:
            return bom + shaped(self.whole, text, Span(0, len(text)))
        found = apply_blocks(text, self.blocks, language)
        return bom + apply_edits(text, [TextEdit(one.start, one.end, one.text) for one in found])


class AnswerReader:
    """Takes an answer in pieces and says what it changes so far.

    `text` is the whole document, `span` the part that a bare or fenced answer replaces, `path` the
    document's path, by which it is told from other files that the answer names.
    """

    def __init__(self, text: str, span: Span, language: str = "", path: str = "") -> None:
        self._bom = 1 if text.startswith("\ufeff") else 0
        self.text = text[self._bom :]
        self.span = Span(max(0, span.start - self._bom), max(0, span.end - self._bom))
        self.language = language
        self.path = path
        self.drafts: list[Draft] = []
        self._parser = AnswerParser(is_markdown=language == "markdown")
        self._rest = ""
        self._preview = _Preview(self)
        self._is_finished = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing but white space has arrived."""
        parser = self._parser
        return not self._rest.strip() and not parser.pieces and not any(map(str.strip, parser.bare))

    def feed(self, piece: str) -> bool:
        """Take the next piece; tell whether a line was completed by it."""
        self._rest += piece
        if "\n" not in piece:
            return False
        whole, self._rest = self._rest.rsplit("\n", 1)
        for line in whole.split("\n"):
            self._feed_line(line.rstrip("\r"))
        return True

    def call(self, arguments: Mapping[str, Any]) -> None:
        """Take the arguments of a call of an edit tool."""
        self._parser.call(arguments)

    def replacements(self) -> tuple[Replacement, ...]:
        """Return what is known so far, whole lines alone. A block that fits nowhere is left out."""
        return tuple(
            Replacement(draft.start, draft.start + sum(map(len, draft.old)), "".join(draft.new))
            for draft in self.drafts
        )

    def finish(self) -> tuple[Replacement, ...]:
        """Return all replacements of the whole answer in the document, none overlapping another.

        Raises: EditError if a block fits nowhere or in several places, or the answer holds no change
        of any file.
        """
        self._end()
        own = [piece for piece in self._parser.pieces if self._is_own(piece)]
        self._refuse_unfinished()
        found = self._own(own)
        if not found and not self.others():
            raise EditError("the answer holds no code; nothing was changed. Try a more exact instruction")
        return tuple(Replacement(one.start + self._bom, one.end + self._bom, one.text) for one in found)

    def others(self) -> tuple[FileAnswer, ...]:
        """Return what the whole answer says about other files.

        Raises: EditError for a file that it deletes.
        """
        self._end()
        by_path: dict[str, list[Piece]] = {}
        for piece in self._parser.pieces:
            if not self._is_own(piece):
                by_path.setdefault(piece.path, []).append(piece)
        return tuple(_file_answer(path, pieces) for path, pieces in by_path.items())

    def _end(self) -> None:
        if self._is_finished:
            return
        self._is_finished = True
        if self._rest:
            self._feed_line(self._rest.rstrip("\r"))
            self._rest = ""
        self._parser.finish()

    def _feed_line(self, line: str) -> None:
        if not self._parser.pieces and not self._parser.bare:
            line = line.removeprefix("\ufeff")
        self._parser.feed(line)
        self._preview.update(self._parser)

    def _is_own(self, piece: Piece) -> bool:
        if not piece.path:
            return True
        named = piece.path.replace("\\", "/").removeprefix("./").strip("/").casefold()
        own = self.path.replace("\\", "/").casefold()
        if not own:
            first = next(one.path for one in self._parser.pieces if one.path)
            return piece.path == first
        return ("/" + own.strip("/")).endswith("/" + named)

    def _refuse_unfinished(self) -> None:
        if self._parser.is_malformed:
            raise EditError("a block of the answer has no end; nothing was changed. Ask again")
        for piece in self._parser.pieces:
            if not piece.is_closed:
                what = "in the middle of a block" if piece.kind == "block" else "before its code block ended"
                raise EditError(f"the answer was cut off {what}; nothing was changed")
            if piece.is_deletion:
                raise EditError(f"the answer deletes {piece.path!r}; nothing was changed. Delete it yourself")

    def _own(self, pieces: list[Piece]) -> tuple[Replacement, ...]:
        blocks = [piece for piece in pieces if piece.kind == "block"]
        if blocks:
            within = (
                None if self.span.is_empty or self.span.end - self.span.start == len(self.text) else self.span
            )
            return self._blocks(blocks, within)
        codes = [piece for piece in pieces if any(line.strip() for line in piece.lines)]
        if codes:
            code = self._chosen(codes)
            if code.is_file:
                whole = Span(0, len(self.text))
                return (Replacement(0, len(self.text), shaped(code.lines, self.text, whole)),)
            return self._whole([line[min(code.column, _lead(line)) :] for line in code.lines])
        bare = self._parser.bare
        if not self._parser.pieces and any(line.strip() for line in bare):
            return self._whole(bare)
        return ()

    def _blocks(self, pieces: list[Piece], within: Span | None) -> tuple[Replacement, ...]:
        called = [one for piece in pieces if piece.is_call and (one := self._inside_line(piece))]
        rest = [piece for piece in pieces if not (piece.is_call and self._inside_line(piece))]
        found = apply_blocks(self.text, [_block(piece) for piece in rest], self.language, within=within)
        together = sorted((*found, *called), key=lambda one: (one.start, one.end))
        for one, other in pairwise(together):
            if other.start < one.end:
                raise EditError("two parts of the answer change the same lines; nothing was changed")
        return tuple(together)

    def _inside_line(self, piece: Piece) -> Replacement | None:
        """Return the change of a tool call that quotes a part of a line and no whole one.

        Raises: EditError if that part stands there twice.
        """
        if len(piece.search) != 1 or not piece.search[0].strip() or len(piece.lines) > 1:
            return None
        old = piece.search[0]
        lines = Lines(self.text)
        if any(line.strip() == old.strip() for line in lines.bare):
            return None
        at = self.text.find(old)
        if at < 0:
            return None
        again = self.text.find(old, at + 1)
        if again >= 0:
            first, second = (self.text.count("\n", 0, place) + 1 for place in (at, again))
            raise EditError(
                f"a block fits at line {first} and at line {second}; nothing was changed. "
                "Quote more of the lines around it"
            )
        return Replacement(at, at + len(old), "".join(piece.lines))

    def _whole(self, body: Sequence[str]) -> tuple[Replacement, ...]:
        if self.span.is_empty and self.text.strip():
            raise EditError("the answer does not say where its code belongs; nothing was changed. Select it")
        return (Replacement(self.span.start, self.span.end, shaped(body, self.text, self.span)),)

    def _chosen(self, codes: list[Piece]) -> Piece:
        """Return the one fenced code that is meant. Raises: EditError if that is not clear."""
        if len(codes) == 1:
            return codes[0]
        for is_meant in (self._is_named, self._is_in_language, self._is_alike):
            meant = [code for code in codes if is_meant(code)]
            if len(meant) == 1:
                return meant[0]
            codes = meant or codes
        raise EditError(
            f"the answer holds {len(codes)} code blocks and does not say which is meant; "
            "nothing was changed. Try a more exact instruction"
        )

    def _is_named(self, code: Piece) -> bool:
        return bool(code.path)

    def _is_in_language(self, code: Piece) -> bool:
        return _TAGS.get(code.tag, code.tag) == self.language if code.tag else True

    def _is_alike(self, code: Piece) -> bool:
        if code.tag in _PROSE_TAGS and self.language != "shellscript":
            return False
        old = {line.strip() for line in self.text[self.span.start : self.span.end].split("\n")} - {""}
        return sum(line.strip() in old for line in code.lines) * 3 >= min(len(code.lines), len(old) or 1)


class _Preview:
    """Keeps a reader's drafts up to date, each line at a cost that does not grow with the answer."""

    def __init__(self, reader: AnswerReader) -> None:
        self._reader = reader
        self._ending = eol_of(reader.text)
        self._lines: Lines | None = None
        self._drafts: dict[int, Draft | None] = {}
        self._taken: dict[int, int] = {}
        self._rules: dict[int, Reindent] = {}
        self._bare: Draft | None = None
        self._is_prose = False

    def update(self, parser: AnswerParser) -> None:
        """Take what the last line brought."""
        if not parser.pieces:
            self._update_bare(parser.bare)
            return
        self._bare = None
        piece = parser.pieces[-1]
        if piece.kind == "block" and piece.divided:
            self._update_block(parser.pieces, piece)
        elif piece.kind == "code":
            self._update_code(parser.pieces, piece)
        else:
            self._reader.drafts[:] = self._known()

    def _update_block(self, pieces: list[Piece], piece: Piece) -> None:
        key = len(pieces) - 1
        if key not in self._drafts:
            self._drafts[key] = self._located(piece)
            self._reader.drafts[:] = self._known()
        self._take(key, piece.lines)

    def _update_code(self, pieces: list[Piece], piece: Piece) -> None:
        reader, key = self._reader, len(pieces) - 1
        if any(one.kind == "code" for one in pieces[:-1]) or not reader._is_own(piece):
            return
        if key not in self._drafts:
            self._drafts[key] = self._span_draft()
            reader.drafts[:] = self._known()
        self._take(key, piece.lines)

    def _update_bare(self, bare: list[str]) -> None:
        """Show bare code, which begins with a line of the span, as prose before a fence does not."""
        if self._is_prose or not bare or (self._bare is None and not bare[-1].strip()):
            return
        if self._bare is None:
            old = self._reader.text[self._reader.span.start : self._reader.span.end].split("\n")[:40]
            if bare[-1].strip() not in {line.strip() for line in old}:
                self._is_prose = True
                return
            self._bare = self._span_draft()
            if self._bare is None:
                return
            self._drafts[-1] = self._bare
            self._reader.drafts[:] = [self._bare]
        self._take(-1, bare)

    def _span_draft(self) -> Draft | None:
        reader = self._reader
        if reader.span.is_empty and reader.text.strip():
            return None
        return Draft(
            reader.span.start + reader._bom, _whole_lines(reader.text[reader.span.start : reader.span.end])
        )

    def _located(self, piece: Piece) -> Draft | None:
        reader = self._reader
        if not reader._is_own(piece) or not any(line.strip() for line in piece.search):
            return None
        self._lines = self._lines or Lines(reader.text)
        within = None if reader.span.is_empty else reader.span
        place = place_of(self._lines, piece.search, within)
        if place is None:
            return None
        taken = [
            (one.start - reader._bom, one.start - reader._bom + sum(map(len, one.old)))
            for one in self._known()
        ]
        if any(place.start < end and start < place.end for start, end in taken):
            return None
        return Draft(place.start + reader._bom, _whole_lines(reader.text[place.start : place.end]))

    def _known(self) -> list[Draft]:
        keys = [key for key in self._drafts if key >= 0]
        return [draft for key in keys if (draft := self._drafts[key]) is not None]

    def _take(self, key: int, lines: list[str]) -> None:
        """Add the lines that came since; they are moved as the first of them is."""
        draft = self._drafts[key]
        taken = self._taken.get(key, 0)
        if draft is None or len(lines) <= taken:
            return
        if key not in self._rules:
            first = next((line for line in lines if line.strip()), None)
            if first is None:
                return
            self._rules[key] = self._rule(draft, first)
        draft.new += [self._rules[key].line(line) + self._ending for line in lines[taken:]]
        self._taken[key] = len(lines)

    @staticmethod
    def _rule(draft: Draft, first: str) -> Reindent:
        old = next((line for line in draft.old if line.strip()), first)
        return reindent([(first, old.rstrip("\r\n"))], [first], draft.old)


def _file_answer(path: str, pieces: list[Piece]) -> FileAnswer:
    if any(piece.is_deletion for piece in pieces):
        raise EditError(f"the answer deletes {path!r}; nothing was changed. Delete it yourself")
    blocks = tuple(_block(piece) for piece in pieces if piece.kind == "block")
    if blocks:
        return FileAnswer(path, blocks)
    if len(pieces) > 1:
        raise EditError(f"the answer holds {len(pieces)} texts of {path!r}; nothing was changed. Ask again")
    return FileAnswer(path, whole=tuple(pieces[0].lines))


def _block(piece: Piece) -> Block:
    if piece.is_placeless:
        raise EditError(
            "a hunk of the answer adds lines and quotes none beside them; nothing was changed. "
            "Ask for some lines around the change"
        )
    return Block(tuple(piece.search), tuple(piece.lines), piece.line, piece.heading)


def _whole_lines(text: str) -> list[str]:
    return Lines(text).whole


def _lead(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
