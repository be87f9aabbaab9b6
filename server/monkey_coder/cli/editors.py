"""Which editors are on this machine, and where each one's set-up is written down."""

from __future__ import annotations

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

_TIMEOUT_S = 4.0
_VERSION = re.compile(r"\d+(?:\.\d+)+")


@dataclass(frozen=True, slots=True)
class Editor:
    """An editor that can be connected: the names of its command and its page under docs/editors.

    `ghost_text_from` is the first version that shows inline completions by itself, if that matters.
    """

    name: str
    commands: tuple[str, ...]
    page: str
    ghost_text_from: tuple[int, ...] | None = None


EDITORS = (
    Editor("Neovim", ("nvim",), "neovim.md", (0, 12)),
    Editor("Helix", ("hx", "helix"), "helix.md"),
    Editor("Emacs", ("emacs",), "emacs.md"),
    Editor("Vim", ("vim",), "vim.md"),
    Editor("VS Code", ("code", "codium", "code-insiders", "code-server"), "vscode.md"),
    Editor("Kate", ("kate",), "kate.md"),
    Editor("Zed", ("zed", "zeditor"), "zed.md"),
    Editor("Sublime Text", ("subl",), "sublime.md"),
)


@dataclass(frozen=True, slots=True)
class Found:
    """An editor with its version ("" if it does not say) and what to know about it."""

    editor: Editor
    version: str
    note: str


def editors_found() -> tuple[Found, ...]:
    """Return the editors on PATH. Asks each for its version, all at once, for a few seconds at most."""
    there = [(editor, path) for editor in EDITORS if (path := _command(editor))]
    if not there:
        return ()
    with ThreadPoolExecutor(len(there)) as pool:
        versions = list(pool.map(lambda pair: _version(pair[1]), there))
    return tuple(
        Found(editor, version, _note(editor, version))
        for (editor, _), version in zip(there, versions, strict=True)
    )


def _command(editor: Editor) -> str | None:
    return next((path for name in editor.commands if (path := shutil.which(name))), None)


def _version(command: str) -> str:
    try:
        answer = subprocess.run(
            [command, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = _VERSION.search(answer.stdout.decode("utf-8", "replace"))
    return match[0] if match else ""


def _note(editor: Editor, version: str) -> str:
    numbers = tuple(int(part) for part in version.split(".")) if version else ()
    if editor.ghost_text_from and numbers and numbers < editor.ghost_text_from:
        wanted = ".".join(map(str, editor.ghost_text_from))
        return f"ghost text needs {wanted} or newer; suggestions come as completions here"
    return ""
