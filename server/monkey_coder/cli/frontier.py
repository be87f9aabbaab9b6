"""`monkey-coder frontier`: which models are worth their price."""

from __future__ import annotations

import argparse
import asyncio
from datetime import datetime
from pathlib import Path

from .. import app
from ..features.routing_report import draw_frontier, frontier_report
from .exits import Exit
from .terminal import standard_terminal, visible


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--png", metavar="FILE", help="draw it too (needs matplotlib)")


def run(options: argparse.Namespace) -> int:
    """Print the table of trade-offs, and return the exit code."""
    terminal = standard_terminal()
    episodes = asyncio.run(app.kept_experience().episodes())
    for line in frontier_report(episodes, datetime.now().astimezone()).split("\n"):
        terminal.print(visible(line))
    if options.png:
        draw_frontier(episodes, Path(options.png))
        terminal.note(f"drew {visible(options.png)}")
    return Exit.DONE if episodes else Exit.NOTHING
