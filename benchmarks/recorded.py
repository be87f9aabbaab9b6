"""A server on this machine that says again, byte for byte, what providers once said."""

from __future__ import annotations

import asyncio
import gzip
import json
import random
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

_NOT_REPLAYED = frozenset(
    ("transfer-encoding", "content-length", "content-encoding", "connection", "server", "via")
)
_MOST_BYTES_AT_RANDOM = 64


class Chunking(StrEnum):
    """How a body is cut into pieces: as recorded, at every byte, at random, or not at all."""

    EVENT = "event"
    BYTE = "byte"
    RANDOM = "random"
    WHOLE = "whole"


def recordings(path: Path) -> list[dict[str, Any]]:
    """Return the recordings in a file: one JSON object a line, gzipped or not."""
    data = path.read_bytes()
    if data.startswith(b"\x1f\x8b"):
        data = gzip.decompress(data)
    return [json.loads(line) for line in data.splitlines() if line.strip()]


@dataclass
class Replay:
    """Serves the recording `id` at any path below `url(id)`."""

    rows: Mapping[str, Mapping[str, Any]]
    chunking: Chunking = Chunking.EVENT
    port: int = 0
    paths: dict[str, str] = field(default_factory=dict)

    def url(self, id_: str) -> str:
        return f"http://127.0.0.1:{self.port}/r/{id_}"

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Replay]:
        """Serve while the block runs."""
        server = await asyncio.start_server(self._converse, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                fields = [line.partition(":") for line in head[1:] if line]
                headers = {name.strip().lower(): value.strip() for name, _, value in fields}
                await reader.readexactly(int(headers.get("content-length", 0)))
                await self._answer(writer, head[0].split(" ")[1])
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            return
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, target: str) -> None:
        _, _, id_, *rest = target.split("/")
        row = self.rows[id_]
        self.paths[id_] = "/" + "/".join(rest)
        lines = [f"HTTP/1.1 {row['status']} Status", "transfer-encoding: chunked"]
        lines += [f"{k}: {v}" for k, v in row["response_headers"].items() if k not in _NOT_REPLAYED]
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1", "replace"))
        for piece in self._pieces(row):
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    def _pieces(self, row: Mapping[str, Any]) -> Iterator[bytes]:
        pieces = [piece.encode() for piece in row["sse_chunks"] or [row["response_body"] or ""] if piece]
        if self.chunking is Chunking.EVENT:
            yield from pieces
            return
        body, at = b"".join(pieces), 0
        rng = random.Random(row["id"])
        while at < len(body):
            match self.chunking:
                case Chunking.BYTE:
                    size = 1
                case Chunking.RANDOM:
                    size = rng.randint(1, _MOST_BYTES_AT_RANDOM)
                case _:
                    size = len(body)
            yield body[at : at + size]
            at += size
