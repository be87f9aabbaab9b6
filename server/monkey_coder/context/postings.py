"""An inverted index over texts of several fields, ranked by BM25F, as arrays."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Weighing:
    """How much a field counts, and how much its length is held against it (BM25's b)."""

    weight: float
    b: float


class Postings:
    """For each term, the texts that hold it, each with what it adds to their scores.

    Source of the formula: Zaragoza et al. 2004 (BM25F), with the usual idf of Robertson that is never
    negative. Scores are made when the index is built, so that a query only adds them up.
    """

    def __init__(
        self, bags: Sequence[Sequence[Mapping[str, float]]], weighings: Sequence[Weighing], k1: float
    ) -> None:
        """`bags` are the texts: for each of its fields how often it holds each term."""
        import numpy as np

        self.n = len(bags)
        self.idf: dict[str, float] = {}
        self._starts: dict[str, tuple[int, int]] = {}
        self._texts: NDArray[np.int32] = np.zeros(0, np.int32)
        self._impacts: NDArray[np.float32] = np.zeros(0, np.float32)
        if not bags:
            return
        lengths = np.array([[sum(bag.values()) for bag in fields] for fields in bags], np.float64)
        means = np.maximum(lengths.mean(axis=0), 1e-9)
        b = np.array([one.b for one in weighings])
        factors = np.array([one.weight for one in weighings]) / (1 - b + b * lengths / means)
        ids: dict[str, int] = {}
        found = _Found()
        for text, fields in enumerate(bags):
            sums: dict[str, float] = {}
            for bag, factor in zip(fields, factors[text].tolist(), strict=True):
                for term, n in bag.items():
                    sums[term] = sums.get(term, 0.0) + factor * n
            for term, frequency in sums.items():
                found.terms.append(ids.setdefault(term, len(ids)))
                found.texts.append(text)
                found.frequencies.append(frequency)
        terms = np.frombuffer(found.terms, np.int32)
        order = np.argsort(terms, kind="stable")
        frequencies = np.frombuffer(found.frequencies, np.float32)[order]
        held = np.bincount(terms, minlength=len(ids))
        idf = np.log1p((self.n - held + 0.5) / (held + 0.5)).astype(np.float32)
        self._texts = np.frombuffer(found.texts, np.int32)[order]
        self._impacts = (
            np.repeat(idf, held) * frequencies * np.float32(k1 + 1) / (frequencies + np.float32(k1))
        )
        bounds = [0, *np.cumsum(held).tolist()]
        self._starts = {term: (bounds[row], bounds[row + 1]) for term, row in ids.items()}
        self.idf = {term: float(idf[row]) for term, row in ids.items()}

    def scores(self, query: Mapping[str, float]) -> NDArray[np.float32]:
        """Return the score of every text for these terms with their weights."""
        import numpy as np

        scores = np.zeros(self.n, np.float32)
        for term, weight in query.items():
            if term in self._starts:
                start, end = self._starts[term]
                scores[self._texts[start:end]] += np.float32(weight) * self._impacts[start:end]
        return scores


@dataclass(slots=True)
class _Found:
    terms: array[int] = field(default_factory=lambda: array("i"))
    texts: array[int] = field(default_factory=lambda: array("i"))
    frequencies: array[float] = field(default_factory=lambda: array("f"))
