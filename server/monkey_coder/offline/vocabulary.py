"""Numbers for tokens: the words of an index, and those that only open documents have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from ..workspace.tokens import LINE_BREAKS, OPAQUE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Fixed numbers. BOUNDARY stands between files, and between the text before and after a cursor.
BOUNDARY, UNSAID = 0, 1
SAME, DEEPER, SHALLOWER = 2, 3, 4
FIXED = ("", OPAQUE, *LINE_BREAKS)

# Classes of tokens. Those before WORD keep their identity where contexts are compared loosely.
BREAK, OPEN, CLOSE, PUNCTUATION, KEYWORD, WORD, NUMBER, TEXT = range(8)


def classify(text: str, keywords: frozenset[str]) -> int:
    """Return the class of a token by what it says."""
    if text in FIXED:
        return BREAK
    first = text[0]
    if first.isalpha() or first in "_$@":
        return KEYWORD if text in keywords else WORD if len(text) > 1 or first != "@" else PUNCTUATION
    if first.isdigit():
        return NUMBER
    if text in "([{":
        return OPEN
    if text in ")]}":
        return CLOSE
    return PUNCTUATION if len(text) < 5 and not any(map(str.isalnum, text)) else TEXT


class Words(Protocol):
    """The words of an index, numbered from 0."""

    def __len__(self) -> int: ...

    def find(self, text: str) -> int:
        """Return the number of a word, or -1."""

    def text(self, token: int) -> str: ...

    @property
    def classes(self) -> NDArray[np.uint8]: ...


class NoWords:
    """The words before there is an index: the fixed ones."""

    def __init__(self) -> None:
        import numpy as np

        self.classes: NDArray[np.uint8] = np.full(len(FIXED), BREAK, np.uint8)

    def __len__(self) -> int:
        return len(FIXED)

    def find(self, text: str) -> int:
        return FIXED.index(text) if text in FIXED else -1

    def text(self, token: int) -> str:
        return FIXED[token]


class Vocabulary:
    """The words of an index and, numbered above them, those met in open documents since."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._base = len(words)
        self._ids: dict[str, int] = {text: token for token, text in enumerate(FIXED)}
        self._new: list[str] = []
        self._new_classes = bytearray()

    def __len__(self) -> int:
        return self._base + len(self._new)

    def ids(self, texts: Sequence[str], keywords: frozenset[str]) -> list[int]:
        """Return the numbers of tokens, with new numbers for new ones."""
        known = self._ids
        result: list[int] = []
        for text in texts:
            token = known.get(text)
            result.append(self._add(text, keywords) if token is None else token)
        return result

    def _add(self, text: str, keywords: frozenset[str]) -> int:
        token = self._words.find(text)
        if token < 0:
            token = self._base + len(self._new)
            self._new.append(text)
            self._new_classes.append(classify(text, keywords))
        self._ids[text] = token
        return token

    def knows(self, text: str) -> bool:
        """Return whether a token has been seen."""
        return text in self._ids or self._words.find(text) >= 0

    def text(self, token: int) -> str:
        """Return what a token says."""
        return self._words.text(token) if token < self._base else self._new[token - self._base]

    def classes(self) -> NDArray[np.uint8]:
        """Return the class of every number, as a snapshot."""
        import numpy as np

        if not self._new:
            return self._words.classes
        return np.concatenate((self._words.classes, np.frombuffer(bytes(self._new_classes), np.uint8)))
