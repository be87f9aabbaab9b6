"""`monkey-coder complete`: suggest what comes next at a place."""

from __future__ import annotations

import argparse
import asyncio
import json

from ..core.documents import Document
from ..features.complete import Completer, Completion, Trigger
from .exits import Exit
from .places import offset_of, parse_point, position_of
from .session import add_common, learned, opened, session
from .terminal import Terminal, standard_terminal, visible

_LEARN_S = 60.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "place", metavar="FILE:LINE:COL", help="the place, counted from 1, columns in characters"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_common(parser)


def run(options: argparse.Namespace) -> int:
    """Print the suggestion, and return the exit code."""
    terminal = standard_terminal()
    point = parse_point(options.place)
    document = opened(point.path, options)
    offset = offset_of(point, document.text)
    completion = asyncio.run(_ask(document, offset, terminal, offline=options.offline))
    if options.json:
        print(json.dumps(_as_json(completion, document.text)))
    elif completion is None:
        terminal.note("no suggestion here")
    else:
        terminal.print(visible(completion.text))
        terminal.note(terminal.style(f"by {visible(completion.model)}", "dim"))
    return Exit.NOTHING if completion is None else Exit.DONE


async def _ask(document: Document, offset: int, terminal: Terminal, *, offline: bool) -> Completion | None:
    async with session(document, terminal, offline=offline, suggests=True) as built:
        with terminal.live("learning the project …") as live:
            if built.kit.complete_model.name == built.kit.offline_model.name:
                await learned(built.kit, terminal, live, within_s=_LEARN_S)
            live.say(f"asking {visible(built.kit.complete_model.name)} …")
            return await Completer(built.kit).complete(document, offset, Trigger.INVOKED)


def _as_json(completion: Completion | None, text: str) -> dict[str, object] | None:
    if completion is None:
        return None
    line, column = position_of(completion.span.start, text)
    end_line, end_column = position_of(completion.span.end, text)
    return {
        "text": completion.text,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "model": completion.model,
        "confidence": completion.confidence,
    }
