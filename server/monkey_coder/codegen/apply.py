"""Blocks and whole texts applied to a document, all of them or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..core.documents import Span, TextEdit, apply_edits
from ..core.errors import EditError
from .elision import expanded
from .indentation import indent_of, reindent, step_of
from .lines import Lines, eol_of
from .match import Block, Change, NowhereError, change_of
from .streaming_diff import diff, lines_of
from .syntax import syntax_problems


@dataclass(frozen=True, slots=True)
class Replacement:
    """New text, as far as it is known, for the characters from `start` up to `end`."""

    start: int
    end: int
    text: str


def apply_blocks(
    text: str, blocks: Sequence[Block], language: str = "", *, within: Span | None = None
) -> tuple[Replacement, ...]:
    """Return the replacements that all the blocks together mean, in order, none overlapping.

    Each block is looked for in `text` as it stands; one that quotes what an earlier block writes is
    applied after that. Raises: EditError if one of them cannot be applied safely.
    """
    lines = Lines(text)
    changes: list[Change] = []
    late: list[tuple[Block, NowhereError]] = []
    for block in blocks:
        try:
            change = change_of(lines, block, within=within)
        except NowhereError as error:
            if not changes:
                raise
            late.append((block, error))
        else:
            if change not in changes or change.span.is_empty:
                changes.append(change)
    changes.sort(key=lambda change: (change.span.start, change.span.end))
    for one, next_one in pairwise(changes):
        if next_one.span.start < one.span.end:
            raise EditError("two blocks of the answer change the same lines; nothing was changed")
    found = tuple(Replacement(c.span.start, c.span.end, c.text) for c in changes)
    new = replaced(text, found)
    for block, nowhere in late:
        new = _after_the_others(new, block, nowhere)
    if late:
        found = tuple(Replacement(hunk.start, hunk.end, hunk.text) for hunk in diff(text, new))
    if any(change.how in ("elision", "similar") for change in changes):
        problems = syntax_problems(text, new, language)
        if problems:
            raise EditError(
                f"the answer quotes the document with slips, and with its change the document does not parse "
                f"({problems[0]}); nothing was changed. Quote the lines exactly as they stand"
            )
    return found


def _after_the_others(text: str, block: Block, error: NowhereError) -> str:
    try:
        change = change_of(Lines(text), block)
    except EditError:
        raise error from None
    if change.how not in ("exact", "whitespace"):
        raise error
    return apply_edits(text, [TextEdit(change.span.start, change.span.end, change.text)])


def replaced(text: str, replacements: Sequence[Replacement]) -> str:
    """Return `text` with all replacements made."""
    return apply_edits(text, [TextEdit(one.start, one.end, one.text) for one in replacements])


def shaped(body: Sequence[str], text: str, span: Span) -> str:
    """Return the new lines of a whole with the indentation, line ends and final end of what they replace.

    A line such as `# ... existing code ...` is replaced by the code it stands for. Raises: EditError
    if that cannot be known.
    """
    old = text[span.start : span.end]
    new = list(body)
    while new and not new[-1].strip():
        new.pop()
    old_lines = [line.rstrip("\r\n") for line in lines_of(old)]
    moved = expanded(moved_to(new, old_lines, text), old_lines)
    ending = eol_of(text)
    shaped_text = "".join(line + ending for line in moved)
    if old and not old.endswith(("\n", "\r")):
        return shaped_text.removesuffix(ending)
    return shaped_text


def moved_to(new: Sequence[str], old_lines: Sequence[str], text: str) -> list[str]:
    """Return new lines as deep, and with the same blanks or tabs, as the old lines they replace."""
    written, actual = _first(new), _first(old_lines)
    if written is None or actual is None:
        return list(new)
    pairs = [(written, actual)]
    if _has_lost_first_indent(new, old_lines):
        rest = [line for line in new if line.strip()][1:]
        moved = reindent([(line, line) for line in rest], new, old_lines).line
        first = next(index for index, line in enumerate(new) if line.strip())
        head = indent_of(actual) + new[first].lstrip()
        return [*new[:first], head, *map(moved, new[first + 1 :])]
    if indent_of(written) == indent_of(actual):
        pairs += _changed_characters(new, old_lines)
        if len(pairs) == 1:
            return list(new)
    rule = reindent(pairs, new, old_lines if any(map(indent_of, old_lines)) else text.splitlines())
    return [rule.line(line) for line in new]


def _changed_characters(new: Sequence[str], old_lines: Sequence[str]) -> list[tuple[str, str]]:
    """Pair lines that a model wrote with blanks where the file has tabs, or the other way round."""
    old_indents = [indent_of(line) for line in old_lines if indent_of(line)]
    new_indents = [indent_of(line) for line in new if indent_of(line)]
    if not old_indents or not new_indents:
        return []
    old_tabs, new_tabs = all("\t" in one for one in old_indents), all("\t" in one for one in new_indents)
    if (
        any("\t" in one for one in old_indents) != old_tabs
        or any("\t" in one for one in new_indents) != new_tabs
    ):
        return []
    if old_tabs == new_tabs:
        return []
    old_step = "\t" if old_tabs else " " * step_of(old_lines)
    new_step = "\t" if new_tabs else " " * step_of(new)
    return [(new_step * depth + "x", old_step * depth + "x") for depth in range(1, 9)]


def _has_lost_first_indent(new: Sequence[str], old_lines: Sequence[str]) -> bool:
    """Tell an answer whose first line lost its indentation while the others kept theirs."""
    new_telling = [line for line in new if line.strip()][:2]
    old_telling = [line for line in old_lines if line.strip()][:2]
    if len(new_telling) < 2 or len(old_telling) < 2 or indent_of(new_telling[0]):
        return False
    second = indent_of(new_telling[1])
    return (
        bool(indent_of(old_telling[0]))
        and second == indent_of(old_telling[1])
        and len(second) > len(indent_of(old_telling[0]))
        and len(second) > (1 if "\t" in second else step_of(old_lines))
    )


def _first(lines: Sequence[str]) -> str | None:
    return next((line for line in lines if line.strip()), None)
