"""`monkey-coder demo`: the main job on real source, with no key and no network.

Everything happens on copies in a temporary folder, which is removed at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median

from .. import app
from ..core.documents import Document, Span
from ..core.kit import Kit
from ..core.model import Task, TaskKind
from ..features.complete import Completer, Trigger
from ..features.files import read_document
from .changes import show, stream
from .demo_source import (
    HELD_OUT,
    PACKAGES,
    Hidden,
    Project,
    copy_project,
    function_span,
    hidden_places,
    undocumented,
)
from .exits import Exit
from .session import learned
from .telling import tell
from .terminal import Terminal, cut, standard_terminal, visible, width_of

_LEARN_S = 30.0
_N_PLACES = 60
_N_SHOWN = 8
_WIDEST = 110
_UNDOCUMENTED = ("http/client.py", "_get_hostport")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--keep", action="store_true", help="keep the folder with the copies and say where")


def run(options: argparse.Namespace) -> int:
    """Show everything, and return the exit code."""
    terminal = standard_terminal()
    with _own_folder(keep=options.keep) as folder:
        project = copy_project(folder / "library")
        built = app.build([str(project.folder)], overrides={"offline": True})
        try:
            asyncio.run(_Demo(project, built.kit, terminal).show_all())
        finally:
            built.close()
        if options.keep:
            terminal.note(f"the copies are in {project.folder}")
    _say_next(terminal)
    return Exit.DONE


@contextmanager
def _own_folder(*, keep: bool) -> Iterator[Path]:
    """Yield a temporary folder, in which the program also keeps its settings and memory meanwhile."""
    before = os.environ.get("MONKEY_CODER_HOME")
    with tempfile.TemporaryDirectory(prefix="monkey-coder-demo-", ignore_cleanup_errors=True) as scratch:
        folder = Path(tempfile.mkdtemp(prefix="monkey-coder-demo-") if keep else scratch).resolve()
        os.environ["MONKEY_CODER_HOME"] = str(folder / "home")
        try:
            yield folder
        finally:
            if before is None:
                del os.environ["MONKEY_CODER_HOME"]
            else:
                os.environ["MONKEY_CODER_HOME"] = before


class _Demo:
    """The scenes, one method each, in the order in which they are shown."""

    def __init__(self, project: Project, kit: Kit, terminal: Terminal) -> None:
        self.project = project
        self.kit = kit
        self.terminal = terminal
        self.n_scenes = 0

    async def show_all(self) -> None:
        """Show every scene."""
        await self.learn()
        await self.ghost_text()
        await self.document()
        await self.fix()
        await self.test()
        await self.explain()
        await self.edit()

    def head(self, title: str, what: str) -> None:
        """Print the heading of the next scene."""
        self.n_scenes += 1
        style = self.terminal.style
        self.terminal.print()
        self.terminal.print(f"{style(f' {self.n_scenes} ', 'bold', 'green')}{style(title, 'bold')}")
        for line in textwrap.wrap(what, min(self.terminal.width, _WIDEST) - 4):
            self.terminal.print(style(f"   {line}", "dim"))

    async def learn(self) -> None:
        """Learn the copied packages."""
        project = self.project
        self.head(
            "Learn the project",
            f"a copy of Python's own {', '.join(PACKAGES)}: {project.n_files} files, "
            f"{project.n_lines:,} lines; {HELD_OUT} is left out",
        )
        began = time.perf_counter()
        with self.terminal.live("learning …") as live:
            told = await learned(self.kit, self.terminal, live, within_s=_LEARN_S)
        self.terminal.print(f"   {visible(told)}, after {time.perf_counter() - began:.1f} s")

    async def ghost_text(self) -> None:
        """Hide line ends of the file that was left out, and ask for each."""
        self.head(
            "Ghost text",
            f"at {_N_PLACES} random places of {HELD_OUT}, which it has never seen, the rest of the line is "
            "hidden; it speaks only when it is confident",
        )
        places = hidden_places(self.project, _N_PLACES)
        completer = Completer(self.kit)
        path = self.project.folder / HELD_OUT
        found: list[tuple[Hidden, str]] = []
        times_ms: list[float] = []
        with self.terminal.live("asking …"):
            for version, place in enumerate(places, 1):
                document = Document(
                    path.as_uri(), "python", version, place.text, str(path), str(self.project.folder)
                )
                began = time.perf_counter()
                completion = await completer.complete(document, place.offset, Trigger.AUTOMATIC)
                times_ms.append((time.perf_counter() - began) * 1000)
                if completion is not None:
                    text = place.text[completion.span.start : place.offset]
                    found.append((place, completion.text.removeprefix(text)))
        shown = sorted(found, key=lambda item: -len(item[1]))[:_N_SHOWN]
        for place, text in sorted(shown, key=lambda item: item[0].line):
            self._print_ghost(place, text)
        n_right = sum(text == place.truth for place, text in found)
        self.terminal.print(
            f"   asked at {len(places)} places: {len(found)} suggestions, {n_right} of them exactly what the "
            f"file says; {median(times_ms):.0f} ms (median). The longest are shown"
        )

    def _print_ghost(self, place: Hidden, text: str) -> None:
        style = self.terminal.style
        is_right = text == place.truth
        mark = style("✓", "green", "bold") if is_right else style("✗", "red")
        line = f"   {place.line:>4}  {visible(place.before)}{style(visible(text), 'cyan', 'italic')}"
        if "\n" in text:
            line = line.replace("\n", "⏎")
        room = max(
            40, min(self.terminal.width, _WIDEST) - 6 - (0 if is_right else width_of(place.truth) + 18)
        )
        line = cut(line, room)
        told = "" if is_right else style(f"  the file says: {visible(place.truth)}", "dim")
        self.terminal.print(cut(f"{line} {mark}{told}", max(self.terminal.width - 1, 60)))

    async def document(self) -> None:
        """Document a function that takes, returns and raises, and has no docstring."""
        document, name = undocumented(self.project, _UNDOCUMENTED)
        self.head("Document", f"{self._name(document)}: {name}, which has no docstring")
        await self._change(Task(TaskKind.DOCUMENT, document, function_span(document, name)))

    async def fix(self) -> None:
        """Break a file the way files break, and fix it."""
        document = read_document(
            str(self.project.folder / "json/encoder.py"), folder=str(self.project.folder)
        )
        broken = replace(document, text=document.text.replace("import re\n", "", 1))
        self.head("Fix", f"{self._name(document)}, from which `import re` was taken out")
        await self._change(Task(TaskKind.FIX, broken, Span(0, len(broken.text))))

    async def test(self) -> None:
        """Write tests for a function."""
        document, name = undocumented(self.project, _UNDOCUMENTED)
        self.head("Write tests", f"for {self._name(document)}: {name}")
        await self._change(Task(TaskKind.TEST, document, function_span(document, name)))

    async def explain(self) -> None:
        """Explain a function."""
        document, name = undocumented(self.project, _UNDOCUMENTED)
        self.head("Explain", f"{self._name(document)}: {name}")
        task = Task(TaskKind.EXPLAIN, document, function_span(document, name))
        await tell(self.kit, task, self.terminal, printing=True)

    async def edit(self) -> None:
        """Change code by an instruction, as it streams."""
        document = read_document(
            str(self.project.folder / "asyncio/queues.py"), folder=str(self.project.folder)
        )
        instruction = "rename _wakeup_next to _wake_next"
        self.head("Edit by an instruction", f"{self._name(document)}: “{instruction}”")
        await self._change(Task(TaskKind.EDIT, document, Span(0, len(document.text)), instruction))

    async def _change(self, task: Task) -> None:
        show(await stream(self.kit, task, self.terminal), self.terminal)

    def _name(self, document: Document) -> str:
        return Path(document.path or "").relative_to(self.project.folder).as_posix()


def _say_next(terminal: Terminal) -> None:
    style = terminal.style
    terminal.print()
    terminal.print(style(" Next", "bold"))
    for what, how in (
        ("in your editor", "docs/editors has the set-up of eight; the server is `monkey-coder lsp`"),
        ("on your code", "monkey-coder document FILE, explain FILE, fix FILE, test FILE"),
        (
            "with a language model",
            "export OPENAI_API_KEY=…, or start Ollama; monkey-coder doctor says what it found",
        ),
    ):
        terminal.print(f"   {what:<22} {style(how, 'dim')}")
