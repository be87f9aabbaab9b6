"""What `explain` and `review` share: stream Markdown to the terminal."""

from __future__ import annotations

import argparse
import asyncio
import json
from contextlib import aclosing

from ..core.kit import Kit
from ..core.model import Finished, Task, TaskKind, TextDelta, Warned
from ..features.explain import explain
from .exits import Exit
from .markdown import MarkdownPrinter
from .places import parse_lines, span_of
from .session import add_common, opened, session
from .terminal import Terminal, standard_terminal, visible


def configure_telling(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of a command that answers in Markdown."""
    parser.add_argument("place", metavar="FILE[:L1-L2]", help="a file, or lines of it, counted from 1")
    parser.add_argument("--json", action="store_true", help="print one JSON object with the Markdown")
    add_common(parser)


def run_telling(kind: TaskKind, options: argparse.Namespace) -> int:
    """Print the answer as it arrives, and return the exit code."""
    terminal = standard_terminal()
    lines = parse_lines(options.place)
    document = opened(lines.path, options)
    task = Task(kind, document, span_of(lines, document.text))
    text, model = asyncio.run(_ask(task, terminal, options))
    if options.json:
        print(json.dumps({"file": document.path, "markdown": text, "model": model}))
    return Exit.DONE if text.strip() else Exit.NOTHING


async def _ask(task: Task, terminal: Terminal, options: argparse.Namespace) -> tuple[str, str]:
    async with session(task.document, terminal, offline=options.offline) as built:
        return await tell(built.kit, task, terminal, printing=not options.json)


async def tell(kit: Kit, task: Task, terminal: Terminal, *, printing: bool) -> tuple[str, str]:
    """Return the whole answer and who gave it, printing it as it arrives."""
    printer = MarkdownPrinter(terminal)
    pieces: list[str] = []
    model = kit.model.name
    with terminal.live(f"asking {visible(model)} …") as live:
        async with aclosing(explain(kit, task)) as events:
            async for event in events:
                match event:
                    case TextDelta(text):
                        live.stop()
                        pieces.append(text)
                        if printing:
                            printer.feed(text)
                    case Warned(message):
                        live.stop()
                        terminal.note(terminal.style(f"warning: {visible(message)}", "yellow"))
                    case Finished():
                        model = event.model
                    case _:
                        pass
    if printing:
        printer.close()
        terminal.note(terminal.style(f"by {visible(model)}", "dim"))
    return "".join(pieces), model
