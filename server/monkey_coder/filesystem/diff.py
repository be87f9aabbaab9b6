"""The difference between two texts, as `patch` and `git apply` read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

CONTEXT = 3


def unified_diff(old: str | None, new: str | None, path: str) -> str:
    """Return the unified diff from `old` to `new`, or "" if they are the same.

    `old` is None for a file that is being created, `new` for one that is being deleted. Lines
    end at "\\n" alone, so that a change of line ends is visible.
    """
    if old == new:
        return ""
    name = path.replace("\\", "/").lstrip("/")
    source = "/dev/null" if old is None else f"a/{name}"
    target = "/dev/null" if new is None else f"b/{name}"
    before, after = _lines(old or ""), _lines(new or "")
    hunks = "".join(_hunks(before, after))
    return f"--- {source}\n+++ {target}\n{hunks}"


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _hunks(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    first, n_same_end = _common(before, after)
    # The matcher costs time with the square of what it is given: hand it what differs, with context.
    first = max(0, first - CONTEXT)
    spare = max(0, n_same_end - CONTEXT)
    before, after = before[first : len(before) - spare], after[first : len(after) - spare]
    for group in SequenceMatcher(None, before, after).get_grouped_opcodes(CONTEXT):
        (_, old_start, _, new_start, _), (_, _, old_end, _, new_end) = group[0], group[-1]
        old_range = _range(first + old_start, first + old_end)
        new_range = _range(first + new_start, first + new_end)
        yield f"@@ -{old_range} +{new_range} @@\n"
        for tag, i, i_end, j, j_end in group:
            if tag == "equal":
                yield from (_line(" ", line) for line in before[i:i_end])
            else:
                yield from (_line("-", line) for line in before[i:i_end])
                yield from (_line("+", line) for line in after[j:j_end])


def _common(before: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    """Return how many lines the two share at the start, and of the rest at the end."""
    most = min(len(before), len(after))
    n_start = next((i for i in range(most) if before[i] != after[i]), most)
    most -= n_start
    n_end = next((i for i in range(most) if before[-1 - i] != after[-1 - i]), most)
    return n_start, n_end


def _range(start: int, end: int) -> str:
    """Return lines `start` to `end` (from 0, half open) as a hunk's head names them."""
    length = end - start
    if length == 1:
        return str(start + 1)
    return f"{start if length == 0 else start + 1},{length}"


def _line(mark: str, line: str) -> str:
    return mark + line if line.endswith("\n") else f"{mark}{line}\n\\ No newline at end of file\n"
