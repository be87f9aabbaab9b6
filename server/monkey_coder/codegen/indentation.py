"""The indentation of a file, put in place of the one that a model wrote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import gcd

_DEFAULT_WIDTH = 4


@dataclass(frozen=True, slots=True)
class Reindent:
    """Maps written indentation to the file's. `is_sound` is False if equal lines contradict each other.

    `file_kind` is a tab or a blank where the whole file is indented with that alone.
    """

    known: dict[str, str]
    usual: tuple[str, str]
    written_width: int
    actual_width: int
    is_sound: bool = True
    file_kind: str = ""

    def line(self, line: str) -> str:
        """Return a written line as the file would indent it."""
        if not line.strip() or not self.known:
            return line
        if not self.file_kind and all(one == other for one, other in self.known.items()):
            return line  # Quoted as the file has it, and the file has no one kind to keep to.
        indent = indent_of(line)
        return self._actual(indent) + line[len(indent) :]

    def _actual(self, indent: str) -> str:
        if indent in self.known:
            return self.known[indent]
        written, actual = self.usual
        inner = [key for key in self.known if indent.startswith(key) and self._is_regular(key)]
        if inner:
            written = max(inner, key=len)
            actual = self.known[written]
        if indent.startswith(written):
            return actual + self._converted(indent[len(written) :], actual)
        if written.startswith(indent):
            removed = self._converted(written[len(indent) :], actual)
            return actual.removesuffix(removed) if actual.endswith(removed) else ""
        return indent

    def _is_regular(self, key: str) -> bool:
        """Tell whether this pair lies as far apart as most do: a lost first indentation does not."""
        usual, actual = self.usual
        if ("\t" in key) != ("\t" in self.known[key]) or self.written_width != self.actual_width:
            return True
        return len(self.known[key]) - len(key) == len(actual) - len(usual)

    def _converted(self, indent: str, beside: str) -> str:
        """Return `indent`, a number of whole steps, in the file's own characters and step."""
        if not indent:
            return ""
        known = beside or self._all_actual() or self.file_kind
        if not known or ("\t" in known and " " in known and not beside):
            return indent  # Nothing tells which kind the file wants.
        is_tab, wants_tab = "\t" in indent, "\t" in known
        if is_tab == wants_tab and (is_tab or self.written_width == self.actual_width):
            return indent
        steps, rest = (len(indent), 0) if is_tab else divmod(len(indent), self.written_width)
        return ("\t" * steps if wants_tab else " " * (steps * self.actual_width)) + " " * rest

    def _all_actual(self) -> str:
        return "".join(self.known.values())


def reindent(pairs: Iterable[tuple[str, str]], written: Sequence[str], file_lines: Sequence[str]) -> Reindent:
    """Learn from pairs of (written line, the same line in the file) how `written` lines must move.

    `file_lines` tell the file's own step.
    """
    known: dict[str, str] = {}
    seen: Counter[tuple[str, str]] = Counter()
    is_sound = True
    for one, other in pairs:
        if not one.strip() or not other.strip():
            continue
        pair = indent_of(one), indent_of(other)
        is_sound = is_sound and known.get(pair[0], pair[1]) == pair[1]
        known.setdefault(*pair)
        seen[pair] += 1
    if not known:
        return Reindent({}, ("", ""), _DEFAULT_WIDTH, _DEFAULT_WIDTH)
    shifts = Counter[int]()
    for (one, other), n in seen.items():
        shifts[len(other) - len(one)] += n
    best_shift = shifts.most_common(1)[0][0]
    usual = next(pair for pair in seen if len(pair[1]) - len(pair[0]) == best_shift)
    written_width, actual_width = _widths(known, written, file_lines)
    return Reindent(known, usual, written_width, actual_width, is_sound, _kind(file_lines))


def _kind(lines: Sequence[str]) -> str:
    kinds = {indent[0] for line in lines if line.strip() and (indent := indent_of(line))}
    return kinds.pop() if len(kinds) == 1 else ""


def _widths(known: dict[str, str], written: Sequence[str], file_lines: Sequence[str]) -> tuple[int, int]:
    """Return the written step and the file's, in spaces; equal unless two depths show that they differ."""
    mixed = any(("\t" in one) != ("\t" in other) for one, other in known.items() if one and other)
    mixed = mixed or any("\t" in one for one in known) != any("\t" in other for other in known.values())
    depths = sorted((len(one), len(other)) for one, other in known.items())
    if mixed:
        return step_of(written), step_of(file_lines)
    for (w0, a0), (w1, a1) in pairwise(depths):
        if w1 > w0 and a1 > a0 and (a1 - a0) != (w1 - w0):
            step = step_of(written)
            if (a1 - a0) * step % (w1 - w0) == 0:
                return step, (a1 - a0) * step // (w1 - w0)
    return _DEFAULT_WIDTH, _DEFAULT_WIDTH


def indent_of(line: str) -> str:
    """Return the blanks and tabs that a line begins with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def step_of(lines: Sequence[str]) -> int:
    """Return by how many spaces these lines are indented a step, 4 where they do not tell."""
    widths = [len(indent_of(line)) for line in lines if line.strip() and "\t" not in indent_of(line)]
    steps = Counter(b - a for a, b in pairwise(widths) if 1 < b - a <= 8)
    if steps:
        return steps.most_common(1)[0][0]
    common = gcd(*widths) if widths else 0
    return common if 1 < common <= 8 else _DEFAULT_WIDTH
