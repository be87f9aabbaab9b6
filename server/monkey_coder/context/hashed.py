"""The embedder that is always there: words and their pieces, hashed. No model, no network."""

from __future__ import annotations

import asyncio
import math
import zlib
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..core.embedder import Embeddings, EmbedKind
from .words import COMMON, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_DIMENSION = 2048
_MOST_CHARACTERS = 16_000
_LONG = 4_000
# A piece of a word says less than the word; measured on docstrings and commit subjects.
_PIECE = 0.35
_COMMON = 0.15


class HashedEmbedder:
    """Places a text by its words and their pieces of four letters, each hashed to one of 2,048 places.

    A text about the same words in other forms ("index", "reindexing") lies near. Takes about a
    millisecond for a page; the same text gives the same vector on every machine.
    """

    name = "hashed-words-2048"
    dimension = _DIMENSION

    async def embed(self, texts: Sequence[str], kind: EmbedKind = EmbedKind.DOCUMENT) -> Embeddings:
        """Return a vector of length 1 for each text; of nothing but zeros for one without words."""
        if sum(map(len, texts)) > _LONG:
            vectors = await asyncio.to_thread(self._vectors, texts)
        else:
            vectors = self._vectors(texts)
        return Embeddings(vectors, self.name)

    async def close(self) -> None:
        """Nothing is held."""

    def _vectors(self, texts: Sequence[str]) -> tuple[tuple[float, ...], ...]:
        return tuple(tuple(hashed(text).tolist()) for text in texts)


def hashed(text: str) -> NDArray[np.float32]:
    """Return the vector of one text."""
    import numpy as np

    vector = np.zeros(_DIMENSION, np.float32)
    for word, n in Counter(words(text[:_MOST_CHARACTERS])).items():
        weight = (1.0 + math.log(n)) * (_COMMON if word in COMMON else 1.0)
        _add(vector, word, weight)
        edged = f"<{word[:40]}>"
        if len(edged) > 5:
            for at in range(len(edged) - 3):
                _add(vector, "#" + edged[at : at + 4], weight * _PIECE)
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length else vector


def _add(vector: NDArray[np.float32], feature: str, weight: float) -> None:
    # The sign, a bit of its own, lets two features that meet in one place cancel out on average.
    code = zlib.crc32(feature.encode("utf-8", "replace"))
    vector[code % _DIMENSION] += weight if code & 0x8000_0000 else -weight
