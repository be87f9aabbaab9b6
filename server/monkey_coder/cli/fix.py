"""`monkey-coder fix`: fix what is wrong, shown as a diff first."""

from __future__ import annotations

import argparse

from ..core.model import TaskKind
from .changes import configure_change, run_change


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    configure_change(parser)


def run(options: argparse.Namespace) -> int:
    """Propose the change, ask, write it, and return the exit code."""
    return run_change(TaskKind.FIX, options)
