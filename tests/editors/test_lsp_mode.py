"""Emacs with lsp-mode and the set-up of docs/editors/emacs.md, nothing else."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from .editors import on_path
from .paced_model import paced_model
from .project import PRICES, REPORT, make_project, page_codes
from .terminal import Terminal

# The tests' own part: F12 ends Emacs without a question, and Emacs 28 says nothing of how it compiles.
_OURS = """
(setq native-comp-async-report-warnings-errors nil)
(global-set-key (kbd "<f12>") (lambda () (interactive) (kill-emacs)))
"""
_START_S = 120


class LspMode:
    """Emacs on a screen, with one file open and the server ready."""

    def __init__(self, terminal: Terminal, file: Path) -> None:
        self.terminal, self.file = terminal, file
        terminal.wait("^i==>Import project root", within_s=_START_S, save="asks-for-the-project")
        terminal.type("i")
        terminal.wait(r"LSP\[monkey-coder:\d+\].* \d+ ", within_s=_START_S)  # How many actions there are.

    def choose(self, title: str) -> None:
        """Choose a code action; Tab completes what all have in common, then shows them."""
        self.terminal.keys("M-x")
        self.terminal.wait("^M-x")
        self.terminal.type("lsp-execute-code-action")
        self.terminal.keys("Enter")
        self.terminal.wait("^Select code action:", save="asked")
        self.terminal.keys("Tab")
        self.terminal.wait("^Select code action: Monkey Coder:")
        self.terminal.keys("Tab", "Tab")
        self.terminal.wait("Monkey Coder: Review", save="code-actions")
        self.terminal.type(title)
        self.terminal.keys("Tab", "Enter")

    def saved(self, holds: Callable[[str], bool], what: str) -> str:
        """Return what is in the file once it has been saved and holds what it should."""
        self.terminal.keys("C-x", "C-s")
        self.terminal.until(lambda: holds(self.file.read_text(encoding="utf-8")), what)
        return self.file.read_text(encoding="utf-8")


@contextmanager
def lsp_mode(
    at: Path, name: str, file: str, environment: Mapping[str, str] | None = None
) -> Iterator[LspMode]:
    """Yield Emacs with a file of the project open and lsp-mode connected."""
    editor = on_path("emacs", "Emacs")
    on_path("tmux", "terminal to show Emacs in")
    _skip_without_lsp_mode(editor.command)
    project = make_project(at, dict(environment or {}))
    init = project.home / ".emacs.d" / "init.el"
    init.parent.mkdir(parents=True)
    init.write_text(page_codes("emacs", "elisp")[1] + _OURS, encoding="utf-8")
    path = project.folder / file
    terminal = Terminal(
        f"lsp-mode-{name}",
        [*editor.command, "-nw", str(path)],
        folder=project.folder,
        environment=project.environment,
    )
    try:
        yield LspMode(terminal, path)
    finally:
        terminal.keys("F12")
        try:
            terminal.wait_for_end()
        finally:
            terminal.close()


def _skip_without_lsp_mode(command: tuple[str, ...]) -> None:
    asked = [*command, "--batch", "--eval", "(progn (package-initialize) (require 'lsp-mode))"]
    found = subprocess.run(asked, capture_output=True, text=True, timeout=120, check=False)
    if found.returncode:
        pytest.skip(f"this Emacs has no lsp-mode (Debian's elpa-lsp-mode): {found.stderr.strip()[-200:]}")


def test_document_writes_a_docstring_that_one_undo_takes_back(tmp_path: Path) -> None:
    with lsp_mode(tmp_path, "document", "prices.py") as editor:
        editor.choose("Doc")
        editor.terminal.wait('"""', save="documented")
        documented = editor.saved(lambda text: "ValueError:" in text, "the docstring")
        assert documented.startswith('def discounted(price, percent):\n    """')
        editor.terminal.keys("C-/")
        editor.terminal.wait(r"^ *def discounted.*\n *if percent")
        editor.saved(lambda text: text == PRICES, "one undo")


def test_fix_imports_what_is_missing(tmp_path: Path) -> None:
    with lsp_mode(tmp_path, "fix", "report.py") as editor:
        editor.terminal.keys("C-x", "h")
        editor.choose("Fix")
        editor.terminal.wait(r"^ *import json", save="fixed")
        fixed = editor.saved(lambda text: text != REPORT, "the fix")
        assert fixed.startswith("import json\n")
        assert fixed.endswith(REPORT)


def test_progress_of_a_language_model_is_on_the_screen(tmp_path: Path) -> None:
    with paced_model() as model, lsp_mode(tmp_path, "progress", "prices.py", model.environment) as editor:
        model.hold(2)
        editor.terminal.keys("C-x", "h")
        editor.choose("Expl")
        editor.terminal.wait(r"^Monkey Coder: Explain.*\.\.\.", save="progress")
        model.go()
        editor.terminal.wait(r"See \[the documentation", save="answer")
