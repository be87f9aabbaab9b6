"""How likely the user keeps an answer, learned from every answer they kept or undid."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_N = 13
# Prior precisions of the logistic experts: one that learns fast, one that is hard to move.
_PRECISIONS = (4.0, 20.0)
_STRENGTH = 8.0
# How much of each expert's weight is shared out again, so that none is ever lost.
_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it stands before the user reacts. No text of it is kept but a digest of the request."""

    request: str
    n_blocks: int = 1
    n_malformed: int = 0
    n_files: int = 1
    added: int = 0
    removed: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Expert:
    """A logistic regression: weights and their covariance. The arrays are never written to."""

    weights: Floats
    covariance: Floats


@dataclass(frozen=True, slots=True)
class Habits:
    """The state: the experts, the weight of each, counts by bucket, and the last few outcomes."""

    experts: tuple[Expert, ...] = ()
    log_weights: tuple[float, ...] = ()
    buckets: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    last: tuple[tuple[str, bool], ...] = ()
    fast: float = 0.0
    slow: float = 0.0


def p_kept(state: Habits, reply: Reply) -> float:
    """Return how likely the user keeps this answer.

    Technique: experts mixed by how well they foretold so far (the aggregating algorithm, Vovk 1990,
    with the fixed share of Herbster & Warmuth 1998). Two are logistic regressions kept up by a
    recursive Laplace approximation (Spiegelhalter & Lauritzen 1990), their answer moderated by its own
    uncertainty (MacKay 1992); one is a hierarchical Beta rate by what became of the last two answers
    and whether this request says again what the one before said. That users keep in runs and undo in
    runs is what helps most.
    """
    import numpy as np

    state = _begun(state)
    weights = np.exp(np.asarray(state.log_weights))
    return float(weights @ np.asarray(_said(state, reply)) / weights.sum())


def learn_kept(state: Habits, reply: Reply, kept: bool) -> Habits:
    """Return the state that also knows whether this answer was kept."""
    import numpy as np

    state = _begun(state)
    said = np.clip(_said(state, reply), 0.01, 0.99)
    log_weights = np.asarray(state.log_weights) + np.log(said if kept else 1 - said)
    weights = np.exp(log_weights - log_weights.max())
    weights = (1 - _SHARE) * weights / weights.sum() + _SHARE / len(weights)
    vector = _vector(state, reply)
    counts = dict(state.buckets)
    for bucket in ("", _bucket(state, reply)):
        good, bad = counts.get(bucket, (0.0, 0.0))
        counts[bucket] = (good + kept, bad + (not kept))
    sign = 1.0 if kept else -1.0
    return replace(
        state,
        experts=tuple(_learned(expert, vector, kept) for expert in state.experts),
        log_weights=tuple(np.log(weights).tolist()),
        buckets=counts,
        last=(*state.last, (_digest(reply.request), kept))[-4:],
        fast=0.5 * state.fast + 0.5 * sign,
        slow=0.9 * state.slow + 0.1 * sign,
    )


def dump_habits(state: Habits) -> dict[str, Any]:
    """Return the state as JSON values."""
    return {
        "experts": [[expert.weights.tolist(), expert.covariance.tolist()] for expert in state.experts],
        "log_weights": list(state.log_weights),
        "buckets": {bucket: list(counts) for bucket, counts in state.buckets.items()},
        "last": [list(pair) for pair in state.last],
        "fast": state.fast,
        "slow": state.slow,
    }


def load_habits(data: Any) -> Habits:
    """Return the state that was dumped. Raises: ValueError, TypeError, KeyError if it is none."""
    import numpy as np

    experts = tuple(Expert(np.array(w, float), np.array(c, float)) for w, c in data["experts"])
    log_weights = tuple(float(weight) for weight in data["log_weights"])
    for expert in experts:
        fits = expert.weights.shape == (_N,) and expert.covariance.shape == (_N, _N)
        if not fits or not (np.isfinite(expert.weights).all() and np.isfinite(expert.covariance).all()):
            raise ValueError("its weights do not fit")
    if experts and (len(experts) != len(_PRECISIONS) or len(log_weights) != len(experts) + 1):
        raise ValueError("its experts do not fit")
    numbers = (*log_weights, float(data["fast"]), float(data["slow"]))
    if not all(map(math.isfinite, numbers)):
        raise ValueError("a number is not finite")
    buckets = {str(key): (float(good), float(bad)) for key, (good, bad) in dict(data["buckets"]).items()}
    if any(not math.isfinite(x) or x < 0 for counts in buckets.values() for x in counts):
        raise ValueError("a count is none")
    last = tuple((str(digest), bool(kept)) for digest, kept in data["last"])
    return Habits(experts, log_weights, buckets, last[-4:], float(data["fast"]), float(data["slow"]))


def _begun(state: Habits) -> Habits:
    """Return the state with its experts; most answers are kept, says the prior."""
    import numpy as np

    if state.experts:
        return state
    weights = np.zeros(_N)
    weights[0] = 0.6
    experts = tuple(Expert(weights, np.eye(_N) / precision) for precision in _PRECISIONS)
    return replace(state, experts=experts, log_weights=(0.0,) * (len(experts) + 1))


def _said(state: Habits, reply: Reply) -> list[float]:
    """Return what each expert says."""
    vector = _vector(state, reply)
    said = []
    for expert in state.experts:
        variance = float(vector @ expert.covariance @ vector)
        odds = float(expert.weights @ vector) / math.sqrt(1 + math.pi * variance / 8)
        said.append(_logistic(odds))
    good, bad = state.buckets.get("", (0.0, 0.0))
    overall = (1 + good) / (2 + good + bad)
    good, bad = state.buckets.get(_bucket(state, reply), (0.0, 0.0))
    said.append((good + _STRENGTH * overall) / (good + bad + _STRENGTH))
    return said


def _learned(expert: Expert, vector: Floats, kept: bool) -> Expert:
    import numpy as np

    p = _logistic(float(expert.weights @ vector))
    bend = max(p * (1 - p), 0.05)
    along = expert.covariance @ vector
    covariance = expert.covariance - np.outer(along, along) * bend / (1 + bend * float(vector @ along))
    return Expert(expert.weights + covariance @ vector * (float(kept) - p), covariance)


def _vector(state: Habits, reply: Reply) -> Floats:
    import numpy as np

    digest = _digest(reply.request)
    again = [kept for said, kept in state.last if said == digest]
    return np.asarray(
        [
            1.0,
            min(reply.n_blocks, 4) / 4,
            float(reply.n_malformed > 0),
            float(reply.n_blocks == 0),
            min(reply.n_files, 4) / 4,
            math.log1p(max(reply.added, 0)) / 6,
            math.log1p(max(reply.removed, 0)) / 6,
            math.log1p(len(reply.request)) / 8,
            math.log1p(max(reply.input_tokens, 0)) / 12,
            math.log1p(max(reply.output_tokens, 0)) / 9,
            state.fast,
            state.slow,
            float(bool(again) and not again[-1]),
        ]
    )


def _bucket(state: Habits, reply: Reply) -> str:
    recent: Sequence[tuple[str, bool]] = (("", True), ("", True), *state.last)[-2:]
    is_again = recent[-1][0] == _digest(reply.request)
    return "".join("+" if kept else "-" for _, kept in recent) + ("=" if is_again else "")


def _digest(request: str) -> str:
    """Return what two requests have in common if they say the same; nobody can read it back."""
    import hashlib

    words = " ".join(request.lower().split())
    return hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _logistic(odds: float) -> float:
    return 1 / (1 + math.exp(-min(max(odds, -30.0), 30.0)))
