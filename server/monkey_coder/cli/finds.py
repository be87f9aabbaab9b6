"""What `monkey-coder project` tells of the code itself: a ranked map of it, and where something is."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

from .. import app
from ..core.errors import InputError
from ..core.kit import IndexState
from ..features.find import Found, Hit, ProjectMap, map_of, relative_path, search
from .exits import Exit
from .session import learned
from .terminal import Terminal, visible

_MAP_TOKENS, _MOST_HITS = 1_024, 10
# Reading a large project for the first time takes its time.
_READ_S = 900.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that ask for the code in place of the project's facts."""
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument("--map", action="store_true", help="the definitions that matter most, ranked by use")
    asked.add_argument("--search", metavar="WORDS", help="the definitions that a description fits best")
    parser.add_argument(
        "--tokens", type=int, default=_MAP_TOKENS, help=f"how much --map may take (default: {_MAP_TOKENS:,})"
    )
    parser.add_argument(
        "--focus", action="append", default=[], metavar="FILE", help="rank by what this file uses (--map)"
    )


def run(folder: str, options: argparse.Namespace, terminal: Terminal) -> int:
    """Print the map or what was found, and return the exit code."""
    if options.tokens < 1:
        raise InputError(f"--tokens is at least 1, not {options.tokens}")
    focus = [str(Path(path).absolute()) for path in options.focus]
    for path, given in zip(focus, options.focus, strict=True):
        if not Path(path).is_file():
            raise InputError(f"--focus: {given!r} is no file")
    mapped, hits = asyncio.run(_asked(folder, options, focus, terminal))
    if options.json:
        terminal.print(json.dumps(_map_json(mapped, folder) if mapped is not None else _hits_json(hits)))
    elif mapped is not None and mapped.entries:
        terminal.print(visible(mapped.text.rstrip("\n")))
        terminal.note(f"{mapped.tokens:,} of {options.tokens:,} tokens, {len(mapped.entries):,} files")
    else:
        for hit in hits:
            _show(hit, terminal)
    is_empty = not (mapped.entries if mapped is not None else hits)
    if is_empty and not options.json:
        terminal.note("nothing was found")
    return Exit.NOTHING if is_empty else Exit.DONE


async def _asked(
    folder: str, options: argparse.Namespace, focus: list[str], terminal: Terminal
) -> tuple[ProjectMap | None, tuple[Hit, ...]]:
    """Return the map, or None and what a search finds."""
    built = await asyncio.to_thread(app.build, [folder], overrides={"offline": True}, suggests=False)
    try:
        with terminal.live("reading the project …") as live:
            await learned(built.kit, terminal, live, within_s=_READ_S)
            indexing = built.kit.indexing
            if indexing is not None and indexing.progress.state is not IndexState.IDLE:
                terminal.note(terminal.style(f"warning: {visible(indexing.progress.detail)}", "yellow"))
            if options.map:
                return await asyncio.to_thread(map_of, built.index, folder, options.tokens, focus), ()
            return None, await asyncio.to_thread(search, built.index, folder, options.search, _MOST_HITS)
    finally:
        await built.aclose()


def _show(hit: Hit, terminal: Terminal) -> None:
    one = hit.found.definition
    place = terminal.style(f"{visible(hit.path)}:{one.header.first}", "bold")
    terminal.print(f"{place}  {visible(one.signature.strip().partition(chr(10))[0])}")
    if one.doc:
        terminal.print(terminal.style(f"    {visible(one.doc)}", "dim"))


def _map_json(mapped: ProjectMap, folder: str) -> dict[str, Any]:
    files = [
        {
            "path": relative_path(entry.path, folder),
            "rank": round(entry.rank, 6),
            "definitions": [_definition_json(one) for one in entry.definitions],
        }
        for entry in mapped.entries
    ]
    return {"files": files, "text": mapped.text, "tokens": mapped.tokens}


def _hits_json(hits: tuple[Hit, ...]) -> dict[str, Any]:
    return {"found": [{"path": hit.path, **_definition_json(hit.found)} for hit in hits]}


def _definition_json(found: Found) -> dict[str, Any]:
    one = found.definition
    lines = [one.whole.first, one.whole.last]
    return {"name": one.qualified_name, "kind": one.kind, "lines": lines, "signature": one.signature.strip()}
