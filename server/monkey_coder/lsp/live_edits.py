"""The edits of a session that are under way or wait for the user, kept valid while the user types."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from ..core.documents import Document, Hunk, TextEdit
from ..core.errors import EditError
from ..features.documents import path_of
from ..features.edit_session import EditSession
from .ext import EDIT_ENDED, EditEnded, FileHunks
from .store import Snapshot, split_lines
from .to_proto import range_of_offsets

if TYPE_CHECKING:
    from .session import Session

_STREAMING_TOUCHED = "you changed lines that the edit was changing, so it was dropped; nothing was applied"
_TOUCHED = "you changed lines that the edit was changing; what you typed stays"


@dataclass
class LiveFile:
    """What an edit changes in one file.

    `base` is its text as the editor has it, or else as on disk. `proposal` is None while the model still
    writes. `known` are the texts that the file may hold on disk where the editor does not hold it (None:
    there is no file); `confirm` is what the user has to agree to before it is changed.
    """

    base: Snapshot
    proposal: EditSession | None = None
    creates: bool = False
    confirm: str = ""
    known: set[str | None] = field(default_factory=set)

    @property
    def uri(self) -> str:
        return self.base.uri

    @property
    def hunks(self) -> tuple[Hunk, ...]:
        """The hunks that are neither accepted nor rejected."""
        return self.proposal.hunks if self.proposal is not None and self.proposal.is_open else ()

    def has(self, ids: Collection[int] | None) -> bool:
        """Return whether one of these hunks (None: any) is open in this file."""
        return any(ids is None or hunk.id in ids for hunk in self.hunks)

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


@dataclass
class LiveEdit:
    """One edit: the document asked about first, and then the other files that it changes.

    There is but one file while the model still writes, and `typed` is what the user typed into it since.
    Accepting any of it ends its `rivals`. `outcome` is what learns of the user's verdict; `before` the
    first file's text before any of it was accepted.
    """

    id: str
    label: str
    files: list[LiveFile]
    typed: list[tuple[Sequence[TextEdit], int]] = field(default_factory=list)
    model: str = ""
    is_applying: bool = False
    broken: str = ""
    outcome: str = ""
    before: str = ""
    n_accepted: int = 0
    n_rejected: int = 0
    rivals: list[LiveEdit] = field(default_factory=list)

    @property
    def first(self) -> LiveFile:
        return self.files[0]

    @property
    def is_ready(self) -> bool:
        """Whether the model has said all."""
        return self.first.proposal is not None

    @property
    def open(self) -> list[int]:
        """The ids of all hunks that are neither accepted nor rejected."""
        return [hunk.id for file in self.files for hunk in file.hunks]

    def proposed(self, hunks: tuple[Hunk, ...]) -> EditSession:
        """Return hunks of the first file's text as they lie in the text the user has now.

        Raises: EditError if the user changed lines that a hunk changes.
        """
        base = self.first.base
        proposal = EditSession(base.text, base.version, hunks)
        for edits, version in self.typed:
            if not proposal.shift(edits, version) and hunks:
                raise EditError(_STREAMING_TOUCHED)
        if self.broken:
            raise EditError(self.broken)
        return proposal


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
        live = LiveEdit(f"edit-{next(self._ids)}", label, [LiveFile(base)])
        self._edits[live.id] = live
        return live

    def get(self, edit_id: str) -> LiveEdit | None:
        """Return the edit of an id, if it is not over."""
        return self._edits.get(edit_id)

    def end(self, live: LiveEdit, reason: str = "") -> None:
        """Forget an edit; with a reason, tell the client of each file that it cannot go on."""
        if self._edits.pop(live.id, None) is not None and reason:
            for file in live.files:
                if file.hunks or file is live.first:
                    self._tell(live, file, reason, [])

    def drop(self, live: LiveEdit, file: LiveFile, reason: str) -> None:
        """End the part of an edit that changes one file; the edit itself with the last of them."""
        if file.proposal is not None:
            file.proposal.reject()
        self._tell(live, file, reason, live.open)
        self.end_if_done(live)

    def end_if_done(self, live: LiveEdit) -> None:
        """Forget an edit that has nothing left to accept."""
        if live.is_ready and not live.open:
            self.end(live)

    def concerns(self, uri: str) -> bool:
        """Return whether a document has a live edit."""
        return any(True for _ in self._of(uri))

    def typed(self, uri: str, edits: Sequence[TextEdit | None], version: int) -> None:
        """The document changed by `edits`, each of the text that the one before it left."""
        known = [edit for edit in edits if edit is not None]
        for live, file in self._of(uri):
            if len(known) < len(edits):
                self._break(live, file, "the editor sent a change that makes no sense; open the file again")
            elif file.proposal is None:
                live.typed.append((known, version))
            else:
                self._shift(live, file, known, version)

    def opened(self, snapshot: Snapshot) -> None:
        """The editor opened a document: from now on its text counts, and no longer the one on disk."""
        if not self._edits:
            return
        path = _real_path(snapshot.uri)
        for live in list(self._edits.values()):
            for file in live.files:
                proposal = file.proposal
                if proposal is None or not (file.uri == snapshot.uri or path == _real_path(file.uri)):
                    continue
                file.base = snapshot
                edits = [TextEdit(0, len(proposal.text), snapshot.text)]
                self._shift(live, file, edits if proposal.text != snapshot.text else [], snapshot.version)

    def closed(self, uri: str) -> None:
        """The document was closed in the editor."""
        for live, file in self._of(uri):
            self._break(live, file, "its document was closed")

    def _shift(self, live: LiveEdit, file: LiveFile, edits: Sequence[TextEdit], version: int) -> None:
        assert file.proposal is not None
        was_open = bool(file.hunks)
        if not file.proposal.shift(edits, version) and was_open and not live.is_applying:
            self.drop(live, file, _TOUCHED)

    def _break(self, live: LiveEdit, file: LiveFile, reason: str) -> None:
        if file.proposal is None:
            live.broken = reason
        elif file.hunks:
            self.drop(live, file, reason)

    def _tell(self, live: LiveEdit, file: LiveFile, reason: str, left: list[int]) -> None:
        params: EditEnded = {"session": live.id, "uri": file.uri, "reason": reason, "open": left}
        if self._session.client.previews_edits:
            self._session.protocol.notify(EDIT_ENDED, params)

    def _of(self, uri: str) -> Iterator[tuple[LiveEdit, LiveFile]]:
        found = [(live, file) for live in self._edits.values() for file in live.files if file.uri == uri]
        return iter(found)


def file_hunks(
    snapshot: Snapshot, hunks: Sequence[Hunk], *, is_open: bool, creates: bool = False
) -> FileHunks:
    """Return hunks of a text as they go over the wire."""
    edit: FileHunks = {
        "uri": snapshot.uri,
        "version": snapshot.version if is_open else None,
        "hunks": [
            {"id": one.id, "range": range_of_offsets(snapshot, one.start, one.end), "newText": one.text}
            for one in hunks
        ],
    }
    if creates:
        edit["creates"] = True
    return edit


def snapshot_of(session: Session, document: Document) -> Snapshot:
    """Return the open text of a document, or its text as given where the editor does not hold it."""
    opened = session.texts.snapshot(document.uri)
    if opened is not None and opened.text == document.text:
        return opened
    lines = tuple(split_lines(document.text))
    return Snapshot(document.uri, document.language, document.version, 0, lines, session.texts.encoding)


def _real_path(uri: str) -> str | None:
    path = path_of(uri)
    return None if path is None else os.path.normcase(os.path.realpath(path))
