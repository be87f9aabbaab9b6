"""What stands in a document that is being typed in, kept up keystroke by keystroke."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from tree_sitter import Parser, Point, Tree

from .import_statements import Import, Lines
from .languages import grammar
from .query import query_of
from .tags import Comment, Definition, FileTags, Found, Reference, extract, finish, source_of

# What parsing may cost one keystroke. A quote that opens a text of thousands of lines costs more: then
# what was known stays, and `settle` reads the text when typing pauses.
KEYSTROKE_S = 0.008
# So many rows are asked of the query at a keystroke, which takes about 6 ms; more wait for `settle`.
_MOST_ROWS = 1_000
_CHUNK = 16_384


class LiveTags:
    """One document's tags. `update` is handed each newer text. Not for several threads at once."""

    def __init__(self, text: str, language: str) -> None:
        self.language = language
        self.is_settled = False
        self._source = source_of(text)
        self._tree: Tree | None = None
        # What the query found, without what `finish` adds; always in the lines of the newest text.
        self._found = Found([], [], [], [])
        self._finished: FileTags | None = None
        # The rows from the first to the last that were not read since they changed.
        self._unread: tuple[int, int] | None = None
        loaded = grammar(language)
        self._parser = Parser(loaded) if loaded is not None else None
        self.settle()

    @property
    def tags(self) -> FileTags:
        """What is known of the newest text: all of it where it is settled."""
        if self._finished is None:
            self._finished = finish(self.language, self._found)
        return self._finished

    def update(self, text: str, within_s: float = KEYSTROKE_S) -> bool:
        """Take a newer text; return whether all of it has been read. If not, call `settle` in a pause."""
        new = source_of(text)
        if self._parser is None or self._tree is None or new == self._source:
            self._source = new
            return self.is_settled
        self._edit(self._tree, new)
        tree = self._parsed(self._tree, within_s)
        if tree is None:
            self.is_settled = False
            return False
        assert self._unread is not None
        first, last = self._unread
        for changed in self._tree.changed_ranges(tree):
            first, last = min(first, changed.start_point.row), max(last, changed.end_point.row)
        self._tree, self._unread = tree, (first, last)
        self.is_settled = last - first <= _MOST_ROWS and self._read(tree, first, last)
        if self.is_settled:
            self._unread = None
        return self.is_settled

    def settle(self) -> None:
        """Read the newest text, however long it takes; other threads come in between."""
        self.is_settled, self._unread = True, None
        if self._parser is None or query_of(self.language) is None:
            return
        tree = self._parsed(self._tree, None)
        assert tree is not None
        self._tree = tree
        self._found = extract(self._source, tree.root_node, self.language)
        self._finished = None

    def _edit(self, tree: Tree, new: bytes) -> None:
        """Note what is different in the new text: in the old tree, in the lines known, in what is unread."""
        old, self._source = self._source, new
        start, old_end, new_end = _changed(old, new)
        top = old.count(b"\n", 0, start)
        old_last = top + old.count(b"\n", start, old_end)
        new_last = top + new.count(b"\n", start, new_end)
        tree.edit(
            start,
            old_end,
            new_end,
            Point(top, start - (old.rfind(b"\n", 0, start) + 1)),
            Point(old_last, old_end - (old.rfind(b"\n", 0, old_end) + 1)),
            Point(new_last, new_end - (new.rfind(b"\n", 0, new_end) + 1)),
        )
        if new_last != old_last:
            self._found = _Shift(top, old_last, new_last).all(self._found)
            self._finished = None
        first, last = self._unread or (top, top)
        moved = last + new_last - old_last if last > old_last else min(last, new_last)
        self._unread = min(first, top), max(moved, new_last)

    def _parsed(self, old: Tree | None, within_s: float | None) -> Tree | None:
        """Return the tree of the newest text; None where it is not there within `within_s`."""
        assert self._parser is not None
        source = self._source
        until = time.thread_time() + within_s if within_s is not None else float("inf")

        def read(at: int, _: object) -> bytes:
            return source[at : at + _CHUNK]

        def is_over(_offset: int, _has_error: bool) -> bool:
            return time.thread_time() > until

        try:
            if old is None:
                return self._parser.parse(read, progress_callback=is_over)
            return self._parser.parse(read, old, progress_callback=is_over)
        except ValueError:
            self._parser.reset()
            return None

    def _read(self, tree: Tree, first: int, last: int) -> bool:
        """Ask the query for these rows alone, and keep what lies outside them; False if they are too many."""
        known = self._found
        # A line more: attributes belong to what follows, and comments end with the line's break.
        first, last = max(0, first - 1), last + 1
        for one in known.definitions:
            # Where decorators changed, the definition below them did.
            if one.whole.first <= last + 1 < one.header.first:
                last = one.header.first - 1
        found = extract(self._source, tree.root_node, self.language, (first, last))
        end = _renamed_until(known.definitions, found.definitions, Lines(first + 1, last + 1))
        if end > last + 1:
            # What lies in a class that has another name now is called otherwise too.
            last = end - 1
            if last - first > _MOST_ROWS:
                return False
            found = extract(self._source, tree.root_node, self.language, (first, last))
        lines = Lines(first + 1, last + 1)
        self._found = Found(
            [one for one in known.definitions if not _touch(one.whole, lines)]
            + [one for one in found.definitions if _touch(one.whole, lines)],
            [one for one in known.references if not lines.first <= one.line <= lines.last]
            + [one for one in found.references if lines.first <= one.line <= lines.last],
            [one for one in known.imports if not _touch(one.lines, lines)]
            + [one for one in found.imports if _touch(one.lines, lines)],
            [one for one in known.comments if not _touch(one.lines, lines)]
            + [one for one in found.comments if _touch(one.lines, lines)],
        )
        self._finished = None
        return True


class _Shift:
    """Moves lines as an edit did that put rows `top` to `new_last` in place of `top` to `old_last`."""

    def __init__(self, top: int, old_last: int, new_last: int) -> None:
        self._top, self._old_last, self._new_last = top + 1, old_last + 1, new_last + 1

    def line(self, line: int) -> int:
        if line <= self._top:
            return line
        return line + self._new_last - self._old_last if line > self._old_last else min(line, self._new_last)

    def lines(self, lines: Lines) -> Lines:
        return Lines(self.line(lines.first), self.line(lines.last))

    def all(self, found: Found) -> Found:
        top = self._top
        return Found(
            [one if one.whole.last <= top else self._definition(one) for one in found.definitions],
            [
                one if one.line <= top else Reference(one.name, self.line(one.line), one.role)
                for one in found.references
            ],
            [one if one.lines.last <= top else self._import(one) for one in found.imports],
            [
                one if one.lines.last <= top else Comment(self.lines(one.lines), one.text)
                for one in found.comments
            ],
        )

    def _definition(self, one: Definition) -> Definition:
        header, whole = self.lines(one.header), self.lines(one.whole)
        return Definition(one.name, one.kind, one.container, header, whole, one.signature, one.doc)

    def _import(self, one: Import) -> Import:
        lines = self.lines(one.lines)
        return Import(one.module, lines, one.names, one.alias, one.level, one.is_exported, one.is_system)


def _renamed_until(known: Sequence[Definition], found: Sequence[Definition], lines: Lines) -> int:
    """Return the last line of what begins in these lines or above and goes on below under another name."""
    beyond = [
        {(one.qualified_name, one.kind): one.whole.last for one in side if _reaches_beyond(one.whole, lines)}
        for side in (known, found)
    ]
    changed = beyond[0].keys() ^ beyond[1].keys()
    return max([side[key] for side in beyond for key in changed & side.keys()], default=0)


def _reaches_beyond(whole: Lines, lines: Lines) -> bool:
    return whole.first <= lines.last < whole.last


def _touch(one: Lines, other: Lines) -> bool:
    return one.first <= other.last and other.first <= one.last


def _changed(old: bytes, new: bytes) -> tuple[int, int, int]:
    """Return where two different texts begin to differ, and where each ends to."""
    most = min(len(old), len(new))
    start = _shared(most, lambda n: old[:n] == new[:n])
    end = _shared(most - start, lambda n: old[len(old) - n :] == new[len(new) - n :])
    return start, len(old) - end, len(new) - end


def _shared(most: int, is_shared: Callable[[int], bool]) -> int:
    """Return the largest n up to `most` for which `is_shared(n)`; true for all smaller n."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if is_shared(middle):
            low = middle
        else:
            high = middle - 1
    return low
