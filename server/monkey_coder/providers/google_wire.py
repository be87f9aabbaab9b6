"""Google's SDK, opened for one endpoint, and the way past its own reading of answers."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from ..core.endpoint import Endpoint
from .connection import Wire, http_client, http_timeout, key_of

if TYPE_CHECKING:
    import httpx2

_VERSION = re.compile(r"/(v\d\w*)/?$")
_USUAL_VERSION = "v1beta"
_OWN_HOST = "generativelanguage.googleapis.com"
_TAKEN: ContextVar[list[httpx2.Response] | None] = ContextVar("taken", default=None)


def open_google(endpoint: Endpoint) -> Wire:
    """Import the SDK (0.5 s of CPU) and return its client. Runs in a thread."""
    import httpx2
    from google import genai
    from google.genai import errors, types

    timeouts = http_timeout(endpoint).as_dict()

    class Untouched(httpx2.AsyncClient):
        """Keeps each response for us and hands the SDK an empty one.

        The SDK builds and sends the request. Its reading of streams costs 8 times ours, takes a cut
        stream for a whole one, and stops at comments that are allowed.
        """

        async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
            taken = _TAKEN.get()
            # The SDK's own timeout would tell Google to break long answers off.
            request.extensions["timeout"] = timeouts
            if taken is None:
                return await super().send(request, **options)
            taken.append(await super().send(request, stream=True, follow_redirects=False))
            return httpx2.Response(200, json={}, request=request)

    version = _VERSION.search(endpoint.base_url)
    client = genai.Client(
        api_key=key_of(endpoint),
        vertexai=False,
        http_options=types.HttpOptions(
            base_url=_VERSION.sub("", endpoint.base_url).rstrip("/"),
            api_version=version[1] if version else _USUAL_VERSION,
            httpx_async_client=http_client(endpoint, own_host=_OWN_HOST, kind=Untouched),
        ),
    )

    async def close() -> None:
        await client.aio.aclose()
        client.close()

    return Wire(
        client,
        close,
        (errors.APIError,),
        (TimeoutError, httpx2.TimeoutException),
        httpx2.ConnectTimeout,
        httpx2.DecodingError,
        (errors.APIError, httpx2.HTTPError, httpx2.StreamError),
    )


def in_full(body: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration of a call that sends just this body, in the API's own names.

    What the SDK makes of its own types is in two spellings, of which other servers know one.
    """
    return {"http_options": {"extra_body": body}, "automatic_function_calling": {"disable": True}}


async def take(stack: contextlib.AsyncExitStack, call: Callable[[], Awaitable[Any]]) -> httpx2.Response:
    """Return the response to what `call` makes the SDK send, unread. `stack` closes it."""
    taken: list[httpx2.Response] = []
    token = _TAKEN.set(taken)
    try:
        await call()
    finally:
        _TAKEN.reset(token)
        for response in taken:
            stack.push_async_callback(response.aclose)
    return taken[0]
