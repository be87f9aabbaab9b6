"""The project's own tests, run on a copy with an edit applied."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from ..core.documents import Document
from ..core.errors import InputError
from ..workspace.programs import find_program
from ..workspace.test_layout import Framework, test_framework
from .run_results import in_words, read_results
from .sandbox import SandboxLimits, run_sandboxed

_TIME_S = 120.0
_ENVIRONMENTS = (".venv", "venv", "env")


@dataclass(frozen=True, slots=True)
class ProjectTests:
    """How the tests went, in words; `details` is the end of what the runner said if not all went well.

    `passed` is None where no test came to an end: there is none, or they could not be run. `n_passed` is
    how many tests passed, as far as the runner says.
    """

    words: str
    is_good: bool
    isolation: str
    details: str = ""
    passed: bool | None = None
    n_passed: int = 0


@dataclass(frozen=True, slots=True)
class _Command:
    argv: tuple[str, ...]
    folder: str
    shared: tuple[str, ...] = ()
    reserves: bool = False
    environment: tuple[tuple[str, str], ...] = ()


async def run_project_tests(
    document: Document, files: Mapping[str, str], *, only: Sequence[str] = (), time_s: float = _TIME_S
) -> ProjectTests:
    """Run the tests of a document's project on a copy in which `files` (path to text) are as given.

    With `only`, paths of test files, just those are run where the framework can do that, else all. The user
    has to trust the folder: its code is run. Raises: InputError if nothing can be run.
    """
    if document.folder is None:
        raise InputError("the file is in no workspace folder, so its project's tests are not known")
    framework = test_framework(document)
    command = _narrowed(_command(document, framework), framework, only)
    inside = {
        Path(path).relative_to(command.folder).as_posix(): text
        for path, text in files.items()
        if Path(path).is_relative_to(command.folder)
    }
    limits = SandboxLimits(time_s=time_s, cpu_s=int(time_s) * 4, memory_mb=4_096, reserves=command.reserves)
    outcome = await run_sandboxed(
        command.argv,
        folder=command.folder,
        files=inside,
        limits=limits,
        shared=command.shared,
        environment=dict(command.environment),
    )
    output = f"{outcome.stdout}\n{outcome.stderr}"
    # Runners have codes of their own for "there are no tests": pytest 5, unittest 5 from Python 3.12 on.
    is_none = framework.name in ("pytest", "unittest") and outcome.exit_code == 5
    code = 0 if is_none else outcome.exit_code
    results = read_results(framework.name, output)
    words, is_good = in_words(results, framework.name, code)
    details = "" if is_good else output.strip()[-2_000:]
    passed = False if results.failed else True if is_good and results.passed else None
    return ProjectTests(words, is_good, outcome.isolation, details, passed, results.passed or 0)


def _narrowed(command: _Command, framework: Framework, only: Sequence[str]) -> _Command:
    """Return the command for these test files alone, where their framework takes files."""
    folder = Path(command.folder)
    names = [Path(path).relative_to(folder).as_posix() for path in only if Path(path).is_relative_to(folder)]
    if not names or len(names) != len(only):
        return command
    if framework.name == "unittest" and len(names) == 1:
        return replace(command, argv=(*command.argv, "-p", PurePosixPath(names[0]).name))
    if framework.name in ("pytest", "vitest", "jest", "mocha", "node:test"):
        return replace(command, argv=(*command.argv, *names))
    return command


def _command(document: Document, framework: Framework) -> _Command:
    assert document.folder is not None
    folder = document.folder
    match framework.name:
        case "pytest":
            arguments = ("-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider", "-rfE")
            return _Command((python_of(folder), *arguments), folder, environment=_paths(folder))
        case "unittest":
            place = next((name for name in ("tests", "test") if (Path(folder) / name).is_dir()), ".")
            is_package = (Path(folder) / place / "__init__.py").is_file()
            top = ("-t", ".") if is_package else ()
            argv = (python_of(folder), "-m", "unittest", "discover", "-s", place, *top)
            return _Command(argv, folder, environment=_paths(folder))
        case "vitest" | "jest" | "mocha":
            return _node(document, framework.name)
        case "node:test":
            return _Command((_found("node"), "--test"), folder, ("node_modules",), reserves=True)
        case "go test":
            top_folder = _above(document, "go.mod")
            more = (("GOFLAGS", "-mod=mod"), ("GOPROXY", "off"), ("GOTOOLCHAIN", "local"))
            return _Command((_found("go"), "test", "-v", "./..."), top_folder, (), True, more)
        case "cargo test":
            return _Command((_found("cargo"), "test", "--offline"), _above(document, "Cargo.toml"), (), True)
        case "junit":
            top_folder = _above(document, "pom.xml")
            argv = (_found("mvn"), "--batch-mode", "--offline", f"-Dmaven.repo.local={_maven()}", "test")
            return _Command(argv, top_folder, (), True)
    raise InputError(f"the tests of {framework.name} are not run here; run them yourself")


def python_of(folder: str) -> str:
    """Return the interpreter of the project: its own environment's, the user's active one, or PATH's."""
    inner = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
    places = [Path(folder) / name for name in _ENVIRONMENTS]
    if active := os.environ.get("VIRTUAL_ENV"):
        places.append(Path(active))
    for place in places:
        if (place / inner).is_file():
            return str(place / inner)
    for name in ("python3", "python"):
        if path := find_program(name, outside=folder):
            return path
    raise InputError("there is no Python on PATH to run the tests with")


def source_folders(folder: str) -> list[str]:
    """Return from where in the folder Python is to import, so that it takes the copy of the project and not
    what is installed for editing."""
    return [".", *(name for name in ("src", "lib", "server", "python") if (Path(folder) / name).is_dir())]


def _paths(folder: str) -> tuple[tuple[str, str], ...]:
    return (("PYTHONPATH", os.pathsep.join(source_folders(folder))),)


def _node(document: Document, name: str) -> _Command:
    script = {"vitest": "vitest/vitest.mjs", "jest": "jest/bin/jest.js", "mocha": "mocha/bin/mocha.js"}[name]
    arguments = {"vitest": ("run", "--reporter=default"), "jest": ("--ci", "--cache=false"), "mocha": ()}[
        name
    ]
    folder = _above(document, f"node_modules/{script}")
    # By its path in the copy: Node resolves links, and the runner must take the copy for the project.
    argv = (_found("node"), f"node_modules/{script}", *arguments)
    return _Command(argv, folder, ("node_modules",), True)


def _found(name: str) -> str:
    path = find_program(name)
    if path is None:
        raise InputError(f"there is no {name} on PATH to run the tests with")
    return path


def _above(document: Document, name: str) -> str:
    """Return the nearest folder, from the document's up to the workspace's, that holds `name`."""
    assert document.path is not None
    assert document.folder is not None
    for folder in Path(document.path).parents:
        if (folder / name).exists():
            return str(folder)
        if folder == Path(document.folder):
            break
    what = "install the project's packages" if name.startswith("node_modules") else "run the tests yourself"
    raise InputError(f"there is no {name} for {document.path!r}; {what}")


def _maven() -> str:
    return str(Path.home() / ".m2" / "repository")
