"""`monkey-coder audit`: what left this machine, when, to whom and how much."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from .. import app
from .exits import Exit
from .terminal import Terminal, standard_terminal, visible
from .usage import day_of

_MOST_LINES = 50


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--since", help="from this day on: 2026-11-30, today, 7d (days), month")
    parser.add_argument("--all", action="store_true", help=f"every line, not the newest {_MOST_LINES}")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--json", action="store_true", help="print one JSON object a request, oldest first")
    action.add_argument("--clear", action="store_true", help="empty the log")


def run(options: argparse.Namespace) -> int:
    """Print or empty the log, and return the exit code."""
    terminal = standard_terminal()
    log = app.audit_log()
    if options.clear:
        log.clear()
        terminal.note("The log of what left this machine is empty.")
        return Exit.DONE
    since = day_of(options.since, datetime.now().astimezone().date())
    found = [sent for sent in log.read() if since is None or sent.at[:10] >= since.isoformat()]
    if options.json:
        for sent in found:
            terminal.print(json.dumps(asdict(sent)))
        return Exit.DONE
    _show(found if options.all else found[-_MOST_LINES:], len(found), terminal)
    return Exit.DONE


def _show(shown: Sequence[app.Sent], n_found: int, terminal: Terminal) -> None:
    if not shown:
        terminal.print("Nothing has left this machine, or the log was emptied.")
        return
    for sent in shown:
        to = f"{sent.provider}/{sent.model}" if sent.model else sent.provider
        head = f"{sent.at[:19].replace('T', ' ')}  {sent.kind:9}"
        size = f"{sent.bytes:>9,} bytes  ~{sent.tokens:,} tokens"
        secrets = f"  {sent.redactions} secrets taken out" if sent.redactions else ""
        terminal.print(
            f"{terminal.style(head, 'dim')} {terminal.style(visible(to), 'cyan')} at {visible(sent.host)}"
            f"{size}{terminal.style(secrets, 'yellow')}"
        )
        if sent.paths or sent.project:
            places = visible(", ".join(sent.paths)).replace("\n", " ")
            project = terminal.style(visible(sent.project).replace("\n", " "), "dim")
            terminal.print(f"    {places}  {project}".rstrip())
    total = sum(sent.bytes for sent in shown)
    older = f"; {n_found - len(shown):,} older ones with --all" if n_found > len(shown) else ""
    terminal.print(terminal.style(f"{len(shown):,} requests, {total:,} bytes{older}", "bold"))
