"""`monkey-coder explain`: say what code does, as Markdown."""

from __future__ import annotations

import argparse

from ..core.model import TaskKind
from .telling import configure_telling, run_telling


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    configure_telling(parser)


def run(options: argparse.Namespace) -> int:
    """Print the answer, and return the exit code."""
    return run_telling(TaskKind.EXPLAIN, options)
