"""The way to one provider: its SDK at first use, its deadlines, and its failures in our words."""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..core.endpoint import Endpoint, is_metadata_host
from ..core.errors import ConfigError, ProviderError, ProviderFault
from .body import Body, HtmlError
from .discover import is_loopback
from .faults import fail, presentable, read_error, refusal
from .sse import EventTooLargeError

if TYPE_CHECKING:
    import httpx2

_DRAIN_S = 0.05
_MOST_BYTES_OF_ERROR = 1 << 20
_MOST_CONNECTIONS = 32
# What every server needs. SDKs add their platform, organisation and what the environment says.
_HEADERS_FOR_ANYONE = frozenset(
    b"accept accept-encoding authorization connection content-length content-type host transfer-encoding"
    b" user-agent x-stainless-raw-response anthropic-version x-api-key x-goog-api-key".split()
)


@dataclass(frozen=True, slots=True)
class Wire:
    """A vendor's client, with the exceptions that it and its transport raise.

    A `status_error` has the `response`. `losses` are all that can end a body before its end.
    """

    client: Any
    close: Callable[[], Awaitable[None]]
    status_error: tuple[type[Any], ...]
    timeouts: tuple[type[Exception], ...]
    connect_timeout: type[Exception]
    decoding_error: type[Exception]
    errors: tuple[type[Exception], ...]

    @property
    def losses(self) -> tuple[type[Exception], ...]:
        return (TimeoutError, *self.errors)


class Connection:
    """Opens the wire once, away from the event loop, and keeps its connections for the next request."""

    def __init__(self, endpoint: Endpoint, open_wire: Callable[[Endpoint], Wire]) -> None:
        self.endpoint = endpoint
        self.model = endpoint.model
        self._open_wire = open_wire
        self._wire: Wire | None = None
        self._lock = asyncio.Lock()

    @property
    def name(self) -> str:
        return f"{self.endpoint.name}/{self.model}" if self.model else self.endpoint.name

    async def wire(self) -> Wire:
        """Return the wire, importing the SDK at first use. Raises: ConfigError."""
        if self._wire is not None:
            return self._wire
        async with self._lock:
            if self._wire is None:
                host = host_of(self.endpoint)
                if is_metadata_host(host):
                    raise ConfigError(
                        f"{self.endpoint.name}: no model is asked at {host}, where a cloud keeps the"
                        f" credentials of its machines. Correct providers.{self.endpoint.name}.base_url."
                    )
                is_plain = self.endpoint.base_url.startswith("http://") and not is_loopback(host)
                if is_plain and self.endpoint.api_key is not None and not self.endpoint.allow_http:
                    name = self.endpoint.name
                    raise ConfigError(
                        f"{name}: the key would travel unencrypted to {host}. Use https:// in"
                        f" providers.{name}.base_url, or set allow_http = true there."
                    )
                self._wire = await asyncio.to_thread(self._open_wire, self.endpoint)
        return self._wire

    async def close(self) -> None:
        """Close all connections. The next request opens new ones."""
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.close()

    async def ask(
        self,
        send: Callable[[Any, contextlib.AsyncExitStack], Awaitable[httpx2.Response]],
        prompt: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Return the one JSON object that a vendor answers a plain request with.

        `send` is given the vendor's client, and returns the response whose body is not read yet.
        Raises: ProviderError, ConfigError.
        """
        wire = await self.wire()
        objects: list[dict[str, Any]] = []
        with self.explained(wire, prompt=tuple(prompt)):
            async with asyncio.timeout(self.endpoint.total_s), contextlib.AsyncExitStack() as stack:
                response = await send(wire.client, stack)
                await self.refuse_status(response, tuple(prompt))
                body = Body(response.headers.get("content-encoding", ""))
                async for chunk in response.aiter_raw():
                    objects += body.feed(chunk)
                objects += body.feed(None)
        if not objects:
            raise self.fail(ProviderFault.MALFORMED, "the server answered with nothing that is an answer")
        found = objects[0]
        if found.get("error"):
            raise refusal(None, read_error(found), provider=self.endpoint.name, model=self.model)
        return found

    async def refuse_status(self, response: httpx2.Response, prompt: tuple[str, ...] = ()) -> None:
        """Raise the ProviderError that a response's status and body mean, unless it is a good one."""
        if not 200 <= response.status_code < 300:
            raise self.refusal(response, await error_body(response), prompt)

    def refusal(self, response: httpx2.Response, body: bytes, prompt: tuple[str, ...] = ()) -> ProviderError:
        return refusal(
            response.status_code,
            read_error(body),
            provider=self.endpoint.name,
            model=self.model,
            prompt=prompt,
            headers=response.headers,
        )

    def fail(self, fault: ProviderFault, what: str) -> ProviderError:
        return fail(fault, what, provider=self.endpoint.name, model=self.model)

    @contextlib.contextmanager
    def explained(
        self, wire: Wire, *, is_begun: bool = False, prompt: tuple[str, ...] = ()
    ) -> Iterator[None]:
        """Turn what the SDK, the transport and the parsers raise into ProviderError."""
        try:
            yield
        except wire.status_error as error:
            raise self.refusal(error.response, error.response.content, prompt) from None
        except wire.timeouts as error:
            if isinstance(error.__cause__, wire.connect_timeout) or isinstance(error, wire.connect_timeout):
                what = f"no connection to {host_of(self.endpoint)} within {self.endpoint.connect_s:g} s"
                raise self.fail(ProviderFault.NETWORK, what) from None
            what = "the answer stopped arriving" if is_begun else "no answer began in time"
            raise self.fail(ProviderFault.TIMEOUT, what) from None
        except EventTooLargeError:
            raise self.fail(ProviderFault.MALFORMED, "the answer is too large to be one") from None
        except (ValueError, zlib.error, wire.decoding_error) as error:
            if isinstance(error, HtmlError):
                what = "the server sent a web page instead of an answer (a proxy or a sign-in page?)"
                raise self.fail(ProviderFault.MALFORMED, what) from None
            raise self.fail(ProviderFault.MALFORMED, "the server sent a damaged answer") from None
        except wire.errors as error:
            if is_begun:
                what = "the connection was lost before the answer's end"
                raise self.fail(ProviderFault.TRUNCATED, what) from None
            reason = presentable(str(error.__cause__ or error))
            what = f"{urlsplit(self.endpoint.base_url).netloc} cannot be reached"
            what += f" ({reason})" if reason else ""
            raise self.fail(ProviderFault.NETWORK, what) from None


async def error_body(response: httpx2.Response) -> bytes:
    """Return what a response says of its bad status, as far as it is of a sensible size."""
    if response.is_closed:
        return response.content
    body = b""
    pieces = Body(response.headers.get("content-encoding", "")).plain(response.aiter_raw())
    async with contextlib.aclosing(pieces):
        async for piece in pieces:
            body += piece
            if len(body) > _MOST_BYTES_OF_ERROR:
                break
    return body


def host_of(endpoint: Endpoint) -> str:
    return urlsplit(endpoint.base_url).hostname or ""


def key_of(endpoint: Endpoint) -> str:
    """Return the key to hand to an SDK, which takes no empty one."""
    return endpoint.api_key.reveal() if endpoint.api_key else "none"


def http_timeout(endpoint: Endpoint) -> httpx2.Timeout:
    import httpx2

    return httpx2.Timeout(endpoint.first_byte_s, connect=endpoint.connect_s)


def http_client(endpoint: Endpoint, *, own_host: str, kind: type[Any] | None = None) -> Any:
    """Return an HTTP client that follows no redirect and tells no server more than it needs.

    `own_host` is the vendor's, which alone is sent what its SDK adds. `kind` is a class of client.
    """
    import httpx2

    host = host_of(endpoint)

    async def keep_to_the_point(request: httpx2.Request) -> None:
        if endpoint.api_key is None:
            for name in ("authorization", "x-api-key", "x-goog-api-key"):
                request.headers.pop(name, None)
        if host != own_host:
            for raw, _ in request.headers.raw:
                if raw.lower() not in _HEADERS_FOR_ANYONE:
                    request.headers.pop(raw.decode("ascii"), None)

    return (kind or httpx2.AsyncClient)(
        follow_redirects=False,
        trust_env=not is_loopback(host),  # A proxy of the environment is not asked about this machine.
        timeout=http_timeout(endpoint),
        limits=httpx2.Limits(
            max_connections=_MOST_CONNECTIONS, max_keepalive_connections=8, keepalive_expiry=60
        ),
        headers={"Accept-Encoding": "identity"},
        event_hooks={"request": [keep_to_the_point]},
    )


async def drain(chunks: AsyncIterator[bytes], wire: Wire) -> None:
    """Read what little follows the end, so that the connection can be used again."""
    with contextlib.suppress(*wire.losses):
        async with asyncio.timeout(_DRAIN_S):
            async for _ in chunks:
                pass
