"""What else than definitions helps with a task: callers, tests, the rest of the file, what lies open.

Each source is handed a `Scene` and returns passages, best first. Sources run side by side, each within
the request's deadline; none of them writes or asks a model.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from ..core.documents import Document
from ..core.model import Fact, Task, TaskKind
from ..filesystem.names import is_secret
from ..workspace.index import Definition, Index
from ..workspace.programs import find_program, scrubbed_environment
from .atlas_keeper import AtlasKeeper
from .edits import RecentEdits

_IDENTIFIER = re.compile(r"[A-Za-z_]\w{2,}")
_TEST_STEM = re.compile(r"^test_|_test$|\.(?:test|spec)$|Tests?$")
_WINDOW, _STEP, _LEAST_ALIKE = 24, 12, 0.22
_AROUND = 3
_MOST_BODY = 30
_HUNK = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_GIT_S = 0.35
# A diff that starts no other program (CVE-2026-44465) and fetches nothing, whatever the repository sets.
_GIT_SETTINGS = (
    "core.fsmonitor=false", f"core.hooksPath={os.devnull}", "core.quotePath=false", "protocol.allow=never",
)  # fmt: skip
_GIT_DIFF = (
    "diff", "--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=all", "--unified=1", "HEAD",
    "--", ".",
)  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """A task with what the sources look things up in. `visible` are the lines that it shows anyhow."""

    task: Task
    visible: tuple[int, int]
    index: Index
    keeper: AtlasKeeper
    edits: RecentEdits
    is_trusted: bool = False

    @property
    def path(self) -> str:
        return self.task.document.path or ""

    @property
    def line(self) -> int:
        """The line of the task's place, from 1."""
        return self.task.document.text.count("\n", 0, self.task.span.start) + 1

    def passage(self, path: str, first: int, last: int, reason: str) -> Fact | None:
        """Return lines of a file as a fact; None if they cannot be read or are not to be shown."""
        lines = self.keeper.lines_of(path)
        if lines is None or first > len(lines):
            return None
        text = "\n".join(lines[max(0, first - 1) : last])
        return Fact(self.keeper.shown(path), max(1, first), text, min(last, len(lines)), reason)

    def holder(self) -> Definition | None:
        """Return the innermost function, method or class of the document around the place."""
        found = [
            one
            for one in self.index.definitions_in(self.path)
            if one.whole.first <= self.line <= one.whole.last
            and one.kind in ("function", "method", "constructor", "class")
        ]
        return max(found, key=lambda one: one.whole.first, default=None)


Source = Callable[[Scene], Sequence[Fact]]


def callers(scene: Scene) -> list[Fact]:
    """Return the lines around calls of the function at the place, from other files first."""
    holder = scene.holder()
    if holder is None:
        return []
    uses = [use for use in scene.index.references(holder.name) if use.role in ("call", "class")]
    uses = [use for use in uses if use.path != scene.path]
    found = []
    seen: set[str] = set()
    for use in uses:
        if use.path in seen:
            continue
        seen.add(use.path)
        reason = f"calls {holder.name}"
        found.append(scene.passage(use.path, use.line - _AROUND, use.line + _AROUND, reason))
        if len(found) >= 4:
            break
    return [fact for fact in found if fact is not None]


def tests(scene: Scene) -> list[Fact]:
    """Return the tests that use the function at the place, or else the head of the file's own tests."""
    stem = PurePath(scene.path).name.split(".")[0]
    files = [path for path in scene.index.files() if _is_test_of(path, stem) and path != scene.path]
    holder = scene.holder()
    found = []
    for path in files[:3]:
        wanted = holder.name if holder is not None else ""
        lines = [use.line for use in scene.index.references_in(path) if use.name == wanted]
        for one in scene.index.definitions_in(path):
            if one.kind in ("function", "method") and any(
                one.whole.first <= n <= one.whole.last for n in lines
            ):
                last = min(one.whole.last, one.whole.first + _MOST_BODY - 1)
                found.append(scene.passage(path, one.whole.first, last, f"tests {wanted}"))
                break
        else:
            found.append(scene.passage(path, 1, _MOST_BODY, "tests of this file"))
    return [fact for fact in found if fact is not None]


def rest_of_file(scene: Scene) -> list[Fact]:
    """Return the signatures of the document itself that its visible part does not show."""
    first, last = scene.visible
    lines = scene.task.document.text.split("\n")
    hidden = [
        one
        for one in scene.index.definitions_in(scene.path)
        if not first <= one.header.first <= last and one.kind not in ("field", "variable", "property")
    ]
    hidden = [one for one in hidden if one.header.last <= len(lines)]
    if not hidden:
        return []
    nearest = sorted(hidden, key=lambda one: abs(one.header.first - scene.line))[:40]
    nearest.sort(key=lambda one: one.header.first)
    text = "\n".join(lines[one.header.first - 1] for one in nearest)
    path = scene.keeper.shown(scene.path)
    return [Fact(path, nearest[0].header.first, text, nearest[-1].header.first, "rest of this file")]


def recent(scene: Scene) -> list[Fact]:
    """Return what the user changed lately, the newest first, but for what the task shows anyhow."""
    first, last = scene.visible
    return [
        Fact(scene.keeper.shown(one.path), one.line, one.text, one.last, "edited lately")
        for one in scene.edits.newest()
        if not is_secret(PurePath(one.path).parts)
        and (one.path != scene.path or not (first <= one.line and one.last <= last))
    ]


def similar(scene: Scene) -> list[Fact]:
    """Return passages of other open documents that use the same names as the text around the place."""
    lines = scene.task.document.text.split("\n")
    near = set(_IDENTIFIER.findall("\n".join(lines[max(0, scene.line - 40) : scene.line + 10])))
    scored: list[tuple[float, Fact]] = []
    for document in scene.edits.open_documents()[:8]:
        if document.path is None or document.path == scene.path or is_secret(PurePath(document.path).parts):
            continue
        best = _likest(document, near)
        if best is not None:
            score, first, text = best
            last = first + text.count("\n")
            path = scene.keeper.shown(document.path)
            scored.append((score, Fact(path, first, text, last, "similar, in an open file")))
    scored.sort(key=lambda one: -one[0])
    return [fact for _, fact in scored[:2]]


def told_of(scene: Scene) -> list[Fact]:
    """Return the definitions of the names that the problems, or the user's words, speak of."""
    found = []
    said = [*(one.message for one in scene.task.diagnostics), scene.task.instruction[:4_000]]
    names = [name for text in said for name in _IDENTIFIER.findall(text)]
    for name in dict.fromkeys(names):
        places = [one for one in scene.index.definitions(name) if one.path != scene.path]
        if 0 < len(places) <= 3:
            whole = places[0].definition.whole
            last = min(whole.last, whole.first + _MOST_BODY - 1)
            found.append(scene.passage(places[0].path, whole.first, last, f"{name} is spoken of"))
    return [fact for fact in found[:4] if fact is not None]


def uncommitted(scene: Scene) -> list[Fact]:
    """Return what was changed in the folder since the last commit, by git.

    Only where the workspace is trusted: a repository's own configuration can name programs for git to
    run, even for a diff.
    """
    folder = scene.task.document.folder
    if not scene.is_trusted or folder is None:
        return []
    git = find_program("git", outside=folder)
    if git is None:
        return []
    settings = [part for setting in _GIT_SETTINGS for part in ("-c", setting)]
    try:
        run = subprocess.run(
            [git, *settings, "--no-optional-locks", *_GIT_DIFF],
            cwd=folder,
            capture_output=True,
            timeout=_GIT_S,
            check=False,
            stdin=subprocess.DEVNULL,
            env=scrubbed_environment() | {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    if run.returncode != 0 or len(run.stdout) > 400_000:
        return []
    return _changes(run.stdout.decode("utf-8", "replace"), scene)


def _changes(diff: str, scene: Scene) -> list[Fact]:
    found = []
    for part in diff.split("\ndiff --git ")[:20]:
        named = re.search(r"^\+\+\+ b/(.+?)\t?$", part, re.MULTILINE)
        hunk = _HUNK.search(part)
        if named is None or hunk is None or is_secret(PurePath(named[1]).parts):
            continue
        if scene.path.replace("\\", "/").endswith("/" + named[1]):
            continue
        lines = part[hunk.start() :].splitlines()[: _MOST_BODY + 1]
        first = int(hunk[1])
        last = first + max(0, int(hunk[2] or 1) - 1)
        found.append(Fact(named[1], first, "\n".join(lines), last, "changed since the last commit"))
    return found[:4]


def _likest(document: Document, near: set[str]) -> tuple[float, int, str] | None:
    lines = document.text.split("\n")[:3_000]
    best: tuple[float, int, str] | None = None
    for start in range(0, max(1, len(lines) - _WINDOW + 1), _STEP):
        text = "\n".join(lines[start : start + _WINDOW])
        names = set(_IDENTIFIER.findall(text))
        alike = len(names & near) / max(1, len(names | near))
        if alike > _LEAST_ALIKE and (best is None or alike > best[0]):
            best = alike, start + 1, text
    return best


def _is_test_of(path: str, stem: str) -> bool:
    name = PurePath(path).name
    own = name.rpartition(".")[0]
    bare = _TEST_STEM.sub("", own)
    return bare != own and bare == stem


GHOST: dict[str, Source] = {"rest of the file": rest_of_file, "recent edits": recent, "open files": similar}
FULL: dict[str, Source] = {
    "rest of the file": rest_of_file,
    "tests": tests,
    "callers": callers,
    "names spoken of": told_of,
    "open files": similar,
    "git": uncommitted,
    "recent edits": recent,
}


def sources_for(kind: TaskKind) -> dict[str, Source]:
    """Return the sources for a task, those whose passages change least first."""
    return GHOST if kind is TaskKind.COMPLETE else FULL
