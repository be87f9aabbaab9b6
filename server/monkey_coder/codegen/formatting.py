"""The lines that an edit touched, formatted as the project formats; the rest is left alone."""

from __future__ import annotations

import ast
import json
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ..core.documents import Document
from ..core.errors import InputError
from ..workspace.editorconfig import EditorConfig, editorconfig
from ..workspace.formatter import Formatter, formatter_of
from ..workspace.nearby import project_files, read_source
from ..workspace.programs import find_program
from .editorconfig import by_editorconfig
from .programs import run_filter
from .ruff import format_text
from .streaming_diff import diff, lines_of
from .syntax import syntax_problems
from .touched import Touched, touched

Run = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Formatted:
    """The text, what was done ("" for nothing to do), and what a person should know."""

    text: str
    outcome: str = ""
    warnings: tuple[str, ...] = ()


def format_touched(document: Document, after: str, *, creates: bool, is_trusted: bool) -> Formatted:
    """Return `after`, the new text of `document`, with the lines that differ from its text formatted.

    A formatter that runs the project's own code is run only if `is_trusted`. Where no formatter is
    configured or it cannot be run, `.editorconfig` holds; without that too the text stays as it is.
    """
    said = editorconfig(document)
    formatter = formatter_of(document)
    outcome = ""
    if formatter is not None and (after.strip() or not creates):
        try:
            text = _by_formatter(document, after, formatter, is_trusted=is_trusted)
        except InputError as error:
            outcome = f"not formatted with {formatter.name}: {error}"
        else:
            if text is not None:
                return Formatted(
                    text, f"formatted with {formatter.name}", _too_long(document.text, text, said)
                )
    if said.is_empty:
        return Formatted(after, outcome)
    text = by_editorconfig(document.text, after, document.language, said, creates=creates)
    if not _is_same(after, text, document.language):
        return Formatted(
            after, outcome or "not formatted by .editorconfig: the text would mean something else"
        )
    outcome = f"{outcome}; formatted by .editorconfig" if outcome else "formatted by .editorconfig"
    return Formatted(text, outcome, _too_long(document.text, text, said))


def _too_long(before: str, text: str, said: EditorConfig) -> tuple[str, ...]:
    limit = said.max_line_length
    if limit is None:
        return ()
    lines = lines_of(text)
    width = said.tab_width or 4
    long = [
        index + 1
        for index in sorted(touched(before, text).lines)
        if len(lines[index].rstrip("\r\n").expandtabs(width)) > limit
    ]
    if not long:
        return ()
    named = ", ".join(str(number) for number in long[:5])
    return (f"lines longer than {limit}, which .editorconfig allows: {named}",)


def _is_same(one: str, other: str, language: str) -> bool:
    """Tell whether two texts mean the same, as far as the grammar or Python itself can tell."""
    if one == other:
        return True
    if syntax_problems(one, other, language):
        return False
    if language != "python":
        return True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _by_formatter(document: Document, after: str, formatter: Formatter, *, is_trusted: bool) -> str | None:
    """Return `after` with its touched lines formatted; None if the project does not format such files.

    Raises: InputError if the formatter cannot be run, with the reason.
    """
    run = _runner(document, formatter, is_trusted=is_trusted)
    mark = "\ufeff" if after.startswith("\ufeff") else ""
    is_crlf = "\r\n" in after
    plain, before = after.removeprefix("\ufeff"), document.text.removeprefix("\ufeff")
    if is_crlf:
        plain, before = plain.replace("\r\n", "\n"), before.replace("\r\n", "\n")
        if after.count("\n") != after.count("\r\n"):
            raise InputError("the file mixes line ends")
    if "\r" in plain:
        raise InputError("the file ends lines by a bare CR")
    if not formatter.is_said and not _shows_it(document, before, run):
        return None
    text = _partly(document, before, plain, formatter, run)
    return mark + (text.replace("\n", "\r\n") if is_crlf else text)


def _shows_it(document: Document, before: str, run: Run) -> bool:
    """Tell whether the files themselves show that the project formats them."""
    if before.strip():
        return _is_formatted(before, run)
    assert document.folder is not None
    others = project_files(document.folder, (".py",), near=document.path, limit=20, seconds=0.5)
    texts = (read_source(path) for path in others if str(path) != document.path)
    shown = [
        _is_formatted(text, run) for text in islice((text for text in texts if text and text.strip()), 3)
    ]
    return bool(shown) and all(shown)


def _is_formatted(text: str, run: Run) -> bool:
    try:
        return run(text) == text
    except InputError:
        return False


def _partly(document: Document, before: str, after: str, formatter: Formatter, run: Run) -> str:
    whole = run(after)
    if whole == after:
        return after
    if not before.strip() or _is_formatted(before, run):
        return whole
    mine = touched(before, after)
    if formatter.name == "ruff":
        return _by_ranges(document, mine, formatter)
    if formatter.name == "clang-format":
        ranges = [f"--lines={start + 1}:{end}" for start, end in mine.ranges if start < end]
        return _clang_format(document, ranges)(after) if ranges else after
    text, is_whole = _inside(mine, whole)
    if not is_whole or (text != after and run(text) != whole):
        raise InputError("the change is part of lines that are not formatted")
    return text


def _by_ranges(document: Document, after: Touched, formatter: Formatter) -> str:
    """Let ruff format each touched range of lines, from the last to the first."""
    text = after.text
    for start, end in reversed(after.ranges):
        if start < end:
            text = format_text(
                text, file_name=document.path or "text.py", lines=(start + 1, end), options=formatter.options
            )
    return text


def _inside(after: Touched, whole: str) -> tuple[str, bool]:
    """Return the text with those changes towards `whole` that lie in its touched lines, and whether
    none was left out that concerns one of them.
    """
    lines, mine = lines_of(after.text), after.lines
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    index = {start: number for number, start in enumerate(starts)}
    out: list[str] = []
    at, is_whole = 0, True
    for hunk in diff(after.text, whole):
        first, last = index[hunk.start], index[hunk.end]
        new = lines_of(hunk.text)
        inside = [line in mine for line in range(first, last)]
        beside = first == last and (first - 1 in mine or first in mine)
        out += lines[at:first]
        if (inside and all(inside)) or beside:
            out += new
        elif len(new) == len(inside):
            out += [
                changed if is_mine else lines[first + number]
                for number, (changed, is_mine) in enumerate(zip(new, inside, strict=True))
            ]
        else:
            is_whole = is_whole and not any(inside)
            out += lines[first:last]
        at = last
    return "".join(out + lines[at:]), is_whole


# The programs


def _runner(document: Document, formatter: Formatter, *, is_trusted: bool) -> Run:
    """Return what formats a whole text. Raises: InputError if it is not here or not allowed."""
    assert document.path is not None
    path, name, options = document.path, formatter.name, formatter.options
    if name == "ruff":
        return lambda text: format_text(text, file_name=path, options=options)
    if name == "prettier":
        return _prettier(path, formatter, is_trusted=is_trusted)
    program = find_program(name, outside=document.folder)
    if name == "black":
        if program is None:
            # Ruff's formatter is made to give what black gives.
            return lambda text: format_text(text, file_name=path, options=_as_ruff(options))
        command = [program, "--quiet", *_black_options(options), f"--stdin-filename={Path(path).name}", "-"]
        return lambda text: run_filter(command, text, folder=tempfile.gettempdir())
    if name == "clang-format":
        return _clang_format(document, [])
    if program is None:
        raise InputError(f"there is no {name} on PATH")
    # The settings' folder is named, and the current folder is another: its rust-toolchain.toml would decide
    # which program runs.
    has_settings = formatter.source != "Cargo.toml"
    configured = [f"--config-path={formatter.folder}"] if has_settings else []
    arguments = {
        "gofmt": [],
        "rustfmt": ["--quiet", "--emit=stdout", f"--edition={options.get('edition', '2021')}", *configured],
    }[name]  # fmt: skip
    return lambda text: run_filter([program, *arguments], text, folder=tempfile.gettempdir())


def _clang_format(document: Document, ranges: list[str]) -> Run:
    program = find_program("clang-format", outside=document.folder)
    if program is None:
        raise InputError("there is no clang-format on PATH")
    command = [program, "--style=file", f"--assume-filename={document.path}", *ranges]
    return lambda text: run_filter(command, text, folder=tempfile.gettempdir())


def _black_options(options: dict[str, object]) -> list[str]:
    found: list[str] = []
    if isinstance(width := options.get("line-length"), int):
        found.append(f"--line-length={width}")
    for switch in ("skip-string-normalization", "skip-magic-trailing-comma", "preview"):
        found += [f"--{switch}"] if options.get(switch) is True else []
    versions = options.get("target-version")
    for version in versions if isinstance(versions, list) else [versions]:
        if isinstance(version, str) and version.isalnum():
            found.append(f"--target-version={version}")
    return found


def _as_ruff(options: dict[str, object]) -> dict[str, object]:
    found: dict[str, object] = {}
    if isinstance(width := options.get("line-length"), int):
        found["line-length"] = width
    if options.get("skip-string-normalization") is True:
        found["format.quote-style"] = "preserve"
    if options.get("skip-magic-trailing-comma") is True:
        found["format.skip-magic-trailing-comma"] = True
    return found


def _prettier(path: str, formatter: Formatter, *, is_trusted: bool) -> Run:
    if not formatter.folder:
        raise InputError("the project has no copy of it; install its packages")
    if not is_trusted:
        raise InputError("it runs code of the project, and this folder is not trusted")
    node = find_program("node", outside=formatter.folder)
    home = Path(formatter.folder) / "node_modules" / "prettier"
    try:
        entry = json.loads(read_source(home / "package.json") or "{}").get("bin")
    except ValueError as error:
        raise InputError("its package.json cannot be read; install the project's packages again") from error
    script = home / (entry if isinstance(entry, str) else (entry or {}).get("prettier", "bin/prettier.cjs"))
    if node is None or not script.is_file():
        raise InputError("node is not on PATH" if node is None else "the project's copy of it is incomplete")
    command = [node, str(script), "--stdin-filepath", path]
    return lambda text: run_filter(command, text, folder=formatter.folder)
