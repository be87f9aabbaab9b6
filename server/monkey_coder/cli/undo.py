"""`monkey-coder undo`: take back what Monkey Coder wrote, or list it."""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path

from .. import app
from ..features.files import Past, changes_of, project_folder, undo
from .exits import Exit
from .terminal import standard_terminal, visible

_SPANS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("change", nargs="?", help="which one, by its id in the list; by default the newest")
    parser.add_argument("--list", action="store_true", help="list the changes, newest first")
    parser.add_argument("--json", action="store_true", help="print the list as JSON")
    add_folder(parser)


def add_folder(parser: argparse.ArgumentParser) -> None:
    """Add the argument that says whose changes are meant."""
    parser.add_argument("--folder", help="the project's folder; by default the one around this folder")
    parser.add_argument("--all", action="store_true", help="the changes of all projects")


def folders_of(options: argparse.Namespace) -> Sequence[str]:
    """Return the project whose changes are meant, or nothing for all."""
    if options.all:
        return ()
    here = Path(options.folder or ".").resolve()
    return (str(here if options.folder else project_folder(str(here / "file")) or here),)


def run(options: argparse.Namespace) -> int:
    """Take back a change, or list them, and return the exit code."""
    terminal = standard_terminal()
    folders = folders_of(options)
    if options.list or options.json:
        listed = changes_of(app.backups_folder(), folders)
        if options.json:
            terminal.print(json.dumps({"changes": [_as_json(past) for past in listed]}))
        for past in () if options.json else listed:
            terminal.print(visible(_line(past, folders)))
        return Exit.DONE if listed else Exit.NOTHING
    past = undo(app.backups_folder(), folders, options.change)
    for path in past.paths:
        terminal.note(f"put back {visible(path)}")
    asyncio.run(app.kept_experience().undone(past.id))
    return Exit.DONE


def _line(past: Past, folders: Sequence[str]) -> str:
    """Return one line of the list: id, age, files, title."""
    names = [_shown(path, folders) for path in past.paths]
    files = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    taken_back = "  (taken back)" if past.is_undone else ""
    title = " ".join(past.title.split())[:80]
    return f"{past.id[-6:]}  {_age(time.time() - past.time_s):<14}  {files}  {title}{taken_back}"


def _shown(path: str, folders: Sequence[str]) -> str:
    top = next((folder for folder in folders if Path(path).is_relative_to(folder)), None)
    return path if top is None else Path(path).relative_to(top).as_posix()


def _age(age_s: float) -> str:
    for span_s, name in _SPANS:
        n = int(age_s // span_s)
        if n:
            return f"{n} {name}{'' if n == 1 else 's'} ago"
    return "just now"


def _as_json(past: Past) -> dict[str, object]:
    return {
        "id": past.id[-6:],
        "time": past.time_s,
        "title": past.title,
        "files": list(past.paths),
        "taken_back": past.is_undone,
    }
