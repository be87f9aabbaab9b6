"""Texts as the numbers of word pieces, the way BERT's uncased models were taught them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

UNKNOWN, START, END = "[UNK]", "[CLS]", "[SEP]"
_LONGEST_WORD = 100


class WordPieces:
    """Source: Devlin et al. 2018 and the tokenizer of its reference implementation (BertTokenizer)."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._ids = {piece: at for at, piece in enumerate(vocabulary)}
        self._known: dict[str, tuple[int, ...]] = {}

    def encode(self, text: str, most: int) -> list[int]:
        """Return at most `most` numbers, the marks of start and end among them."""
        found: list[int] = [self._ids[START]]
        # A piece is one character at least, so what lies behind so many can play no part.
        for word in basic_words(text[: most * _LONGEST_WORD]):
            if word not in self._known:
                self._known[word] = _pieces(word, self._ids)
            found += self._known[word]
            if len(found) >= most - 1:
                break
        return [*found[: most - 1], self._ids[END]]


def basic_words(text: str) -> list[str]:
    """Return the words of a text in lower case, without accents; marks and Chinese signs one by one."""
    spaced: list[str] = []
    for char in unicodedata.normalize("NFD", text.lower()):
        kind = unicodedata.category(char)
        if kind == "Mn" or char in "\x00\ufffd" or (kind in ("Cc", "Cf") and char not in "\t\n\r"):
            continue
        if char.isspace():
            spaced.append(" ")
        elif kind.startswith("P") or (char.isascii() and not char.isalnum()) or _is_chinese(char):
            spaced += (" ", char, " ")
        else:
            spaced.append(char)
    return "".join(spaced).split()


def _pieces(word: str, ids: Mapping[str, int]) -> tuple[int, ...]:
    """Return the longest known pieces of a word from its beginning on, or that it is unknown."""
    if len(word) > _LONGEST_WORD:
        return (ids[UNKNOWN],)
    found: list[int] = []
    at = 0
    while at < len(word):
        end = len(word)
        lead = "##" if at else ""
        while end > at and lead + word[at:end] not in ids:
            end -= 1
        if end == at:
            return (ids[UNKNOWN],)
        found.append(ids[lead + word[at:end]])
        at = end
    return tuple(found)


def _is_chinese(char: str) -> bool:
    code = ord(char)
    return 0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF or 0xF900 <= code <= 0xFAFF or code >= 0x20000
