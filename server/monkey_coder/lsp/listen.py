"""What TCP and WebSocket share: the address to listen on, and stopping in order."""

from __future__ import annotations

import asyncio
import ipaddress
import signal
import socket
import sys
from collections.abc import Awaitable, Callable

from ..core.errors import InputError
from .session import Session

# Far more than editors need; few enough that idle connections cannot use up the process.
MAX_CONNECTIONS = 256

MakeSession = Callable[[], Session]


def parse_address(address: str, *, allow_remote: bool) -> tuple[str, int]:
    """Return (host, port) of "HOST:PORT"; an IPv6 host stands in brackets.

    Raises: InputError if it is none, or can be reached from other machines without `allow_remote`.
    """
    host, colon, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise InputError(f"{address!r} is no address; write HOST:PORT, such as 127.0.0.1:7777")
    if not host:
        host = "127.0.0.1"
    if not allow_remote and not is_loopback(host):
        raise InputError(
            f"{host!r} can be reached from other machines; listen on 127.0.0.1, "
            "or say --allow-remote if that is what you want"
        )
    return host, int(port)


def is_loopback(host: str) -> bool:
    """Return whether every address of a host is of this machine alone."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise InputError(f"there is no host {host!r}: {error}") from error
    return all(ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback for *_, address in found)


async def until_stopped() -> None:
    """Wait for the signal that ends the server."""
    stopped = asyncio.Event()
    if sys.platform != "win32":  # Elsewhere Ctrl-C ends the loop by itself.
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopped.set)
    await stopped.wait()


class Connections:
    """The sessions of a listening server: each is its client's alone."""

    def __init__(self, make_session: MakeSession) -> None:
        self._make_session = make_session
        self._sessions: set[Session] = set()
        self._n_open = 0

    @property
    def is_full(self) -> bool:
        return self._n_open >= MAX_CONNECTIONS

    async def run(self, serve: Callable[[Session], Awaitable[None]]) -> None:
        """Serve one connection with a new session, to its end."""
        self._n_open += 1
        session = self._make_session()
        self._sessions.add(session)
        try:
            await serve(session)
        finally:
            session.hang_up()
            await session.end()
            self._sessions.discard(session)
            self._n_open -= 1

    async def end(self) -> None:
        """End all sessions."""
        for session in list(self._sessions):
            session.leave(0)
            await session.end()


def say(message: str) -> None:
    """Tell the person who started the server."""
    sys.stderr.write(message + "\n")
    sys.stderr.flush()
