"""`python -m monkey_coder.lsp`: the language server alone."""

from __future__ import annotations

import argparse
import sys

from ..core.errors import MonkeyCoderError
from .server import ServeOptions, serve


def main() -> int:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(prog="monkey_coder.lsp", description=__doc__)
    parser.add_argument("--tcp", metavar="HOST:PORT")
    parser.add_argument("--ws", metavar="HOST:PORT")
    parser.add_argument("--token-file")
    parser.add_argument("--debug-requests", action="store_true")
    parser.add_argument("--allow-remote", action="store_true")
    parser.add_argument("--allow-origin", action="append", default=[], metavar="ORIGIN")
    parser.add_argument("--offline-only", action="store_true")
    arguments = parser.parse_args()
    options = ServeOptions(
        tcp=arguments.tcp,
        ws=arguments.ws,
        token_file=arguments.token_file,
        debug_requests=arguments.debug_requests,
        allow_remote=arguments.allow_remote,
        allow_origins=tuple(arguments.allow_origin),
        offline_only=arguments.offline_only,
    )
    try:
        return serve(options)
    except MonkeyCoderError as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
