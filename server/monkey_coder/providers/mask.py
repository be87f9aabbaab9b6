"""Keep a key out of a text, even of one that comes in pieces."""

from __future__ import annotations


class Mask:
    """Hides a key in a text that comes in pieces, holding back what may be its beginning."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._first = key[:1]
        self._held = ""

    def feed(self, text: str) -> str:
        """Return what may be shown of the text so far."""
        if not self._held and self._first not in text:
            return text
        text = (self._held + text).replace(self._key, "[key]")
        self._held = ""
        at = text.find(self._first, max(len(text) - len(self._key) + 1, 0))
        while at >= 0:
            if self._key.startswith(text[at:]):
                self._held = text[at:]
                return text[:at]
            at = text.find(self._first, at + 1)
        return text

    def rest(self) -> str:
        """Return what is still held back when the text is over."""
        rest, self._held = self._held, ""
        return rest
