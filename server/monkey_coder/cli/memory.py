"""`monkey-coder memory`: look at the conversations that are kept, find them, carry them over, forget them."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import datetime
from pathlib import Path

from .. import app
from ..core.errors import FileError, InputError
from ..core.memory import Conversation, Embedding, Hit
from .exits import Exit
from .terminal import Terminal, standard_terminal, visible
from .undo import add_folder, folders_of

_Act = Callable[["app.Memory", argparse.Namespace, Terminal], Awaitable[int]]


# These make no file where there is none.
_READING = ("list", "search", "show", "forget", "export", "pin", "embed", "stats")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions and their arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, summary: str, act: _Act, *, has_project: bool = False) -> argparse.ArgumentParser:
        added = actions.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        added.set_defaults(act=act)
        added.add_argument("--json", action="store_true", help="print JSON")
        if has_project:
            add_folder(added)
        return added

    listed = action("list", "list the conversations, newest first", _list, has_project=True)
    listed.add_argument("--limit", type=int, default=30, help="at most so many (default: 30)")
    searched = action("search", "find messages by their words and what is near", _search, has_project=True)
    searched.add_argument("query", nargs="+", help="what to look for")
    searched.add_argument("--limit", type=int, default=10, help="at most so many (default: 10)")
    action("show", "show a conversation", _show).add_argument("id", help="its id in the list")
    forgotten = action("forget", "delete for good: nothing of it is left", _forget, has_project=True)
    forgotten.add_argument("id", nargs="*", help="a conversation, a message or a decision; none: all")
    forgotten.add_argument("--yes", "-y", action="store_true", help="delete without asking")
    exported = action("export", "write conversations as lines of JSON", _export, has_project=True)
    exported.add_argument("--out", help="a new file; by default standard output")
    action("import", "take in what `export` wrote", _import).add_argument("file", help="the file; - is input")
    pinned = action("pin", "keep a conversation or a message for ever", _pin)
    pinned.add_argument("id", help="its id")
    pinned.add_argument("--off", action="store_true", help="no longer")
    decided = action("decide", "keep what is settled for the project, or list it", _decide, has_project=True)
    decided.add_argument("text", nargs="*", help="what is settled, told in every later conversation")
    action("embed", "make all vectors that are missing, now", _embed)
    action("stats", "say how much is kept, and where", _stats)


def run(options: argparse.Namespace) -> int:
    """Do the action, and return the exit code."""
    return asyncio.run(_run(options))


async def _run(options: argparse.Namespace) -> int:
    terminal = standard_terminal()
    if options.action in _READING and not await asyncio.to_thread(app.memory_file().exists):
        terminal.note("nothing is kept yet")
        return Exit.NOTHING
    memory = app.kept_memory()
    try:
        code = await options.act(memory, options, terminal)
    finally:
        await memory.aclose()
        for note in memory.notes:
            terminal.note(visible(note))
    return int(code)


async def _list(memory: app.Memory, options: argparse.Namespace, terminal: Terminal) -> int:
    projects = _projects(options)
    found = await memory.conversations(projects, _limit(options))
    if options.json:
        terminal.print(json.dumps({"conversations": [_as_json(one) for one in found]}))
    else:
        for one in found:
            terminal.print(visible(_line(one, projects)))
        if not found:
            terminal.note("nothing is kept" + (" about this project; --all lists all" if projects else ""))
    return Exit.DONE if found else Exit.NOTHING


async def _search(memory: app.Memory, options: argparse.Namespace, terminal: Terminal) -> int:
    hits = await memory.search(_projects(options), " ".join(options.query), _limit(options))
    if options.json:
        terminal.print(json.dumps({"hits": [_hit_as_json(hit) for hit in hits]}))
    else:
        for hit in hits:
            of, said = hit.conversation, hit.message
            head = f"{of.id}  {_day(said.at)}  {said.role}  {of.title}"
            terminal.print(terminal.style(visible(head), "dim"))
            terminal.print(f"    {visible(hit.snippet)}")
        if not hits:
            terminal.note("nothing found")
    return Exit.DONE if hits else Exit.NOTHING


async def _show(memory: app.Memory, options: argparse.Namespace, terminal: Terminal) -> int:
    transcript = await memory.conversation(options.id)
    of = transcript.conversation
    if options.json:
        messages = [
            {
                "id": said.id,
                "role": said.role,
                "text": said.text,
                "at": said.at.isoformat(),
                "model": said.model,
                "pinned": said.is_pinned,
            }
            for said in transcript.messages
        ]
        terminal.print(json.dumps(_as_json(of) | {"messages": messages, "summary": transcript.summary}))
        return Exit.DONE
    terminal.print(terminal.style(visible(of.title or of.id), "bold"))
    for said in transcript.messages:
        who = f"{said.role}{f' ({said.model})' if said.model else ''}"
        pin = "  pinned" if said.is_pinned else ""
        head = f"\n[{said.id}] {who}, {said.at.astimezone():%Y-%m-%d %H:%M}{pin}"
        terminal.print(terminal.style(visible(head), "dim"))
        terminal.print(visible(said.text))
    return Exit.DONE


async def _forget(memory: app.Memory, options: argparse.Namespace, terminal: Terminal) -> int:
    projects = _projects(options)
    what = ", ".join(options.id) or ("all conversations" + (f" about {projects[0]}" if projects else ""))
    if not options.yes:
        if not terminal.can_ask:
            terminal.note("nothing deleted: there is no terminal to ask on; add --yes to delete")
            return Exit.REFUSED
        if not terminal.ask(f"Delete {visible(what)} for good?"):
            terminal.note("nothing deleted")
            return Exit.REFUSED
    if not options.id:
        n_deleted = await memory.forget_all(projects)
        terminal.note(f"deleted {n_deleted} conversations")
        return Exit.DONE if n_deleted else Exit.NOTHING
    for key in options.id:
        await memory.forget(key)
    terminal.note(f"deleted {visible(what)}")
    return Exit.DONE


async def _export(memory: app.Memory, options: argparse.Namespace, terminal: Terminal) -> int:
    n_lines = 0
    file = _new_file(options.out) if options.out else None
    try:
        async with aclosing(memory.export(_projects(options))) as lines:
            async for line in lines:
                n_lines += 1
                if file is None:
                    terminal.print(line)
                else:
                    os.write(file, f"{line}\n".encode())
    except OSError as error:
        raise FileError(f"{options.out!r} cannot be written: {error.strerror}") from error
    finally:
        if file is not None:
            os.close(file)
    if options.out:
        terminal.note(f"wrote {n_lines} lines to {visible(options.out)}")
    return Exit.DONE if n_lines else Exit.NOTHING


async def _import(memory: app.Memory, options: argparse.Namespace, terminal: Terminal) -> int:
    lines = await asyncio.to_thread(_read_lines, options.file)
    n_conversations, n_messages = await memory.import_lines(lines)
    terminal.note(f"took in {n_conversations} conversations and {n_messages} messages that were not there")
    return Exit.DONE if n_conversations or n_messages else Exit.NOTHING


async def _pin(memory: app.Memory, options: argparse.Namespace, terminal: Terminal) -> int:
    await memory.pin(options.id, not options.off)
    terminal.note(f"{visible(options.id)} is {'no longer ' if options.off else ''}kept for ever")
    return Exit.DONE


async def _decide(memory: app.Memory, options: argparse.Namespace, terminal: Terminal) -> int:
    projects = _projects(options)
    if options.text:
        if not projects:
            raise InputError("a decision is about one project; leave --all out")
        key = await memory.decide(projects[0], " ".join(options.text))
        terminal.note(f"kept as {key}; `monkey-coder memory forget {key}` takes it back")
        return Exit.DONE
    found = await memory.decisions(projects)
    if options.json:
        rows = [{"id": one.id, "project": one.project, "text": one.text} for one in found]
        terminal.print(json.dumps({"decisions": rows}))
    for one in () if options.json else found:
        terminal.print(visible(f"{one.id:<5} {_day(one.at)}  {one.text}"))
    return Exit.DONE if found else Exit.NOTHING


async def _embed(memory: app.Memory, options: argparse.Namespace, terminal: Terminal) -> int:
    with terminal.live("making vectors …") as live:

        def report(progress: Embedding) -> None:
            if terminal.is_live:  # Elsewhere each message would be a line.
                done = f"{progress.n_done} of {progress.n_all}"
                live.say(f"making vectors by {visible(progress.embedder)}: {done}")

        is_done = await memory.embed_all(report)
    stats = await memory.stats()
    terminal.note(f"{stats.embedding.n_done} of {stats.embedding.n_all} messages have their vectors")
    return Exit.DONE if is_done else Exit.FAILED


async def _stats(memory: app.Memory, options: argparse.Namespace, terminal: Terminal) -> int:
    stats = await memory.stats()
    rows = {
        "file": stats.path,
        "conversations": stats.n_conversations,
        "messages": stats.n_messages,
        "decisions": stats.n_decisions,
        "bytes": stats.n_bytes,
        "embedder": stats.embedding.embedder,
        "vectors": stats.embedding.n_done,
        "index": stats.index,
    }
    if options.json:
        terminal.print(json.dumps(rows))
    for name, value in () if options.json else rows.items():
        shown = f"{value:,}" if isinstance(value, int) else visible(str(value))
        terminal.print(f"{name:<14} {shown}")
    return Exit.DONE


def _projects(options: argparse.Namespace) -> Sequence[str] | None:
    return folders_of(options) or None


def _limit(options: argparse.Namespace) -> int:
    limit = int(options.limit)
    if not 1 <= limit <= 100_000:
        raise InputError("--limit is a number from 1 to 100000")
    return limit


def _new_file(path: str) -> int:
    """Open a file that is not there yet, for the user alone. Raises: FileError."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        why = f"{path!r} cannot be written: {error.strerror}. Name a file that is not there."
        raise FileError(why) from error


def _read_lines(path: str) -> list[str]:
    """Return the lines of a file, or of standard input for "-". Raises: FileError."""
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path!r} cannot be read: {error}") from error
    return text.split("\n")


def _line(of: Conversation, projects: Sequence[str] | None) -> str:
    pin = "* " if of.is_pinned else "  "
    where = "" if projects else f"  {of.project}"
    return f"{of.id}  {_day(of.updated)}  {of.n_messages:>4}  {pin}{of.title}{where}"


def _day(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}"


def _as_json(of: Conversation) -> dict[str, object]:
    return {
        "id": of.id,
        "project": of.project,
        "title": of.title,
        "created": of.created.isoformat(),
        "updated": of.updated.isoformat(),
        "pinned": of.is_pinned,
        "n_messages": of.n_messages,
    }


def _hit_as_json(hit: Hit) -> dict[str, object]:
    return {
        "conversation": hit.conversation.id,
        "title": hit.conversation.title,
        "message": hit.message.id,
        "role": hit.message.role,
        "at": hit.message.at.isoformat(),
        "snippet": hit.snippet,
    }
