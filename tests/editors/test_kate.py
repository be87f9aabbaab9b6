"""Kate on a screen of its own (Xvfb) with the set-up of docs/editors/kate.md and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from .editors import LOGS, on_path
from .project import PRICES, make_project, page_code

# What the page has the user choose in Kate's settings, and no old session or greeting.
_OURS = """\
[General]
Startup Session=new
Show welcome view for new window=false
[lspclient]
ServerConfiguration={settings}
[Kate Plugins]
lspclientplugin=true
"""
_WAIT_S = 120.0


class Kate:
    """Kate's window, with one file open and the server ready."""

    def __init__(self, name: str, file: Path, environment: Mapping[str, str], shots: Path) -> None:
        self.name, self.file = name, file
        self._environment, self._shots = environment, shots

    def keys(self, *keys: str) -> None:
        """Press keys by X's names: `ctrl+a`, `Return`."""
        for key in keys:
            self._run("xdotool", "key", key)
            sleep(0.3)

    def shot(self, title: str) -> None:
        """Keep a picture of the screen."""
        self._run("import", "-window", "root", str(self._shots / f"{self.name}-{title}.png"))

    def until(self, holds: Callable[[], object], what: str) -> None:
        """Wait until `holds` is true."""
        if not self._comes(holds, _WAIT_S):
            self.shot("missing")
            raise AssertionError(f"{what}: not within {_WAIT_S:g} s; see {self._shots}")

    def allow(self) -> None:
        """Answer the question whether the server may be started."""
        self.until(self._windows, "Kate's window")
        self.until(lambda: len(self._windows()) > 1, "the question about the server")
        self.shot("asks-for-the-server")
        self.keys("alt+y")
        self.until(lambda: len(self._windows()) == 1, "the end of the question")
        self._run("xdotool", "windowfocus", *self._windows())

    def choose(self, place: int) -> None:
        """Choose a code action on the whole file from the menu, which is empty until the server is up."""

        def menu() -> bool:
            self.keys("ctrl+a", "alt+Return")
            return self._comes(lambda: len(self._windows()) > 1, 10)

        self.until(menu, "the menu of code actions")
        self.shot("code-actions")
        self.keys(*["Down"] * place, "Return")

    def saved(self, holds: Callable[[str], bool], what: str) -> str:
        """Return what is in the file once it has been saved and holds what it should."""

        def save() -> bool:
            self.keys("ctrl+s")
            return holds(self.file.read_text(encoding="utf-8"))

        self.until(save, what)
        return self.file.read_text(encoding="utf-8")

    def _comes(self, holds: Callable[[], object], within_s: float) -> bool:
        deadline = monotonic() + within_s
        while not holds():
            if monotonic() > deadline:
                return False
            sleep(0.1)
        return True

    def _windows(self) -> list[str]:
        """Return the windows to be seen, the question and the menu among them."""
        return self._run("xdotool", "search", "--onlyvisible", "--class", "kate").split()

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command,
            env=dict(self._environment),
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        return done.stdout.strip()


@contextmanager
def kate(at: Path, name: str, file: str) -> Iterator[Kate]:
    """Yield Kate with a file of the project open, on a screen that no one sees."""
    for command, what in (
        ("kate", "Kate"),
        ("Xvfb", "X server without a screen (Debian's xvfb)"),
        ("xdotool", "program that presses keys"),
        ("import", "program that takes pictures (Debian's imagemagick)"),
        ("dbus-run-session", "message bus for Kate (Debian's dbus)"),
    ):
        on_path(command, what)
    project = make_project(at, {"QT_QPA_PLATFORM": "xcb", "XDG_RUNTIME_DIR": str(at / "run")})
    (at / "run").mkdir(mode=0o700)
    (project.folder / ".git").mkdir()
    settings = project.home / ".config" / "kate" / "lspclient" / "settings.json"
    project.settings("kate/lspclient/settings.json", page_code("kate", "json"))
    project.settings("katerc", _OURS.format(settings=settings.as_uri()))
    shots = LOGS / "kate"
    shots.mkdir(parents=True, exist_ok=True)
    with _screen(shots) as display:
        environment = {**project.environment, "DISPLAY": display}
        path = project.folder / file
        with _started(
            ["dbus-run-session", "--", "kate", "-n", "-b", str(path)], environment, shots / f"{name}.log"
        ):
            editor = Kate(name, path, environment, shots)
            editor.allow()
            yield editor


@contextmanager
def _screen(logs: Path) -> Iterator[str]:
    """Start an X server and yield its name: the server itself says which number was free."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    with (logs / "xvfb.log").open("wb") as log, os.fdopen(reader, "rb") as number:
        server = subprocess.Popen(command, pass_fds=(writer,), stdout=log, stderr=log)
        os.close(writer)
        try:
            yield f":{int(number.readline())}"
        finally:
            server.terminate()
            server.wait(60)


@contextmanager
def _started(command: list[str], environment: Mapping[str, str], log: Path) -> Iterator[None]:
    """Run a command, and end it and all that it started."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=dict(environment), stdout=output, stderr=output, start_new_session=True
        )
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)


def test_document_writes_a_docstring(tmp_path: Path) -> None:
    with kate(tmp_path, "document", "prices.py") as editor:
        editor.choose(1)
        documented = editor.saved(lambda text: '"""' in text, "the docstring")
        editor.shot("documented")
        assert documented.startswith('def discounted(price, percent):\n    """')
        assert "ValueError:" in documented
        editor.keys("ctrl+z")
        editor.saved(lambda text: text == PRICES, "one undo")
