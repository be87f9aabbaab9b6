"""`monkey-coder alternatives`: other ways to write a function, with what each gives and takes."""

from __future__ import annotations

import argparse
import asyncio
import json

from ..core.documents import Document, Span
from ..core.errors import InputError
from ..features.alternatives import Alternative, Alternatives, alternatives
from ..features.edit import EditReady
from ..features.files import diff_of
from .changes import Keeping, finish_change
from .difftext import coloured
from .exits import Exit
from .places import parse_lines, span_of
from .session import add_common, opened, session
from .terminal import Terminal, standard_terminal, visible


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("place", metavar="FILE:LINE", help="a line of the function, counted from 1")
    parser.add_argument("--take", type=int, metavar="N", help="write the one with this number, after asking")
    parser.add_argument("--yes", "-y", action="store_true", help="write it without asking")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of diffs")
    add_common(parser)


def run(options: argparse.Namespace) -> int:
    """Print the alternatives or write one, and return the exit code."""
    terminal = standard_terminal()
    lines = parse_lines(options.place)
    document = opened(lines.path, options)
    span = span_of(lines, document.text)
    found, backups = asyncio.run(_found(document, span, terminal, offline=options.offline))
    if options.take is not None:
        options.dry_run = False
        return finish_change(
            _taken(document, found, options.take),
            Keeping(backups, f"alternative: {found.name}"),
            options,
            terminal,
        )
    if options.json:
        terminal.print(json.dumps(_as_json(document, found)))
    else:
        _show(document, found, terminal)
    return Exit.DONE if found.found else Exit.NOTHING


async def _found(
    document: Document, span: Span, terminal: Terminal, *, offline: bool
) -> tuple[Alternatives, str]:
    async with session(document, terminal, offline=offline) as built:
        asked = built.kit.alternative_models or (built.kit.model,)
        with terminal.live(f"asking {visible(', '.join(one.name for one in asked))} …"):
            return await alternatives(built.kit, document, span), built.backups


def _taken(document: Document, found: Alternatives, number: int) -> EditReady:
    if not 1 <= number <= len(found.found):
        raise InputError(f"there is no alternative {number}; there are {len(found.found)}")
    one = found.found[number - 1]
    return EditReady(one.hunks, document, False, one.producer, (one.part, one.trade_off))


def _show(document: Document, found: Alternatives, terminal: Terminal) -> None:
    for number, one in enumerate(found.found, start=1):
        terminal.print(terminal.style(f"{number}. {one.part}, by {visible(one.producer)}", "bold"))
        terminal.print(f"   {one.trade_off}")
        if one.verified:
            terminal.print(f"   verified: {', '.join(one.verified)}")
        for line in coloured(_diff(document, one), terminal):
            terminal.print(line)
    for why in found.refused:
        terminal.note(terminal.style(f"refused: {visible(why)}", "yellow"))
    if not found.found:
        terminal.note(f"no other way to write {visible(found.name)} was found")


def _diff(document: Document, one: Alternative) -> str:
    return diff_of(document, one.new_text)


def _as_json(document: Document, found: Alternatives) -> dict[str, object]:
    return {
        "function": found.name,
        "alternatives": [
            {
                "part": one.part,
                "producer": one.producer,
                "trade_off": one.trade_off,
                "verified": list(one.verified),
                "diff": _diff(document, one),
            }
            for one in found.found
        ],
        "refused": list(found.refused),
    }
