"""Programs of this machine: found where no workspace can plant one, and told no key."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# What may be told to a program: where things are and how text is written, and no key or token.
_KEPT = (
    "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "SYSTEMDRIVE",
    "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMFILES", "JAVA_HOME",
    "GOROOT", "GOPATH", "GOFLAGS", "CARGO_HOME", "RUSTUP_HOME", "VIRTUAL_ENV", "NUMBER_OF_PROCESSORS",
)  # fmt: skip


def find_program(name: str, *, outside: str | None = None) -> str | None:
    """Return the absolute path of a program on PATH; None if there is none.

    Relative entries of PATH and those inside the folder `outside`, the workspace, are passed over, and
    the current folder is never looked into: opening a folder must not decide what runs.
    """
    endings = os.environ.get("PATHEXT", ".EXE;.CMD").split(";") if sys.platform == "win32" else [""]
    for entry in os.environ.get("PATH", "").split(os.pathsep):
        if not Path(entry).is_absolute():
            continue
        for ending in endings:
            path = Path(entry) / f"{name}{ending.lower()}"
            if not path.is_file() or not os.access(path, os.X_OK):
                continue
            if outside is not None and path.resolve().is_relative_to(Path(outside).resolve()):
                continue
            return str(path)
    return None


def scrubbed_environment() -> dict[str, str]:
    """Return the variables that a program is told: no key, no token, nothing of the editor's."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {"NO_COLOR": "1", "CI": "1"}
