"""Take secrets out of what a language model gets to see."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from ..workspace.secrets import FoundSecret, find_secrets

PLACEHOLDER = re.compile(r"<redacted:[a-z0-9-]{1,30}:[0-9]{1,6}>")
# The beginning of a placeholder that the next piece of a stream may finish.
_BEGUN = re.compile(
    r"<(?:r(?:e(?:d(?:a(?:c(?:t(?:e(?:d(?::[a-z0-9-]{0,30}(?::[0-9]{0,6})?)?)?)?)?)?)?)?)?)?\Z"
)


class Redactor:
    """Puts placeholders such as `<redacted:aws-key:1>` in the place of secrets, and takes them back.

    One redactor serves one request: the same secret gets the same placeholder throughout it. None of
    `taken` is used: what stands in the user's text already must not become a secret in the answer.
    """

    def __init__(self, taken: Collection[str] = ()) -> None:
        self._taken = taken
        self._placeholders: dict[str, str] = {}
        self._secrets: dict[str, str] = {}
        self._numbers: dict[str, int] = {}

    @property
    def count(self) -> int:
        """How many different secrets were taken out so far."""
        return len(self._placeholders)

    def redact(self, text: str) -> str:
        """Return the text with placeholders for its secrets."""
        found = find_secrets(text)
        return "".join(self._pieces(text, found, 0, len(text))) if found else text

    def redact_around(self, prefix: str, suffix: str) -> tuple[str, str]:
        """Return both sides of a cursor; a secret that the cursor stands in is taken from both."""
        text, cursor = prefix + suffix, len(prefix)
        found = find_secrets(text)
        if not found:
            return prefix, suffix
        before = "".join(self._pieces(text, found, 0, cursor))
        return before, "".join(self._pieces(text, found, cursor, len(text)))

    def restore(self, text: str) -> str:
        """Return the text with this redactor's placeholders turned into what they stand for."""
        if not self._secrets or "<redacted:" not in text:
            return text
        return PLACEHOLDER.sub(lambda match: self._secrets.get(match[0], match[0]), text)

    def _pieces(self, text: str, found: tuple[FoundSecret, ...], start: int, end: int) -> Iterator[str]:
        """Yield `text[start:end]` in pieces; of a secret that begins earlier nothing is left."""
        at = start
        for secret in found:
            if secret.span.end <= start or secret.span.start >= end:
                continue
            if secret.span.start >= start:
                yield text[at : secret.span.start]
                yield self._placeholder(text[secret.span.start : secret.span.end], secret.kind)
            at = max(at, secret.span.end)
        if at < end:
            yield text[at:end]

    def _placeholder(self, value: str, kind: str) -> str:
        if value not in self._placeholders:
            placeholder = self._next(kind)
            while placeholder in self._taken:
                placeholder = self._next(kind)
            self._placeholders[value] = placeholder
            self._secrets[placeholder] = value
        return self._placeholders[value]

    def _next(self, kind: str) -> str:
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return f"<redacted:{kind}:{self._numbers[kind]}>"


class Restorer:
    """Takes placeholders back in a text that comes in pieces; none is split by where a piece ends."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._held = ""

    def feed(self, piece: str) -> str:
        """Return what can be shown so far of all that came."""
        text = self._held + piece
        begun = _BEGUN.search(text, max(len(text) - 60, 0))
        at = begun.start() if begun else len(text)
        self._held = text[at:]
        return self._redactor.restore(text[:at])

    def rest(self) -> str:
        """Return what was held back, once nothing more comes."""
        held, self._held = self._held, ""
        return held


def redact(text: str) -> str:
    """Return one text with placeholders for its secrets."""
    return Redactor().redact(text)
