"""`monkey-coder diff`: from what was there before a change to what is there now."""

from __future__ import annotations

import argparse

from .. import app
from ..features.files import diff_of_change
from .difftext import coloured_files
from .exits import Exit
from .terminal import standard_terminal
from .undo import add_folder, folders_of


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "change", nargs="?", help="which one, by its id in `undo --list`; by default the newest"
    )
    add_folder(parser)


def run(options: argparse.Namespace) -> int:
    """Print the diff and return the exit code."""
    terminal = standard_terminal()
    diff = diff_of_change(app.backups_folder(), folders_of(options), options.change)
    for line in coloured_files(diff, terminal):
        terminal.print(line)
    return Exit.DONE if diff else Exit.NOTHING
