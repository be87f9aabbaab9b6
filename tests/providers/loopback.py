"""A server on this machine that says, byte for byte, what a test hands it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Reply:
    """A response: its status, headers and the pieces of its body.

    `ends` is "whole", "cut" (the socket closes inside the body) or "open" (silence, socket open). It is
    not given before `held` is set, where that is there.
    """

    pieces: Sequence[bytes] = ()
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "text/event-stream"})
    ends: str = "whole"
    pause_s: float = 0.0
    repeat: int = 1
    held: asyncio.Event | None = None


@dataclass
class Asked:
    """A request that came."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    connection: int


@dataclass
class Loopback:
    replies: list[Reply]
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


def events(*chunks: dict[str, Any], done: bool = True) -> bytes:
    """Return chunks as server-sent events."""
    body = b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks)
    return body + (b"data: [DONE]\n\n" if done else b"")


def delta(finish: str | None = None, **fields: Any) -> dict[str, Any]:
    """Return one chunk of a chat completion."""
    return {"model": "m", "choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}


def said(text: str, **more: Any) -> Reply:
    """Return a reply that says `text` in one healthy stream."""
    return Reply([events(delta(content=text), delta("stop"), {"choices": [], **more})])


async def release(held: asyncio.Event, *servers: Loopback) -> None:
    """Let a reply go that was held, once all these servers were asked."""
    for server in servers:
        await server.came.wait()
    held.set()


@asynccontextmanager
async def serving(*replies: Reply) -> AsyncIterator[Loopback]:
    """Serve the replies in turn; the last one again and again."""
    loopback = Loopback(list(replies))
    numbers = iter(range(1_000_000))
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await _converse(loopback, next(numbers), reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            loopback.gone.set()
        except asyncio.CancelledError:
            return  # The test is over.
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    loopback.port = server.sockets[0].getsockname()[1]
    try:
        yield loopback
    finally:
        server.close()
        pending = list(tasks)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)


async def _converse(
    loopback: Loopback, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    while True:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        loopback.asked.append(
            Asked(method, path, headers, json.loads(body) if body else None, number),
        )
        loopback.came.set()
        reply = loopback.replies.pop(0) if len(loopback.replies) > 1 else loopback.replies[0]
        if reply.held is not None:
            await reply.held.wait()
        lines = [f"HTTP/1.1 {reply.status} Status", "transfer-encoding: chunked"]
        lines += [f"{name}: {value}" for name, value in reply.headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
        for piece in list(reply.pieces) * reply.repeat:
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            await writer.drain()
            await asyncio.sleep(reply.pause_s)
        if reply.ends == "cut":
            return
        if reply.ends == "open":
            await reader.readexactly(1)  # Raises once the client has gone.
        writer.write(b"0\r\n\r\n")
        await writer.drain()
