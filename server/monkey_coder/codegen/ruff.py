"""Ruff over one text: what it finds and fixes, asked through a pipe and never through a project's files.

It runs from this environment alone, with no configuration of the workspace, so that opening a
folder cannot decide what runs; the few harmless settings are read by `workspace` and passed in.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from ..core.documents import Span, TextEdit
from ..core.errors import InputError

_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation: rule code, message, place, and the safe edits that fix it."""

    code: str
    message: str
    span: Span
    line: int
    edits: tuple[TextEdit, ...] = ()


@cache
def ruff_path() -> str | None:
    """Return the absolute path of this environment's own ruff; None if it has none."""
    name = "ruff.exe" if sys.platform == "win32" else "ruff"
    for folder in (Path(sys.executable).parent, Path(sysconfig.get_path("scripts"))):
        path = folder / name
        if path.is_file():
            return str(path.absolute())
    return None


def check(
    text: str,
    rules: Sequence[str],
    *,
    file_name: str = "text.py",
    line_length: int = 88,
    unsafe: bool = False,
    preview: bool = False,
) -> tuple[Finding, ...]:
    """Return what ruff finds in Python `text`, with edits where a fix is safe (or any, if `unsafe`).

    With `preview` also by rules and fixes that are new in ruff.
    Raises: InputError if ruff is not installed or fails.
    """
    output = _run(
        [
            "check", "--isolated", "--no-cache", "--exit-zero", "--output-format=json", "--quiet",
            f"--select={','.join(rules)}", f"--line-length={line_length}", "--no-fix",
            *(["--preview"] if preview else []),
            f"--stdin-filename={_safe_name(file_name)}", "-",
        ],
        text,
    )  # fmt: skip
    starts = _line_starts(text)
    found = []
    for item in json.loads(output):
        fix = item.get("fix") or {}
        is_usable = fix.get("applicability") == "safe" or (unsafe and fix.get("applicability") == "unsafe")
        edits = tuple(
            TextEdit(
                _offset(starts, edit["location"], text),
                _offset(starts, edit["end_location"], text),
                edit["content"],
            )
            for edit in (fix.get("edits") or [] if is_usable else [])
        )
        start = _offset(starts, item["location"], text)
        span = Span(start, max(start, _offset(starts, item["end_location"], text)))
        found.append(Finding(item["code"] or "", item["message"], span, item["location"]["row"], edits))
    return tuple(found)


def format_text(
    text: str,
    *,
    file_name: str = "text.py",
    line_length: int = 88,
    lines: tuple[int, int] | None = None,
    options: Mapping[str, object] = MappingProxyType({}),
) -> str:
    """Return Python `text` formatted, or only its `lines` (first and last, from 1).

    `options` are ruff's own settings by dotted name; they win over `line_length`. Raises: InputError if
    the text does not parse, a setting is wrong, or ruff is not installed.
    """
    width = options.get("line-length", line_length)
    arguments = ["format", "--isolated", "--no-cache", "--quiet", f"--line-length={width}"]
    for name, value in options.items():
        if name != "line-length":
            arguments.append(f"--config={name}={json.dumps(value)}")
    if lines is not None:
        arguments.append(f"--range={lines[0]}-{lines[1] + 1}")
    return _run([*arguments, f"--stdin-filename={_safe_name(file_name)}", "-"], text)


def _run(arguments: list[str], text: str) -> str:
    path = ruff_path()
    if path is None:
        raise InputError(
            f"ruff is not installed beside {sys.executable!r}; run `python -m pip install ruff` there"
        )
    environment = {key: value for key, value in os.environ.items() if not key.startswith("RUFF_")}
    try:
        done = subprocess.run(
            [path, *arguments],
            input=text.encode("utf-8", "surrogatepass"),
            capture_output=True,
            cwd=Path(path).parent,
            env=environment,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError(f"ruff at {path!r} gave no answer: {error}; try again, or reinstall it") from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise InputError(f"ruff cannot work on this text: {said[0] if said else 'no reason given'}")
    return done.stdout.decode("utf-8", "surrogatepass")


def _safe_name(file_name: str) -> str:
    """Return the bare name: ruff looks at it to tell stubs from sources, never at the folder."""
    return Path(file_name).name or "text.py"


def _line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]


def _offset(starts: list[int], place: dict[str, int], text: str) -> int:
    if place["row"] > len(starts):
        return len(text)
    return min(starts[place["row"] - 1] + place["column"] - 1, len(text))
