"""Make a model's completion fit between what stands before and after the cursor.

Small functions, each taking the text and what surrounds it; `trimmed` applies them in order.
"""

from __future__ import annotations

import re

_FENCE_OPEN = re.compile(r"^\s*```[\w+#.-]*[ \t]*\n")
_FENCE_CLOSE = re.compile(r"\n?[ \t]*```\s*$")
_PAIRS = {")": "(", "]": "[", "}": "{"}
_OPENERS = frozenset(_PAIRS.values())


def trimmed(text: str, before: str, after: str, *, max_lines: int = 16) -> str:
    """Return `text` as it should be inserted between `before` and `after`; empty if nothing is left."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = without_fence(text)
    text = without_repeated_line_start(text, before)
    text = without_repetition(text)
    text = "\n".join(text.split("\n")[:max_lines])
    text = without_suffix_overlap(text, after)
    text = without_unopened_brackets(text, after)
    text = text if text.strip() else ""
    return text.rstrip() if _ends_its_line(after) else text


def without_fence(text: str) -> str:
    """Drop a code fence around the whole, and all that follows a fence that closes."""
    opened = _FENCE_OPEN.match(text)
    if opened:
        text = text[opened.end() :]
        closing = text.find("\n```")
        return text[:closing] if closing >= 0 else _FENCE_CLOSE.sub("", text)
    return text


def without_repeated_line_start(text: str, before: str) -> str:
    """Drop what the model repeats of the line that the cursor is in."""
    line = before[before.rfind("\n") + 1 :]
    if len(line.strip()) >= 3 and text.startswith(line):
        return text[len(line) :]
    bare = line.lstrip()
    if len(bare) >= 3 and text.lstrip().startswith(bare):
        return text.lstrip()[len(bare) :]
    return text


def without_repetition(text: str) -> str:
    """Stop where the same line comes a third time in a row."""
    lines = text.split("\n")
    for index in range(2, len(lines)):
        if lines[index].strip() and lines[index] == lines[index - 1] == lines[index - 2]:
            return "\n".join(lines[:index])
    return text


def without_suffix_overlap(text: str, after: str) -> str:
    """Drop the end of `text` that already stands after the cursor."""
    rest_of_line = after.split("\n", 1)[0].rstrip("\r")
    if rest_of_line.strip():
        first, newline, others = text.partition("\n")
        overlap = _overlap(first, rest_of_line)
        if overlap and not _opens(first[: len(first) - overlap], first[len(first) - overlap :]):
            return first[: len(first) - overlap]
        if first.rstrip().endswith(rest_of_line.strip()) and len(rest_of_line.strip()) > 1:
            return first.rstrip()[: -len(rest_of_line.strip())]
        return text if not newline or not others.strip() else first
    following = [line.strip() for line in after.split("\n")[1:6] if line.strip()]
    lines = text.split("\n")
    for index in range(1, len(lines)):
        if following and len(following[0]) > 2 and lines[index].strip() == following[0]:
            return "\n".join(lines[:index])
    return text


def without_unopened_brackets(text: str, after: str) -> str:
    """Cut the first line at a bracket that `text` does not open and that stands after the cursor."""
    rest = after.split("\n", 1)[0]
    open_brackets: list[str] = []
    for index, character in enumerate(text):
        if character == "\n":
            break
        if character in _OPENERS:
            open_brackets.append(character)
        elif character in _PAIRS:
            if open_brackets and open_brackets[-1] == _PAIRS[character]:
                open_brackets.pop()
            elif not open_brackets and rest.lstrip().startswith(character):
                return text[:index]
    return text


def _overlap(text: str, after: str) -> int:
    """Return the length of the longest end of `text` with which `after` begins."""
    for length in range(min(len(text), len(after)), 0, -1):
        if text.endswith(after[:length]):
            return length if length > 1 or not after[:1].isalnum() else 0
    return 0


def _opens(kept: str, dropped: str) -> bool:
    """Tell whether a bracket that `dropped` closes is one that `kept` opens."""
    n_open = sum(kept.count(opener) - kept.count(closer) for closer, opener in _PAIRS.items())
    return n_open > 0 and any(closer in dropped for closer in _PAIRS)


def _ends_its_line(after: str) -> bool:
    return after[:1] in ("", "\n", "\r")
