"""Any server that speaks Anthropic's messages, as a Model."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..core.endpoint import Endpoint
from ..core.model import Request
from .adapter import Adapter
from .anthropic_answer import AnthropicAnswer
from .anthropic_request import anthropic_parameters
from .chat_request import temperature_of
from .connection import Wire, host_of, http_client, http_timeout, key_of

if TYPE_CHECKING:
    import httpx2

_OWN_HOST = "api.anthropic.com"


class AnthropicMessages(Adapter):
    """One Claude model, at Anthropic or at a server that speaks like it."""

    @staticmethod
    def _open_wire(endpoint: Endpoint) -> Wire:
        return open_anthropic(endpoint)

    def _ignored(self, request: Request) -> Sequence[str]:
        # Since version 2026-10-21 of the API, sampling settings are an invalid request.
        return ("temperature",) if temperature_of(request, self._endpoint) is not None else ()

    def _parameters(self, request: Request, model: str) -> dict[str, Any]:
        parameters = anthropic_parameters(request, self._endpoint, model)
        return parameters if self._is_streamed else {**parameters, "stream": False}

    async def _open(
        self, client: Any, stack: contextlib.AsyncExitStack, parameters: dict[str, Any]
    ) -> httpx2.Response:
        opening = client.messages.with_streaming_response.create(**parameters)
        response = await stack.enter_async_context(opening)
        http_response: httpx2.Response = response.http_response
        return http_response

    def _answer(self, **options: Any) -> AnthropicAnswer:
        return AnthropicAnswer(**options)

    async def _models(self, client: Any) -> list[str]:
        page = await client.models.list(limit=100)
        return [str(model.id) for model in page.data or ()]


def open_anthropic(endpoint: Endpoint) -> Wire:
    """Import the SDK (1.3 s of CPU) and return its client. Runs in a thread."""
    import anthropic
    import anthropic.resources.messages
    import httpx2

    key = key_of(endpoint)
    # Servers that speak like Anthropic know the older header for the key; Anthropic's own takes one.
    headers = {} if host_of(endpoint) == _OWN_HOST else {"x-api-key": key}
    client = anthropic.AsyncAnthropic(
        api_key=key,
        base_url=endpoint.base_url.removesuffix("/").removesuffix("/v1"),
        max_retries=0,
        timeout=http_timeout(endpoint),
        http_client=http_client(endpoint, own_host=_OWN_HOST),
        default_headers=headers,
    )
    return Wire(
        client,
        client.close,
        (anthropic.APIStatusError,),
        (TimeoutError, anthropic.APITimeoutError, httpx2.TimeoutException),
        httpx2.ConnectTimeout,
        httpx2.DecodingError,
        (anthropic.AnthropicError, httpx2.HTTPError, httpx2.StreamError),
    )
