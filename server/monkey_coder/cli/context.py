"""`monkey-coder context`: what of the project a request at a place would send."""

from __future__ import annotations

import argparse
import asyncio
import json

from ..core.documents import Document
from ..core.gathering import Gathered
from ..features.context import context_at
from .exits import Exit
from .places import offset_of, parse_point
from .session import add_common, opened, session
from .terminal import Terminal, standard_terminal, visible

_READ_S = 120.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "place", metavar="FILE:LINE:COL", help="the place, counted from 1, columns in characters"
    )
    parser.add_argument("--tokens", type=int, help="how much may be sent (default: the setting)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_common(parser)


def run(options: argparse.Namespace) -> int:
    """Print the passages, and return the exit code."""
    terminal = standard_terminal()
    point = parse_point(options.place)
    document = opened(point.path, options)
    gathered = asyncio.run(_gathered(document, offset_of(point, document.text), terminal, options))
    if options.json:
        print(json.dumps(_as_json(gathered)))
    else:
        _show(gathered, terminal)
    return Exit.DONE if gathered.facts else Exit.NOTHING


async def _gathered(
    document: Document, offset: int, terminal: Terminal, options: argparse.Namespace
) -> Gathered:
    async with session(document, terminal, offline=options.offline) as built:
        with terminal.live("reading the project …"):
            if built.kit.gathering is not None:
                await built.kit.gathering.ready(_READ_S)
        return await context_at(built.kit, document, offset, tokens=options.tokens)


def _show(gathered: Gathered, terminal: Terminal) -> None:
    for fact, tokens in gathered.pieces():
        lines = f"{fact.line}-{fact.last}" if fact.last > fact.line else str(fact.line)
        place = terminal.style(f"{visible(fact.path)}:{lines}", "bold")
        told = f"{visible(fact.reason)}, {tokens} tokens"
        terminal.print(f"{place}  {terminal.style(told, 'dim')}")
        for line in fact.text.splitlines():
            terminal.print(f"    {visible(line)}")
    if not gathered.facts:
        terminal.note("nothing of the project would go along here")
        return
    late = f"; too late: {', '.join(gathered.late)}" if gathered.late else ""
    ms = gathered.seconds * 1000
    terminal.note(
        f"{gathered.tokens:,} of {gathered.budget:,} tokens, gathered in {ms:.0f} ms{late}; nothing was sent"
    )


def _as_json(gathered: Gathered) -> dict[str, object]:
    return {
        "pieces": [
            {
                "path": fact.path,
                "lines": [fact.line, max(fact.line, fact.last)],
                "reason": fact.reason,
                "tokens": tokens,
                "text": fact.text,
            }
            for fact, tokens in gathered.pieces()
        ],
        "tokens": gathered.tokens,
        "budget": gathered.budget,
        "ms": round(gathered.seconds * 1000, 1),
    }
