"""`monkey-coder lsp`: the language server, on standard input and output or on a port."""

from __future__ import annotations

import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    door = parser.add_mutually_exclusive_group()
    door.add_argument("--stdio", action="store_true", help="standard input and output (the default)")
    door.add_argument("--tcp", metavar="HOST:PORT", help="listen on a TCP port; port 0 takes a free one")
    door.add_argument("--ws", metavar="HOST:PORT", help="listen for WebSockets")
    parser.add_argument("--token-file", metavar="FILE", help="with --ws: the bearer token is in FILE")
    parser.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="with --ws: let this web origin connect, such as https://ide.example.org; may be repeated",
    )
    parser.add_argument(
        "--allow-remote",
        action="store_true",
        help="listen on an address that other machines reach (the default is this machine alone)",
    )
    parser.add_argument("--offline", action="store_true", help="use no provider, whatever is configured")
    parser.add_argument(
        "--debug-requests",
        action="store_true",
        help="answer monkeyCoder/documentText, by which tests compare texts",
    )


def run(options: argparse.Namespace) -> int:
    """Serve until the client leaves, and return the exit code that the protocol asks for."""
    from ..lsp.server import ServeOptions, serve

    return serve(
        ServeOptions(
            tcp=options.tcp,
            ws=options.ws,
            token_file=options.token_file,
            allow_origins=tuple(options.allow_origin),
            allow_remote=options.allow_remote,
            offline_only=options.offline,
            debug_requests=options.debug_requests,
        )
    )
