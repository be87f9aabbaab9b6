"""From an endpoint to what speaks with it, by the name of its wire."""

from __future__ import annotations

from ..core.endpoint import Endpoint
from ..core.errors import ConfigError
from .adapter import Adapter
from .anthropic_messages import AnthropicMessages
from .embeddings import GoogleEmbedder, OllamaEmbedder, OpenAIEmbedder, VendorEmbedder
from .google_gemini import GoogleGemini
from .ollama_native import OllamaNative
from .openai_chat import OpenAIChat
from .openai_responses import OpenAIResponses

_ADAPTERS: dict[str, type[Adapter]] = {
    "openai-chat": OpenAIChat,
    "openai-responses": OpenAIResponses,
    "anthropic": AnthropicMessages,
    "google": GoogleGemini,
    "ollama": OllamaNative,
}
_EMBEDDERS: dict[str, type[VendorEmbedder]] = {
    "openai-chat": OpenAIEmbedder,
    "openai-responses": OpenAIEmbedder,
    "google": GoogleEmbedder,
    "ollama": OllamaEmbedder,
}


def model_at(endpoint: Endpoint, *, is_streamed: bool = True) -> Adapter:
    """Return the Model at an endpoint. No SDK is imported, and nothing sent, before it is used.

    Raises: ConfigError if the endpoint's wire is not known.
    """
    kind = _ADAPTERS.get(endpoint.wire)
    if kind is None:
        raise ConfigError(
            f"providers.{endpoint.name}.wire: {endpoint.wire!r} is no wire;"
            f" it is one of {', '.join(_ADAPTERS)}."
        )
    return kind(endpoint, is_streamed=is_streamed)


def embedder_at(endpoint: Endpoint, *, dimensions: int | None = None) -> VendorEmbedder:
    """Return the Embedder at an endpoint, whose `model` is the embedding model.

    Raises: ConfigError if the endpoint's wire has none.
    """
    kind = _EMBEDDERS.get(endpoint.wire)
    if kind is None:
        raise ConfigError(f"{endpoint.name} offers no embeddings. Choose another provider for them.")
    return kind(endpoint, dimensions=dimensions)
