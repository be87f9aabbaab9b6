"""Google's Gemini as a Model."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, ClassVar

from ..core.endpoint import Endpoint
from ..core.model import Request
from .adapter import Adapter
from .connection import Wire
from .gemini_answer import GeminiAnswer
from .gemini_request import gemini_body, gemini_parameters
from .google_wire import in_full, open_google, take

if TYPE_CHECKING:
    import httpx2


class GoogleGemini(Adapter):
    """One Gemini model. `base_url` may end in the version of the API, which else is v1beta."""

    _optional: ClassVar[tuple[str, ...]] = ("thinking",)

    @staticmethod
    def _open_wire(endpoint: Endpoint) -> Wire:
        return open_google(endpoint)

    def _parameters(self, request: Request, model: str) -> dict[str, Any]:
        return gemini_parameters(request, self._endpoint, model)

    async def _open(
        self, client: Any, stack: contextlib.AsyncExitStack, parameters: dict[str, Any]
    ) -> httpx2.Response:
        model, config = self._connection.model, in_full(gemini_body(parameters))
        models = client.aio.models

        async def call() -> None:
            if not self._is_streamed:
                await models.generate_content(model=model, contents="", config=config)
                return
            async for _ in await models.generate_content_stream(model=model, contents="", config=config):
                pass

        return await take(stack, call)

    def _answer(self, **options: Any) -> GeminiAnswer:
        return GeminiAnswer(**options)

    async def _models(self, client: Any) -> list[str]:
        return [str(model.name).removeprefix("models/") async for model in await client.aio.models.list()]
