"""Words cut to their stems, a little harder than Porter does: "tokenizer" and "tokenisation" meet."""

from __future__ import annotations

from functools import lru_cache

_ENDINGS = (
    *("ations", "ation", "izations", "ization", "isation", "izing", "ising", "ized", "ised", "izer", "iser"),
    *("ize", "ise", "ings", "ing", "edly", "ed", "ers", "er", "ors", "or", "ments", "ment", "able", "ible"),
    *("ness", "ally", "ly", "ions", "ion", "ity", "ive", "ful", "al", "e"),
)
_BY_LENGTH = tuple(sorted(_ENDINGS, key=len, reverse=True))
_VOWELS = frozenset("aeiouy")


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Return the stem of a lower-case word. Words of other scripts and short ones stay as they are."""
    if len(word) <= 3 or not word.isascii() or not word.isalpha():
        return word
    word = _singular(word)
    for ending in _BY_LENGTH:
        rest = word[: -len(ending)]
        if word.endswith(ending) and len(rest) >= 3 and not _VOWELS.isdisjoint(rest):
            word = rest
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    return word[:-1] + "i" if len(word) > 3 and word.endswith("y") else word


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith("sses"):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
