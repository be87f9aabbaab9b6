"""Words of text and code, so that "getUserName" is found by "user"."""

from __future__ import annotations

import re
from collections.abc import Iterator

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
# Where a name such as parseHTTPResponse2 falls into parts.
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# What English sentences and commit messages share, and so says nothing about which is meant.
_COMMON = """
    a about after all also am an and any are as at be because been before being but by can could did do
    does doing don for from had has have he her here him his how i if in into is it its just like me
    more most my no nor not now of off on once only or other our out over own same she should so some
    such than that the their them then there these they this those through to too under until up very
    was we were what when where which while who why will with would you your
"""
COMMON = frozenset(_COMMON.split())


def words(text: str) -> Iterator[str]:
    """Yield the lower-case words of a text, and for a name of several parts also the parts."""
    for match in _WORD.finditer(text):
        word = match[0]
        lower = word.lower()
        yield lower
        if word == lower and word.isalpha():
            continue
        if word.isascii():
            parts = _PART.findall(word)
            if len(parts) > 1:
                yield from (part.lower() for part in parts)


def split_text(text: str) -> str:
    """Return the text as FTS5 is given it: all its words, names also in their parts."""
    return " ".join(words(text))


def query_words(text: str, *, most: int = 16) -> list[str]:
    """Return the words that a search for `text` looks for, each once; common ones only if alone."""
    found = list(dict.fromkeys(words(text)))
    telling = [word for word in found if word not in COMMON]
    return (telling or found)[:most]
