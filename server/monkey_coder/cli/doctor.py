"""`monkey-coder doctor`: what was found on this machine, and what to do about each problem."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from .. import app
from .editors import EDITORS, editors_found
from .exits import Exit
from .terminal import Terminal, standard_terminal, visible


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "folder", nargs="?", default=".", help="the workspace to look at (default: the current folder)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(options: argparse.Namespace) -> int:
    """Print what was found; the exit code is 1 if there is a problem."""
    terminal = standard_terminal()
    with terminal.live("looking at providers, grammars, the database and editors …"):
        diagnosis = app.diagnose([str(Path(options.folder).resolve())])
        checks = [*diagnosis.checks, *editor_checks()]
    if options.json:
        print(json.dumps({"checks": [asdict(check) for check in checks]}))
    else:
        _print(checks, terminal)
    return Exit.DONE if all(check.ok for check in checks) else Exit.FAILED


def editor_checks() -> list[app.Check]:
    """Return one check for each editor on PATH, or one that fails if there is none."""
    checks = [
        app.Check(
            area="editors",
            name=found.editor.name,
            ok=True,
            detail="; ".join(filter(None, (found.version, found.note))) or "found",
            advice=f"set up as docs/editors/{found.editor.page} says",
        )
        for found in editors_found()
    ]
    if checks:
        return checks
    names = ", ".join(editor.name for editor in EDITORS)
    return [
        app.Check("editors", "none", False, "no editor was found on PATH", f"any LSP client works: {names}")
    ]


def _print(checks: list[app.Check], terminal: Terminal) -> None:
    style = terminal.style
    width = max(len(check.name) for check in checks)
    for area, group in groupby(checks, key=lambda check: check.area):
        terminal.print(style(area, "bold"))
        for check in group:
            mark = style("✓", "green") if check.ok else style("✗", "red", "bold")
            terminal.print(f"  {mark} {visible(check.name):<{width}}  {visible(check.detail)}")
            if check.advice and not check.ok:
                terminal.print(f"    {' ' * width}→ {style(visible(check.advice), 'yellow')}")
    n_problems = sum(not check.ok for check in checks)
    terminal.print()
    if n_problems:
        terminal.print(style(f"{n_problems} problem{'s' * (n_problems > 1)} found", "red", "bold"))
    else:
        terminal.print(style("all is well", "green", "bold"))
