"""What the user is told before a costly request: price, odds, time, files, what may go wrong."""

from __future__ import annotations

from dataclasses import dataclass

from .beta import Chance
from .projection import Amount
from .risk import Risk


@dataclass(frozen=True, slots=True)
class Forecast:
    """What probably comes of a request. `cost` and `seconds` are None where nobody knows."""

    passes: Chance
    cost: Amount | None = None
    seconds: Amount | None = None
    n_files: int = 0
    risks: tuple[Risk, ...] = ()

    @property
    def words(self) -> str:
        """The forecast in one line: "≈ $0.012 (0.004–0.03), 84% [70–93] to pass the checks, 2 files"."""
        low, high = f"{self.passes.low * 100:.0f}", f"{self.passes.high * 100:.0f}"
        parts = [price_words(self.cost), f"{self.passes.mean:.0%} [{low}–{high}] to pass the checks"]
        if self.n_files:
            parts.append(f"{self.n_files} file{'s' if self.n_files > 1 else ''}")
        if self.seconds is not None:
            parts.append(f"about {_short(self.seconds.middle)} s")
        return ", ".join([*parts, *(risk.words for risk in self.risks[:1])])


def price_words(cost: Amount | None) -> str:
    """Return a cost in words."""
    if cost is None:
        return "price unknown"
    if cost.high <= 0:
        return "free"
    return f"≈ ${_short(cost.middle)} ({_short(cost.low)}–{_short(cost.high)})"


def in_sequence(*costs: Amount | None) -> Amount | None:
    """Return the sum of several costs; None if one of them is unknown.

    The ends are added as they are, which is right for costs that are high together.
    """
    known = [cost for cost in costs if cost is not None]
    if len(known) < len(costs) or not known:
        return None
    return Amount(sum(c.middle for c in known), sum(c.low for c in known), sum(c.high for c in known))


def _short(number: float) -> str:
    """Return a number with two digits that count, never in powers of ten."""
    if number >= 100:
        return f"{number:.0f}"
    text = f"{number:.{max(0, 1 - _order(number))}f}" if number > 0 else "0"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _order(number: float) -> int:
    order = 0
    while number < 1 and order > -9:
        number, order = number * 10, order - 1
    while number >= 10:
        number, order = number / 10, order + 1
    return order
