"""The server's own copy of every open text, kept in step with the editor's.

A text is a list of lines, each with its terminator, cut at `\\n`, `\\r\\n` and `\\r` and nowhere else
(`str.splitlines` also cuts at form feed and others, where no editor does). A change touches the
lines it changes, so its cost does not grow with the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

from ..core.documents import TextEdit
from .from_proto import Encoding, place_in_lines

Watch = Callable[[TextEdit | None], None]

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)")
# Two halves of a character that came in different messages; together they are one character.
_SPLIT_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def split_lines(text: str) -> list[str]:
    """Return the lines of a text with their terminators; the last has none and may be empty."""
    if "\r" not in text:
        lines = [line + "\n" for line in text.split("\n")]
        lines[-1] = lines[-1][:-1]
        return lines
    lines = _LINE.findall(text)
    lines.append(text[sum(map(len, lines)) :])
    return lines


@dataclass(frozen=True)
class Snapshot:
    """One version of an open text. It never changes.

    `revision` counts every change the server saw, so that it tells two texts apart even where a
    client repeats a version.
    """

    uri: str
    language: str
    version: int
    revision: int
    lines: tuple[str, ...]
    encoding: Encoding

    @cached_property
    def text(self) -> str:
        return "".join(self.lines)

    @cached_property
    def line_starts(self) -> list[int]:
        """The offset of the first character of each line."""
        return [0, *accumulate(map(len, self.lines[:-1]))]


class OpenText:
    """The newest text of one open document."""

    def __init__(self, uri: str, language: str, version: int, text: str, encoding: Encoding) -> None:
        self.uri = uri
        self.language = language
        self.version = version
        self.revision = 0
        self.in_step = True
        self._encoding: Encoding = encoding
        self._lines = split_lines(_joined(text))
        self._snapshot: Snapshot | None = None

    def change(self, version: object, changes: object, watch: Watch | None = None) -> None:
        """Apply the `contentChanges` of one notification, in order.

        `watch`, where given, is told of each as an edit of the text as it was just before, or None
        where it makes no sense.

        A change that makes no sense is not guessed at: the text is out of step from there until
        the client sends the whole text again, and is offered to no feature meanwhile.
        """
        self._snapshot = None
        self.revision += 1
        self.version = version if type(version) is int else self.version + 1
        if not isinstance(changes, list):
            self.in_step = False
            return
        for change in changes:
            if watch is not None:
                watch(self._edit_of(change))
            self._apply(change)

    def snapshot(self) -> Snapshot:
        """Return the newest text as a value."""
        if self._snapshot is None:
            self._snapshot = Snapshot(
                self.uri, self.language, self.version, self.revision, tuple(self._lines), self._encoding
            )
        return self._snapshot

    def _edit_of(self, change: Any) -> TextEdit | None:
        """Return a change as an edit of the text as it is before it; None where it makes no sense."""
        if isinstance(change, dict) and change.get("range") is None and isinstance(change.get("text"), str):
            return TextEdit(0, sum(map(len, self._lines)), change["text"])
        if not _places(change):
            return None
        (start_line, start), (end_line, end) = self._range(change)
        offset = sum(map(len, self._lines[:start_line]))
        length = sum(map(len, self._lines[start_line:end_line])) + end - start
        return TextEdit(offset + start, offset + start + length, change["text"])

    def _apply(self, change: Any) -> None:
        if isinstance(change, dict) and change.get("range") is None and isinstance(change.get("text"), str):
            self._lines = split_lines(_joined(change["text"]))
            self.in_step = True
            return
        if not _places(change):
            self.in_step = False
            return
        (first, start), (last, end) = self._range(change)
        lines = self._lines
        text: str = change["text"]
        changed = lines[first][:start] + text + lines[last][end:]
        if not changed.isascii():
            changed = _joined(changed)
        if first and changed.startswith("\n") and lines[first - 1].endswith("\r"):
            first -= 1
            changed = lines[first] + changed
        if first == last and "\n" not in text and "\r" not in text:
            lines[first] = changed
            return
        pieces = split_lines(changed)
        if last < len(lines) - 1 and not pieces[-1]:
            pieces.pop()
        lines[first : last + 1] = pieces

    def _range(self, change: Mapping[str, Any]) -> tuple[tuple[int, int], tuple[int, int]]:
        start, end = change["range"]["start"], change["range"]["end"]
        one = place_in_lines(self._lines, start["line"], start["character"], self._encoding)
        if start == end:
            return one, one
        other = place_in_lines(self._lines, end["line"], end["character"], self._encoding)
        return (one, other) if one <= other else (other, one)


class TextStore:
    """All open texts of one client, by the URI the client uses."""

    def __init__(self, encoding: Encoding = "utf-16") -> None:
        self.encoding: Encoding = encoding
        self._texts: dict[str, OpenText] = {}

    def __iter__(self) -> Iterator[OpenText]:
        return iter(list(self._texts.values()))

    def open(self, params: object) -> OpenText | None:
        """Take over a `textDocument/didOpen`; None where its params make no sense."""
        item = params.get("textDocument") if isinstance(params, dict) else None
        if not isinstance(item, dict):
            return None
        uri, text, version = item.get("uri"), item.get("text"), item.get("version")
        if not isinstance(uri, str) or not isinstance(text, str):
            return None
        language = item.get("languageId")
        self._texts[uri] = OpenText(
            uri,
            language if isinstance(language, str) else "plaintext",
            version if type(version) is int else 0,
            text,
            self.encoding,
        )
        return self._texts[uri]

    def close(self, uri: str) -> bool:
        """Forget a text; False where it was not open."""
        return self._texts.pop(uri, None) is not None

    def get(self, uri: object) -> OpenText | None:
        """Return the open text of a URI, or None."""
        return self._texts.get(uri) if isinstance(uri, str) else None

    def snapshot(self, uri: str) -> Snapshot | None:
        """Return the newest text of a URI; None where it is not open or not in step."""
        text = self._texts.get(uri)
        return text.snapshot() if text is not None and text.in_step else None

    def is_current(self, snapshot: Snapshot) -> bool:
        """Return whether a snapshot still is the newest text of its document."""
        text = self._texts.get(snapshot.uri)
        return (
            text is not None
            and text.in_step
            and text.revision == snapshot.revision
            and text.version == snapshot.version
        )


def _places(change: object) -> bool:
    """Return whether a change has a range of whole numbers and a text."""
    match change:
        case {
            "range": {
                "start": {"line": int(a), "character": int(b)},
                "end": {"line": int(c), "character": int(d)},
            },
            "text": str(),
        }:
            return min(a, b, c, d) >= 0
        case _:
            return False


def _joined(text: str) -> str:
    """Return the text with every two halves of a character joined."""
    if text.isascii() or _SPLIT_PAIR.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
