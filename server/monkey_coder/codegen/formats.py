"""The forms in which models write changes, taken apart line by line while they arrive."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .patches import PatchParser, starts_patch
from .pieces import Piece

_SEARCH = re.compile(r"^\s{0,8}(?:<{5,9}|-{5,9}) ?(?:SEARCH|ORIGINAL)\b.*$")
_DIVIDER = re.compile(r"^\s{0,8}={5,9}\s*$")
_REPLACE = re.compile(r"^\s{0,8}(?:>{5,9}|\+{5,9})(?: ?(?:REPLACE|UPDATED)\b.*|\s*)$")
_FENCE = re.compile(r"^( {0,3})(`{3,}|~{3,})\s*([^`\s]*)\s*(.*)$")
_PATH = re.compile(
    r"^[\s#*`>\"'-]{0,8}(?:\d+\. )?"
    r"(?:(?:new |updated |modified )?(?:file|path|filename)(?: ?path)?:? )?[\s*`\"'#]*"
    r"(?P<path>[\w.@+~/\\-]*[\w+-]+\.\w{1,10}|[\w.@+~/\\-]*/[\w.+-]+|\.[A-Za-z][\w-]+|Makefile|Dockerfile)[*`\"']*:?[*`\"']*\s*$",
    re.IGNORECASE,
)
_PATH_IN_FENCE = re.compile(r"(?:path|file|filename|title)\s*=\s*[\"']?([^\"'\s]+)", re.IGNORECASE)

_OLD_NAMES = ("old_string", "old_str", "old_text", "old", "search", "find", "original")
_NEW_NAMES = ("new_string", "new_str", "new_text", "new", "replace", "replacement", "updated")
_WHOLE_NAMES = ("content", "file_text", "contents", "new_content", "code", "text")
_PATH_NAMES = ("path", "file_path", "filename", "file", "target_file", "relative_workspace_path")
_PATCH_NAMES = ("patch", "diff", "input", "unified_diff")


@dataclass
class AnswerParser:
    """Takes whole lines and keeps `pieces`, each growing until it is closed; `bare` is all the rest.

    `is_markdown` tells that the text asked for is Markdown, where a fence holds fences.
    """

    is_markdown: bool = False
    pieces: list[Piece] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    is_malformed: bool = False
    _block: Piece | None = None
    _code: Piece | None = None
    _mark: str = ""
    _indent: int = 0
    _patch: PatchParser | None = None
    _path: str = ""
    _closings: list[int] = field(default_factory=list)

    def feed(self, line: str) -> None:
        """Take the next line, without its end."""
        if self._block is not None:
            self._feed_block(line)
        elif self._patch is not None:
            self._feed_patch(line)
        elif self._mark:
            self._feed_fenced(line)
        else:
            self._feed_open(line)

    def finish(self) -> None:
        """No more lines come."""
        if self._patch is not None:
            self._patch.finish()
            self._patch = None
        if self._code is not None and self.is_markdown and self._closings:
            del self._code.lines[self._closings[-1] :]
            self._code.is_closed = True

    def call(self, arguments: Mapping[str, Any]) -> None:
        """Take the arguments of a call of an edit tool."""
        path = _text_of(arguments, _PATH_NAMES) or ""
        edits = arguments.get("edits")
        for edit in edits if isinstance(edits, list) else [arguments]:
            if not isinstance(edit, Mapping):
                continue
            old, new = _text_of(edit, _OLD_NAMES), _text_of(edit, _NEW_NAMES)
            patch, whole = _text_of(edit, _PATCH_NAMES), _text_of(edit, _WHOLE_NAMES)
            if old is not None and new is not None:
                self.pieces.append(_called(path, old, new))
            elif patch is not None and any(starts_patch(line) for line in patch.split("\n")):
                parser = PatchParser(self.pieces, path)
                for line in patch.split("\n"):
                    parser.feed(line.rstrip("\r"))
                parser.finish()
            elif whole is not None:
                self.pieces.append(Piece("code", path, lines=_split(whole), is_closed=True, is_file=True))

    def _feed_open(self, line: str) -> None:
        if _SEARCH.match(line):
            self._open_block(line)
        elif (fence := _FENCE.match(line)) is not None:
            self._open_fence(fence)
        elif starts_patch(line):
            self._patch = PatchParser(self.pieces, self._path)
            self._patch.feed(line)
        else:
            self.bare.append(line)
            path = _PATH.match(line)
            if path is not None or line.strip():
                self._path = path["path"] if path else ""

    def _open_block(self, line: str) -> None:
        self._block = Piece("block", self._path, mark_size=len(line.strip().split(" ")[0]))
        self.pieces.append(self._block)

    def _feed_block(self, line: str) -> None:
        block = self._block
        assert block is not None
        if _REPLACE.match(line) and block.divided:
            block.is_closed, self._block = True, None
        elif _SEARCH.match(line):
            self.is_malformed = True
        elif _DIVIDER.match(line) and len(line.strip()) == block.mark_size:
            if block.divided:
                block.lines.append(line)
            else:
                block.divided = True
        elif block.divided:
            block.lines.append(line)
        else:
            block.search.append(line)

    def _open_fence(self, fence: re.Match[str]) -> None:
        tag, more = fence[3], fence[4]
        named = _PATH_IN_FENCE.search(more)
        path = named[1] if named else self._path
        if ":" in tag:
            tag, _, path = tag.partition(":")
        elif not named and (inside := _PATH.match(more.strip())) is not None:
            path = inside["path"]
        elif _PATH.match(tag) and "." in tag:
            tag, path = "", tag
        self._path = path
        self._mark, self._indent = fence[2], len(fence[1])
        self._code = Piece("code", path, tag=tag.lower(), column=self._indent)
        self._closings = []
        self.pieces.append(self._code)

    def _feed_fenced(self, line: str) -> None:
        code = self._code
        is_mark = _closes(line, self._mark, self._indent)
        if code is None:
            if is_mark:
                self._mark, self._path = "", ""
            elif _SEARCH.match(line):
                self._open_block(line)
            elif (path := _PATH.match(line)) is not None:
                self._path = path["path"]
            return
        if is_mark and not self.is_markdown:
            code.is_closed, self._code, self._mark, self._path = True, None, "", ""
            return
        if is_mark:
            self._closings.append(len(code.lines))
        has_content = any(one.strip() and not _PATH.match(one) for one in code.lines[:3])
        if not has_content and _SEARCH.match(line):
            self._take_path(code)
            self._open_block(line)
        elif not has_content and (starts_patch(line) or (code.tag in ("diff", "patch") and line.strip())):
            self._take_path(code)
            self._patch = PatchParser(self.pieces, self._path, is_fenced=True)
            self._patch.feed(line)
        else:
            code.lines.append(line)

    def _take_path(self, code: Piece) -> None:
        """What looked like fenced code was the wrapping of blocks or of a patch."""
        for one in code.lines:
            path = _PATH.match(one)
            if path is not None:
                self._path = path["path"]
        self.pieces.remove(code)
        self._code = None

    def _feed_patch(self, line: str) -> None:
        patch = self._patch
        assert patch is not None
        if self._mark and _closes(line, self._mark, self._indent):
            patch.finish()
            self._patch, self._mark, self._path = None, "", ""
        elif not patch.feed(line):
            self._patch = None
            self.feed(line)


def _closes(line: str, mark: str, indent: int) -> bool:
    stripped = line.strip()
    return (
        stripped.startswith(mark)
        and not stripped.strip(mark[0])
        and len(line) - len(line.lstrip()) <= indent + 3
    )


def _called(path: str, old: str, new: str) -> Piece:
    return Piece(
        "block", path, search=_split(old), lines=_split(new), divided=True, is_closed=True, is_call=True
    )


def _split(text: str) -> list[str]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _text_of(arguments: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = arguments.get(name)
        if isinstance(value, str):
            return value
    return None
