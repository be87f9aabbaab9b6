"""Which personas a task is worth, with a confidence that is made to mean what it says."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..core.model import Task, TaskKind
from .personas import PLANNERS, REVIEWER, SECURITY

# Asked from here on: a persona that has nothing to say costs as much as one that has.
_LEAST = 0.35
# What is said before anything is known counts as much as so many outcomes.
_STRENGTH = 8.0
_BINS = 5
_MOST_READ = 8_000
_RISKY = re.compile(
    r"\b(?:auth\w*|passw\w*|secret\w*|token\w*|crypt\w*|hash\w*|sign\w*|sql|query|queries|shell|subprocess|"
    r"exec|eval|pickle|yaml\.load|deserial\w*|upload\w*|path|paths|url|urls|html|escape\w*|sanit\w*|cookie\w*|"
    r"session\w*|permission\w*|chmod|root|request\w*|socket\w*)\b",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r"\b(?:and|also|then|all|every|each|everywhere|both|instead)\b|[;,]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Record:
    """The state: for each persona and bin of confidence, how often it was asked, and had something to say."""

    counts: Mapping[tuple[str, int], tuple[float, float]]


NO_RECORD = Record({})


@dataclass(frozen=True, slots=True)
class Called:
    """A persona that a task is worth, and how likely it has something to say."""

    name: str
    confidence: float


def route(task: Task, record: Record = NO_RECORD) -> tuple[Called, ...]:
    """Return the personas to ask about a task, those who plan first.

    A logistic score of the task's size and words, made to mean what it says by histogram binning
    (Zadrozny & Elkan 2001): in each of five bins the score is mixed with how often it came true there, a
    Beta mean of which the score itself is the prior, worth eight outcomes. The scores' own weights are
    guesses, which no recorded data speak for; the outcomes are the user's own.
    """
    found = [Called(name, calibrated(name, score, record)) for name, score in _scores(task)]
    return tuple(one for one in found if one.confidence >= _LEAST)


def calibrated(name: str, score: float, record: Record) -> float:
    """Return how likely it is, by the record, that a persona of this score has something to say."""
    asked, had = record.counts.get((name, _bin(score)), (0.0, 0.0))
    return (_STRENGTH * score + had) / (_STRENGTH + asked)


def learn(record: Record, asked: Sequence[tuple[str, float, bool]]) -> Record:
    """Return the record that also knows these: name, the score it was asked with, and what came of it."""
    counts = dict(record.counts)
    for name, score, had in asked:
        if math.isfinite(score) and 0 <= score <= 1:
            n, hits = counts.get((name, _bin(score)), (0.0, 0.0))
            counts[name, _bin(score)] = (n + 1, hits + had)
    return Record(counts)


def _bin(score: float) -> int:
    return min(int(score * _BINS), _BINS - 1)


def _scores(task: Task) -> list[tuple[str, float]]:
    text = task.instruction
    n_lines = task.selected.count("\n") + 1
    n_parts = len(_SEVERAL.findall(text))
    size = 0.5 * math.log2(1 + n_lines / 20) + 0.4 * math.log2(1 + len(text) / 80) + 0.35 * min(n_parts, 4)
    scores: list[tuple[str, float]] = []
    if task.kind in PLANNERS:
        # Tests are a list of cases by nature; a fix begins with what the tools found already.
        base = {TaskKind.TEST: 0.2, TaskKind.EDIT: -1.2, TaskKind.FIX: -1.6}.get(task.kind, -1.4)
        scores.append((PLANNERS[task.kind].name, _logistic(base + size)))
    scores.append((REVIEWER.name, _logistic(-0.6 + 0.6 * size)))
    n_risky = len({one.lower() for one in _RISKY.findall(f"{text}\n{task.selected[:_MOST_READ]}")})
    scores.append((SECURITY.name, _logistic(-2.0 + 0.6 * min(n_risky, 5))))
    return scores


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))
