"""How eagerly ghost text is offered unasked: less after each suggestion that the user waved away."""

from __future__ import annotations

from enum import StrEnum

# So many in a row are taken for chance.
_FREE = 2
_FIRST_S, _MOST_S = 0.2, 5.0


class Outcome(StrEnum):
    """What the user did with ghost text."""

    ACCEPTED = "accepted"
    PARTIAL = "partial"
    DISMISSED = "dismissed"


class Eagerness:
    """The pause in typing that ghost text waits for: it doubles with each rejection in a row, as
    exponential backoff does, and is gone once a suggestion is taken."""

    def __init__(self) -> None:
        self._n_dismissed = 0

    @property
    def pause_s(self) -> float:
        """How many seconds typing must pause before ghost text comes unasked."""
        n_beyond = self._n_dismissed - _FREE
        return min(_FIRST_S * 2 ** min(n_beyond - 1, 10), _MOST_S) if n_beyond > 0 else 0.0

    def learn(self, outcome: Outcome) -> None:
        """Take note of what the user did."""
        self._n_dismissed = self._n_dismissed + 1 if outcome is Outcome.DISMISSED else 0
