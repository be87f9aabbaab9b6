"""OpenAI's SDK, opened for one endpoint."""

from __future__ import annotations

from ..core.endpoint import Endpoint
from .connection import Wire, host_of, http_client, http_timeout, key_of

OWN_HOST = "api.openai.com"


def open_openai(endpoint: Endpoint) -> Wire:
    """Import the SDK (0.7 s of CPU) and return its client. Runs in a thread."""
    import httpx2
    import openai
    import openai.resources.chat
    import openai.resources.completions
    import openai.resources.embeddings
    import openai.resources.responses

    client = openai.AsyncOpenAI(
        api_key=key_of(endpoint),
        base_url=endpoint.base_url,
        max_retries=0,
        timeout=http_timeout(endpoint),
        http_client=http_client(endpoint, own_host=OWN_HOST),
    )
    return Wire(
        client,
        client.close,
        (openai.APIStatusError,),
        (TimeoutError, openai.APITimeoutError, httpx2.TimeoutException),
        httpx2.ConnectTimeout,
        httpx2.DecodingError,
        (openai.OpenAIError, httpx2.HTTPError, httpx2.StreamError),
    )


def is_openai(endpoint: Endpoint) -> bool:
    """Return whether this is OpenAI itself, and not a server that speaks like it."""
    return host_of(endpoint) == OWN_HOST
