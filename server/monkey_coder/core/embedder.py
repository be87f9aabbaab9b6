"""What turns texts into vectors, so that what is near in meaning is near in number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class EmbedKind(StrEnum):
    """What a text is for: some models place a question and its answer by different rules."""

    DOCUMENT = "document"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class Embeddings:
    """One vector a text, in the order asked. `input_tokens` is None where the provider counts none."""

    vectors: tuple[tuple[float, ...], ...]
    model: str
    input_tokens: int | None = None


class Embedder(Protocol):
    """Anything that turns texts into vectors. Vectors of different names are not comparable."""

    @property
    def name(self) -> str:
        """Who made a vector, to be kept beside it, such as "openai/text-embedding-3-small"."""

    async def embed(self, texts: Sequence[str], kind: EmbedKind = EmbedKind.DOCUMENT) -> Embeddings:
        """Return a vector for each text.

        Raises: MonkeyCoderError, whose message can be shown as it is.
        """

    async def close(self) -> None:
        """Let go of connections and models. A later use opens them again."""
