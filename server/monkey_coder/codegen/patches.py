"""Unified diffs, and the patches that begin with `*** Begin Patch`, as blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .pieces import Piece

_HUNK = re.compile(r"^@@+(?: -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@+)?(.*)$")
_HUNK_ONLY = re.compile(r"^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@")
_FILE = re.compile(r"^\*\*\* (Update|Add|Delete) File: (.+)$")
_GIT_NOISE = re.compile(
    r"^(?:diff --git |index [0-9a-f]+\.\.|(?:new|deleted) file mode |old mode |new mode |similarity index |"
    r"rename |Binary files )"
)


def starts_patch(line: str) -> bool:
    """Tell the first line of a diff or patch."""
    return bool(
        line.startswith(("diff --git ", "*** Begin Patch", "--- a/", "--- /dev/null"))
        or _FILE.match(line)
        or _HUNK_ONLY.match(line)
        or re.match(r"^--- \S*[\w/]\.\w+\s*$", line)
    )


@dataclass
class PatchParser:
    """Appends a piece for each hunk to `pieces`. The numbers in hunk headings are only hints."""

    pieces: list[Piece]
    path: str = ""
    is_fenced: bool = False
    _hunk: Piece | None = None
    _held: str = ""
    _adds: bool = False
    _blank: int = 0

    def feed(self, line: str) -> bool:
        """Take the next line; False if it does not belong to the patch any more."""
        if self._held:
            held, self._held = self._held, ""
            if line.startswith("+++ "):
                self._name(held, line)
                return True
            if not self._feed_one(held):
                self._feed_one(" " + held)
        if line.startswith("--- "):
            self._held = line
            return True
        return self._feed_one(line)

    def finish(self) -> None:
        """No more lines come."""
        if self._held and self._hunk is not None:
            self._feed_one(self._held)
        self._held = ""
        self._close()

    def _feed_one(self, line: str) -> bool:
        named = _FILE.match(line)
        if named is not None:
            self._open_file(named[1], named[2].strip())
        elif line.startswith(("*** ", "\\")) or _GIT_NOISE.match(line):
            if not line.startswith("\\"):
                self._close()
        elif line.startswith("+++ ") and self._hunk is None:
            self._name("", line)
        elif (heading := _HUNK.match(line)) is not None:
            self._open_hunk(heading)
        elif self._adds:
            self.pieces[-1].lines.append(line.removeprefix("+"))
        else:
            return self._feed_hunk(line)
        return True

    def _open_file(self, verb: str, path: str) -> None:
        self._close()
        self.path = path
        if verb == "Add":
            self.pieces.append(Piece("code", path, is_closed=True, is_file=True))
            self._adds = True
        elif verb == "Delete":
            self.pieces.append(Piece("code", path, is_closed=True, is_file=True, is_deletion=True))
        else:
            self._hunk = self._begun()

    def _name(self, old: str, new: str) -> None:
        self._close()
        before, after = _named(old), _named(new)
        self.path = after or before
        if not after and before:
            self.pieces.append(Piece("code", before, is_closed=True, is_file=True, is_deletion=True))

    def _open_hunk(self, heading: re.Match[str]) -> None:
        text = heading[3].strip().removesuffix("@@").strip()
        if self._hunk is not None and not self._hunk.search and not self._hunk.lines:
            hunk = self._hunk  # V4A: several headings, each within the one before it.
        else:
            self._close()
            hunk = self._hunk = self._begun()
        hunk.heading = text
        hunk.line = max(0, int(heading[1]) - 1) if heading[1] else None

    def _begun(self) -> Piece:
        return Piece("block", self.path, divided=True)

    def _feed_hunk(self, line: str) -> bool:
        if self._hunk is None:
            if not line.strip():
                return True
            if not self.is_fenced and line[:1] not in "+- ":
                return False
            self._hunk = self._begun()
        hunk = self._hunk
        if not line.strip() and not line.startswith(("+", "-")):
            self._blank += 1
            return True
        if line[0] not in "+- " and not self.is_fenced:
            self._close()
            return False
        hunk.search += [""] * self._blank
        hunk.lines += [""] * self._blank
        self._blank = 0
        if line[0] == "+":
            hunk.lines.append(line[1:])
        elif line[0] == "-":
            hunk.search.append(line[1:])
        else:
            context = line[1:] if line[0] == " " else line
            hunk.search.append(context)
            hunk.lines.append(context)
        return True

    def _close(self) -> None:
        hunk, self._hunk, self._blank, self._adds = self._hunk, None, 0, False
        if hunk is None or (not hunk.search and not hunk.lines):
            return
        if hunk.search == hunk.lines:
            return
        if not any(line.strip() for line in hunk.search) and hunk.line not in (None, 0):
            hunk.is_placeless = True
        hunk.is_closed = True
        self.pieces.append(hunk)


def _named(line: str) -> str:
    path = line[4:].split("\t")[0].strip()
    return "" if path in ("/dev/null", "") else re.sub(r"^[ab]/", "", path)
