"""Characters that a reader does not see and a language model does, taken out and named."""

from __future__ import annotations

import re
import unicodedata

_KINDS = (
    ("characters of the tag block, which spell words that nobody sees", "[\U000e0000-\U000e007f]+"),
    ("marks that reorder text (CVE-2021-42574)", "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+"),
    (
        "characters of no width",
        "[\u00ad\u034f\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f\ufeff\U0001bca0-\U0001bca3]+",
    ),
    ("fillers that look like spaces", "[\u115f\u1160\u17b4\u17b5\u3164\uffa0]+"),
    ("variation selectors in rows", "[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}|[\U000e0100-\U000e01ef]"),
    ("control characters", "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+"),
)
_PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in _KINDS)
# These join letters of some scripts, and the parts of an emoji; between others they carry nothing.
_JOINERS = re.compile("[\u200c\u200d]+")


def without_hidden(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the text as a reader sees it, and what was taken out, in words."""
    if text.isascii() and text.isprintable():
        return text, ()
    found: list[str] = []
    for name, pattern in _PATTERNS:
        text, n_places = pattern.subn("", text)
        if n_places:
            found.append(f"{name} ({n_places})")
    text, n_joiners = _without_joiners(text)
    if n_joiners:
        found.append(f"joiners that join nothing ({n_joiners})")
    return text, tuple(found)


def _without_joiners(text: str) -> tuple[str, int]:
    n_taken = 0

    def kept(match: re.Match[str]) -> str:
        nonlocal n_taken
        before = text[match.start() - 1] if match.start() else ""
        if len(match[0]) == 1 and before and not before.isascii() and _is_joined(before):
            return match[0]
        n_taken += 1
        return ""

    return _JOINERS.sub(kept, text), n_taken


def _is_joined(char: str) -> bool:
    """Return whether a joiner after `char` means something: letters, marks and emoji (and their variants)."""
    return unicodedata.category(char) in ("Lo", "Mn", "Mc", "So", "Sk") or char == "\ufe0f"
