"""Start the language server on standard input and output, on TCP or on WebSocket."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sys
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..core.errors import InputError
from . import garbage

if TYPE_CHECKING:
    from .session import Session


_TURN_S = 0.001


@dataclass(frozen=True)
class ServeOptions:
    """How to serve. `tcp` and `ws` are "HOST:PORT"; with neither, standard input and output."""

    tcp: str | None = None
    ws: str | None = None
    token_file: str | None = None
    debug_requests: bool = False
    allow_remote: bool = False
    allow_origins: tuple[str, ...] = ()
    offline_only: bool = False


# C0 without tab and line feed, DEL and C1, which a terminal obeys, and the marks that reorder text.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class PlainFormatter(logging.Formatter):
    """Writes records so that no text in them poses as another record or as an order to a terminal.

    What a client, a model or a file said may stand in a message or in an exception (CWE-117): every
    line after the first is indented.
    """

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record).replace("\r\n", "\n")
        return _UNSAFE.sub(lambda match: f"\\x{ord(match[0]):02x}", text).replace("\n", "\n    ")


def serve(options: ServeOptions) -> int:
    """Serve until the client leaves (or, on a socket, until stopped) and return the exit code.

    On standard input and output the process ends here: threads may still be at work.
    Raises: InputError for an address or a token file that cannot be used.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PlainFormatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    # pygls logs the bodies of messages at INFO and below.
    logging.getLogger("pygls").setLevel(logging.WARNING)
    try:
        code = _serve(options)
    except KeyboardInterrupt:
        code = 130
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)


def _make_session(options: ServeOptions) -> Session:
    from .session import Session, SessionOptions

    return Session(SessionOptions(debug_requests=options.debug_requests, offline_only=options.offline_only))


def _serve(options: ServeOptions) -> int:
    garbage.hold()
    # What is learned on other threads must not keep a keystroke waiting for the interpreter.
    sys.setswitchinterval(_TURN_S)
    session = _make_session(options)
    # Each way of serving imports only what it needs: start-up on standard input and output is timed.
    if options.tcp is not None and options.ws is not None:
        raise InputError("serve either --tcp or --ws, not both")
    if options.tcp is not None:
        from .listen import parse_address
        from .tcp import serve_tcp

        host, port = parse_address(options.tcp, allow_remote=options.allow_remote)
        return _listen(serve_tcp(host, port, lambda: _make_session(options)), options.tcp)
    if options.ws is not None:
        from .listen import parse_address
        from .websocket import read_token, serve_websocket

        host, port = parse_address(options.ws, allow_remote=options.allow_remote)
        token = read_token(options.token_file)
        serving = serve_websocket(host, port, token, options.allow_origins, lambda: _make_session(options))
        return _listen(serving, options.ws)
    from .stdio import serve_stdio

    return serve_stdio(session)


def _listen(serving: Coroutine[Any, Any, int], address: str) -> int:
    garbage.tidy()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(serving)
    except OSError as error:
        raise InputError(f"cannot listen on {address}: {error.strerror or error}") from error
