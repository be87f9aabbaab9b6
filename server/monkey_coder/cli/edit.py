"""`monkey-coder edit`: change code by an instruction, shown as a diff first."""

from __future__ import annotations

import argparse

from ..core.errors import InputError
from ..core.model import TaskKind
from .changes import configure_change, run_change


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    configure_change(parser)
    parser.add_argument("instruction", help='what to change, such as "return early when items is empty"')


def run(options: argparse.Namespace) -> int:
    """Propose the change, ask, write it, and return the exit code."""
    if not options.instruction.strip():
        raise InputError('the instruction is empty; say what to change, such as "handle None"')
    return run_change(TaskKind.EDIT, options, options.instruction)
