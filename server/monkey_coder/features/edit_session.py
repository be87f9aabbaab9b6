"""A proposed edit that stays valid while the user goes on typing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from ..core.documents import Hunk, TextEdit, apply_edits


@dataclass
class EditSession:
    """The open hunks of one proposal against `text`, the document as the user has it now.

    `version` is the document version that `text` belongs to. A user's edit outside the hunks shifts
    them; one that touches a hunk ends the session, and nothing that the user typed is lost.
    """

    text: str
    version: int
    hunks: tuple[Hunk, ...]
    is_open: bool = True
    _accepting: tuple[tuple[int, ...], str] | None = field(default=None)

    def shift(self, edits: Sequence[TextEdit], version: int) -> bool:
        """Take the user's `edits`, each against the text that the one before it left.

        Returns False if the session has ended.
        """
        self.version = version
        if self._accepting is not None and self._is_own(edits):
            return self.is_open
        for edit in edits:
            self._shift_one(_minimal(self.text, edit))
        return self.is_open

    def accept(self, ids: Collection[int] | None = None) -> tuple[TextEdit, ...]:
        """Return the edits of these hunks (None: all), to be applied to `text` as one undo step.

        They count as applied once `shift` has seen them come back from the editor, or at `settle`.
        """
        chosen = tuple(hunk for hunk in self.hunks if ids is None or hunk.id in ids)
        if not self.is_open or not chosen:
            return ()
        self._accepting = (tuple(hunk.id for hunk in chosen), apply_edits(self.text, chosen))
        return tuple(TextEdit(hunk.start, hunk.end, hunk.text) for hunk in chosen)

    def settle(self, *, is_applied: bool) -> None:
        """The editor said whether it applied what `accept` returned."""
        if self._accepting is not None and is_applied:
            self._take(self._accepting)
        self._accepting = None

    def reject(self, ids: Collection[int] | None = None) -> None:
        """Drop these hunks (None: all); the others stay."""
        self.hunks = tuple(hunk for hunk in self.hunks if ids is not None and hunk.id not in ids)
        self.is_open = bool(self.hunks)

    def _is_own(self, edits: Sequence[TextEdit]) -> bool:
        """Tell whether `edits` are what is being accepted, come back as a change of the document."""
        text = self.text
        for edit in edits:
            text = text[: edit.start] + edit.text + text[edit.end :]
        if self._accepting is None or text != self._accepting[1]:
            return False
        self._take(self._accepting)
        self._accepting = None
        return True

    def _take(self, accepting: tuple[tuple[int, ...], str]) -> None:
        ids, self.text = accepting
        moved: list[Hunk] = []
        delta = 0
        for hunk in self.hunks:
            if hunk.id in ids:
                delta += len(hunk.text) - (hunk.end - hunk.start)
            else:
                moved.append(replace(hunk, start=hunk.start + delta, end=hunk.end + delta))
        self.hunks = tuple(moved)
        self.is_open = bool(moved)

    def _shift_one(self, edit: TextEdit) -> None:
        before = self.text
        self.text = before[: edit.start] + edit.text + before[edit.end :]
        moved: list[Hunk] = []
        for hunk in self.hunks:
            shifted = _shifted(hunk, edit)
            if shifted is None or _is_torn(before, hunk, self.text, shifted):
                self.is_open = False
                self.hunks = ()
                return
            moved.append(shifted)
        self.hunks = tuple(moved)


def _shifted(hunk: Hunk, edit: TextEdit) -> Hunk | None:
    """Return the hunk as it lies after a user's edit, None if that reaches into it.

    What is typed where a hunk only inserts lines belongs to the line that stands there already.
    """
    if edit.start >= hunk.end:
        return hunk
    if edit.end <= hunk.start:
        delta = len(edit.text) - (edit.end - edit.start)
        return replace(hunk, start=hunk.start + delta, end=hunk.end + delta)
    return None


def _is_torn(before: str, hunk: Hunk, after: str, shifted: Hunk) -> bool:
    """Tell whether a hunk of whole lines would now begin or end inside a line that the user changed."""
    return any(
        _is_line_start(before, old) and not _is_line_start(after, new)
        for old, new in ((hunk.start, shifted.start), (hunk.end, shifted.end))
    )


def _is_line_start(text: str, at: int) -> bool:
    """Tell the place behind a line end, and the ends of the text."""
    if at in (0, len(text)):
        return True
    return text[at - 1] == "\n" or (text[at - 1] == "\r" and text[at] != "\n")


def _minimal(text: str, edit: TextEdit) -> TextEdit:
    """Leave out what `edit` does not change, so that a whole-document change moves what it must alone."""
    old, new = text[edit.start : edit.end], edit.text
    head = 0
    limit = min(len(old), len(new))
    while head < limit and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < limit - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return TextEdit(edit.start + head, edit.end - tail, new[head : len(new) - tail])
