"""Read and apply a unified diff, strictly: what it does not say is not guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..core.errors import FileError

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
# What changes more than text: links, modes, names, binary content.
_REFUSED = re.compile(
    r"^(?:(?:new|deleted) file mode (?!100644)|old mode |new mode |rename |copy |GIT binary |Binary files )",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines of the old file from `start` (from 0), with their ends, and what replaces them."""

    start: int
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FilePatch:
    """The hunks for one file. `creates` and `deletes` say that there is no old, or no new one."""

    path: str
    hunks: tuple[Hunk, ...]
    creates: bool
    deletes: bool


def parse_patch(text: str) -> tuple[FilePatch, ...]:
    """Return what a unified diff changes. Raises: FileError if it is none, or does more than edit text."""
    if match := _REFUSED.search(text):
        raise FileError(f"a diff may change text alone, and this one says {match[0].strip()!r}")
    lines = text.split("\n")
    files: list[FilePatch] = []
    at = 0
    while at < len(lines):
        if lines[at].startswith("--- ") and at + 1 < len(lines) and lines[at + 1].startswith("+++ "):
            file, at = _file(lines, at)
            files.append(file)
        else:
            at += 1
    if not files:
        raise FileError('this is no unified diff: it has no lines "--- a/FILE" and "+++ b/FILE"')
    return tuple(files)


def patched(text: str, patch: FilePatch) -> str:
    """Return `text` with all hunks applied, each exactly where it says. Raises: FileError."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    made: list[str] = []
    at = 0
    for hunk in patch.hunks:
        end = hunk.start + len(hunk.old)
        if hunk.start < at or tuple(lines[hunk.start : end]) != hunk.old:
            raise FileError(
                f"the diff does not fit {patch.path!r} at line {hunk.start + 1}; "
                "make it from the file as it is"
            )
        made += [*lines[at : hunk.start], *hunk.new]
        at = end
    return "".join(made + lines[at:])


def _file(lines: list[str], at: int) -> tuple[FilePatch, int]:
    old, new = _name(lines[at]), _name(lines[at + 1])
    if old.startswith("a/") and (new.startswith("b/") or new == "/dev/null"):
        old = old[2:]
        new = new if new == "/dev/null" else new[2:]
    elif old == "/dev/null" and new.startswith("b/"):
        new = new[2:]
    path = old if new == "/dev/null" else new
    if old not in (path, "/dev/null"):
        raise FileError(f"a diff may not rename: this one says {old!r} and {new!r}")
    at += 2
    hunks: list[Hunk] = []
    while at < len(lines) and (match := _HUNK.match(lines[at])):
        hunk, at = _hunk(match, lines, at + 1)
        hunks.append(hunk)
    return FilePatch(path, tuple(hunks), old == "/dev/null", new == "/dev/null"), at


def _name(line: str) -> str:
    """Return the path in a head line; after a tab there may be a time."""
    name = line[4:].partition("\t")[0].rstrip("\r")
    if name.startswith('"'):
        raise FileError(f"the path {name} in the diff is quoted; write it plainly, in UTF-8")
    return name


def _hunk(match: re.Match[str], lines: list[str], at: int) -> tuple[Hunk, int]:
    n_old, n_new = int(match[2] or 1), int(match[4] or 1)
    start = int(match[1]) - (1 if n_old else 0)
    old: list[str] = []
    new: list[str] = []
    while at < len(lines) and (len(old) < n_old or len(new) < n_new or lines[at].startswith("\\")):
        mark, line = lines[at][:1], lines[at][1:] + "\n"
        at += 1
        if mark == "\\":
            _cut_ends(lines[at - 2][:1], old, new)
        elif mark in ("-", "+", " ", ""):
            old += [line] if mark != "+" else []
            new += [line] if mark != "-" else []
        else:
            break
    if len(old) != n_old or len(new) != n_new:
        raise FileError(
            f"the diff is cut off or wrong near {match[0]!r}: its lines are not as many as it says"
        )
    return Hunk(start, tuple(old), tuple(new)), at


def _cut_ends(mark: str, old: list[str], new: list[str]) -> None:
    """Take the line end from the line before "No newline at end of file"."""
    for lines, other in ((old, "+"), (new, "-")):
        if mark != other and lines:
            lines[-1] = lines[-1].removesuffix("\n")
