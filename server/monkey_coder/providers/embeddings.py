"""Texts as vectors, by the providers that offer it."""

from __future__ import annotations

import base64
import contextlib
import struct
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..core.embedder import Embeddings, EmbedKind
from ..core.endpoint import Endpoint
from ..core.errors import ProviderFault
from .answer import count
from .connection import Connection, Wire
from .google_wire import open_google, take
from .ollama_native import ollama_root, open_ollama, post
from .openai_wire import open_openai

if TYPE_CHECKING:
    import httpx2


class VendorEmbedder(ABC):
    """One embedding model at one provider. Texts are sent in batches that the provider takes."""

    _most_texts = 100

    def __init__(self, endpoint: Endpoint, *, dimensions: int | None = None) -> None:
        """`dimensions` asks for shorter vectors than the model's own, where it can make them."""
        self._endpoint = endpoint
        self._dimensions = dimensions
        self._connection = Connection(endpoint, self._open_wire)

    @property
    def name(self) -> str:
        return self._connection.name

    async def close(self) -> None:
        """Close all connections. The next request opens new ones."""
        await self._connection.close()

    async def embed(self, texts: Sequence[str], kind: EmbedKind = EmbedKind.DOCUMENT) -> Embeddings:
        """Return a vector for each text.

        Raises: ProviderError, ConfigError.
        """
        vectors: list[tuple[float, ...]] = []
        n_tokens: int | None = 0
        for at in range(0, len(texts), self._most_texts):
            batch = list(texts[at : at + self._most_texts])
            found, n_read = await self._batch(batch, kind)
            if len(found) != len(batch):
                what = f"{len(batch)} texts were sent and {len(found)} vectors came back"
                raise self._connection.fail(ProviderFault.MALFORMED, what)
            vectors += found
            n_tokens = None if n_tokens is None or n_read is None else n_tokens + n_read
        return Embeddings(tuple(vectors), self._endpoint.model, n_tokens)

    async def _batch(self, texts: list[str], kind: EmbedKind) -> tuple[list[tuple[float, ...]], int | None]:
        async def send(client: Any, stack: contextlib.AsyncExitStack) -> httpx2.Response:
            return await self._open(client, stack, texts, kind)

        answer = await self._connection.ask(send, texts)
        try:
            return self._vectors(answer), self._tokens(answer)
        except (KeyError, TypeError, ValueError, AttributeError):
            what = "the server's answer holds no vectors"
            raise self._connection.fail(ProviderFault.MALFORMED, what) from None

    @staticmethod
    @abstractmethod
    def _open_wire(endpoint: Endpoint) -> Wire:
        """Import the SDK and return its client. Runs in a thread."""

    @abstractmethod
    async def _open(
        self, client: Any, stack: contextlib.AsyncExitStack, texts: list[str], kind: EmbedKind
    ) -> httpx2.Response:
        """Return the response, unread."""

    @abstractmethod
    def _vectors(self, answer: Mapping[str, Any]) -> list[tuple[float, ...]]:
        """Return the vectors in the order of the texts."""

    def _tokens(self, answer: Mapping[str, Any]) -> int | None:
        return count(answer.get("usage") or {}, "prompt_tokens")


class OpenAIEmbedder(VendorEmbedder):
    """An embedding model at a server that speaks like OpenAI."""

    @staticmethod
    def _open_wire(endpoint: Endpoint) -> Wire:
        return open_openai(endpoint)

    async def _open(
        self, client: Any, stack: contextlib.AsyncExitStack, texts: list[str], kind: EmbedKind
    ) -> httpx2.Response:
        # Without an encoding the SDK asks for base64, which not every server knows.
        parameters: dict[str, Any] = {"model": self._endpoint.model, "input": texts}
        parameters["encoding_format"] = "float"
        if self._dimensions is not None:
            parameters["dimensions"] = self._dimensions
        opening = client.embeddings.with_streaming_response.create(**parameters)
        http_response: httpx2.Response = (await stack.enter_async_context(opening)).http_response
        return http_response

    def _vectors(self, answer: Mapping[str, Any]) -> list[tuple[float, ...]]:
        rows = sorted(answer["data"], key=lambda row: row.get("index") or 0)
        return [_vector(row["embedding"]) for row in rows]


class GoogleEmbedder(VendorEmbedder):
    """An embedding model of Google's."""

    @staticmethod
    def _open_wire(endpoint: Endpoint) -> Wire:
        return open_google(endpoint)

    async def _open(
        self, client: Any, stack: contextlib.AsyncExitStack, texts: list[str], kind: EmbedKind
    ) -> httpx2.Response:
        task = "RETRIEVAL_QUERY" if kind is EmbedKind.QUERY else "RETRIEVAL_DOCUMENT"
        config: dict[str, Any] = {"task_type": task}
        if self._dimensions is not None:
            config["output_dimensionality"] = self._dimensions
        contents = [{"role": "user", "parts": [{"text": text}]} for text in texts]

        async def call() -> None:
            await client.aio.models.embed_content(
                model=self._endpoint.model, contents=contents, config=config
            )

        return await take(stack, call)

    def _vectors(self, answer: Mapping[str, Any]) -> list[tuple[float, ...]]:
        rows = answer["embeddings"] if "embeddings" in answer else [answer["embedding"]]
        return [_vector(row["values"]) for row in rows]

    def _tokens(self, answer: Mapping[str, Any]) -> int | None:
        return count(answer.get("usageMetadata") or {}, "promptTokenCount")


class OllamaEmbedder(VendorEmbedder):
    """An embedding model of an Ollama server, by its own protocol."""

    @staticmethod
    def _open_wire(endpoint: Endpoint) -> Wire:
        return open_ollama(endpoint)

    async def _open(
        self, client: Any, stack: contextlib.AsyncExitStack, texts: list[str], kind: EmbedKind
    ) -> httpx2.Response:
        body: dict[str, Any] = {"model": self._endpoint.model, "input": texts}
        if self._dimensions is not None:
            body["dimensions"] = self._dimensions
        return await post(client, stack, ollama_root(self._endpoint) + "/api/embed", body)

    def _vectors(self, answer: Mapping[str, Any]) -> list[tuple[float, ...]]:
        rows = answer["embeddings"] if "embeddings" in answer else [answer["embedding"]]
        return [_vector(row) for row in rows]

    def _tokens(self, answer: Mapping[str, Any]) -> int | None:
        return count(answer, "prompt_eval_count")


def _vector(found: Any) -> tuple[float, ...]:
    """Return a vector, which some servers pack as little-endian floats in base64.

    Raises: ValueError, TypeError if it is none.
    """
    if isinstance(found, str):
        data = base64.b64decode(found, validate=True)
        if len(data) % 4:
            raise ValueError("a vector that is cut")
        return struct.unpack(f"<{len(data) // 4}f", data)
    if not found:
        raise ValueError("an empty vector")
    return tuple(float(number) for number in found)
