"""Helix with the set-up of docs/editors/helix.md and nothing else."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from .editors import HELIX, LOGS, newer, on_path
from .paced_model import paced_model
from .project import PRICES, REPORT, REST, make_project, page_codes
from .terminal import Terminal


class Helix:
    """Helix on a screen, with one file open and the server started."""

    def __init__(self, terminal: Terminal, file: Path, log: Path) -> None:
        self.terminal, self.file, self.log = terminal, file, log
        terminal.wait("^ NOR ")
        opened = '"method":"textDocument/didOpen"'
        terminal.until(lambda: log.exists() and opened in log.read_text("utf-8"), "the server", 120)

    def choose(self, title: str) -> None:
        """Choose a code action from the menu that space a opens."""
        self.terminal.type(" a")
        menu = self.terminal.wait(rf"Monkey Coder: {title}", save="code-actions")
        entries = re.findall(r"Monkey Coder: (.*?) *[│┃|]?$", menu, re.MULTILINE)
        place = next(i for i, entry in enumerate(entries) if entry.startswith(title))
        self.terminal.keys(*["Down"] * place, "Enter")

    def saved(self, holds: Callable[[str], bool], what: str) -> str:
        """Return what is in the file once it has been saved and holds what it should."""
        self.terminal.type(":w")
        self.terminal.keys("Enter")
        self.terminal.until(lambda: holds(self.file.read_text(encoding="utf-8")), what)
        return self.file.read_text(encoding="utf-8")


@contextmanager
def helix(at: Path, name: str, file: str, environment: Mapping[str, str] | None = None) -> Iterator[Helix]:
    """Yield Helix with a file of the project open and the server ready."""
    editor = newer(HELIX)
    on_path("tmux", "terminal to show Helix in")
    project = make_project(at, {**editor.environment, **(environment or {})})
    languages, settings = page_codes("helix", "toml")
    project.settings("helix/languages.toml", languages)
    project.settings("helix/config.toml", settings)
    path, log = project.folder / file, project.home / "helix.log"
    terminal = Terminal(
        f"helix-{name}",
        [*editor.command, "-vv", "--log", str(log), str(path)],
        folder=project.folder,
        environment=project.environment,
    )
    try:
        yield Helix(terminal, path, log)
    finally:
        terminal.close()
        if log.exists():
            shutil.copy(log, LOGS / f"helix-{name}.log")


def test_document_writes_a_docstring_that_one_undo_takes_back(tmp_path: Path) -> None:
    with helix(tmp_path, "document", "prices.py") as editor:
        editor.choose("Document")
        editor.terminal.wait('"""', save="documented")
        documented = editor.saved(lambda text: "ValueError:" in text, "the docstring")
        assert documented.startswith('def discounted(price, percent):\n    """')
        editor.terminal.type("u")
        editor.terminal.wait(r"def discounted.*\n.*if percent")
        editor.saved(lambda text: text == PRICES, "one undo")


def test_fix_imports_what_is_missing(tmp_path: Path) -> None:
    with helix(tmp_path, "fix", "report.py") as editor:
        editor.terminal.type("%")
        editor.choose("Fix")
        editor.terminal.wait("import json", save="fixed")
        fixed = editor.saved(lambda text: text != REPORT, "the fix")
        assert fixed.startswith("import json\n")
        assert fixed.endswith(REPORT)


def test_completion_offers_the_rest_of_the_line(tmp_path: Path) -> None:
    with helix(tmp_path, "completion", "begun.py") as editor:
        editor.terminal.type("geA")  # The end of the file, and insert there.
        editor.terminal.type("total")
        menu = rf"^ +\d+ +total\n.* total{re.escape(REST)} "
        for _ in range(20):  # The project is being learned meanwhile.
            editor.terminal.keys("C-x")
            if screen := editor.terminal.comes(menu, within_s=3):
                break
        assert screen, editor.terminal.screen()
        editor.terminal.save("offered", screen)
        editor.terminal.keys("Tab", "Enter", "Escape")
        editor.terminal.wait("^ NOR ")
        editor.saved(lambda text: text.endswith(f"            total{REST}\n"), "the rest of the line")


def _explained(editor: Helix) -> str:
    """Explain the file, and return where Helix says that the answer is; the end of any progress wipes it."""
    for _ in range(4):
        editor.terminal.type("%")
        editor.choose("Explain")
        if screen := editor.terminal.comes(r"whole answer is in \S+explain-prices\.md", within_s=15):
            editor.terminal.save("explained", screen)
            return str(re.findall(r"whole answer is in (\S+explain-prices\.md)", screen)[0])
    raise AssertionError(f"Helix says nothing of the answer:\n{editor.terminal.screen()}")


def test_explain_says_where_the_answer_is(tmp_path: Path) -> None:
    with helix(tmp_path, "explain", "prices.py") as editor:
        path = _explained(editor)
        editor.terminal.type(f":o {path}")
        editor.terminal.keys("Enter")
        editor.terminal.wait(r"### `discounted`", save="opened")


def test_progress_of_a_language_model_is_on_the_screen(tmp_path: Path) -> None:
    with paced_model() as model, helix(tmp_path, "progress", "prices.py", model.environment) as editor:
        model.hold(2)
        editor.terminal.type("%")
        editor.choose("Explain")
        editor.terminal.wait(r"^\[monkey-coder-\d+\] \d+ characters", save="progress")
        model.go()
        said = '"message":"Explain: the whole answer is in '
        editor.terminal.until(lambda: said in editor.log.read_text("utf-8"), "the answer")
