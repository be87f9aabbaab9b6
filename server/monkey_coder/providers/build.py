"""From an endpoint to what speaks with it, by the name of its wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.endpoint import WIRES, Endpoint
from ..core.errors import ConfigError

if TYPE_CHECKING:
    from .adapter import Adapter
    from .embeddings import VendorEmbedder


def model_at(endpoint: Endpoint, *, is_streamed: bool = True) -> Adapter:
    """Return the Model at an endpoint. No SDK is imported, and nothing sent, before it is used.

    Raises: ConfigError if the endpoint's wire is not known.
    """
    kind = _adapter(endpoint)  # Only the wire that is used is loaded: this is on the way to start-up.
    return kind(endpoint, is_streamed=is_streamed)


def _adapter(endpoint: Endpoint) -> type[Adapter]:
    match endpoint.wire:
        case "openai-chat":
            from .openai_chat import OpenAIChat

            return OpenAIChat
        case "openai-responses":
            from .openai_responses import OpenAIResponses

            return OpenAIResponses
        case "anthropic":
            from .anthropic_messages import AnthropicMessages

            return AnthropicMessages
        case "google":
            from .google_gemini import GoogleGemini

            return GoogleGemini
        case "ollama":
            from .ollama_native import OllamaNative

            return OllamaNative
    name, wire = endpoint.name, endpoint.wire
    raise ConfigError(f"providers.{name}.wire: {wire!r} is no wire; it is one of {', '.join(WIRES)}.")


def embedder_at(endpoint: Endpoint, *, dimensions: int | None = None) -> VendorEmbedder:
    """Return the Embedder at an endpoint, whose `model` is the embedding model.

    `dimensions` asks for shorter vectors than the model's own. Raises: ConfigError if the endpoint's
    wire has no embeddings.
    """
    from .embeddings import GoogleEmbedder, OllamaEmbedder, OpenAIEmbedder

    match endpoint.wire:
        case "openai-chat" | "openai-responses":
            return OpenAIEmbedder(endpoint, dimensions=dimensions)
        case "google":
            return GoogleEmbedder(endpoint, dimensions=dimensions)
        case "ollama":
            return OllamaEmbedder(endpoint, dimensions=dimensions)
    raise ConfigError(f"{endpoint.name} offers no embeddings. Choose another provider for them.")
