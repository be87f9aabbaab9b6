"""What the adapters of all wires have in common: one request, one stream of events."""

from __future__ import annotations

import asyncio
import contextlib
import re
import zlib
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ..core.endpoint import Endpoint
from ..core.errors import ProviderFault
from ..core.model import Event, Request, Warned
from .answer import Answer
from .body import Body
from .chat_request import adapted, unsupported_parameter
from .connection import Connection, Wire, drain, error_body
from .faults import read_error
from .patience import Patience

if TYPE_CHECKING:
    import httpx2

_TRAILING_S = 2.0
_WORTH_SAYING = ("temperature", "stop", "thinking", "reasoning", "reasoning_effort")
_NO_CHAT = ("embed", "whisper", "tts", "rerank", "moderation", "dall-e", "imagen", "veo", "aqa")


class Adapter(ABC):
    """One model at one server.

    The SDK is imported and the connection opened at first use, both away from the event loop.
    Connections are kept and used again; `close` gives them back. Never retries a failure.
    """

    # What may be left out of a request when the server does not know it.
    _optional: ClassVar[tuple[str, ...]] = ()

    def __init__(self, endpoint: Endpoint, *, is_streamed: bool = True) -> None:
        """With `is_streamed` False the answer is asked for in one piece, and comes in one event."""
        self._endpoint = endpoint
        self._is_streamed = is_streamed
        self._connection = Connection(endpoint, self._open_wire)
        self._left_out: frozenset[str] = frozenset()
        self._warned: set[str] = set()

    # ------------------------------------------------------------------ what differs by wire

    @staticmethod
    @abstractmethod
    def _open_wire(endpoint: Endpoint) -> Wire:
        """Import the SDK and return its client. Runs in a thread."""

    @abstractmethod
    def _parameters(self, request: Request, model: str) -> dict[str, Any]:
        """Return what the SDK is called with. Raises: InputError."""

    @abstractmethod
    async def _open(
        self, client: Any, stack: contextlib.AsyncExitStack, parameters: dict[str, Any]
    ) -> httpx2.Response:
        """Return the response as soon as its status is known. `stack` closes it."""

    @abstractmethod
    def _answer(self, **options: Any) -> Answer:
        """Return what reads an answer of this wire."""

    @abstractmethod
    async def _models(self, client: Any) -> list[str]:
        """Return the names of the models that the server offers."""

    def _ignored(self, request: Request) -> Sequence[str]:
        """Return the settings of this request that the vendor has no use for."""
        return ()

    # ------------------------------------------------------------------ what is the same

    @property
    def name(self) -> str:
        return self._connection.name

    async def warm_up(self) -> None:
        """Import the SDK and build the client, so that the first answer does not wait for it.

        Sends nothing. Raises: ConfigError if the endpoint cannot be used.
        """
        await self._connection.wire()

    async def close(self) -> None:
        """Close all connections. The next request opens new ones."""
        await self._connection.close()

    async def models(self) -> tuple[str, ...]:
        """Return the models that the server offers to this key, in its order.

        Raises: ProviderError, ConfigError.
        """
        wire = await self._connection.wire()
        with self._connection.explained(wire):
            async with asyncio.timeout(self._endpoint.first_byte_s):
                return tuple(await self._models(wire.client))

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield the answer's events. Closing or cancelling closes the connection to the server.

        Raises: ProviderError, ConfigError.
        """
        deadline = asyncio.get_running_loop().time() + self._endpoint.total_s
        wire = await self._connection.wire()
        await self._choose_model()
        key = self._endpoint.api_key
        answer = self._answer(
            provider=self._endpoint.name,
            model=self._connection.model,
            prompt=_texts(request),
            key=key.reveal() if key else "",
            max_tokens=request.max_tokens or self._endpoint.max_tokens,
        )
        async with contextlib.AsyncExitStack() as stack:
            response, warnings = await self._send(wire, stack, request)
            for warning in warnings:
                yield warning
            body = Body(response.headers.get("content-encoding", ""))
            chunks = response.aiter_raw()
            async for events in self._read(wire, stack, chunks, body, answer, deadline):
                for event in events:
                    yield event
            if not body.is_over:
                await drain(chunks, wire)
        if body.n_objects == 0:
            what = "the server answered with nothing that is an answer"
            raise self._connection.fail(ProviderFault.MALFORMED, what)
        if answer.reason is not None and (note := self._other_model(answer.answered_by)) is not None:
            yield note
        for event in answer.end():
            yield event

    async def _read(
        self,
        wire: Wire,
        stack: contextlib.AsyncExitStack,
        chunks: AsyncIterator[bytes],
        body: Body,
        answer: Answer,
        deadline: float,
    ) -> AsyncIterator[list[Event]]:
        """Yield the events of each piece of the body, up to its end or the answer's."""
        now = asyncio.get_running_loop().time
        first_s = self._endpoint.first_byte_s if self._is_streamed else self._endpoint.total_s
        limit = min(now() + first_s, deadline)
        patience = Patience(chunks)
        stack.callback(patience.close)
        while not body.is_done:
            events: list[Event] = []
            n_seen = body.n_objects
            with self._connection.explained(wire, is_begun=True):
                try:
                    chunk = await patience.next(limit - now())
                except wire.losses:
                    if answer.reason is None:
                        raise
                    chunk = None  # The answer was finished; that the connection then fails is no loss.
                try:
                    for found in body.feed(chunk):
                        events += answer.feed(found)
                        if answer.is_too_long:
                            events += answer.cut()
                            answer.is_over = True
                        if answer.is_over:
                            break
                except (ValueError, zlib.error):
                    if answer.reason is None:
                        raise
                    answer.is_over = True  # What follows the finish is no part of the answer.
                body.is_done |= answer.is_over
            if events:
                yield events
            if answer.reason is not None:
                limit = min(now() + _TRAILING_S, deadline)
            elif body.n_objects > n_seen:  # Comments that keep the connection alive do not count.
                limit = min(now() + self._endpoint.stall_s, deadline)

    async def _choose_model(self) -> None:
        if self._connection.model:
            return
        names = await self.models()
        names = tuple(name for name in names if not any(word in name.lower() for word in _NO_CHAT))
        if not names:
            what = "the server offers no model; load one there"
            raise self._connection.fail(ProviderFault.MODEL_NOT_FOUND, what)
        self._connection.model = names[0]

    async def _send(
        self, wire: Wire, stack: contextlib.AsyncExitStack, request: Request
    ) -> tuple[httpx2.Response, list[Warned]]:
        """Return the response whose status is good, having left out what the server does not know."""
        warnings = [self._warning(name) for name in self._ignored(request) if name not in self._warned]
        prompt = _texts(request)
        whole = self._parameters(request, self._connection.model)
        while True:
            parameters = adapted(whole, self._left_out)
            with self._connection.explained(wire, prompt=prompt):
                async with asyncio.timeout(self._begin_s):
                    try:
                        response = await self._open(wire.client, stack, parameters)
                    except wire.status_error as error:
                        response, said = error.response, error.response.content
                    else:
                        if 200 <= response.status_code < 300:
                            return response, warnings
                        said = await error_body(response)
            status, why = response.status_code, read_error(said)
            unknown = unsupported_parameter(status, why, parameters, self._optional)
            if unknown is None:
                raise self._connection.refusal(response, said, prompt)
            self._left_out |= {unknown}
            if unknown in _WORTH_SAYING:
                warnings.append(self._warning(unknown))

    @property
    def _begin_s(self) -> float:
        if self._is_streamed:
            return self._endpoint.connect_s + self._endpoint.first_byte_s
        return self._endpoint.total_s

    def _warning(self, setting: str) -> Warned:
        self._warned.add(setting)
        return Warned(f"{self.name} does not take {setting!r}; it was left out.")

    def _other_model(self, answered_by: str) -> Warned | None:
        """Return a note, once, if another model answered than was asked; a dated name is no other."""
        asked, by = (_words(name) for name in (self._connection.model, answered_by))
        if "model" in self._warned or "auto" in asked or asked <= by or by <= asked:
            return None
        self._warned.add("model")
        return Warned(f"{self.name} was asked, but {answered_by!r} answered.")


def _words(model: str) -> set[str]:
    words = re.split(r"[-._@]", model.lower().rpartition("/")[2].partition(":")[0])
    return {word for word in words if word and word != "latest" and not re.fullmatch(r"\d{4,}", word)}


def _texts(request: Request) -> tuple[str, ...]:
    texts = [message.content for message in request.messages]
    return (*texts, request.prefix or "", request.suffix or "")
