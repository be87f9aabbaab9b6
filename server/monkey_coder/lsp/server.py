"""Start the language server on standard input and output, on TCP or on WebSocket."""

from __future__ import annotations

import logging
import os
import sys
from dataclasses import dataclass

from .session import Session, SessionOptions


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

    @property
    def session(self) -> SessionOptions:
        return SessionOptions(debug_requests=self.debug_requests, offline_only=self.offline_only)


def serve(options: ServeOptions) -> int:
    """Serve until the client leaves (or, on a socket, until stopped) and return the exit code.

    On standard input and output the process ends here: threads may still be at work.
    Raises: InputError for an address or a token file that cannot be used.
    """
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s"
    )
    # pygls logs the bodies of messages at INFO and below.
    logging.getLogger("pygls").setLevel(logging.WARNING)
    from .stdio import serve_stdio

    code = serve_stdio(Session(options.session))
    logging.shutdown()
    os._exit(code)
