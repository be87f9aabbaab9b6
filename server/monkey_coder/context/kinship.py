"""Which words go together in a project: learned from the project itself, with no model and no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SEED = 20261122
_OVERSAMPLED = 8
_ROUNDS = 2
# To learn from more passages than this takes seconds and tells little more.
_MOST_LEARNED = 20_000
_BLOCK = 1 << 18


class Kinship:
    """Passages and queries as vectors in which words that occur in the same passages lie near each other.

    Latent semantic analysis (Deerwester et al. 1990): the largest singular vectors of the matrix of
    weighted words by passages, found by random projection (Halko, Martinsson and Tropp 2011).
    """

    def __init__(self, bags: Sequence[Mapping[str, float]], idf: Mapping[str, float], dimension: int) -> None:
        """`bags` hold how often a passage has each word."""
        import numpy as np

        self._idf = idf
        seen: dict[str, int] = {}
        for bag in bags:
            for word in bag:
                seen[word] = seen.get(word, 0) + 1
        usual = len(bags) * 0.5
        self._rows = {word: row for row, word in enumerate(w for w, n in seen.items() if 1 < n <= usual)}
        size = min(dimension, len(bags) - 1, len(self._rows) - 1)
        self.vectors: NDArray[np.float32] = np.zeros((len(bags), max(size, 0)), np.float32)
        self._words: NDArray[np.float32] = np.zeros((len(self._rows), max(size, 0)), np.float32)
        if size < 2:
            return
        matrix = _Sparse(bags, self._rows, idf)
        self._words = _right_vectors(matrix.head(_MOST_LEARNED), size)
        self.vectors = _unit(matrix.times(self._words))

    def near(self, query: Mapping[str, float]) -> NDArray[np.float32]:
        """Return the likeness of every passage to a query, from 0 to 1."""
        import numpy as np

        vector = np.zeros(self._words.shape[1], np.float32)
        for word, weight in query.items():
            if word in self._rows:
                vector += np.float32(weight * self._idf.get(word, 0.0)) * self._words[self._rows[word]]
        length = float(np.linalg.norm(vector))
        if not length:
            return np.zeros(len(self.vectors), np.float32)
        likeness: NDArray[np.float32] = np.maximum(self.vectors @ (vector / np.float32(length)), 0)
        return likeness


class _Sparse:
    """A matrix of passages by words, of which only what is not 0 is kept."""

    def __init__(
        self,
        bags: Sequence[Mapping[str, float]],
        columns: Mapping[str, int],
        idf: Mapping[str, float],
    ) -> None:
        import numpy as np

        places: list[int] = []
        values: list[float] = []
        starts = [0]
        for bag in bags:
            for word, n in bag.items():
                column = columns.get(word)
                if column is not None:
                    places.append(column)
                    values.append(n * 1.0)
            starts.append(len(places))
        self.shape = (len(bags), len(columns))
        self.starts = np.array(starts, np.int64)
        self.columns = np.array(places, np.int32)
        weights = np.zeros(len(columns), np.float32)
        for word, column in columns.items():
            weights[column] = idf.get(word, 0.0)
        self.values = np.log1p(np.array(values, np.float32)) * weights[self.columns]
        lengths = np.sqrt(
            np.add.reduceat(np.append(self.values**2, 0), np.minimum(self.starts[:-1], len(values)))
        )
        lengths[self.starts[1:] == self.starts[:-1]] = 1.0
        self.values /= np.repeat(np.maximum(lengths, 1e-9), np.diff(self.starts))

    def head(self, n: int) -> _Sparse:
        """Return about `n` of the rows, evenly taken."""
        import numpy as np

        if self.shape[0] <= n:
            return self
        rows = np.linspace(0, self.shape[0] - 1, n).astype(np.int64)
        some = object.__new__(_Sparse)
        counts = np.diff(self.starts)[rows]
        some.shape = (n, self.shape[1])
        some.starts = np.concatenate(([0], np.cumsum(counts)))
        taken = np.repeat(self.starts[rows] - some.starts[:-1], counts) + np.arange(some.starts[-1])
        some.columns, some.values = self.columns[taken], self.values[taken]
        return some

    def times(self, dense: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the product with a dense matrix of a row for each word."""
        import numpy as np

        product = np.zeros((self.shape[0], dense.shape[1]), np.float32)
        rows = np.repeat(np.arange(self.shape[0]), np.diff(self.starts))
        _add_products(product, rows, self.columns, self.values, dense)
        return product

    def transposed_times(self, dense: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the product of the transpose with a dense matrix of a row for each passage."""
        import numpy as np

        product = np.zeros((self.shape[1], dense.shape[1]), np.float32)
        rows = np.repeat(np.arange(self.shape[0]), np.diff(self.starts))
        order = np.argsort(self.columns, kind="stable")
        _add_products(product, self.columns[order], rows[order], self.values[order], dense)
        return product


def _add_products(
    product: NDArray[np.float32],
    into: NDArray[np.integer],
    of: NDArray[np.integer],
    values: NDArray[np.float32],
    dense: NDArray[np.float32],
) -> None:
    """Add `values` times rows `of` the dense matrix into rows of the product; `into` is sorted."""
    import numpy as np

    for at in range(0, len(values), _BLOCK):
        rows = into[at : at + _BLOCK]
        firsts = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]])
        block = dense[of[at : at + _BLOCK]] * values[at : at + _BLOCK, None]
        product[rows[firsts]] += np.add.reduceat(block, firsts, axis=0)


def _right_vectors(matrix: _Sparse, size: int) -> NDArray[np.float32]:
    """Return the right singular vectors of the largest singular values, one a column."""
    import numpy as np

    width = min(size + _OVERSAMPLED, *matrix.shape)
    bits = np.random.PCG64(_SEED).random_raw(matrix.shape[1] * width)
    start = (bits >> np.uint64(40)).astype(np.float32).reshape(matrix.shape[1], width)
    start = start / np.float32(2**23) - np.float32(1)
    left = matrix.times(start.astype(np.float32))
    for _ in range(_ROUNDS):
        left = matrix.times(matrix.transposed_times(np.linalg.qr(left)[0]))
    basis = np.linalg.qr(left)[0]
    small = matrix.transposed_times(basis)
    vectors, _, _ = np.linalg.svd(small, full_matrices=False)
    chosen: NDArray[np.float32] = vectors[:, :size].astype(np.float32)
    return chosen


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
    return unit
