"""The real source that the demo works on: parts of this Python's own library, copied elsewhere.

What is on disk there is what is learned. The file whose line ends are hidden is left out of it.
"""

from __future__ import annotations

import ast
import random
import shutil
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..core.documents import Document, Span
from ..core.errors import FileError
from ..features.files import read_document

PACKAGES = ("asyncio", "concurrent", "json", "http", "urllib", "logging", "email")
HELD_OUT = "asyncio/locks.py"
_SEED = 7


@dataclass(frozen=True, slots=True)
class Project:
    """The copy: its folder, how much is in it, and the one file that was left out."""

    folder: Path
    n_files: int
    n_lines: int
    held_out: str


@dataclass(frozen=True, slots=True)
class Hidden:
    """A place whose line end was hidden: the text without it, the cursor, and what stood there."""

    text: str
    offset: int
    line: int
    before: str
    truth: str


def copy_project(folder: Path) -> Project:
    """Copy the packages into `folder`. Raises: FileError if this Python came without its source."""
    library = Path(sysconfig.get_path("stdlib"))
    n_files = n_lines = 0
    for package in PACKAGES:
        for source in sorted((library / package).rglob("*.py")):
            name = source.relative_to(library).as_posix()
            if name == HELD_OUT or {"test", "tests"} & set(source.parts):
                continue
            copy = folder / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
            n_files += 1
            n_lines += copy.read_bytes().count(b"\n")
    held_out = library / HELD_OUT
    if not n_files or not held_out.is_file():
        raise FileError(
            f"the source of Python's own library is not in {str(library)!r}, so there is nothing to show; "
            "install it (Debian: apt install libpython3-stdlib), or try monkey-coder explain FILE"
        )
    (folder / "pyproject.toml").write_text('[project]\nname = "copy-of-the-library"\nversion = "0"\n')
    return Project(folder, n_files, n_lines, held_out.read_text(encoding="utf-8"))


def hidden_places(project: Project, n_places: int) -> list[Hidden]:
    """Return places in the file that was left out, drawn by a fixed seed, with their line ends hidden."""
    text = project.held_out
    tree = ast.parse(text)
    strings = {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    places: list[Hidden] = []
    at = 0
    rng = random.Random(_SEED)
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        body = line.rstrip("\r\n")
        cuts = [i for i in range(len(body)) if body[:i].strip() and body[i:].strip() and _is_cut(body, i)]
        if cuts and number > 30 and number not in strings and not body.lstrip().startswith("#"):
            cut = rng.choice(cuts)
            end = at + len(body)
            places.append(
                Hidden(text[: at + cut] + text[end:], at + cut, number, body[:cut].lstrip(), body[cut:])
            )
        at += len(line)
    return sorted(rng.sample(places, min(n_places, len(places))), key=lambda place: place.line)


def _is_cut(body: str, at: int) -> bool:
    """Tell whether a person might pause here: between two words, or after a mark."""
    return not (body[at - 1].isidentifier() and (body[at].isalnum() or body[at] == "_"))


def function_span(document: Document, name: str) -> Span:
    """Return the whole lines of a function in a Python document. Raises: FileError if it is not there."""
    lines = document.text.splitlines(keepends=True)
    for node in _functions(ast.parse(document.text)):
        if node.name == name:
            start = sum(map(len, lines[: node.lineno - 1]))
            return Span(start, start + sum(map(len, lines[node.lineno - 1 : node.end_lineno])))
    raise FileError(f"this Python's {document.path!r} has no function {name!r}")


def undocumented(project: Project, preferred: tuple[str, str]) -> tuple[Document, str]:
    """Return a document and the name of a function in it that takes, returns and raises, undocumented."""
    files = [project.folder / preferred[0], *sorted(project.folder.rglob("*.py"))]
    for file in files:
        document = read_document(str(file), folder=str(project.folder))
        names = [node.name for node in _functions(ast.parse(document.text)) if _is_telling(node)]
        if names:
            return document, preferred[1] if preferred[1] in names else names[0]
    raise FileError("every function of this Python's library is documented, so there is nothing to show")


def _is_telling(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    inside = list(ast.walk(node))
    return (
        ast.get_docstring(node) is None
        and len(node.args.args) > 1
        and any(isinstance(item, ast.Raise) for item in inside)
        and any(isinstance(item, ast.Return) and item.value for item in inside)
        and (node.end_lineno or 0) - node.lineno < 25
    )


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
