"""Any server that speaks OpenAI's chat completions, as a Model."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..core.endpoint import Endpoint
from ..core.errors import ConfigError, ProviderError, ProviderFault
from ..core.model import Event, Request, Warned
from .chat_answer import ChatAnswer
from .chat_request import adapted, chat_parameters, fim_parameters, host_of, unsupported_parameter
from .discover import is_loopback
from .faults import fail, presentable, read_error, refusal
from .inflate import inflater
from .sse import EventParser, EventTooLargeError

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

_MOST_BYTES_AN_EVENT = 8 << 20
_MOST_BYTES = 64 << 20
_TRAILING_S = 2.0
_DRAIN_S = 0.05
_HEADERS_FOR_ANYONE = frozenset(
    b"accept accept-encoding authorization connection content-length content-type host transfer-encoding"
    b" user-agent x-stainless-raw-response".split()
)
_NO_CHAT = ("embed", "whisper", "tts", "rerank", "moderation", "dall-e")


class OpenAIChat:
    """One model at one OpenAI-compatible server.

    The SDK is imported and the connection opened at first use, both away from the event loop.
    Connections are kept and used again; `close` gives them back. Never retries a failure.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._model = endpoint.model
        self._wire: _Wire | None = None
        self._lock = asyncio.Lock()
        self._left_out: frozenset[str] = frozenset()
        self._has_warned_of_model = False

    @property
    def name(self) -> str:
        return f"{self._endpoint.name}/{self._model}" if self._model else self._endpoint.name

    async def warm_up(self) -> None:
        """Import the SDK and build the client, so that the first answer does not wait for it.

        Sends nothing. Raises: ConfigError if the endpoint cannot be used.
        """
        await self._connect()

    async def close(self) -> None:
        """Close all connections. The next request opens new ones."""
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.client.close()

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield the answer's events. Closing or cancelling closes the connection to the server.

        Raises: ProviderError, ConfigError.
        """
        deadline = asyncio.get_running_loop().time() + self._endpoint.total_s
        wire = await self._connect()
        await self._choose_model(wire)
        key = self._endpoint.api_key
        answer = ChatAnswer(
            self._endpoint.name,
            self._model,
            prompt=_texts(request),
            key=key.reveal() if key else "",
            max_tokens=request.max_tokens or self._endpoint.max_tokens,
        )
        async with contextlib.AsyncExitStack() as stack:
            response, warnings = await self._send(wire, stack, request)
            for warning in warnings:
                yield warning
            body = _Body(response.headers.get("content-encoding", ""))
            chunks = response.aiter_raw()
            loop = asyncio.get_running_loop()
            limit = loop.time() + self._endpoint.first_byte_s
            while not body.is_done:
                chunk = await self._read(wire, chunks, answer, min(limit, deadline))
                n_seen = body.n_chunks
                with self._explained(wire, is_begun=True):
                    for piece in body.feed(chunk):
                        for event in answer.feed(piece):
                            yield event
                        if answer.is_too_long:
                            for event in answer.cut():
                                yield event
                            body.is_done = True
                            break
                if answer.reason is not None:
                    limit = loop.time() + _TRAILING_S
                elif body.n_chunks > n_seen:  # Comments that keep the connection alive do not count.
                    limit = loop.time() + self._endpoint.stall_s
            await _drain(chunks, wire, is_over=body.is_over)
        if body.n_chunks == 0:
            raise self._fail(ProviderFault.MALFORMED, "the server answered with nothing that is an answer")
        if answer.reason is not None and (note := self._other_model(answer.answered_by)) is not None:
            yield note
        for event in answer.end():
            yield event

    # ------------------------------------------------------------------ the wire

    async def _connect(self) -> _Wire:
        if self._wire is not None:
            return self._wire
        async with self._lock:
            if self._wire is None:
                host = host_of(self._endpoint)
                is_plain = self._endpoint.base_url.startswith("http://") and not is_loopback(host)
                if is_plain and self._endpoint.api_key is not None and not self._endpoint.allow_http:
                    raise ConfigError(
                        f"{self._endpoint.name}: the key would travel unencrypted to {host}. Use https://"
                        f" in providers.{self._endpoint.name}.base_url, or set allow_http = true there."
                    )
                self._wire = await asyncio.to_thread(_open_wire, self._endpoint)
        return self._wire

    async def _choose_model(self, wire: _Wire) -> None:
        if self._model:
            return
        with self._explained(wire):
            async with asyncio.timeout(self._endpoint.first_byte_s):
                page = await wire.client.models.list()
        names = [str(model.id) for model in page.data or ()]
        names = [name for name in names if not any(word in name.lower() for word in _NO_CHAT)]
        if not names:
            raise self._fail(ProviderFault.MODEL_NOT_FOUND, "the server offers no model; load one there")
        self._model = names[0]

    async def _send(
        self, wire: _Wire, stack: contextlib.AsyncExitStack, request: Request
    ) -> tuple[httpx2.Response, list[Warned]]:
        """Return the response whose status is good, having left out what the server does not know."""
        warnings: list[Warned] = []
        is_fim = self._endpoint.fim and request.prefix is not None
        whole = (fim_parameters if is_fim else chat_parameters)(request, self._endpoint, self._model)
        while True:
            parameters = adapted(whole, self._left_out)
            with self._explained(wire, prompt=_texts(request)):
                try:
                    async with asyncio.timeout(self._endpoint.connect_s + self._endpoint.first_byte_s):
                        return await wire.open(stack, self._endpoint, parameters, is_fim=is_fim), warnings
                except wire.status_error as error:
                    body = read_error(error.response.content)
                    unknown = unsupported_parameter(error.status_code, body, parameters)
                    if unknown is None:
                        raise
            self._left_out |= {unknown}
            if unknown in ("temperature", "stop"):
                warnings.append(Warned(f"{self.name} does not take {unknown!r}; it was left out."))

    async def _read(
        self, wire: _Wire, chunks: AsyncIterator[bytes], answer: ChatAnswer, when: float
    ) -> bytes | None:
        """Return the next bytes, or None at the end, which a finished answer also has if they fail."""
        with self._explained(wire, is_begun=True):
            try:
                async with asyncio.timeout_at(when):
                    return await anext(chunks, None)
            except wire.losses:
                if answer.reason is None:
                    raise
                return None

    # ------------------------------------------------------------------ what went wrong

    def _fail(self, fault: ProviderFault, what: str) -> ProviderError:
        return fail(fault, what, provider=self._endpoint.name, model=self._model)

    @contextlib.contextmanager
    def _explained(
        self, wire: _Wire, *, is_begun: bool = False, prompt: tuple[str, ...] = ()
    ) -> Iterator[None]:
        """Turn what the SDK, the transport and the parsers raise into ProviderError."""
        try:
            yield
        except wire.status_error as error:
            raise refusal(
                error.status_code,
                read_error(error.response.content),
                provider=self._endpoint.name,
                model=self._model,
                prompt=prompt,
                headers=error.response.headers,
            ) from None
        except wire.timeouts as error:
            if isinstance(error.__cause__, wire.connect_timeout):
                what = f"no connection to {host_of(self._endpoint)} within {self._endpoint.connect_s:g} s"
                raise self._fail(ProviderFault.NETWORK, what) from None
            what = "the answer stopped arriving" if is_begun else "no answer began in time"
            raise self._fail(ProviderFault.TIMEOUT, what) from None
        except EventTooLargeError:
            raise self._fail(ProviderFault.MALFORMED, "the answer is too large to be one") from None
        except (ValueError, zlib.error, wire.decoding_error) as error:
            if isinstance(error, _HtmlError):
                what = "the server sent a web page instead of an answer (a proxy or a sign-in page?)"
                raise self._fail(ProviderFault.MALFORMED, what) from None
            raise self._fail(ProviderFault.MALFORMED, "the server sent a damaged answer") from None
        except wire.errors as error:
            if is_begun:
                what = "the connection was lost before the answer's end"
                raise self._fail(ProviderFault.TRUNCATED, what) from None
            reason = presentable(str(error.__cause__ or error))
            what = f"{urlsplit(self._endpoint.base_url).netloc} cannot be reached"
            what += f" ({reason})" if reason else ""
            raise self._fail(ProviderFault.NETWORK, what) from None

    def _other_model(self, answered_by: str) -> Warned | None:
        """Return a note, once, if another model answered than was asked; a dated name is no other."""
        asked, by = (_words(name) for name in (self._model, answered_by))
        if self._has_warned_of_model or "auto" in asked or asked <= by or by <= asked:
            return None
        self._has_warned_of_model = True
        return Warned(f"{self.name} was asked, but {answered_by!r} answered.")


def _words(model: str) -> set[str]:
    words = re.split(r"[-._@]", model.lower().rpartition("/")[2].partition(":")[0])
    return {word for word in words if word and word != "latest" and not re.fullmatch(r"\d{4,}", word)}


def _texts(request: Request) -> tuple[str, ...]:
    texts = [message.content for message in request.messages]
    return (*texts, request.prefix or "", request.suffix or "")


async def _drain(chunks: AsyncIterator[bytes], wire: _Wire, *, is_over: bool) -> None:
    """Read what little follows the end, so that the connection can be used again."""
    if not is_over:
        with contextlib.suppress(*wire.losses):
            async with asyncio.timeout(_DRAIN_S):
                async for _ in chunks:
                    pass


@dataclass(frozen=True, slots=True)
class _Wire:
    """The SDK's client with the exceptions that it and its transport raise."""

    client: AsyncOpenAI
    status_error: Any
    timeouts: tuple[type[Exception], ...]
    connect_timeout: type[Exception]
    decoding_error: type[Exception]
    errors: tuple[type[Exception], ...]
    losses: tuple[type[Exception], ...]

    async def open(
        self,
        stack: contextlib.AsyncExitStack,
        endpoint: Endpoint,
        parameters: dict[str, Any],
        *,
        is_fim: bool,
    ) -> httpx2.Response:
        """Return the response as soon as its status is known. `stack` closes it."""
        api: Any = self.client.completions if is_fim else self.client.chat.completions
        client = self.client
        host = host_of(endpoint)
        if is_fim and host.endswith("mistral.ai"):
            client = client.with_options(base_url=endpoint.base_url.rstrip("/") + "/fim")
            api = client.completions
        elif is_fim and host == "api.deepseek.com":
            client = client.with_options(base_url="https://api.deepseek.com/beta")
            api = client.completions
        response = await stack.enter_async_context(api.with_streaming_response.create(**parameters))
        http_response: httpx2.Response = response.http_response
        return http_response


def _open_wire(endpoint: Endpoint) -> _Wire:
    """Import the SDK (0.7 s of CPU) and return its client. Runs in a thread."""
    import httpx2
    import openai
    import openai.resources.chat
    import openai.resources.completions

    host = host_of(endpoint)

    async def keep_to_the_point(request: httpx2.Request) -> None:
        """Take out what the SDK adds for OpenAI alone: organisation, custom headers, platform."""
        if endpoint.api_key is None:
            request.headers.pop("authorization", None)
        if host != "api.openai.com":
            for name, _ in request.headers.raw:
                if name.lower() not in _HEADERS_FOR_ANYONE:
                    request.headers.pop(name.decode("ascii"), None)

    http_client = httpx2.AsyncClient(
        follow_redirects=False,
        trust_env=not is_loopback(host),  # A proxy of the environment is not asked about this machine.
        timeout=httpx2.Timeout(endpoint.first_byte_s, connect=endpoint.connect_s),
        limits=httpx2.Limits(max_connections=32, max_keepalive_connections=8, keepalive_expiry=60),
        headers={"Accept-Encoding": "identity"},
        event_hooks={"request": [keep_to_the_point]},
    )
    client = openai.AsyncOpenAI(
        api_key=endpoint.api_key.reveal() if endpoint.api_key else "none",
        base_url=endpoint.base_url,
        max_retries=0,
        timeout=httpx2.Timeout(endpoint.first_byte_s, connect=endpoint.connect_s),
        http_client=http_client,
    )
    errors = (openai.OpenAIError, httpx2.HTTPError, httpx2.StreamError)
    return _Wire(
        client,
        openai.APIStatusError,
        (TimeoutError, openai.APITimeoutError, httpx2.TimeoutException),
        httpx2.ConnectTimeout,
        httpx2.DecodingError,
        errors,
        (TimeoutError, *errors),
    )


class _HtmlError(ValueError):
    """A web page came instead of an answer."""


@dataclass(slots=True)
class _Body:
    """The JSON objects in a response body: a stream of events, or one object where a server sends that."""

    encoding: str
    n_chunks: int = 0
    n_bytes: int = 0
    is_done: bool = False
    is_over: bool = False
    _head: bytes = b""
    _whole: list[bytes] | None = None
    _is_events: bool = False
    _parser: EventParser = field(default_factory=lambda: EventParser(_MOST_BYTES_AN_EVENT))
    _inflate: Any = None

    def __post_init__(self) -> None:
        self._inflate = inflater(self.encoding)

    def feed(self, chunk: bytes | None) -> Iterator[dict[str, Any]]:
        """Yield the objects that `chunk` completes; None is the end of the body.

        Raises: ValueError (damaged, a web page, too large), zlib.error.
        """
        if chunk is None:
            self.is_done = self.is_over = True
            if self._whole:
                yield self._object(b"".join(self._whole))
            return
        if self._inflate is None:
            raise ValueError(f"unknown content encoding {self.encoding!r}")
        for piece in self._inflate(chunk):
            self.n_bytes += len(piece)
            if self.n_bytes > _MOST_BYTES:
                raise EventTooLargeError
            yield from self._plain(piece)
            if self.is_done:
                return

    def _plain(self, piece: bytes) -> Iterator[dict[str, Any]]:
        if self._whole is not None:
            self._whole.append(piece)
            return
        if not self._is_events:
            self._head += piece
            start = self._head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
            if not start or start == b"\xef":
                return
            if start == b"<":
                raise _HtmlError
            piece = self._head
            if start in b"{[":
                self._whole = [piece]
                return
            self._is_events = True
        for data in self._parser.feed(piece):
            if data.startswith(b"[DONE]"):
                self.is_done = True
                return
            yield self._object(data)

    def _object(self, data: bytes) -> dict[str, Any]:
        found = json.loads(data.decode())
        if not isinstance(found, dict):
            raise ValueError("an event that is no JSON object")
        self.n_chunks += 1
        return found
