"""An editor for tests: it talks to a real session in the test's own loop, JSON in and JSON out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from tests.scripted import ScriptedModel

from monkey_coder.app import Health, Offer, Total
from monkey_coder.core.endpoint import Secret
from monkey_coder.core.gathering import Gathering
from monkey_coder.core.kit import Indexing, Kit, Learner
from monkey_coder.core.memory import Memory
from monkey_coder.core.model import Event, Finished, FinishReason, Model, Request, TextDelta
from monkey_coder.lsp.messages import parse_message
from monkey_coder.lsp.session import Session, SessionOptions

Json = dict[str, Any]
URI = "file:///work/example.py"


@dataclass
class FakeApp:
    """The house, with the models of a test in it."""

    kit: Kit
    warnings: tuple[str, ...] = ()
    closed: bool = False
    backups: str = ""
    models: tuple[Health, ...] = ()
    trusted: bool = False
    day_usd: float | None = None
    ledger_file: Path = Path("no-ledger.sqlite")
    used: Total | None = None
    offered: tuple[Offer, ...] = ()

    async def today(self) -> Total | None:
        return self.used

    async def offers(self) -> tuple[Offer, ...]:
        return self.offered

    def health(self) -> tuple[Health, ...]:
        return self.models

    async def aclose(self) -> None:
        self.closed = True


@dataclass
class Editor:
    """What a client does, and everything it was sent."""

    session: Session
    received: list[Json] = field(default_factory=list)
    applied: bool = True
    answers: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    apps: list[FakeApp] = field(default_factory=list)
    builds: list[Json] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    _n: int = 0
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    # The session's outlet

    def write(self, data: bytes) -> None:
        message = json.loads(data)
        self.received.append(message)
        self._arrived.set()
        if "id" in message and message.get("method") in self.answers:
            answer = self.answers[message["method"]](message["params"])
            asyncio.get_running_loop().call_soon(self.send, {"id": message["id"], "result": answer})

    def backlog(self) -> int:
        return 0

    # The client

    def send(self, message: Mapping[str, Any]) -> None:
        parsed = parse_message(json.dumps({"jsonrpc": "2.0", **message}))
        if parsed is not None:
            self.session.protocol.dispatch(parsed)

    def notify(self, method: str, params: Any = None) -> None:
        self.send({"method": method, "params": params})

    def post(self, method: str, params: Any = None) -> int:
        self._n += 1
        self.send({"id": self._n, "method": method, "params": params})
        return self._n

    async def answer(self, message_id: int) -> Json:
        return await self.wait_for(
            lambda message: message.get("id") == message_id and "method" not in message
        )

    async def request(self, method: str, params: Any = None) -> Json:
        return await self.answer(self.post(method, params))

    async def wait_for(self, wanted: Callable[[Json], bool]) -> Json:
        async with asyncio.timeout(5):
            while True:
                for message in self.received:
                    if wanted(message):
                        return message
                self._arrived.clear()
                await self._arrived.wait()

    async def wait_for_method(self, method: str) -> Json:
        return await self.wait_for(lambda message: message.get("method") == method)

    def sent(self, method: str) -> list[Json]:
        return [message for message in self.received if message.get("method") == method]

    def open(self, text: str, uri: str = URI, language: str = "python", version: int = 1) -> None:
        item = {"uri": uri, "languageId": language, "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, changes: list[Json], uri: str = URI, version: int = 2) -> None:
        self.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": version}, "contentChanges": changes},
        )

    def text(self, uri: str = URI) -> str | None:
        snapshot = self.session.texts.snapshot(uri)
        return None if snapshot is None else snapshot.text


class SlowModel:
    """A model that answers when it is told to, and remembers whether its stream was closed."""

    name = "slow"

    def __init__(self) -> None:
        self.asked, self.go, self.closed = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def stream(self, _request: Request) -> AsyncGenerator[Event, None]:
        try:
            self.asked.set()
            await self.go.wait()
            yield TextDelta("late()")
            yield Finished(FinishReason.STOP, self.name)
        finally:
            self.closed.set()


def kit_of(
    model: Model,
    learners: tuple[Learner, ...] = (),
    indexing: Indexing | None = None,
    gathering: Gathering | None = None,
    memory: Memory | None = None,
) -> Kit:
    """Return a kit in which one model does everything."""
    return Kit(
        model=model,
        complete_model=model,
        offline_model=model,
        monotonic=monotonic,
        learners=learners,
        indexing=indexing,
        gathering=gathering,
        memory=memory,
    )


@asynccontextmanager
async def editor(
    model: Model | None = None,
    *,
    capabilities: Mapping[str, Any] | None = None,
    options: SessionOptions | None = None,
    learners: tuple[Learner, ...] = (),
    indexing: Indexing | None = None,
    gathering: Gathering | None = None,
    memory: Memory | None = None,
    initialize: bool = True,
    **params: Any,
) -> AsyncIterator[Editor]:
    """Start a session and its editor; with `initialize`, past the handshake."""
    kit = kit_of(model or ScriptedModel([]), learners, indexing, gathering, memory)
    mine: Editor

    def build(
        folders: Sequence[str],
        *,
        overrides: Mapping[str, object],
        trusted: bool,
        keys: Mapping[str, Secret],
    ) -> FakeApp:
        mine.builds.append({"folders": list(folders), "overrides": dict(overrides), "trusted": trusted})
        mine.keys = {provider: key.reveal() for provider, key in keys.items()}
        mine.apps.append(FakeApp(kit))
        return mine.apps[-1]

    session = Session(options or SessionOptions(), build)
    mine = Editor(session)
    ended = session.begin(mine, framed=False)
    if initialize:
        await mine.request("initialize", {"capabilities": capabilities or {}, **params})
        mine.notify("initialized", {})
    try:
        yield mine
    finally:
        if not ended.done():
            session.leave(1)
        await session.end()
