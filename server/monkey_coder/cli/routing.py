"""`monkey-coder routing report`: the evidence behind the choice of models."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from .. import app
from ..features.routing_report import draw_report, evidence_of, report
from .exits import Exit
from .terminal import standard_terminal, visible


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("what", choices=["report"], help="what to do")
    parser.add_argument("--png", metavar="FILE", help="draw it too (needs matplotlib)")
    parser.add_argument("--reset", action="store_true", help="forget everything that was learned")


def run(options: argparse.Namespace) -> int:
    """Print the report, or forget what it is about, and return the exit code."""
    terminal = standard_terminal()
    experience = app.kept_experience()
    if options.reset:
        asyncio.run(experience.reset())
        terminal.note("forgot what became of earlier answers")
        return Exit.DONE
    evidence = evidence_of(asyncio.run(experience.episodes()))
    if message := experience.take_message():
        terminal.note(terminal.style(f"warning: {visible(message)}", "yellow"))
    for line in report(evidence, app.routing_name()).split("\n"):
        terminal.print(visible(line))
    if options.png:
        draw_report(evidence, Path(options.png))
        terminal.note(f"drew {visible(options.png)}")
    return Exit.DONE if evidence.episodes else Exit.NOTHING
