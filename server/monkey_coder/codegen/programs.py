"""Programs that read a text and write a text: found on this machine, run without a shell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ..core.errors import InputError
from ..workspace.programs import scrubbed_environment

TIMEOUT_S = 10.0


def run_filter(arguments: Sequence[str], text: str, *, folder: str, timeout_s: float = TIMEOUT_S) -> str:
    """Return what a program writes when `text` is its standard input.

    Raises: InputError if it cannot be run, fails, or takes longer than `timeout_s`.
    """
    name = Path(arguments[0]).name
    try:
        process = subprocess.Popen(
            list(arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=scrubbed_environment(),
            start_new_session=True,
        )
    except OSError as error:
        raise InputError(f"{name} cannot be run: {error.strerror or error}") from error
    try:
        out, err = process.communicate(text.encode("utf-8", "surrogatepass"), timeout=timeout_s)
    except subprocess.TimeoutExpired as error:
        raise InputError(f"{name} took longer than {timeout_s:g} s") from error
    finally:
        end_group(process)
    if process.returncode != 0:
        said = err.decode("utf-8", "replace").strip().splitlines()
        raise InputError(f"{name} cannot work on this text: {said[0][:200] if said else 'no reason given'}")
    return out.decode("utf-8", "surrogatepass")


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End a program and what it has started, if it still runs; its pipes are closed."""
    if process.poll() is None:
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
