"""What keeps a program from the network and from the user's files, by what this system has."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..workspace.programs import find_program

_PROBE_S = 5.0
# Folders in the user's own that hold keys: empty inside, where the system can do that.
_KEYS = (".ssh", ".aws", ".gnupg", ".kube", ".docker", ".azure", ".config/gcloud", ".config/monkey-coder")


@dataclass(frozen=True, slots=True)
class Isolation:
    """`words` say what it holds back; `wrap` puts a command, whose own folder is given, inside of it."""

    words: str
    wrap: Callable[[list[str], str], list[str]]


@cache
def isolation() -> Isolation:
    """Return the strongest isolation that works here; each is tried before it is counted on."""
    for found in _candidates():
        command = found.wrap([sys.executable, "-I", "-S", "-c", ""], str(Path(sys.executable).parent))
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PROBE_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0:
            return found
    return Isolation("the network is not cut off on this system", lambda command, folder: command)


def _candidates() -> list[Isolation]:
    found: list[Isolation] = []
    if sys.platform == "darwin" and (program := find_program("sandbox-exec")):
        found.append(Isolation("no network, writes only its own copy", _mac(program)))
    if sys.platform.startswith("linux"):
        if program := find_program("bwrap"):
            found.append(Isolation("no network, writes only its own copy", _bubblewrap(program)))
        if program := find_program("unshare"):
            users = ("--map-current-user", "--map-root-user")
            found += [Isolation("no network", _unshare(program, user)) for user in users]
    return found


def _bubblewrap(program: str) -> Callable[[list[str], str], list[str]]:
    hidden = [str(path) for name in _KEYS if (path := Path.home() / name).is_dir()]

    def wrap(command: list[str], folder: str) -> list[str]:
        return [
            program, "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc",
            *(part for path in hidden for part in ("--tmpfs", path)),
            "--bind", folder, folder, "--unshare-net", "--unshare-pid", "--unshare-ipc", "--die-with-parent",
            "--new-session", "--", *command,
        ]  # fmt: skip

    return wrap


def _unshare(program: str, user: str) -> Callable[[list[str], str], list[str]]:
    return lambda command, folder: [program, "--net", user, "--pid", "--fork", "--kill-child", "--", *command]


def _mac(program: str) -> Callable[[list[str], str], list[str]]:
    def wrap(command: list[str], folder: str) -> list[str]:
        quoted = str(Path(folder).resolve()).replace("\\", "\\\\").replace('"', '\\"')
        profile = (
            "(version 1)(allow default)(deny network*)(deny file-write*)"
            f'(allow file-write* (subpath "{quoted}") (literal "/dev/null"))'
        )
        return [program, "-p", profile, *command]

    return wrap
