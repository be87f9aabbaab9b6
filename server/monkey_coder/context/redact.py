"""Take secrets out of what a language model gets to see."""

from __future__ import annotations

from collections.abc import Iterator

from ..workspace.secrets import FoundSecret, find_secrets


class Redactor:
    """Puts placeholders such as `<redacted:aws-key:1>` in the place of secrets.

    One redactor serves one request: the same secret gets the same placeholder throughout it.
    """

    def __init__(self) -> None:
        self._placeholders: dict[str, str] = {}
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
            self._numbers[kind] = self._numbers.get(kind, 0) + 1
            self._placeholders[value] = f"<redacted:{kind}:{self._numbers[kind]}>"
        return self._placeholders[value]


def redact(text: str) -> str:
    """Return one text with placeholders for its secrets."""
    return Redactor().redact(text)
