"""Emacs with its own eglot and the set-up of docs/editors/emacs.md, nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from .editors import EMACS, LOGS, newer, on_path
from .paced_model import paced_model
from .project import GAMES, PRICES, REPORT, REST, Project, make_project, page_codes
from .terminal import Terminal

# The tests' own part: F12 ends Emacs without a question, and keeps what was said between the two.
_OURS = """
(defun end-of-test ()
  (interactive)
  (when-let ((server (car (mapcan #'copy-sequence (hash-table-values eglot--servers-by-project)))))
    (with-current-buffer (jsonrpc-events-buffer server)
      (let ((coding-system-for-write 'no-conversion))
        (write-region nil nil "{log}" nil 'quiet))))
  (kill-emacs))
(global-set-key (kbd "<f12>") #'end-of-test)
"""


class Emacs:
    """Emacs on a screen, with one file open and eglot connected."""

    def __init__(self, terminal: Terminal, file: Path) -> None:
        self.terminal, self.file = terminal, file
        terminal.wait(r"\[eglot:shop\]")

    def command(self, name: str) -> None:
        """Run a command by its name."""
        self.terminal.keys("M-x")
        self.terminal.wait("^M-x")
        self.terminal.type(name)
        self.terminal.keys("Enter")

    def choose(self, title: str) -> None:
        """Choose a code action; Tab completes what all have in common, then shows them."""
        self.command("eglot-code-actions")
        self.terminal.wait(r"^\[eglot\] Pick an action")
        self.terminal.keys("Tab")
        self.terminal.wait(r"^\[eglot\] Pick an action.*\): Monkey Coder:")
        self.terminal.keys("Tab", "Tab")
        self.terminal.wait(r"possible completions:(.|\n)*Monkey Coder: Review", save="code-actions")
        self.terminal.type(title)
        self.terminal.keys("Tab", "Enter")

    def saved(self, holds: Callable[[str], bool], what: str) -> str:
        """Return what is in the file once it has been saved and holds what it should."""
        self.terminal.keys("C-x", "C-s")
        self.terminal.until(lambda: holds(self.file.read_text(encoding="utf-8")), what)
        return self.file.read_text(encoding="utf-8")


@contextmanager
def emacs(at: Path, name: str, file: str, environment: Mapping[str, str] | None = None) -> Iterator[Emacs]:
    """Yield Emacs with a file of the project open and the server ready."""
    editor = newer(EMACS)
    on_path("tmux", "terminal to show Emacs in")
    project = make_project(at, {**editor.environment, **(environment or {})})
    _settings(project, LOGS / f"emacs-{name}.log")
    path = project.folder / file
    terminal = Terminal(
        f"emacs-{name}",
        [*editor.command, str(path)],
        folder=project.folder,
        environment=project.environment,
    )
    try:
        yield Emacs(terminal, path)
    finally:
        terminal.keys("F12")
        try:
            terminal.wait_for_end()
        finally:
            terminal.close()


def _settings(project: Project, log: Path) -> None:
    file = project.home / ".emacs.d" / "init.el"
    file.parent.mkdir(parents=True)
    file.write_text(page_codes("emacs", "elisp")[0] + _OURS.replace("{log}", str(log)), encoding="utf-8")


def test_document_writes_a_docstring_that_one_undo_takes_back(tmp_path: Path) -> None:
    with emacs(tmp_path, "document", "prices.py") as editor:
        editor.choose("Doc")
        editor.terminal.wait('"""', save="documented")
        documented = editor.saved(lambda text: "ValueError:" in text, "the docstring")
        assert documented.startswith('def discounted(price, percent):\n    """')
        editor.terminal.keys("C-/")
        editor.terminal.wait(r"^ *def discounted.*\n *if percent")
        editor.saved(lambda text: text == PRICES, "one undo")


def test_fix_imports_what_is_missing(tmp_path: Path) -> None:
    with emacs(tmp_path, "fix", "report.py") as editor:
        editor.terminal.keys("C-x", "h")
        editor.choose("Fix")
        editor.terminal.wait(r"^ *import json", save="fixed")
        fixed = editor.saved(lambda text: text != REPORT, "the fix")
        assert fixed.startswith("import json\n")
        assert fixed.endswith(REPORT)


def test_completion_at_point_writes_the_rest_of_the_line(tmp_path: Path) -> None:
    with emacs(tmp_path, "completion", "totals.py") as editor:
        editor.terminal.keys("M->", "Enter", "Enter")
        for line in GAMES:
            editor.terminal.type(line)
            editor.terminal.keys("Enter")
        editor.terminal.type("total")
        for _ in range(20):  # The project is being learned meanwhile.
            editor.terminal.keys("C-M-i")
            if editor.terminal.comes(rf"is_cancelled:\n *total{re.escape(REST)}\n\n", within_s=3):
                break
        editor.terminal.save("completed")
        editor.saved(lambda text: text.endswith(f"            total{REST}\n"), "the rest of the line")


def test_progress_of_a_language_model_is_on_the_screen(tmp_path: Path) -> None:
    with paced_model() as model, emacs(tmp_path, "progress", "prices.py", model.environment) as editor:
        model.hold(2)
        editor.terminal.keys("C-x", "h")
        editor.choose("Expl")
        editor.terminal.wait(r"^\[eglot\] .*Monkey Coder: Explain.*characters", save="progress")
        model.go()
        editor.terminal.wait(r"^ *\*\*Short answer", save="answer")
