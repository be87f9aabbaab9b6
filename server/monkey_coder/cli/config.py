"""`monkey-coder config`: show and change settings; trust a workspace."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from .. import app
from ..core.errors import InputError
from .exits import Exit
from .terminal import Terminal, standard_terminal, visible


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.set_defaults(act=_list, name=None)
    parser.add_argument("--json", action="store_true", help="print JSON (list, get)")
    acts = parser.add_subparsers(title="what to do", metavar="")
    acts.add_parser("list", help="every setting, its value and where that comes from (the default)")
    get = acts.add_parser("get", help="the value of one setting")
    get.add_argument("name")
    get.set_defaults(act=_get)
    change = acts.add_parser("set", help="write one setting to your file")
    change.add_argument("name")
    change.add_argument("value")
    change.set_defaults(act=_set)
    unset = acts.add_parser("unset", help="take one setting out of your file")
    unset.add_argument("name")
    unset.set_defaults(act=_set, value=None)
    acts.add_parser("path", help="where your file is").set_defaults(act=_path)
    for name, act, told in (
        ("trust", _trust, "let a workspace's own settings count in full, as they are now"),
        ("untrust", _untrust, "let a workspace's own settings only narrow yours"),
    ):
        trust = acts.add_parser(name, help=told)
        trust.add_argument("folder", nargs="?", default=".")
        trust.set_defaults(act=act)


def run(options: argparse.Namespace) -> int:
    """Do it, and return the exit code."""
    code: int = options.act(options, standard_terminal())
    return code


def _list(options: argparse.Namespace, terminal: Terminal) -> int:
    rows, warnings = app.settings_rows([str(Path.cwd())])
    if options.json:
        terminal.print(json.dumps({"settings": [asdict(row) for row in rows], "warnings": warnings}))
        return Exit.DONE
    for warning in warnings:
        terminal.note(terminal.style(f"warning: {visible(warning)}", "yellow"))
    name_width = max(len(row.name) for row in rows)
    value_width = min(40, max(len(row.value) for row in rows))
    for row in rows:
        value = f"{visible(row.value):<{value_width}}"
        told = terminal.style(f"{row.source}: {row.description}", "dim")
        terminal.print(f"{terminal.style(f'{row.name:<{name_width}}', 'bold')}  {value}  {told}".rstrip())
    return Exit.DONE


def _get(options: argparse.Namespace, terminal: Terminal) -> int:
    rows, _ = app.settings_rows([str(Path.cwd())])
    row = next((row for row in rows if row.name == options.name), None)
    if row is None:
        raise InputError(f"there is no setting {options.name!r}; monkey-coder config lists all")
    terminal.print(json.dumps(asdict(row)) if options.json else visible(row.value))
    return Exit.DONE


def _set(options: argparse.Namespace, terminal: Terminal) -> int:
    path = app.set_setting(options.name, options.value)
    terminal.note(f"{options.name} is {'set' if options.value is not None else 'no longer set'} in {path}")
    return Exit.DONE


def _path(_: argparse.Namespace, terminal: Terminal) -> int:
    terminal.print(str(app.user_file()))
    return Exit.DONE


def _trust(options: argparse.Namespace, terminal: Terminal) -> int:
    folder = str(Path(options.folder).resolve())
    app.trust(folder)
    terminal.note(f"{folder} is trusted until its settings file changes")
    return Exit.DONE


def _untrust(options: argparse.Namespace, terminal: Terminal) -> int:
    folder = str(Path(options.folder).resolve())
    app.untrust(folder)
    terminal.note(f"{folder} is not trusted")
    return Exit.DONE
