"""Clients on WebSocket, each with a session of its own, behind a token.

Every web page can open a WebSocket to this machine, so a connection must hold a bearer token, must
not come from a web page unless its origin was allowed, and must address us by a name of this machine
(another name means that a page had its own name point here).
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
import secrets
import stat
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from ..core.errors import InputError
from .framing import MAX_BODY_BYTES
from .listen import Connections, MakeSession, is_loopback, say, until_stopped
from .messages import parse_message
from .session import Session

if TYPE_CHECKING:
    from websockets.http11 import Request, Response

log = logging.getLogger(__name__)

SUBPROTOCOL = "monkey-coder"
_MIN_TOKEN = 16
_MAX_BACKLOG_BYTES = 256 * 1024 * 1024
_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")


class SocketOutlet:
    """Sends each body as one text frame, from a queue that the event loop never waits on."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._backlog = 0

    def write(self, data: bytes) -> None:
        """Take a body to send."""
        self._backlog += len(data)
        self._queue.put_nowait(data)
        if self._backlog > _MAX_BACKLOG_BYTES:
            log.error("a client has stopped reading; its connection is closed")
            self._connection.transport.abort()

    def backlog(self) -> int:
        """Return how many bytes the client has not taken yet."""
        return self._backlog

    def finish(self) -> None:
        """Let `run` end once everything is sent."""
        self._queue.put_nowait(None)

    async def run(self) -> None:
        """Send until `finish`, or until the client is gone."""
        try:
            while (data := await self._queue.get()) is not None:
                await self._connection.send(data.decode())
                self._backlog -= len(data)
        except ConnectionClosed:
            log.info("a client left before it had read everything")


class Doorkeeper:
    """Decides, before the upgrade, who may open a WebSocket."""

    def __init__(self, token: str, origins: Sequence[str], *, any_host: bool) -> None:
        self._token = token.encode()
        self._origins = frozenset(origins)
        self._any_host = any_host

    def refuse(self, connection: ServerConnection, request: Request) -> Response | None:
        """Return the refusal, or None to let the client in."""
        origins = request.headers.get_all("Origin")
        if any(origin not in self._origins for origin in origins):
            return connection.respond(HTTPStatus.FORBIDDEN, "This origin is not allowed (--allow-origin).\n")
        hosts = request.headers.get_all("Host")
        if not self._any_host and not (len(hosts) == 1 and _is_local_name(hosts[0])):
            return connection.respond(HTTPStatus.FORBIDDEN, "Address the server as localhost.\n")
        if not any(hmac.compare_digest(token.encode(), self._token) for token in _tokens(request)):
            return connection.respond(
                HTTPStatus.UNAUTHORIZED, "Send the token the server was started with.\n"
            )
        return None


def read_token(path: str | None) -> str:
    """Return the token in a file, or a new one, which the person who started the server is told.

    Raises: InputError if the file cannot be read or its token is too short.
    """
    if path is None:
        token = secrets.token_urlsafe(32)
        say(f"Token for this run: {token}")
        return token
    try:
        token = Path(path).read_text(encoding="utf-8").strip()
        mode = os.stat(path).st_mode  # noqa: PTH116
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the token file {path!r} cannot be read: {error}") from error
    if len(token) < _MIN_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise InputError(
            f"the token in {path!r} must have at least {_MIN_TOKEN} printable ASCII characters and no space; "
            'make one with: python -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        say(f"Others on this machine can read {path!r}; chmod 600 keeps the token yours.")
    return token


async def serve_websocket(
    host: str, port: int, token: str, origins: Sequence[str], make_session: MakeSession
) -> int:
    """Listen until stopped by a signal."""
    connections = Connections(make_session)
    doorkeeper = Doorkeeper(token, origins, any_host=not is_loopback(host))

    async def connected(connection: ServerConnection) -> None:
        if not connections.is_full:
            await connections.run(lambda session: _converse(session, connection))

    server = await serve(
        connected,
        host,
        port,
        process_request=doorkeeper.refuse,
        subprotocols=[SUBPROTOCOL],  # type: ignore[list-item]
        select_subprotocol=_choose_subprotocol,  # type: ignore[arg-type]
        compression=None,
        max_size=MAX_BODY_BYTES,
        server_header=None,
    )
    async with server:
        for socket in server.sockets:
            say("Listening on ws://{0[0]}:{0[1]}/".format(socket.getsockname()))
        await until_stopped()
        await connections.end()
    return 0


async def _converse(session: Session, connection: ServerConnection) -> None:
    outlet = SocketOutlet(connection)
    ended = session.begin(outlet, framed=False)
    sending = asyncio.ensure_future(outlet.run())
    reading = asyncio.ensure_future(_read(session, connection))
    try:
        either: set[asyncio.Future[Any]] = {ended, reading}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        session.hang_up()
        await session.end()
        outlet.finish()
        await asyncio.wait({sending}, timeout=2)
    finally:
        reading.cancel()
        sending.cancel()


async def _read(session: Session, connection: ServerConnection) -> None:
    try:
        async for body in connection:
            message = parse_message(body)
            if message is not None:
                session.protocol.dispatch(message)
    except ConnectionClosed:
        log.info("a connection broke")


def _tokens(request: Request) -> list[str]:
    """Return the tokens a client showed. Web pages cannot set headers: theirs is a subprotocol."""
    shown = [value.split(None, 1) for value in request.headers.get_all("Authorization")]
    tokens = [parts[1].strip() for parts in shown if len(parts) == 2 and parts[0].lower() == "bearer"]
    for value in request.headers.get_all("Sec-WebSocket-Protocol"):
        offered = (name.strip() for name in value.split(","))
        tokens += [name.removeprefix("bearer.") for name in offered if name.startswith("bearer.")]
    return tokens


def _choose_subprotocol(_connection: ServerConnection, offered: Sequence[str]) -> str | None:
    return SUBPROTOCOL if SUBPROTOCOL in offered else None


def _is_local_name(host: str) -> bool:
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() and not host.endswith("]") else host
    return name.lower() in _LOCAL_NAMES
