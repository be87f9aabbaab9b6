"""The place of a request as the ranking sees it: what stands around the cursor."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain, repeat

from ..workspace.atlas import words_of
from ..workspace.imports import FAMILY, Import, imports_of

_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")
_CHAIN = re.compile(
    r"((?:[A-Za-z_$][\w$]*(?:\([^()]*\)|\[[^\[\]]*\])*!?(?:\?\.|\.|::|->))+)\s*([A-Za-z_$][\w$]*)?$"
)
_PARTIAL = re.compile(r"[A-Za-z_$][\w$]*$")
_CALLEE = re.compile(r"([A-Za-z_$][\w$]*)!?(?:::)?(?:<[^<>]*>)?$")
_HEADER = re.compile(
    r"^([ \t]*)(?:export\s+|default\s+|pub(?:\([^)]*\))?\s+|async\s+|static\s+|private\s+|public\s+"
    r"|protected\s+|const\s+|unsafe\s+)*(?:def|func|fn|function\*?|class|impl|struct|interface|trait)\b[^\n]*"
    r"|^([ \t]*)(?:export\s+)?const\s+\w+[^\n=]*=\s*(?:async\s*)?\([^\n]*",
    re.MULTILINE,
)
_BEFORE_LINES, _AFTER_LINES, _HEAD_LINES = 400, 200, 120
# A text is counted in blocks: while the user types, all but the block at the cursor are known.
_BLOCK = 16_000
_NOWHERE = (0.0, 0.0)


@dataclass(frozen=True)
class Place:
    """A cursor in a text, of which the rest of the cursor's line is not to be seen.

    `before` ends at the cursor; `after` begins with the line below it. `path` is relative to the folder.
    """

    path: str
    language: str
    before: str
    after: str
    known_imports: tuple[Import, ...] = ()

    @property
    def reads_imports(self) -> bool:
        """Whether the text itself tells what it imports."""
        return self.language in FAMILY

    @cached_property
    def line(self) -> str:
        """What stands before the cursor in its line."""
        return self.before[self.before.rfind("\n") + 1 :]

    @cached_property
    def _lines(self) -> _Lines:
        return _lines(self.before[: len(self.before) - len(self.line)], self.after)

    @property
    def near_before(self) -> list[str]:
        """The lines before the cursor's, nearest last."""
        return self._lines.near_before

    @property
    def near_after(self) -> list[str]:
        return self._lines.near_after

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """What the text imports, by itself or, in a language where that says little, by the index."""
        if self.language not in FAMILY:
            return self.known_imports
        return self._lines.imports(self.language) + imports_of(self.line, self.language)

    @cached_property
    def receiver(self) -> str:
        """The chain before the cursor with its last dot, such as "self.app."; "" where there is none."""
        match = _CHAIN.search(self.line[-200:])
        return match[1] if match else ""

    @cached_property
    def receiver_names(self) -> list[str]:
        return _IDENTIFIER.findall(re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", self.receiver))

    @cached_property
    def typed(self) -> str:
        """The beginning of a name that ends at the cursor."""
        match = _PARTIAL.search(self.line)
        return match[0] if match else ""

    @cached_property
    def calls(self) -> list[str]:
        """The names of the calls whose arguments hold the cursor, innermost first."""
        text = "\n".join([*self.near_before[-12:], self.line])
        found: list[str] = []
        depth = 0
        for at in range(len(text) - 1, -1, -1):
            character = text[at]
            if character in ")]}":
                depth += 1
            elif character in "([{":
                depth -= 1
                if depth < 0:
                    depth = 0
                    if character == "{":
                        continue
                    match = _CALLEE.search(text, max(0, at - 80), at) if character == "(" else None
                    if match:
                        found.append(match[1])
                    if len(found) >= 3:
                        break
        return found

    @cached_property
    def is_at_arguments(self) -> bool:
        """Whether the cursor stands just behind the opening parenthesis of a call."""
        return (
            self.line.rstrip().endswith("(")
            and bool(self.calls)
            and bool(_CALLEE.search(self.line.rstrip()[:-1]))
        )

    @cached_property
    def callee_receiver(self) -> list[str]:
        """The names of the chain before the call whose first argument the cursor is at."""
        match = _CHAIN.search(self.line.rstrip()[:-1][-200:]) if self.is_at_arguments else None
        return _IDENTIFIER.findall(re.sub(r"\([^()]*\)", "", match[1])) if match else []

    @cached_property
    def distance(self) -> dict[str, tuple[float, float]]:
        """How near each visible name stands before and after the cursor: 1 at it, 0 nowhere."""
        known = self._lines.distance
        return {**known, **{name: (1.0, known.get(name, _NOWHERE)[1]) for name in _names_in(self.line)}}

    @cached_property
    def counts(self) -> dict[str, int]:
        """How often each name stands in the whole visible text."""
        counts = self._lines.counts.copy()
        for name in _names_in(self.line):
            counts[name] = counts.get(name, 0) + 1
        return counts

    @cached_property
    def holders(self) -> list[str]:
        """The header lines of the definitions around the cursor, innermost first, by their indentation."""
        indent = len(self.line) - len(self.line.lstrip()) if self.line.strip() else 1_000
        if not self.line.strip():
            indent = len(self.line) or 1
        found = []
        for line in reversed(self.near_before):
            if not line.strip() or indent == 0:
                continue
            here = len(line) - len(line.lstrip())
            if here < indent and _HEADER.match(line):
                found.append(line.strip())
                indent = here
        return found

    @cached_property
    def around(self) -> list[str]:
        """The lines of the function around the cursor, at most 40 each way."""
        before: list[str] = []
        for line in reversed(self.near_before[-60:]):
            before.append(line)
            if _HEADER.match(line) and len(line) - len(line.lstrip()) < max(
                1, len(self.line) - len(self.line.lstrip())
            ):
                break
        after: list[str] = []
        for line in self.near_after[:40]:
            if _HEADER.match(line):
                break
            after.append(line)
        return [*reversed(before), self.line, *after]

    @cached_property
    def around_names(self) -> set[str]:
        return set(_IDENTIFIER.findall("\n".join(self.around)))

    def types_of(self, name: str) -> list[str]:
        """Return the words that stand where the nearest text tells the type or origin of `name`."""
        escaped = re.escape(name)
        told = re.compile(
            rf"(?<![\w.]){escaped}\b\s*(?::=|=(?!=)|:(?!:)|\s(?=[*&\[\]A-Za-z_.]+[,)]))\s*([^\n;]{{0,80}})"
            rf"|\b([\w.:]+)\([^\n]*\)\s+as\s+{escaped}\b|\bfor\s+{escaped}\s+(?:in|of)\s+([^\n:]{{0,60}})"
            rf"|\.{escaped}\s*(?::[^=\n]*)?=(?!=)\s*([^\n;]{{0,80}})"
        )
        text = "\n".join(line for line in (*self.near_before, self.line) if name in line)
        found: list[str] = []
        for match in list(told.finditer(text))[-4:]:
            found += _IDENTIFIER.findall(next(filter(None, match.groups()), ""))[:6]
        return found

    @cached_property
    def query_words(self) -> list[str]:
        return words_of("\n".join([*self.near_before[-8:], self.line, *self.near_after[:3]]))

    @cached_property
    def line_words(self) -> list[str]:
        return words_of(self.line)


class _Lines:
    """The lines around the cursor's, which stay the same while the user types in it."""

    def __init__(self, above: str, below: str) -> None:
        self._above, self._below = above, below
        self._imports: dict[str, tuple[Import, ...]] = {}
        self.near_before = above[-40_000:].split("\n")[:-1][-_BEFORE_LINES:]
        self.near_after = below[:20_000].split("\n")[:_AFTER_LINES]

    def imports(self, language: str) -> tuple[Import, ...]:
        """Return what they import."""
        if language not in self._imports:
            self._imports[language] = imports_of(f"{self._above}\n{self._below}", language)
        return self._imports[language]

    @cached_property
    def distance(self) -> dict[str, tuple[float, float]]:
        """How near each of their names stands before and after the cursor's line."""
        before = _nearest(self.near_before, len(self.near_before))
        after = _nearest(self.near_after[::-1], len(self.near_after))
        known = {name: (nearness, after.get(name, 0.0)) for name, nearness in before.items()}
        return {**{name: (0.0, nearness) for name, nearness in after.items()}, **known}

    @cached_property
    def counts(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for block in (*_blocks(self._above), *_blocks_from_end(self._below)):
            for name, n in _counted(block).items():
                counts[name] = counts.get(name, 0) + n
        return counts


@lru_cache(8)
def _lines(above: str, below: str) -> _Lines:
    return _Lines(above, below)


def _nearest(lines: list[str], distance: int) -> dict[str, float]:
    """Return how near each name stands at its last place in lines of which the first is so far away."""
    names = [_names_in(line) for line in lines]
    nearness = (1 / (1 + (distance - number) / 20) for number in range(len(lines)))
    return dict(zip(chain.from_iterable(names), _repeated(nearness, map(len, names)), strict=True))


def _repeated(values: Iterable[float], counts: Iterable[int]) -> Iterator[float]:
    return chain.from_iterable(map(repeat, values, counts))


@lru_cache(4_096)
def _names_in(line: str) -> tuple[str, ...]:
    return tuple(_IDENTIFIER.findall(line))


@lru_cache(64)
def _counted(block: str) -> dict[str, int]:
    return Counter(_IDENTIFIER.findall(block))


def _blocks(text: str) -> Iterator[str]:
    """Yield a text in pieces that end with lines, the same ones for the same beginning."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + _BLOCK)
        end = len(text) if end < 0 else end + 1
        yield text[start:end]
        start = end


def _blocks_from_end(text: str) -> Iterator[str]:
    """Yield a text in pieces that begin with lines, the same ones for the same end."""
    end = len(text)
    while end > 0:
        start = text.rfind("\n", 0, max(0, end - _BLOCK)) + 1
        yield text[start:end]
        end = start
