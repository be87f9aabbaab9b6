"""What is known of a project from its own files, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CommandKind(StrEnum):
    """What a command is for."""

    TEST = "test"
    LINT = "lint"
    FORMAT = "format"
    TYPES = "types"
    BUILD = "build"
    RUN = "run"


@dataclass(frozen=True, slots=True)
class Dependency:
    """What the project needs. `version` is as written, "" for any; `scope` is "main" or a group's name."""

    name: str
    version: str = ""
    scope: str = "main"


@dataclass(frozen=True, slots=True)
class Command:
    """A line that the project's own files name for a purpose. Nothing here ever runs it."""

    kind: CommandKind
    line: str


@dataclass(frozen=True, slots=True)
class Setting:
    """What a formatter or checker is told, such as ruff's line-length."""

    tool: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Entry:
    """Where the project is started or used: a script, a binary, a main module."""

    name: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one file says. `path` is relative to the project, with "/"; `kind` is its kind of file.

    `runtime` is what it runs on ("python >=3.11"), `members` the folders of a workspace, `problem` why
    it could not be read.
    """

    path: str
    kind: str
    name: str = ""
    version: str = ""
    runtime: str = ""
    manager: str = ""
    dependencies: tuple[Dependency, ...] = ()
    commands: tuple[Command, ...] = ()
    settings: tuple[Setting, ...] = ()
    entries: tuple[Entry, ...] = ()
    members: tuple[str, ...] = ()
    problem: str = ""

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Package:
    """One folder with manifests: the project itself ("") or a part of it.

    Each list is in the order of use: what the folder's own manifests say first.
    """

    folder: str
    name: str
    version: str
    runtimes: tuple[str, ...]
    managers: tuple[str, ...]
    frameworks: tuple[str, ...]
    test_frameworks: tuple[str, ...]
    manifests: tuple[Manifest, ...]

    def commands(self, kind: CommandKind) -> tuple[str, ...]:
        """Return the lines for a purpose, each once."""
        found = (one.line for manifest in self.manifests for one in manifest.commands if one.kind is kind)
        return tuple(dict.fromkeys(found))

    @property
    def dependencies(self) -> tuple[Dependency, ...]:
        return tuple(dict.fromkeys(one for manifest in self.manifests for one in manifest.dependencies))

    @property
    def settings(self) -> tuple[Setting, ...]:
        return tuple(dict.fromkeys(one for manifest in self.manifests for one in manifest.settings))

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(dict.fromkeys(one for manifest in self.manifests for one in manifest.entries))


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the project: its files, their bytes, and how they are named."""

    name: str
    n_files: int
    n_bytes: int
    naming: str = ""


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """All that was found. `layout` says in short sentences where things lie; `is_partial` that the
    project was too large to look at all of it.
    """

    folder: str
    languages: tuple[Language, ...] = ()
    packages: tuple[Package, ...] = ()
    layout: tuple[str, ...] = ()
    is_partial: bool = False

    @property
    def problems(self) -> tuple[str, ...]:
        found = (one for package in self.packages for one in package.manifests if one.problem)
        return tuple(f"{one.path}: {one.problem}" for one in found)

    def package_of(self, path: str) -> Package | None:
        """Return the innermost package that holds a path relative to the project."""
        holding = [one for one in self.packages if not one.folder or path.startswith(f"{one.folder}/")]
        return max(holding, key=lambda one: len(one.folder), default=None)
