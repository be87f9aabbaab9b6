"""How well it is foretold whether the user keeps an edit, on replies in the order they came."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from monkey_coder.foresight.calibration import calibration
from monkey_coder.foresight.kept import Habits, Reply, learn_kept, p_kept

from .replay_data import Row, rows

# Of the replies, the first so many are learned from unjudged; all later ones are foretold, then learned.
FIRST = 0.6


def reply(row: Row) -> Reply:
    """Return what is known of an answer before the user reacts."""
    read, written = row["tokens"] or (0, 0)
    return Reply(
        request=row["request"],
        n_blocks=row["n_blocks"],
        n_malformed=row["malformed_blocks"],
        n_files=len(row["files"]),
        added=row["added"],
        removed=row["removed"],
        input_tokens=int(read),
        output_tokens=int(written),
    )


def feedback(path: Path) -> dict[str, Any]:
    """Return the loss and the calibration of forecasts of the last 40 % of the replies."""
    found = rows(path)
    state = Habits()
    said: list[float] = []
    kept: list[bool] = []
    seconds = []
    for i, row in enumerate(found):
        began = time.perf_counter()
        probability = min(max(p_kept(state, reply(row)), 0.01), 0.99)
        seconds.append(time.perf_counter() - began)
        if i >= int(len(found) * FIRST):
            said.append(probability)
            kept.append(bool(row["accepted"]))
        state = learn_kept(state, reply(row), bool(row["accepted"]))
    judged = calibration(said, kept)
    return {
        "logloss": judged.log_loss,
        "brier": judged.brier,
        "error": judged.error,
        "n": judged.n,
        "ms": float(np.median(seconds) * 1e3),
    }
