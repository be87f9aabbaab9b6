"""A terminal of tmux with an editor in it: keys go in, the screen is read."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic, sleep
from typing import TypeVar

from .editors import BUILD, LOGS

T = TypeVar("T")

SCREENS = BUILD / "screens"
# A machine of a build service may be slow; this matters only where a test fails.
_WAIT_S = 60.0
_LOOK_S = 0.02


class Terminal:
    """An editor on a screen of its own, on a tmux server of its own."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        columns: int = 110,
        rows: int = 32,
    ) -> None:
        self._name = name
        self._tmux = ["tmux", "-u", "-L", f"monkey-coder-{name}-{os.getpid()}"]
        self._environment = dict(environment)
        self._n_saved = 0
        shutil.rmtree(SCREENS / name, ignore_errors=True)
        (SCREENS / name).mkdir(parents=True)
        LOGS.mkdir(parents=True, exist_ok=True)
        size = ["-x", str(columns), "-y", str(rows)]
        self._run("-f", os.devnull, "new-session", "-d", *size, "-c", str(folder), shlex.join(command))
        self._run("set-option", "-g", "remain-on-exit", "on")

    def screen(self) -> str:
        """Return what is on the screen, without the blanks at the ends of lines."""
        return self._run("capture-pane", "-p")

    def keys(self, *keys: str) -> None:
        """Press keys by tmux's names: `Enter`, `Escape`, `C-x`."""
        self._run("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type text as it stands."""
        self._run("send-keys", "-l", text)

    def wait(self, pattern: str, *, save: str = "", within_s: float = _WAIT_S) -> str:
        """Return the screen as soon as it holds what a regular expression matches; `save` keeps it."""
        screen = self.comes(pattern, within_s=within_s)
        if not screen:
            self.save("missing")
            raise AssertionError(f"no {pattern!r} on the screen within {within_s:g} s:\n{self.screen()}")
        if save:
            self.save(save, screen)
        return screen

    def comes(self, pattern: str, *, within_s: float) -> str:
        """Return the screen as soon as a regular expression matches, or "" if it never does."""
        deadline = monotonic() + within_s
        while not re.search(pattern, screen := self.screen(), re.MULTILINE):
            if monotonic() > deadline:
                return ""
            sleep(_LOOK_S)
        return screen

    def until(self, holds: Callable[[], T], what: str, within_s: float = _WAIT_S) -> T:
        """Return the first value of `holds` that is true."""
        deadline = monotonic() + within_s
        while not (value := holds()):
            if monotonic() > deadline:
                self.save("missing")
                raise AssertionError(f"{what}: not within {within_s:g} s:\n{self.screen()}")
            sleep(_LOOK_S)
        return value

    def save(self, title: str, screen: str | None = None) -> None:
        """Keep the screen under `build/editors/screens/`."""
        self._n_saved += 1
        file = SCREENS / self._name / f"{self._n_saved}-{title}.txt"
        file.write_text(self.screen() if screen is None else screen, encoding="utf-8")

    def wait_for_end(self, *, within_s: float = _WAIT_S) -> None:
        """Wait until the editor has ended by itself."""
        panes = ("list-panes", "-F", "#{pane_dead}")
        self.until(lambda: self._run(*panes).strip() == "1", "the end of the editor", within_s)

    def close(self) -> None:
        """End the editor, if it has not ended, and its terminal."""
        self._run("kill-server")

    def _run(self, *arguments: str) -> str:
        return subprocess.run(
            [*self._tmux, *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=_WAIT_S,
            check=True,
        ).stdout
