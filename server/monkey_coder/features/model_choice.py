"""The language models that the user can choose from, with what they charge."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from ..core.model import UsageReport

_MILLION = 1_000_000
# What a vendor charges for one use of one model at a time; None where that is not known.
Price = Callable[[str, str, UsageReport, datetime], float | None]


@dataclass(frozen=True, slots=True)
class Offer:
    """One model. Prices are in US dollars for a million tokens, None where they are not known.

    `is_configured` says that its provider can be asked: there is a key, or it needs none.
    """

    provider: str
    name: str
    is_configured: bool
    is_current: bool
    input_usd: float | None
    output_usd: float | None

    @property
    def id(self) -> str:
        """What the setting `model` takes."""
        return f"{self.provider}/{self.name}"


def offers(
    known: Iterable[tuple[str, str]],
    current: tuple[str, str] | None,
    configured: Collection[str],
    price: Price,
    at: datetime,
) -> tuple[Offer, ...]:
    """Return each (provider, model) of `known` and the `current` one, those that can be asked first."""

    def offer(provider: str, name: str) -> Offer:
        reading = price(provider, name, UsageReport(_MILLION, 0), at)
        writing = price(provider, name, UsageReport(0, _MILLION), at)
        is_current = (provider, name) == current
        return Offer(provider, name, is_current or provider in configured, is_current, reading, writing)

    pairs = dict.fromkeys([*([current] if current else []), *known])
    return tuple(sorted((offer(*pair) for pair in pairs), key=lambda one: not one.is_configured))
