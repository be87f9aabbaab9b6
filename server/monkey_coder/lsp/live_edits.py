"""The edits of a session that are under way or wait for the user, kept valid while the user types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from ..core.documents import Document, Hunk, TextEdit
from ..core.errors import EditError
from ..features.edit_session import EditSession
from .ext import EDIT_ENDED, EditEnded, PartialEdit
from .store import Snapshot, split_lines
from .to_proto import range_of_offsets

if TYPE_CHECKING:
    from .session import Session

_STREAMING_TOUCHED = "you changed lines that the edit was changing, so it was dropped; nothing was applied"


@dataclass
class LiveEdit:
    """One edit. `proposal` is None while the model still writes; `typed` is what the user typed since."""

    id: str
    label: str
    base: Snapshot
    proposal: EditSession | None = None
    typed: list[tuple[Sequence[TextEdit], int]] = field(default_factory=list)
    model: str = ""
    creates: bool = False
    is_applying: bool = False
    broken: str = ""

    @property
    def uri(self) -> str:
        return self.base.uri

    def proposed(self, hunks: tuple[Hunk, ...]) -> EditSession:
        """Return hunks of the base text as they lie in the text the user has now.

        Raises: EditError if the user changed lines that a hunk changes.
        """
        proposal = EditSession(self.base.text, self.base.version, hunks)
        for edits, version in self.typed:
            if not proposal.shift(edits, version) and hunks:
                raise EditError(_STREAMING_TOUCHED)
        if self.broken:
            raise EditError(self.broken)
        return proposal

    def current(self, session: Session) -> tuple[Snapshot, bool]:
        """Return the text that the proposal stands on, and whether the editor holds it.

        Raises: EditError if the two went apart.
        """
        text = session.texts.get(self.uri)
        if text is None:
            return self.base, False
        snapshot = text.snapshot()
        if not text.in_step or self.proposal is None or snapshot.text != self.proposal.text:
            raise EditError("the text is not the one the edit was made for; ask for the edit again")
        return snapshot, True

    def partial(self, snapshot: Snapshot, hunks: Sequence[Hunk]) -> PartialEdit:
        """Return hunks of a text as they go over the wire."""
        edit: PartialEdit = {
            "uri": self.uri,
            "hunks": [
                {"id": one.id, "range": range_of_offsets(snapshot, one.start, one.end), "newText": one.text}
                for one in hunks
            ],
        }
        if self.creates:
            edit["creates"] = True
        return edit


class LiveEdits:
    """All live edits of one session, by id and by document."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._edits: dict[str, LiveEdit] = {}
        self._ids = count(1)

    def __len__(self) -> int:
        return len(self._edits)

    def begin(self, label: str, base: Snapshot) -> LiveEdit:
        """Start to follow an edit of the text `base`."""
        live = LiveEdit(f"edit-{next(self._ids)}", label, base)
        self._edits[live.id] = live
        return live

    def get(self, edit_id: str) -> LiveEdit | None:
        """Return the edit of an id, if it is not over."""
        return self._edits.get(edit_id)

    def end(self, live: LiveEdit, reason: str = "") -> None:
        """Forget an edit; with a reason, tell the client that it cannot go on."""
        if self._edits.pop(live.id, None) is not None and reason:
            params: EditEnded = {"session": live.id, "uri": live.uri, "reason": reason}
            if self._session.client.previews_edits:
                self._session.protocol.notify(EDIT_ENDED, params)

    def concerns(self, uri: str) -> bool:
        """Return whether a document has a live edit."""
        return any(live.uri == uri for live in self._edits.values())

    def typed(self, uri: str, edits: Sequence[TextEdit | None], version: int) -> None:
        """The document changed by `edits`, each of the text that the one before it left."""
        for live in self._of(uri):
            known = [edit for edit in edits if edit is not None]
            if len(known) < len(edits):
                self._break(live, "the editor sent a change that makes no sense; open the file again")
            elif live.proposal is None:
                live.typed.append((known, version))
            elif not live.proposal.shift(known, version) and not live.is_applying:
                self.end(live, "you changed lines that the edit was changing; what you typed stays")

    def closed(self, uri: str) -> None:
        """The document was closed in the editor."""
        for live in self._of(uri):
            self._break(live, "its document was closed")

    def _break(self, live: LiveEdit, reason: str) -> None:
        if live.proposal is None:
            live.broken = reason
        else:
            self.end(live, reason)

    def _of(self, uri: str) -> Iterator[LiveEdit]:
        return iter([live for live in self._edits.values() if live.uri == uri])


def snapshot_of(session: Session, document: Document) -> Snapshot:
    """Return the open text of a document, or its text as given where the editor does not hold it."""
    opened = session.texts.snapshot(document.uri)
    if opened is not None and opened.text == document.text:
        return opened
    lines = tuple(split_lines(document.text))
    return Snapshot(document.uri, document.language, document.version, 0, lines, session.texts.encoding)
