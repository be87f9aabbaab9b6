"""Any server that speaks OpenAI's Responses, as a Model."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ..core.endpoint import Endpoint
from ..core.model import Request
from .adapter import Adapter
from .connection import Wire
from .openai_wire import open_openai
from .responses_answer import ResponsesAnswer
from .responses_request import responses_parameters

if TYPE_CHECKING:
    import httpx2


class OpenAIResponses(Adapter):
    """One model at OpenAI, xAI, DeepSeek or another server with the Responses wire."""

    _optional: ClassVar[tuple[str, ...]] = ("temperature", "reasoning", "include", "store")

    @staticmethod
    def _open_wire(endpoint: Endpoint) -> Wire:
        return open_openai(endpoint)

    def _ignored(self, request: Request) -> Sequence[str]:
        return ("stop",) if request.stop else ()

    def _parameters(self, request: Request, model: str) -> dict[str, Any]:
        parameters = responses_parameters(request, self._endpoint, model)
        return parameters if self._is_streamed else {**parameters, "stream": False}

    async def _open(
        self, client: Any, stack: contextlib.AsyncExitStack, parameters: dict[str, Any]
    ) -> httpx2.Response:
        opening = client.responses.with_streaming_response.create(**parameters)
        response = await stack.enter_async_context(opening)
        http_response: httpx2.Response = response.http_response
        return http_response

    def _answer(self, **options: Any) -> ResponsesAnswer:
        return ResponsesAnswer(**options)

    async def _models(self, client: Any) -> list[str]:
        page = await client.models.list()
        return [str(model.id) for model in page.data or ()]
