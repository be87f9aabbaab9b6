"""Neovim 0.12 as docs/editors/neovim.md sets it up for those who want no plugin."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from .editors import LOGS, NEOVIM, Editor, newer, on_path
from .paced_model import paced_model
from .project import GAMES, PRICES, REPORT, REST, TOTALS, Project, make_project, page_codes
from .terminal import Terminal

DRIVER = Path(__file__).with_name("neovim.lua")


class Neovim:
    """Neovim on a screen, and its answers to what it is asked over its socket."""

    def __init__(self, editor: Editor, project: Project, name: str, file: Path, init: str) -> None:
        self._editor, self._project, self._name = editor, project, name
        # A short path: that of a socket may have some hundred characters and no more.
        self._folder = tempfile.TemporaryDirectory(prefix="nvim-")
        self._socket = str(Path(self._folder.name) / "socket")
        project.settings("nvim/init.lua", init)
        command = [*editor.command, "--cmd", f"luafile {DRIVER}", "--listen", self._socket, str(file)]
        self.terminal = Terminal(name, command, folder=project.folder, environment=project.environment)
        try:
            self.terminal.until(Path(self._socket).exists, "its socket")
            self.terminal.until(lambda: self.ask("Seen ~= nil and Seen.is_ready()"), "the server")
        except BaseException:
            self.close()
            raise

    def ask(self, code: str) -> Any:
        """Return the value of a Lua expression."""
        said = subprocess.run(
            [
                *self._editor.command,
                "--server",
                self._socket,
                "--remote-expr",
                f"json_encode(luaeval({json.dumps(code)}))",
            ],
            env=dict(self._project.environment),
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert said.returncode == 0, said.stderr
        return json.loads(said.stdout)

    def text(self) -> str:
        """Return the buffer as it would be written."""
        return str(self.ask("Seen.text()"))

    def told(self, what: str) -> None:
        """Wait for a message where Neovim keeps them: which of them the screen shows is a matter of order."""
        self.terminal.until(
            lambda: what in str(self.ask("vim.fn.execute('messages')")), f"the message {what!r}"
        )

    def type_until_ghost(self, word: str, ghost: str) -> str:
        """Type a word and return the ghost text after it, by a Lua expression; while the project is being
        learned, type it again."""
        for _ in range(20):
            self.terminal.type(word)
            deadline = monotonic() + 4
            while monotonic() < deadline:
                if found := str(self.ask(ghost)):
                    return found
                sleep(0.02)
            self.terminal.keys(*["BSpace"] * len(word))
        raise AssertionError(f"no ghost text after {word!r}:\n{self.terminal.screen()}")

    def choose(self, title: str) -> None:
        """Choose a code action from the menu that `gra` opens."""
        self.terminal.type("gra")
        menu = self.terminal.wait(rf"^\d+: Monkey Coder: {title}(.|\n)*^Type number", save="code-actions")
        entry = next(line for line in menu.splitlines() if f": Monkey Coder: {title}" in line)
        self.terminal.type(entry.split(":")[0])
        self.terminal.keys("Enter")

    def close(self) -> None:
        self.terminal.close()
        self._folder.cleanup()
        log = self._project.home / ".local" / "state" / "nvim" / "lsp.log"
        if log.exists():
            shutil.copy(log, LOGS / f"{self._name}.log")


@contextmanager
def neovim(
    at: Path, name: str, file: str, environment: Mapping[str, str] | None = None, init: str = ""
) -> Iterator[Neovim]:
    """Yield Neovim with a file of the project open and the server ready; `init` is its init.lua, that of
    a user without the plugin by default."""
    editor = newer(NEOVIM)
    on_path("tmux", "terminal to show Neovim in")
    project = make_project(at, {**editor.environment, **(environment or {})})
    plain = page_codes("neovim", "lua")[-1]
    running = Neovim(editor, project, f"neovim-{name}", project.folder / file, init or plain)
    try:
        yield running
    finally:
        running.close()


def test_ghost_text_is_shown_and_tab_accepts_it(tmp_path: Path) -> None:
    with neovim(tmp_path, "ghost", "totals.py") as editor:
        # Of all that the server can do, nothing is asked twice: no menu entries beside ghost text.
        assert editor.ask("Seen.capabilities().completionProvider == nil")
        editor.terminal.keys("G", "o", "Enter", "Enter")
        for line in GAMES:
            editor.terminal.type(line)
            editor.terminal.keys("Enter")
        assert editor.type_until_ghost("total", "Seen.ghost()") == REST
        editor.terminal.wait(r"^            total \+= order\.price \* order\.count$", save="ghost")
        typed = editor.text()
        assert typed.endswith("\n            total\n"), "ghost text is no text of the buffer"
        editor.terminal.keys("Tab")
        editor.terminal.until(lambda: editor.text() != typed, "the ghost text in the buffer")
        assert editor.text() == typed.removesuffix("\n") + REST + "\n"
        editor.terminal.save("accepted")


def test_tab_is_a_tab_where_there_is_no_ghost_text(tmp_path: Path) -> None:
    with neovim(tmp_path, "tab", "totals.py") as editor:
        editor.terminal.keys("g", "g", "O", "Tab")
        editor.terminal.until(lambda: editor.text() != TOTALS, "the tab")
        assert editor.text() in ("    \n" + TOTALS, "\t\n" + TOTALS)


def test_document_writes_a_docstring_that_one_undo_takes_back(tmp_path: Path) -> None:
    with neovim(tmp_path, "document", "prices.py") as editor:
        editor.choose("Document")
        editor.terminal.until(lambda: '"""' in editor.text(), "the docstring")
        documented = editor.text()
        before, docstring, after = documented.partition('    """')
        assert before == "def discounted(price, percent):\n"
        assert "percent" in docstring + after and "ValueError" in after
        editor.terminal.wait('"""', save="documented")
        editor.terminal.until(lambda: editor.ask("Seen.kinds()")[-1:] == ["end"], "the end of the progress")
        editor.terminal.keys("u")
        editor.terminal.until(lambda: editor.text() != documented, "the undo")
        assert editor.text() == PRICES
        assert editor.ask("Seen.kinds()")[0] == "begin"


def test_fix_imports_what_is_missing(tmp_path: Path) -> None:
    with neovim(tmp_path, "fix", "report.py") as editor:
        editor.terminal.type("ggVG")
        editor.choose("Fix")
        editor.terminal.until(lambda: "import json" in editor.text(), "the fix")
        assert editor.text().startswith("import json\n")
        assert editor.text().endswith(REPORT)
        editor.terminal.wait("^import json", save="fixed")


def test_explain_opens_the_answer(tmp_path: Path) -> None:
    with neovim(tmp_path, "explain", "prices.py") as editor:
        editor.terminal.type("ggVG")
        editor.choose("Explain")
        editor.terminal.until(
            lambda: str(editor.ask("vim.fn.bufname()")).endswith("explain-prices.md"), "the answer"
        )
        assert "discounted" in editor.text()
        editor.terminal.wait("discounted", save="explained")


def test_progress_of_a_language_model_is_on_the_screen(tmp_path: Path) -> None:
    with paced_model() as model, neovim(tmp_path, "progress", "prices.py", model.environment) as editor:
        model.hold(2)
        editor.terminal.type("ggVG")
        editor.choose("Explain")
        editor.terminal.wait(r"^prices\.py .*Monkey Coder: Explain.*\d+ characters", save="progress")
        model.go()
        editor.terminal.until(lambda: "2. See" in editor.text(), "the answer")
        kinds = editor.ask("Seen.kinds()")
        assert kinds[0] == "begin" and kinds[-1] == "end" and kinds.count("report") > 1
        editor.terminal.wait("Short answer", save="answer")
