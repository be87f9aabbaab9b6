"""Recorded outcomes: what is learned from, and what decisions are judged on.

Rows marked "dev" are learned from. Judged are the rows with a mark that is neither "dev" nor
"holdout", or, where there are none, those marked "holdout"; where nothing is marked, all.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Row = dict[str, Any]

# A portfolio of one model from each of eight families and prices, as the measures have it.
PORTFOLIO = (
    "deepseek-v3.2-reasoner",
    "gpt-5-mini-2025-08-07",
    "gpt-5-nano-2025-08-07",
    "glm-4.6",
    "gpt-5-2025-08-07",
    "gemini-3-pro-preview",
    "claude-sonnet-4-5-20250929",
    "claude-opus-4-5-20251101",
)


@dataclass(frozen=True)
class Outcomes:
    """What every model made of every task: `solved` and `usd` by row and model."""

    rows: tuple[Row, ...]
    models: tuple[str, ...]
    solved: np.ndarray
    usd: np.ndarray

    def part(self, chosen: Sequence[int]) -> Outcomes:
        at = list(chosen)
        return Outcomes(tuple(self.rows[i] for i in at), self.models, self.solved[at], self.usd[at])

    def __len__(self) -> int:
        return len(self.rows)


def rows(path: Path) -> list[Row]:
    """Return the rows of a file of JSON lines."""
    try:
        return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    except FileNotFoundError:
        raise SystemExit(f"{str(path)!r} is missing; name the folder with the recorded outcomes") from None


def divided(all_rows: Sequence[Row]) -> tuple[list[int], list[int]]:
    """Return the places of the rows to learn from, and of those to judge on."""
    marks = [row.get("split") for row in all_rows]
    dev = [i for i, mark in enumerate(marks) if mark == "dev"]
    hidden = [i for i, mark in enumerate(marks) if mark not in ("dev", "holdout")]
    holdout = [i for i, mark in enumerate(marks) if mark == "holdout"]
    return dev, hidden or holdout


def outcomes(path: Path, models: Sequence[str] = PORTFOLIO) -> tuple[Outcomes, Outcomes]:
    """Return the outcomes to learn from, and those to judge on; rows that lack a model are left out."""
    found = [row for row in rows(path) if all(model in row["outcomes"] for model in models)]
    everything = Outcomes(
        tuple(found),
        tuple(models),
        np.array([[row["outcomes"][model][0] > 0.5 for model in models] for row in found], dtype=bool),
        np.array([[row["outcomes"][model][1] for model in models] for row in found], dtype=float),
    )
    dev, judged = divided(found)
    return everything.part(dev), everything.part(judged)


def interval(differences: Sequence[float], *, n: int = 4_000, seed: int = 0) -> tuple[float, float, float]:
    """Return the mean of paired differences with its 95 % interval, by the bootstrap (Efron 1979)."""
    values = np.asarray(differences, float)
    rng = np.random.default_rng(seed)
    means = values[rng.integers(len(values), size=(n, len(values)))].mean(1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(values.mean()), float(low), float(high)
