"""Variations of a piece of code, and which of them are worth showing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """How a variation goes about it: as one would write it first, in the language's own idiom, or with
    another algorithm or data structure."""

    VERSE = "straightforward"
    CHORUS = "idiomatic"
    BRIDGE = "another algorithm"


@dataclass(frozen=True, slots=True)
class Measures:
    """What can be measured of code beside what it does; less is better in each.

    `harmony_bits`: how surprising its words are to who has read the code around it, in bits a token.
    `rhythm`: how far its line length and nesting are from the surroundings', 0 is the same.
    `tension`: decisions and nesting. `n_changed`: lines that differ from what stands there.
    """

    harmony_bits: float
    rhythm: float
    tension: float
    n_changed: int


@dataclass(frozen=True, slots=True)
class Variation:
    """One way to write it; `text` is new, `producer` who wrote it."""

    part: Part
    producer: str
    text: str
    measures: Measures


def chosen(variations: Sequence[Variation]) -> tuple[Variation, ...]:
    """Return the variations that no other beats in harmony, rhythm and tension together, the smallest
    change first. Of those that measure alike the smallest change is kept (Pareto 1906)."""
    kept: list[Variation] = []
    for one in sorted(variations, key=lambda v: (v.measures.n_changed, v.producer, v.part)):
        mine = _axes(one)
        if any(_axes(other) == mine or other.text == one.text for other in kept):
            continue
        if not any(_beats(_axes(other), mine) for other in variations if other is not one):
            kept.append(one)
    return tuple(kept)


def trade_off(before: Measures, after: Measures) -> str:
    """Return what a variation gives and takes, next to what stands there."""
    said = []
    tension = after.tension - before.tension
    if abs(tension) >= 0.5:
        how = "simpler" if tension < 0 else "more involved"
        said.append(f"{how} ({before.tension:g} → {after.tension:g})")
    bits = after.harmony_bits - before.harmony_bits
    if abs(bits) >= 0.1:
        said.append(f"reads {'more' if bits < 0 else 'less'} like the code around it ({abs(bits):.1f} bits)")
    rhythm = after.rhythm - before.rhythm
    if abs(rhythm) >= 0.1:
        how = "nearer to" if rhythm < 0 else "farther from"
        said.append(f"line length and nesting {how} the surroundings'")
    n = after.n_changed
    said.append(f"{n} line{'' if n == 1 else 's'} changed")
    return ", ".join(said)


def harmony_bits(surroundings: Sequence[str], tokens: Sequence[str]) -> float:
    """Return the cross-entropy of tokens under a model of the surroundings, in bits a token.

    Technique: a trigram model of code (Hindle, Barr, Su, Gabel & Devanbu 2012, "On the naturalness of
    software"), interpolated with bigrams, unigrams and a uniform chance by Jelinek & Mercer 1980.
    """
    if not tokens:
        return 0.0
    grams = [Counter(_grams(surroundings, n)) for n in (1, 2, 3)]
    heads = [Counter(gram[:-1] for gram in _grams(surroundings, n)) for n in (1, 2, 3)]
    vocabulary = len({*surroundings, *tokens}) + 1
    bits = 0.0
    for n_gram in _grams(tokens, 3):
        p = 1 / vocabulary
        for n, weight in ((1, 0.5), (2, 0.5), (3, 0.5)):
            gram = n_gram[3 - n :]
            seen = heads[n - 1][gram[:-1]]
            if seen:
                p = (1 - weight) * p + weight * grams[n - 1][gram] / seen
        bits -= math.log2(p)
    return bits / len(tokens)


def rhythm(surroundings: str, text: str) -> float:
    """Return how far a text's mean line length and mean depth are from the surroundings', as the sum of
    the two ratios' logarithms; 0 where either is empty."""
    ours, theirs = _shape(text), _shape(surroundings)
    if ours is None or theirs is None:
        return 0.0
    return sum(abs(math.log((a + 1) / (b + 1))) for a, b in zip(ours, theirs, strict=True))


def _shape(text: str) -> tuple[float, float] | None:
    lines = [line.expandtabs(4) for line in text.splitlines() if line.strip()]
    if not lines:
        return None
    least = min(len(line) - len(line.lstrip()) for line in lines)
    depth = sum(len(line) - len(line.lstrip()) - least for line in lines) / len(lines)
    return sum(len(line.strip()) for line in lines) / len(lines), depth


def _grams(tokens: Sequence[str], n: int) -> list[tuple[str, ...]]:
    padded = ["\0"] * (n - 1) + list(tokens)
    return [tuple(padded[i : i + n]) for i in range(len(tokens))]


def _axes(one: Variation) -> tuple[float, float, float]:
    measures = one.measures
    return round(measures.harmony_bits, 2), round(measures.rhythm, 2), measures.tension


def _beats(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))
