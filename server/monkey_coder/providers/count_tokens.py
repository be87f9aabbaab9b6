"""How many tokens a request has, counted by the provider itself and free of charge."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..core.endpoint import Endpoint
from ..core.errors import ConfigError, ProviderFault
from ..core.model import Request
from .answer import count
from .anthropic_messages import open_anthropic
from .anthropic_request import anthropic_parameters
from .connection import Connection
from .gemini_request import gemini_parameters
from .google_wire import open_google, take
from .openai_wire import open_openai
from .responses_request import responses_parameters

if TYPE_CHECKING:
    import httpx2

_ANTHROPIC = ("model", "messages", "system", "tools", "thinking")
_RESPONSES = ("model", "input", "instructions", "tools", "reasoning", "text")
_OPENERS = {"anthropic": open_anthropic, "google": open_google, "openai-responses": open_openai}


class TokenCounter:
    """Asks the provider of an endpoint. Not every wire can: the others raise ConfigError."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Raises: ConfigError if the endpoint's wire has no such question."""
        if endpoint.wire not in _OPENERS:
            raise ConfigError(
                f"{endpoint.name} does not count tokens. Ask for an estimate, which needs no network."
            )
        self._endpoint = endpoint
        self._connection = Connection(endpoint, _OPENERS[endpoint.wire])

    async def count(self, request: Request) -> int:
        """Return the number of tokens that the request's input has.

        Raises: ProviderError, ConfigError, InputError.
        """

        async def send(client: Any, stack: contextlib.AsyncExitStack) -> httpx2.Response:
            return await self._open(client, stack, request)

        answer = await self._connection.ask(send, [message.content for message in request.messages])
        found = _total(answer)
        if found is None:
            what = "the server's answer holds no number of tokens"
            raise self._connection.fail(ProviderFault.MALFORMED, what)
        return found

    async def close(self) -> None:
        """Close all connections. The next request opens new ones."""
        await self._connection.close()

    async def _open(self, client: Any, stack: contextlib.AsyncExitStack, request: Request) -> httpx2.Response:
        model = self._endpoint.model
        if self._endpoint.wire == "google":
            contents = gemini_parameters(request, self._endpoint, model)["contents"]
            config = {"http_options": {"extra_body": {"contents": contents}}}

            async def call() -> None:
                await client.aio.models.count_tokens(model=model, contents="", config=config)

            return await take(stack, call)
        if self._endpoint.wire == "anthropic":
            asked = _only(anthropic_parameters(request, self._endpoint, model), _ANTHROPIC)
            opening = client.messages.with_streaming_response.count_tokens(**asked)
        else:
            asked = _only(responses_parameters(request, self._endpoint, model), _RESPONSES)
            opening = client.responses.input_tokens.with_streaming_response.count(**asked)
        http_response: httpx2.Response = (await stack.enter_async_context(opening)).http_response
        return http_response


def _only(parameters: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if name in names}


def _total(answer: Mapping[str, Any]) -> int | None:
    return count(answer, "input_tokens", "totalTokens")
