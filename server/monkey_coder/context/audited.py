"""A Model, and an embedder, whose requests are noted in the audit log as they leave."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from urllib.parse import urlsplit

from ..core.clock import Clock
from ..core.embedder import Embedder, Embeddings, EmbedKind
from ..core.endpoint import Endpoint
from ..core.model import Event, Model, Request, Warned
from .audit_log import AuditLog, Sent
from .redact import PLACEHOLDER

_BYTES_PER_TOKEN = 4


class Audited:
    """Stands between redaction and the network, and notes each attempt before it is made.

    So it sees what the provider will see: placeholders, no secrets.
    """

    def __init__(self, model: Model, log: AuditLog, endpoint: Endpoint, clock: Clock) -> None:
        self._model = model
        self._log = log
        self._to = _Addressee(endpoint, log.keeps_text)
        self._clock = clock

    @property
    def name(self) -> str:
        return self._model.name

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield what the inner model answers."""
        self._log.add(partial(self._to.sent_request, request, self._clock.now().isoformat("T", "seconds")))
        if failure := self._log.take_failure():
            yield Warned(str(failure))
        async with aclosing(self._model.stream(request)) as events:
            async for event in events:
                yield event


class AuditedEmbedder:
    """An embedder at a provider, each of whose requests is noted before it is made."""

    def __init__(
        self, embedder: Embedder, log: AuditLog, endpoint: Endpoint, clock: Clock, *, project: str = ""
    ) -> None:
        self._embedder = embedder
        self._log = log
        self._to = _Addressee(endpoint, log.keeps_text)
        self._clock = clock
        self._project = project

    @property
    def name(self) -> str:
        return self._embedder.name

    async def embed(self, texts: Sequence[str], kind: EmbedKind = EmbedKind.DOCUMENT) -> Embeddings:
        """Return a vector for each text. Raises: MonkeyCoderError."""
        at = self._clock.now().isoformat("T", "seconds")
        self._log.add(partial(self._to.sent_texts, tuple(texts), at, self._project))
        return await self._embedder.embed(texts, kind)

    async def close(self) -> None:
        """Let go of connections, and write what is still to be noted."""
        await self._embedder.close()
        await asyncio.to_thread(self._log.close)


@dataclass(frozen=True, slots=True)
class _Addressee:
    """Makes the lines of what goes to one endpoint; called on the log's thread."""

    endpoint: Endpoint
    keeps_text: bool

    def sent_request(self, request: Request, at: str) -> Sent:
        words = list(_words(request))
        return self._sent(words, at, request.task.kind.value, _project(request), _paths(request))

    def sent_texts(self, texts: tuple[str, ...], at: str, project: str) -> Sent:
        return self._sent(list(texts), at, "embed", project, ())

    def _sent(self, words: list[str], at: str, kind: str, project: str, paths: tuple[str, ...]) -> Sent:
        size = sum(len(text.encode("utf-8", "replace")) for text in words)
        return Sent(
            at=at,
            kind=kind,
            provider=self.endpoint.name,
            model=self.endpoint.model,
            host=urlsplit(self.endpoint.base_url).netloc.rpartition("@")[2],
            project=project,
            paths=paths,
            bytes=size,
            tokens=size // _BYTES_PER_TOKEN,
            redactions=len({found for text in words for found in PLACEHOLDER.findall(text)}),
            text="\n\n".join(words) if self.keeps_text else "",
        )


def _words(request: Request) -> Sequence[str]:
    """Return all that is said in a request."""
    words = [message.content for message in request.messages]
    for message in request.messages:
        words += [
            f"{call.name} {json.dumps(dict(call.arguments), default=str)}" for call in message.tool_calls
        ]
    words += [f"{tool.name} {tool.description} {json.dumps(dict(tool.parameters))}" for tool in request.tools]
    return [*words, *filter(None, (request.prefix, request.suffix))]


def _project(request: Request) -> str:
    return request.task.document.folder or ""


def _paths(request: Request) -> tuple[str, ...]:
    task = request.task
    found = [task.document.path, task.target.path if task.target else None, *(one.path for one in task.facts)]
    folder = PurePath(task.document.folder) if task.document.folder else None
    paths = [PurePath(path) for path in found if path]
    return tuple(
        dict.fromkeys(
            path.relative_to(folder).as_posix() if folder and path.is_relative_to(folder) else str(path)
            for path in paths
        )
    )
