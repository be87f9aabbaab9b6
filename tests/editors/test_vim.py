"""Vim 9 and ALE with the set-up of docs/editors/vim.md and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .editors import on_path
from .project import PRICES, make_project, page_code
from .terminal import Terminal

# The tests' own part: the screen says when ALE has started the server.
_OURS = """
set nocompatible noswapfile viminfo= laststatus=2 cmdheight=2
set statusline=%f\\ %{get(g:,'started',0)?'server-started':'waiting'}
autocmd User ALELSPStarted let g:started = 1 | redrawstatus!
"""


@contextmanager
def vim(at: Path, name: str, file: str) -> Iterator[Terminal]:
    """Yield the screen of Vim with a file of the project open and the server started."""
    editor = on_path("vim", "Vim")
    on_path("tmux", "terminal to show Vim in")
    project = make_project(at, {})
    (project.home / ".vimrc").write_text(_OURS + page_code("vim", "vim"), encoding="utf-8")
    terminal = Terminal(
        f"vim-{name}",
        [*editor.command, str(project.folder / file)],
        folder=project.folder,
        environment=project.environment,
    )
    try:
        if terminal.comes("E919:|E492:|E319:", within_s=1):
            pytest.skip(f"this Vim cannot run ALE, or has none:\n{terminal.screen()}")
        terminal.wait("server-started", within_s=120)
        yield terminal
    finally:
        terminal.close()


def test_actions_are_offered_and_a_change_that_ale_cannot_take_is_refused(tmp_path: Path) -> None:
    with vim(tmp_path, "actions", "prices.py") as terminal:
        for _ in range(4):  # ALE only echoes what a server says, and whatever comes after it wipes that.
            terminal.type("ggVG:ALECodeAction\n")
            terminal.wait(r"^1\) Monkey Coder: Document", save="code-actions")
            terminal.type("1\n")
            # ALE 3.3 tells servers that it applies no edits (`applyEdit: false`), so none is sent to it.
            if terminal.comes("this editor does not let a language server change files", within_s=15):
                break
        terminal.wait("this editor does not let a language server change files", save="refused")
        terminal.type(":w! saved.py\n")
        saved = tmp_path / "shop" / "saved.py"
        terminal.until(lambda: saved.exists() and saved.read_text() == PRICES, "the text as it was")
