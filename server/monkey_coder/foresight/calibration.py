"""How good forecasts were, against what happened."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bin:
    """Forecasts about as high as each other: their mean, how often it came true, how many they were."""

    said: float
    was: float
    n: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """`brier` and `log_loss` are 0 at best; `error` is how far what was said lay from what was."""

    n: int
    brier: float
    log_loss: float
    error: float
    bins: tuple[Bin, ...]

    @property
    def words(self) -> str:
        if not self.n:
            return "no forecast has been tested yet"
        return f"{self.n} forecasts: off by {self.error:.0%} on average, Brier score {self.brier:.3f}"


def calibration(said: Sequence[float], happened: Sequence[bool], *, n_bins: int = 10) -> Calibration:
    """Return how forecasts compare with outcomes.

    Brier score (Brier 1950), logarithmic loss (Good 1952), and the reliability diagram with its
    expected calibration error (Murphy & Winkler 1977; Naeini, Cooper & Hauskrecht 2015).
    Raises: ValueError if there are not as many forecasts as outcomes.
    """
    pairs = list(zip(said, happened, strict=True))
    n = len(pairs)
    if not n:
        return Calibration(0, 0.0, 0.0, 0.0, ())
    cells: dict[int, list[tuple[float, bool]]] = {}
    for probability, was in pairs:
        cells.setdefault(min(int(probability * n_bins), n_bins - 1), []).append((probability, was))
    bins = tuple(
        Bin(sum(p for p, _ in cell) / len(cell), sum(was for _, was in cell) / len(cell), len(cell))
        for _, cell in sorted(cells.items())
    )
    return Calibration(
        n,
        sum((probability - was) ** 2 for probability, was in pairs) / n,
        sum(-math.log(max(p if was else 1 - p, 1e-9)) for p, was in pairs) / n,
        sum(cell.n * abs(cell.said - cell.was) for cell in bins) / n,
        bins,
    )
