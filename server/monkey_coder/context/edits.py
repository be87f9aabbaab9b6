"""What the user has open, and what they changed lately: kept in memory alone."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass
from threading import Lock

from ..core.documents import Document

_MOST_OPEN, _MOST_EDITS, _MOST_LINES, _AROUND = 24, 8, 16, 2


@dataclass(frozen=True, slots=True)
class RecentEdit:
    """Changed lines with what stands around them, as they are now. Lines count from 1."""

    path: str
    line: int
    last: int
    text: str


class RecentEdits:
    """The open documents, seen last first, and the newest change of each place."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: OrderedDict[str, Document] = OrderedDict()
        self._edits: deque[RecentEdit] = deque(maxlen=_MOST_EDITS)

    def observe(self, document: Document) -> None:
        """Take note of a document's newest text."""
        with self._lock:
            before = self._open.pop(document.uri, None)
            self._open[document.uri] = document
            while len(self._open) > _MOST_OPEN:
                self._open.popitem(last=False)
            if before is not None and document.path is not None and before.text != document.text:
                self._note(_changed(before.text, document))

    def forget(self, uri: str) -> None:
        """The document was closed; what was changed in it stays known."""
        with self._lock:
            self._open.pop(uri, None)

    def open_documents(self) -> list[Document]:
        """Return the open documents, the one seen last first."""
        with self._lock:
            return [*reversed(self._open.values())]

    def newest(self) -> list[RecentEdit]:
        """Return the changes, newest first."""
        with self._lock:
            return [*reversed(self._edits)]

    def _note(self, edit: RecentEdit) -> None:
        kept = [one for one in self._edits if one.path != edit.path or not _touch(one, edit)]
        self._edits.clear()
        self._edits.extend([*kept, edit])


def _changed(before: str, document: Document) -> RecentEdit:
    old, new = before.split("\n"), document.text.split("\n")
    top = 0
    while top < min(len(old), len(new)) and old[top] == new[top]:
        top += 1
    end = 0
    while end < min(len(old), len(new)) - top and old[-1 - end] == new[-1 - end]:
        end += 1
    first = max(0, top - _AROUND)
    last = min(len(new), max(top + 1, len(new) - end) + _AROUND, first + _MOST_LINES)
    assert document.path is not None
    return RecentEdit(document.path, first + 1, last, "\n".join(new[first:last]))


def _touch(one: RecentEdit, other: RecentEdit) -> bool:
    return one.line <= other.last and other.line <= one.last
