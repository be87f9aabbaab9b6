"""Clients on TCP, each with a session of its own. TCP itself authenticates nobody."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from .framing import BadFrame, FrameReader
from .listen import Connections, MakeSession, is_loopback, say, until_stopped
from .messages import parse_message
from .session import Session

log = logging.getLogger(__name__)

_CHUNK = 1 << 16
_MAX_BACKLOG_BYTES = 256 * 1024 * 1024


class StreamOutlet:
    """Writes to a connection; what its client does not take waits in memory, up to a limit."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def write(self, data: bytes) -> None:
        """Take bytes to send; dropped once the client is gone."""
        if self._writer.is_closing():
            return
        self._writer.write(data)
        if self.backlog() > _MAX_BACKLOG_BYTES:
            log.error("a client has stopped reading; its connection is closed")
            self._writer.transport.abort()

    def backlog(self) -> int:
        """Return how many bytes the client has not taken yet."""
        return self._writer.transport.get_write_buffer_size()


async def serve_tcp(host: str, port: int, make_session: MakeSession) -> int:
    """Listen until stopped by a signal."""
    connections = Connections(make_session)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if not connections.is_full:
                await connections.run(lambda session: _converse(session, reader, writer))
        finally:
            writer.close()

    server = await asyncio.start_server(connected, host, port)
    async with server:
        for socket in server.sockets:
            say("Listening on TCP {0[0]}:{0[1]}".format(socket.getsockname()))
        whoever = (
            "every program on this machine" if is_loopback(host) else "EVERYONE who reaches this address"
        )
        say(f"There is no authentication on TCP: {whoever} can connect. Use --ws for a token.")
        await until_stopped()
        await connections.end()
    return 0


async def _converse(session: Session, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    ended = session.begin(StreamOutlet(writer), framed=True)
    reading = asyncio.ensure_future(_read(session, reader))
    try:
        either: set[asyncio.Future[Any]] = {ended, reading}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        session.hang_up()
        await session.end()
        if not writer.is_closing():
            async with asyncio.timeout(2):
                await writer.drain()
    except (OSError, TimeoutError):
        log.info("a client left before it had read everything")
    finally:
        reading.cancel()


async def _read(session: Session, reader: asyncio.StreamReader) -> None:
    frames = FrameReader()
    try:
        while data := await reader.read(_CHUNK):
            for frame in frames.feed(data):
                message = frame if isinstance(frame, BadFrame) else parse_message(frame)
                if message is not None:
                    session.protocol.dispatch(message)
    except OSError as error:
        log.info("a connection broke: %s", error)
