"""Unbalanced brackets and quotes: try the likely repairs, keep the one after which all parses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..core.documents import TextEdit, apply_edits
from ..workspace.shapes import SHAPES
from ..workspace.syntax import Node, SyntaxTree, walk

_PAIRS = {"(": ")", "[": "]", "{": "}"}
_MAX_TRIES = 160
_MAX_TEXT = 400_000
_EDGE = r"(?<=\w)(?=\W)|(?<=[=(\[,:] )(?=\S)|(?<=\w )(?=\S)|(?<=[(\[=])(?=\S)"
_MARKS = frozenset("()[]{};:,\"'`")


def balance(text: str, language: str) -> tuple[TextEdit, ...]:
    """Return the fewest edits after which `text` has fewer syntax errors; none if no repair was found.

    A repair adds or removes one bracket, quote, colon or semicolon; up to five are made in turn.
    """
    if len(text) > _MAX_TEXT:
        return ()
    edits: list[TextEdit] = []
    tree = SyntaxTree(text, language)
    for _ in range(5):
        problems = tree.problems()
        if not problems:
            break
        found = _repair(tree, problems)
        if found is None:
            break
        edit, tree = found
        edits.append(edit)
    if len(tree.problems()) >= len(SyntaxTree(text, language).problems()):
        return ()
    return _onto_original(text, edits)


def _repair(tree: SyntaxTree, problems: list[Node]) -> tuple[TextEdit, SyntaxTree] | None:
    """Return the best single repair: the one that leaves the fewest errors, the earliest tried."""
    best: tuple[TextEdit, SyntaxTree] | None = None
    least = _weight(tree, problems)
    for count, edit in enumerate(_candidates(tree, problems)):
        if count >= _MAX_TRIES:
            break
        tried = tree.edited([edit])
        weight = _weight(tried, tried.problems())
        if weight == (0, 0):
            return edit, tried
        if weight < least:
            best, least = (edit, tried), weight
    return best


def _weight(tree: SyntaxTree, problems: list[Node]) -> tuple[int, int]:
    return len(problems), sum(node.end_byte - node.start_byte for node in problems)


def _candidates(tree: SyntaxTree, problems: list[Node]) -> Iterator[TextEdit]:
    text = tree.text
    seen: set[TextEdit] = set()
    for edit in _all_candidates(tree, problems):
        if edit not in seen and text[edit.start : edit.end] != edit.text:
            seen.add(edit)
            yield edit


def _all_candidates(tree: SyntaxTree, problems: list[Node]) -> Iterator[TextEdit]:
    text = tree.text
    open_brackets, surplus = _brackets(tree)
    for opener in reversed(open_brackets):
        yield from _closers(text, opener)
    for at in surplus:
        removal = TextEdit(at, at + 1, "")
        line = text[text.rfind("\n", 0, at) + 1 : at]
        if line.strip() and "," not in line:
            yield removal
        yield from _openers(text, at)
        yield removal
        for opener in reversed(open_brackets):
            yield TextEdit(at, at + 1, _PAIRS[text[opener]])
    for node in problems:
        if node.is_missing and node.type in _MARKS:
            at = _back_over_space(text, tree.start(node))
            yield TextEdit(at, at, node.type)
    for node in problems:
        yield from _quotes(text, tree.start(node))
    for node in problems:
        yield from _line_ends(text, tree.start(node), tree.language)


def _brackets(tree: SyntaxTree) -> tuple[list[int], list[int]]:
    """Return where brackets open without an end, and where they close without a start.

    Strings and comments are left out, as far as the broken tree knows them.
    """
    shape = SHAPES.get(tree.language)
    skipped = (shape.strings | shape.comments) if shape else frozenset({"string", "comment"})
    hidden = [
        (tree.start(node), tree.end(node))
        for node in walk(tree.root, skip=skipped)
        if node.type in skipped and not node.has_error
    ]
    text = tree.text
    stack: list[int] = []
    surplus: list[int] = []
    at = index = 0
    while at < len(text):
        while index < len(hidden) and hidden[index][1] <= at:
            index += 1
        if index < len(hidden) and hidden[index][0] <= at:
            at = hidden[index][1]
            continue
        mark = text[at]
        if mark in _PAIRS:
            stack.append(at)
        elif mark in ")]}":
            if stack and _PAIRS[text[stack[-1]]] == mark:
                stack.pop()
            else:
                match = next((i for i in reversed(stack) if _PAIRS[text[i]] == mark), None)
                if match is None or len(stack) - stack.index(match) > 3:
                    surplus.append(at)
                else:
                    unclosed = stack[stack.index(match) + 1 :]
                    del stack[stack.index(match) :]
                    return [*stack, *unclosed], [*surplus, at]
        at += 1
    return stack, surplus


def _closers(text: str, opener: int) -> Iterator[TextEdit]:
    """Yield the closing of one bracket: at the ends of its line and the next ones, and within its line."""
    closer = _PAIRS[text[opener]]
    line_start = text.rfind("\n", 0, opener) + 1
    indent = re.match(r"[ \t]*", text[line_start:])
    depth = len(indent[0]) if indent else 0
    ends: list[int] = []
    at = opener
    for _ in range(400):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        ends.append(end)
        if end == len(text):
            break
        at = end + 1
    if closer == "}":
        # A block: its end is before the first line that is indented no deeper than its head.
        for end in ends:
            line = text[text.rfind("\n", 0, end) + 1 : end]
            following = text[
                end + 1 : (text.find("\n", end + 1) if text.find("\n", end + 1) >= 0 else len(text))
            ]
            is_inner = len(following) - len(following.lstrip()) > depth and following.strip()
            if not is_inner and line.strip():
                lead = text[line_start : line_start + depth]
                if end > ends[0] or text[opener + 1 : end].strip() == "":
                    yield TextEdit(end, end, f"\n{lead}}}")
                break
    for end in ends[:12]:
        start = text.rfind("\n", 0, end) + 1
        line = text[max(start, opener) : end]
        tail = re.search(r"\s*((:|;|,|\{|\s)*)(\s*(#|//).*)?$", line)
        cut = max(start, opener) + (tail.start() if tail else len(line))
        yield TextEdit(cut, cut, closer)
        yield TextEdit(end, end, closer)
    first = text[opener : ends[0]]
    for match in reversed(list(re.finditer(r"(?<=[\w\])}'\"])(?=\W|$)", first))):
        yield TextEdit(opener + match.start(), opener + match.start(), closer)


def _openers(text: str, closer: int) -> Iterator[TextEdit]:
    """Yield the opening of a bracket that only closes: at the ends of lines above it, then in its line."""
    mark = {end: start for start, end in _PAIRS.items()}[text[closer]]
    line_start = text.rfind("\n", 0, closer) + 1
    if not text[line_start:closer].strip():
        depth = closer - line_start
        end = line_start - 1
        for _ in range(60):
            start = text.rfind("\n", 0, max(end, 0)) + 1
            line = text[start:end]
            if line.strip() and len(line) - len(line.lstrip()) <= depth:
                at = _back_over_space(text, end)
                space = " " if mark == "{" and text[at - 1 : at] not in ("=", "(", "[", ",") else ""
                yield TextEdit(at, at, space + mark)
                return
            end = start - 1
            if end <= 0:
                return
    for match in re.finditer(_EDGE, text[line_start:closer]):
        yield TextEdit(line_start + match.start(), line_start + match.start(), mark)


def _quotes(text: str, start: int) -> Iterator[TextEdit]:
    """Yield the closing of a quote that its line leaves open."""
    for line_start in _line_starts(text, start):
        end = text.find("\n", line_start)
        end = len(text) if end < 0 else end
        line = text[line_start:end]
        for quote in ("'", '"', "`"):
            if (line.count(quote) - line.count("\\" + quote)) % 2:
                tail = re.search(r"[\])}:;,\s]*$", line)
                for at in dict.fromkeys((line_start + (tail.start() if tail else len(line)), end)):
                    yield TextEdit(at, at, quote)
                closers = re.search(r"[\])}]+[:;,\s]*$", line)
                if closers:
                    for shift in range(1, len(closers[0])):
                        yield TextEdit(
                            line_start + closers.start() + shift, line_start + closers.start() + shift, quote
                        )


def _line_starts(text: str, start: int) -> list[int]:
    here = text.rfind("\n", 0, start) + 1
    before = text.rfind("\n", 0, max(0, here - 1)) + 1
    return [here, before] if before != here else [here]


def _line_ends(text: str, start: int, language: str) -> Iterator[TextEdit]:
    marks = ":" if language == "python" else ";,"
    for line_start in _line_starts(text, start):
        end = text.find("\n", line_start)
        at = _back_over_space(text, len(text) if end < 0 else end)
        for mark in marks:
            if text[line_start:at].strip() and not text[line_start:at].endswith((mark, "{", "}")):
                yield TextEdit(at, at, mark)


def _back_over_space(text: str, at: int) -> int:
    while at > 0 and text[at - 1] in " \t\r\n":
        at -= 1
    return at


def _onto_original(text: str, edits: list[TextEdit]) -> tuple[TextEdit, ...]:
    """Return edits made one after another as edits of the first text, if they do not touch."""
    placed: list[TextEdit] = []
    for edit in edits:
        start, end = edit.start, edit.end
        for known in sorted(placed, key=lambda known: known.start):
            shift = len(known.text) - (known.end - known.start)
            if known.start + len(known.text) <= start:
                start, end = start - shift, end - shift
        placed.append(TextEdit(start, end, edit.text))
    try:
        result = text
        for edit in edits:
            result = apply_edits(result, [edit])
        if apply_edits(text, placed) == result:
            return tuple(placed)
    except ValueError:
        pass
    return _one_edit(text, result)


def _one_edit(old: str, new: str) -> tuple[TextEdit, ...]:
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    back = 0
    while back < min(len(old), len(new)) - start and old[-1 - back] == new[-1 - back]:
        back += 1
    return (TextEdit(start, len(old) - back, new[start : len(new) - back]),)
