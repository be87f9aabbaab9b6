"""`monkey-coder complete`: suggest what comes next at a place."""

from __future__ import annotations

import argparse
import asyncio
import json

from ..features.complete import Completer, Completion, Trigger
from .exits import Exit
from .places import offset_of, parse_point, position_of
from .session import add_common, kit_for, opened
from .terminal import standard_terminal, visible


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
    with (
        kit_for(document, terminal, offline=options.offline) as kit,
        terminal.live(f"asking {visible(kit.complete_model.name)} …"),
    ):
        completion = asyncio.run(Completer(kit).complete(document, offset, Trigger.INVOKED))
    if options.json:
        print(json.dumps(_as_json(completion, document.text)))
    elif completion is None:
        terminal.note("no suggestion here")
    else:
        terminal.print(visible(completion.text))
        terminal.note(terminal.style(f"by {visible(completion.model)}", "dim"))
    return Exit.NOTHING if completion is None else Exit.DONE


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
