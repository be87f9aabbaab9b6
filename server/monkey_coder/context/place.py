"""The place of a request as the ranking sees it: what stands around the cursor."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from .atlas import words_of
from .imports import FAMILY, Import, imports_of

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
    def near_before(self) -> list[str]:
        """The lines before the cursor's, nearest last."""
        return self.before[-40_000:].split("\n")[:-1][-_BEFORE_LINES:]

    @cached_property
    def near_after(self) -> list[str]:
        return self.after[:20_000].split("\n")[:_AFTER_LINES]

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """What the text imports, by itself or, in a language where that says little, by the index."""
        if self.language not in FAMILY:
            return self.known_imports
        return imports_of(f"{self.before}\n{self.after}", self.language)

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
        known: dict[str, tuple[float, float]] = {}
        n_before = len(self.near_before)
        for number, line in enumerate(self.near_before):
            known |= dict.fromkeys(_names_in(line), (1 / (1 + (n_before - number) / 20), 0.0))
        known |= dict.fromkeys(_names_in(self.line), (1.0, 0.0))
        for number, line in reversed(list(enumerate(self.near_after))):
            nearness = 1 / (1 + (number + 1) / 20)
            for name in _names_in(line):
                before = known.get(name, (0.0, 0.0))[0]
                known[name] = (before, nearness)
        return known

    @cached_property
    def counts(self) -> dict[str, int]:
        """How often each name stands in the whole visible text."""
        counts: dict[str, int] = {}
        for block in (*_blocks(self.before), *_blocks_from_end(self.after)):
            for name, n in _counted(block).items():
                counts[name] = counts.get(name, 0) + n
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
        text = "\n".join([*self.near_before, self.line])
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
