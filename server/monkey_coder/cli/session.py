"""What every command that asks a model needs: the app for one file's project, closed at the end."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .. import app
from ..core.documents import Document
from ..core.errors import ConfirmError
from ..core.kit import Kit
from ..features.files import read_document
from .terminal import Live, Terminal, standard_terminal, visible

_READ_S = 5.0


def add_common(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of every command that asks a model."""
    parser.add_argument("--offline", action="store_true", help="use no provider, whatever is configured")
    parser.add_argument("--folder", help="the project's folder; by default found from the file")


@asynccontextmanager
async def session(
    document: Document,
    terminal: Terminal,
    *,
    offline: bool,
    runs_tests: bool = False,
    suggests: bool = False,
) -> AsyncIterator[app.App]:
    """Yield the app for the project of `document`; what should be known goes to standard error.

    `offline` and `runs_tests` are what the user asks for this time, whatever the settings say;
    `suggests` says that ghost text will be asked for.
    """
    overrides: dict[str, object] = {"offline": True} if offline else {}
    if runs_tests:
        overrides["checks"] = {"tests": True}
    built = await asyncio.to_thread(
        app.build,
        [document.folder] if document.folder else [],
        overrides=overrides,
        suggests=suggests,
    )
    try:
        for warning in built.warnings:
            terminal.note(terminal.style(f"warning: {visible(warning)}", "yellow"))
        kit = built.kit
        if kit.gathering is not None and kit.model.name != kit.offline_model.name:
            # What a model should see of the project; without, it is asked too.
            await kit.gathering.ready(_READ_S)
        yield built
    finally:
        await built.aclose()


async def learned(kit: Kit, terminal: Terminal, live: Live, *, within_s: float) -> str:
    """Wait until the project has been learned, but no longer than that; return how far it came."""
    until = kit.monotonic() + within_s
    while kit.monotonic() < until and any(learner.is_learning for learner in kit.learners):
        if terminal.is_live:  # Elsewhere each message would be a line.
            live.say(f"learning the project: {visible(_states(kit))}")
        await asyncio.sleep(0.05)
    return _states(kit)


def _states(kit: Kit) -> str:
    return "; ".join(learner.state for learner in kit.learners)


def opened(path: str, options: argparse.Namespace) -> Document:
    """Return the document at `path`; a file of secrets only if the user says so. Raises: FileError."""
    try:
        return read_document(path, folder=options.folder)
    except ConfirmError as error:
        if not confirmed_by_user(error, standard_terminal(), f"Read {error.target} all the same?"):
            raise
        return read_document(path, folder=options.folder, confirmed=True)


def confirmed_by_user(error: ConfirmError, terminal: Terminal, question: str) -> bool:
    """Return whether the user, told what the matter is, says yes. Without a terminal it is no."""
    if not terminal.can_ask:
        return False
    terminal.note(terminal.style(f"warning: {visible(str(error))}", "yellow"))
    return terminal.ask(visible(question))
