"""Documents as values: a text with its version, places in it, and changes to it.

Every place inside the house is a character offset into `Document.text`, from 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of character offsets, `start <= end`."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"a span runs forward from 0, not {self.start} to {self.end}")

    @property
    def is_empty(self) -> bool:
        return self.start == self.end


@dataclass(frozen=True, slots=True)
class Document:
    """A snapshot of one text. It never changes; a newer version is another value.

    `language` is an LSP language id ("python", "typescriptreact"). `path` is absolute, and None
    for a text that is not a file. `folder` is the workspace folder that holds it, if one does.
    """

    uri: str
    language: str
    version: int
    text: str
    path: str | None = None
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class TextEdit:
    """Replace the characters from `start` up to `end` by `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Hunk:
    """One change of a proposed edit, which can be accepted or rejected by its `id`.

    Replaces the characters from `start` up to `end` of the base document by `text`.
    """

    id: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A problem that the editor or a checker reports at `span`."""

    span: Span
    message: str
    code: str = ""
    source: str = ""


def apply_edits(text: str, edits: Sequence[TextEdit | Hunk]) -> str:
    """Return `text` with all `edits` applied; their offsets all refer to `text` as given.

    Raises: ValueError if two edits overlap or one lies outside the text.
    """
    pieces: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if not at <= edit.start <= edit.end <= len(text):
            raise ValueError(f"edit {edit.start}..{edit.end} overlaps another or lies outside the text")
        pieces += (text[at : edit.start], edit.text)
        at = edit.end
    pieces.append(text[at:])
    return "".join(pieces)
