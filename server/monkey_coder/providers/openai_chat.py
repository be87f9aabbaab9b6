"""Any server that speaks OpenAI's chat completions, as a Model."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, ClassVar

from ..core.endpoint import Endpoint
from ..core.model import Request
from .adapter import Adapter
from .chat_answer import ChatAnswer
from .chat_request import chat_parameters, completion_parameters, fim_parameters
from .connection import Wire, host_of
from .openai_wire import open_openai

if TYPE_CHECKING:
    import httpx2


class OpenAIChat(Adapter):
    """One model at one OpenAI-compatible server, asked by chat or, to fill in the middle, by prompt."""

    _optional: ClassVar[tuple[str, ...]] = (
        "max_completion_tokens",
        "max_tokens",
        "temperature",
        "stop",
        "reasoning_effort",
        "stream_options",
    )

    @staticmethod
    def _open_wire(endpoint: Endpoint) -> Wire:
        return open_openai(endpoint)

    def _parameters(self, request: Request, model: str) -> dict[str, Any]:
        if self._endpoint.fim and request.prefix is not None:
            parameters = fim_parameters(request, self._endpoint, model)
        elif request.prefix is not None and not request.messages:
            parameters = completion_parameters(request, self._endpoint, model)
        else:
            parameters = chat_parameters(request, self._endpoint, model)
        if not self._is_streamed:
            parameters["stream"] = False
            parameters.pop("stream_options", None)
        return parameters

    async def _open(
        self, client: Any, stack: contextlib.AsyncExitStack, parameters: dict[str, Any]
    ) -> httpx2.Response:
        is_fim = "suffix" in parameters
        host = host_of(self._endpoint)
        if is_fim and host.endswith("mistral.ai"):
            client = client.with_options(base_url=self._endpoint.base_url.rstrip("/") + "/fim")
        elif is_fim and host == "api.deepseek.com":
            client = client.with_options(base_url="https://api.deepseek.com/beta")
        api = client.completions if "prompt" in parameters else client.chat.completions
        response = await stack.enter_async_context(api.with_streaming_response.create(**parameters))
        http_response: httpx2.Response = response.http_response
        return http_response

    def _answer(self, **options: Any) -> ChatAnswer:
        return ChatAnswer(**options)

    async def _models(self, client: Any) -> list[str]:
        page = await client.models.list()
        return [str(model.id) for model in page.data or ()]
