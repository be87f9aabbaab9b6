"""Which editors are here: unpacked into `build/editors/`, or on PATH, and new enough."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "editors"
LOGS = BUILD / "logs"

_VERSION = re.compile(r"(\d+)\.(\d+)")


Variables = Callable[[Path], Mapping[str, str]]


@dataclass(frozen=True)
class Newer:
    """An editor that the tests may have to take from a newer Debian than the machine's own.

    `variables` returns what an unpacked one needs in its environment, from the folder it is in.
    """

    name: str
    package: str
    suite: str
    command: str
    least: tuple[int, int]
    variables: Variables
    # Where the package has another name for the program than PATH.
    file: str = ""
    dump: str = ""

    @property
    def home(self) -> Path:
        return BUILD / self.package

    @property
    def program(self) -> Path:
        return self.home / "usr" / "bin" / (self.file or self.command)


def _emacs_variables(home: Path) -> dict[str, str]:
    """Return where Emacs' own files are; its load path names every folder of them."""
    share = next(iter(sorted((home / "usr" / "share" / "emacs").glob("[0-9]*"))), home)
    lisp = share / "lisp"
    folders = [lisp, *(path for path in sorted(lisp.rglob("*")) if path.is_dir())]
    return {
        "EMACSDATA": str(share / "etc"),
        "EMACSDOC": str(share / "etc"),
        "EMACSPATH": str(next(iter(sorted((home / "usr" / "libexec" / "emacs").glob("*/*"))), home)),
        "EMACSLOADPATH": os.pathsep.join(map(str, folders)),
    }


NEOVIM = Newer(
    "Neovim 0.12",
    "neovim",
    "forky",
    "nvim",
    (0, 12),
    lambda home: {"VIMRUNTIME": str(home / "usr" / "share" / "nvim" / "runtime")},
)
HELIX = Newer(
    "Helix",
    "hx",
    "trixie",
    "hx",
    (25, 1),
    lambda home: {"HELIX_RUNTIME": str(home / "usr" / "lib" / "hx" / "runtime")},
)
EMACS = Newer(
    "Emacs 30",
    "emacs-nox",
    "trixie",
    "emacs",
    (29, 1),
    _emacs_variables,
    "emacs-nox",
    "usr/libexec/emacs/**/*.pdmp",
)


@dataclass(frozen=True)
class Editor:
    """A command to start, and what its environment needs."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


def newer(editor: Newer) -> Editor:
    """Return an editor that is new enough; without one the test is skipped."""
    found = _unpacked(editor) or _on_path(editor)
    if found is None:
        least = ".".join(map(str, editor.least))
        pytest.skip(f"no {editor.command} of version {least} or later, neither in {editor.home} nor on PATH")
    return found


def is_new_enough(editor: Newer) -> bool:
    """Return whether a version that suits is there."""
    return (_unpacked(editor) or _on_path(editor)) is not None


def on_path(command: str, what: str) -> Editor:
    """Return a program on PATH; without it the test is skipped."""
    program = shutil.which(command)
    if program is None:
        pytest.skip(f"no {what}: there is no {command!r} on PATH")
    return Editor((program,))


def _unpacked(editor: Newer) -> Editor | None:
    if not editor.program.exists():
        return None
    dumps = sorted(editor.home.glob(editor.dump)) if editor.dump else []
    arguments = [f"--dump-file={dump}" for dump in dumps[:1]]
    found = Editor((str(editor.program), *arguments), editor.variables(editor.home))
    return found if _version(found) >= editor.least else None


def _on_path(editor: Newer) -> Editor | None:
    program = shutil.which(editor.command)
    if program is None or _version(Editor((program,))) < editor.least:
        return None
    return Editor((program,))


def _version(editor: Editor) -> tuple[int, int]:
    """Return what a program says its version is; (0, 0) for one that does not run."""
    try:
        said = subprocess.run(
            [*editor.command, "--version"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, **editor.environment},
        ).stdout
    except OSError:
        return (0, 0)
    found = _VERSION.search(said)
    return (int(found[1]), int(found[2])) if found else (0, 0)
