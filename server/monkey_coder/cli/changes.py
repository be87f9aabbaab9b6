"""What `edit`, `document`, `test` and `fix` share: stream a change as a diff, ask, write."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from ..core.documents import apply_edits
from ..core.errors import ConfirmError, FileError
from ..core.kit import Kit, Outcomes
from ..core.model import CandidateNote, Strategy, Task, TaskKind
from ..features.edit import EditDraft, EditReady, propose
from ..features.edit_files import FileEdit
from ..features.files import Change, Written, diff_of, write_documents
from ..features.strategies import with_strategy
from .difftext import coloured
from .exits import Exit
from .places import parse_lines, span_of
from .session import add_common, confirmed_by_user, opened, session
from .terminal import Live, Terminal, standard_terminal, visible


def configure_change(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of a command that changes a file."""
    parser.add_argument("place", metavar="FILE[:L1-L2]", help="a file, or lines of it, counted from 1")
    parser.add_argument("--yes", "-y", action="store_true", help="write without asking")
    parser.add_argument("--dry-run", "-n", action="store_true", help="show the diff and write nothing")
    parser.add_argument(
        "--forecast", action="store_true", help="say what it will probably cost and how likely it is to pass"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the diff")
    parser.add_argument(
        "--run-tests", action="store_true", help="run the project's tests on the change, in a trusted folder"
    )
    parser.add_argument(
        "--strategy",
        choices=[one.value for one in Strategy],
        help="how it is worked out: in one call, in phases, by several models at once, or by the next "
        "where the checks fail; without it, as the settings say",
    )
    add_common(parser)


def run_change(kind: TaskKind, options: argparse.Namespace, instruction: str = "") -> int:
    """Propose a change of `kind`, show it, ask, and write it; return the exit code."""
    terminal = standard_terminal()
    lines = parse_lines(options.place)
    document = opened(lines.path, options)
    strategy = Strategy(options.strategy) if options.strategy else None
    task = Task(kind, document, span_of(lines, document.text), instruction, strategy=strategy)
    if options.forecast:
        return asyncio.run(_foretell(task, terminal, offline=options.offline))
    ready, backups, outcomes = asyncio.run(_propose(task, terminal, options))
    finish = _finish_json if options.json else finish_change
    title = f"{kind.value}: {instruction}" if instruction else kind.value
    return finish(ready, Keeping(backups, title, outcomes), options, terminal)


@dataclass(frozen=True, slots=True)
class Keeping:
    """The folder for the text that is replaced, and what the change is called there."""

    folder: str
    title: str
    outcomes: Outcomes | None = None


async def _propose(
    task: Task, terminal: Terminal, options: argparse.Namespace
) -> tuple[EditReady, str, Outcomes | None]:
    """Return the change, the folder for the text it will replace, and who learns what becomes of it."""
    offline, runs_tests = options.offline, options.run_tests
    async with session(task.document, terminal, offline=offline, runs_tests=runs_tests) as built:
        return await stream(built.kit, task, terminal), built.backups, built.kit.outcomes


async def _foretell(task: Task, terminal: Terminal, *, offline: bool) -> int:
    """Print what the change will probably cost and how likely it passes its checks; ask no model."""
    async with session(task.document, terminal, offline=offline) as built:
        outcomes, name = built.kit.outcomes, visible(built.kit.model.name)
        said = (await with_strategy(built.kit, task))[1].words if outcomes is not None else "free"
    if said:
        terminal.print(f"{name}: {visible(said)}")
        return Exit.DONE
    terminal.print(f"{name}: no history yet")
    return Exit.NOTHING


def _tell(ready: EditReady, keeping: Keeping, terminal: Terminal, act: str, change: str = "") -> None:
    """Have it remembered what the user did. What was done stays done where that cannot be."""
    if keeping.outcomes is None or not ready.outcome:
        return
    try:
        asyncio.run(keeping.outcomes.acted(ready.outcome, act, change))
    except FileError as error:
        warning = f"warning: what became of this is not remembered: {error}"
        terminal.note(terminal.style(visible(warning), "yellow"))


async def stream(kit: Kit, task: Task, terminal: Terminal) -> EditReady:
    """Return the change that the model proposes, showing it while it arrives."""
    ready: EditReady | None = None
    with terminal.live(f"asking {visible(kit.model.name)} …") as live:
        async with aclosing(propose(kit, task)) as events:
            async for event in events:
                match event:
                    case EditDraft():
                        _draw(live, task, event, terminal)
                    case EditReady():
                        ready = event
    assert ready is not None, "a proposal ends by being ready or by an error"
    return ready


def _draw(live: Live, task: Task, draft: EditDraft, terminal: Terminal) -> None:
    base = task.target or task.document

    def lines() -> list[str]:
        changes = coloured(diff_of(base, apply_edits(base.text, draft.hunks)), terminal)
        return [*changes, *(_racing(one, terminal) for one in draft.candidates)]

    live.show(lines)
    if terminal.is_live:  # Elsewhere each message would be a line.
        live.say(f"{visible(draft.message)} · {draft.fraction:.0%}")
    elif draft.phase is not None and len(draft.phase.of) > 1:
        live.say(visible(draft.message))


def _racing(one: CandidateNote, terminal: Terminal) -> str:
    """Return a line about one of several models that work at the change."""
    colour = {"won": "green", "passed": "green", "failed": "red"}.get(one.state, "dim")
    price = f" · ${one.usd:.4f}" if one.usd else ""
    detail = f" · {one.detail}" if one.detail else ""
    return f"{terminal.style(f'{one.state:<7}', colour)} {visible(one.model + price + detail)}"


def show(ready: EditReady, terminal: Terminal) -> None:
    """Print the whole diff, then who made it and what was checked."""
    for warning in ready.warnings:
        terminal.note(terminal.style(f"warning: {visible(warning)}", "yellow"))
    if not ready.changed:
        return
    for one in ready.changed:
        for line in coloured(_diff(one), terminal):
            terminal.print(line)
    terminal.note(terminal.style(visible(" · ".join((f"by {ready.model}", *ready.checks))), "dim"))


def _diff(one: FileEdit) -> str:
    return diff_of(one.target, one.new_text, creates=one.creates)


def finish_change(ready: EditReady, keeping: Keeping, options: argparse.Namespace, terminal: Terminal) -> int:
    show(ready, terminal)
    if not ready.changed:
        terminal.note(f"nothing to change in {visible(ready.target.path or ready.target.uri)}")
        return Exit.NOTHING
    if options.dry_run:
        return Exit.DONE
    if not options.yes:
        if not terminal.can_ask:
            terminal.note("nothing written: there is no terminal to ask on; add --yes to write")
            return Exit.REFUSED
        if not terminal.ask(visible(_question(ready.changed))):
            _tell(ready, keeping, terminal, "dismissed")
            terminal.note("nothing written")
            return Exit.REFUSED
    terminal.note(visible(_write(ready, keeping, terminal)))
    return Exit.DONE


def _question(changed: Sequence[FileEdit]) -> str:
    if len(changed) == 1:
        return f"{'Create' if changed[0].creates else 'Write'} {changed[0].name}?"
    return f"Write these {len(changed)} files, all or none: {', '.join(one.name for one in changed)}?"


def _finish_json(ready: EditReady, keeping: Keeping, options: argparse.Namespace, terminal: Terminal) -> int:
    writes = bool(ready.changed) and options.yes and not options.dry_run
    if writes:
        _write(ready, keeping, terminal)
    first, *others = ready.files
    terminal.print(
        json.dumps(
            {
                **_as_json(first),
                "model": ready.model,
                "checks": ready.checks,
                "strategy": ready.strategy.value,
                "forecast": ready.forecast,
                "phases": [
                    {
                        "name": one.name,
                        "model": one.model,
                        "outcome": one.state,
                        "detail": one.detail,
                        "usd": one.usd,
                    }
                    for one in ready.phases
                ],
                "why": ready.why,
                "candidates": [
                    {"model": one.model, "state": one.state, "detail": one.detail, "usd": one.usd}
                    for one in ready.candidates
                ],
                "warnings": ready.warnings,
                "others": [_as_json(one) for one in others],
                "written": writes,
            }
        )
    )
    if not ready.changed:
        return Exit.NOTHING
    return Exit.DONE if writes or options.dry_run else Exit.REFUSED


def _as_json(one: FileEdit) -> dict[str, Any]:
    return {
        "file": one.target.path,
        "creates": one.creates,
        "hunks": [
            {"id": hunk.id, "start": hunk.start, "end": hunk.end, "text": hunk.text} for hunk in one.hunks
        ],
        "diff": _diff(one),
        "confirm": one.confirm,
    }


def _write(ready: EditReady, keeping: Keeping, terminal: Terminal) -> str:
    """Write all files or none, asking once more for each that programs obey; return a line that says so."""
    changes = [Change(one.target, one.new_text, one.creates) for one in ready.changed]
    confirmed: set[str] = set()

    def write() -> Written:
        return write_documents(changes, backups=keeping.folder, title=keeping.title, confirmed=confirmed)

    while True:
        try:
            written = write()
        except ConfirmError as error:
            is_new = error.target not in confirmed
            if not is_new or not confirmed_by_user(error, terminal, f"Write {error.target} all the same?"):
                raise
            confirmed.add(error.target)
        else:
            break
    _tell(ready, keeping, terminal, "kept", written.id)
    return f"wrote {', '.join(written.paths)}; `monkey-coder undo {written.id[-6:]}` takes it back"
