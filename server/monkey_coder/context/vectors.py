"""Vectors as they are kept: a short code of bits to scan by, and a byte a number to judge by."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Whatever the embedder's dimension, so that a database outlives a change of the embedder.
CODE_BITS = 512
_SPARSE, _DENSE = b"s", b"d"
_SEED = 20261122


def code_of(vector: Sequence[float] | NDArray[np.float32]) -> bytes:
    """Return the signs of the vector after a fixed random rotation, as bits.

    Vectors at an angle a differ in a/pi of their bits on average, also where most numbers are 0, as in
    hashed ones. The rotation is random signs and a Walsh-Hadamard transform; of more numbers than there
    are bits the first are taken, of fewer several rotations. Source: Ailon and Chazelle 2009.
    """
    import numpy as np

    numbers = np.asarray(vector, np.float32)
    size = max(64, 1 << max(0, len(numbers) - 1).bit_length())
    padded = np.zeros(size, np.float32)
    padded[: len(numbers)] = numbers
    turns = -(-CODE_BITS // size)
    rotated = np.concatenate([_hadamard(padded * _signs(size, turn)) for turn in range(turns)])
    return np.packbits(rotated[:CODE_BITS] > 0).tobytes()


def exact_of(vector: Sequence[float] | NDArray[np.float32]) -> bytes:
    """Return the vector with a byte for each number, or three for each that is not 0 where they are few."""
    import numpy as np

    numbers = np.asarray(vector, np.float32)
    largest = float(np.abs(numbers).max(initial=0.0))
    small = np.round(numbers * (127.0 / largest)).astype(np.int8) if largest else numbers.astype(np.int8)
    places = np.flatnonzero(small)
    if len(places) * 3 < len(small) and len(small) <= 65_536:
        return _SPARSE + places.astype("<u2").tobytes() + small[places].tobytes()
    return _DENSE + small.tobytes()


def similarities(vector: Sequence[float], kept: Sequence[bytes]) -> list[float]:
    """Return the cosine of the vector with each of those that `exact_of` made; 0 for what does not fit."""
    import numpy as np

    query = np.asarray(vector, np.float32)
    query = query / (float(np.linalg.norm(query)) or 1.0)
    places: list[bytes] = []
    numbers: list[bytes] = []
    sizes: list[int] = []
    every = np.arange(len(query), dtype="<u2" if len(query) <= 65_536 else "<u4").tobytes()
    wide = 2 if len(query) <= 65_536 else 4
    for data in kept:
        is_sparse = data[:1] == _SPARSE and wide == 2
        n = (len(data) - 1) // 3 if is_sparse else len(query) if len(data) == len(query) + 1 else 0
        places.append(data[1 : 1 + 2 * n] if is_sparse else every if n else b"")
        numbers.append(data[1 + 2 * n :] if is_sparse else data[1:] if n else b"")
        sizes.append(n)
    at = np.frombuffer(b"".join(places), f"<u{wide}")
    values = np.frombuffer(b"".join(numbers), np.int8).astype(np.float32)
    owners = np.repeat(np.arange(len(kept)), sizes)
    within = np.append(query, np.float32(0))[np.minimum(at, len(query))]
    dots = np.bincount(owners, values * within, len(kept))
    lengths = np.sqrt(np.bincount(owners, values * values, len(kept)))
    found: list[float] = (dots / np.maximum(lengths, 1e-9)).tolist()
    return found


def nearest(code: bytes, codes: NDArray[np.uint64], limit: int) -> list[tuple[int, int]]:
    """Return which rows of `codes` differ from `code` in the fewest bits, nearest first, and in how many."""
    import numpy as np

    if not len(codes):
        return []
    distances = np.bitwise_count(codes ^ np.frombuffer(code, np.uint64)).sum(axis=1, dtype=np.uint16)
    limit = min(limit, len(distances))
    rows = np.argpartition(distances, limit - 1)[:limit]
    rows = rows[np.argsort(distances[rows], kind="stable")]
    return list(zip(rows.tolist(), distances[rows].tolist(), strict=True))


def _hadamard(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    half = 1
    while half < len(vector):
        pairs = vector.reshape(-1, 2, half)
        vector = np.stack((pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]), axis=1).reshape(-1)
        half *= 2
    return vector


@cache
def _signs(size: int, turn: int) -> NDArray[np.float32]:
    import numpy as np

    # The bit generator itself is specified to give the same bits for ever; Generator's methods are not.
    bits = np.random.PCG64([_SEED, size, turn]).random_raw(size) >> np.uint64(63)
    return (1.0 - 2.0 * bits).astype(np.float32)
