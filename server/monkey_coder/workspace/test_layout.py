"""Where a document's tests go and which framework runs them, by what the project already does."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePath

from ..core.documents import Document
from ..core.errors import InputError
from .nearby import project_files, read_source
from .test_layout_more import is_such_test, layout_of

_ECMA = {
    "javascript": (".js", ".jsx", ".mjs", ".cjs"),
    "javascriptreact": (".jsx", ".js"),
    "typescript": (".ts", ".tsx", ".mts", ".cts"),
    "typescriptreact": (".tsx", ".ts"),
}
FRAMEWORKS = (
    "pytest", "unittest", "vitest", "jest", "mocha", "node:test", "go test", "cargo test", "junit", "rspec",
    "minitest", "phpunit", "xunit", "nunit", "mstest", "gtest", "catch2", "doctest", "unity", "assert",
    "busted", "bats",
)  # fmt: skip
_LIMIT = 4_000


@dataclass(frozen=True, slots=True)
class Framework:
    """A test framework; `is_async_ready` if its plugin for coroutines is set up, `major` its version.

    `is_grouped` says that the project's tests are methods of plain classes; `case` is the word that begins
    a JavaScript test, `it` or `test`.
    """

    name: str
    is_async_ready: bool = False
    major: int = 5
    is_grouped: bool = False
    case: str = "it"


def test_framework(document: Document) -> Framework:
    """Return what runs the tests of a document's project; the language's usual one where nothing tells.

    Raises: InputError for a language without an offline scaffold.
    """
    match document.language:
        case "python":
            return _python_framework(document)
        case "go":
            return Framework("go test")
        case "rust":
            return Framework("cargo test")
        case "java":
            builds = "".join(_up(document, ("pom.xml", "build.gradle", "build.gradle.kts")))
            return Framework(
                "junit",
                major=4 if "junit:junit:4" in builds or "<artifactId>junit</artifactId>" in builds else 5,
            )
        case language if language in _ECMA:
            return Framework(_ecma_framework(document), case=_ecma_case(document))
    if document.path is not None and (layout := layout_of(document)) is not None:
        return Framework(layout.framework)
    raise InputError(
        f"the offline engine has no test scaffold for {document.language!r} (it has {', '.join(FRAMEWORKS)});"
        " configure a model for that"
    )


def test_path(document: Document) -> str:
    """Return the absolute path where the tests of `document` go, whether it exists yet or not.

    A document that is a test itself gives its own path. Raises: InputError for a document without
    a file, or a language without an offline scaffold.
    """
    if document.path is None:
        raise InputError("save the file first, so that a place for its tests can be chosen")
    path = Path(document.path)
    match document.language:
        case "python":
            return str(path if is_test(path) else _python_path(document, path))
        case "go":
            return str(path if path.name.endswith("_test.go") else path.with_name(f"{path.stem}_test.go"))
        case "rust":
            return str(path)
        case "java":
            name = path.name if path.stem.endswith("Test") else f"{path.stem}Test.java"
            return str(path.with_name(name)).replace(str(PurePath("src/main")), str(PurePath("src/test")), 1)
        case language if language in _ECMA:
            return str(path if is_test(path) else _ecma_path(document, path))
    if (layout := layout_of(document)) is not None:
        return str(path) if is_test(path) else layout.path
    test_framework(document)
    raise AssertionError(document.language)


def tests_naming(document: Document, name: str, *, most: int = 12) -> tuple[Path, ...]:
    """Return the project's test files that hold `name` as a word, those nearest to the document first."""
    found = _python_tests(document) if document.language == "python" else _ecma_tests(document)
    word = re.compile(rf"(?<![\w$]){re.escape(name)}(?![\w$])")
    naming = (path for path in found if word.search(read_source(path) or ""))
    return tuple(islice(naming, most))


def is_test(path: PurePath) -> bool:
    """Return whether a file is a test by its name."""
    name = path.name
    return bool(
        re.fullmatch(
            r"(test_.*|.*_test|tests)\.py|.*[._](test|spec)\.[cm]?[jt]sx?|.*_test\.go|.*Tests?\.java", name
        )
    ) or (path.parent.name == "__tests__" or is_such_test(path))


def _up(document: Document, names: tuple[str, ...]) -> list[str]:
    """Return the texts of files by these names, from the document's folder up to the workspace's."""
    found: list[str] = []
    folder = Path(document.folder) if document.folder else None
    here = Path(document.path).parent if document.path else folder
    while here is not None:
        found += [text for name in names if (text := read_source(here / name))]
        if here == folder or here == here.parent or folder is None:
            break
        here = here.parent
    return found


# Python


def _python_tests(document: Document) -> list[Path]:
    if document.folder is None:
        return []
    files = project_files(document.folder, (".py",), near=document.path, limit=_LIMIT, seconds=1.0)
    return [path for path in files if is_test(path)]


def _python_framework(document: Document) -> Framework:
    votes = {"pytest": 0, "unittest": 0}
    n_functions = n_methods = 0
    tests = _python_tests(document)
    for path in tests[:40]:
        text = read_source(path) or ""
        is_class = re.search(r"^class \w+\((?:\w+\.)*\w*TestCase\w*\)", text, re.MULTILINE)
        if is_class and not re.search(r"^import pytest|^from pytest", text, re.MULTILINE):
            votes["unittest"] += 1
        elif re.search(r"^import pytest|^(async )?def test_|^from pytest", text, re.MULTILINE):
            votes["pytest"] += 1
            n_functions += len(re.findall(r"^(?:async )?def test_", text, re.MULTILINE))
            in_classes = re.split(r"^class Test\w*(?:\(\))?:", text, flags=re.MULTILINE)[1:]
            n_methods += sum(
                len(re.findall(r"^[ \t]+(?:async )?def test_\w+\(self", part, re.MULTILINE))
                for part in in_classes
            )
    settings = "\n".join(
        _up(document, ("pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini", "conftest.py"))
    )
    is_async = bool(re.search(r"asyncio_mode\s*=\s*[\"']?auto|pytest[-_]asyncio|anyio", settings))
    if votes["unittest"] > votes["pytest"]:
        return Framework("unittest")
    return Framework("pytest", is_async, is_grouped=n_methods > n_functions)


def _python_path(document: Document, path: Path) -> Path:
    tests = _python_tests(document)
    stem = path.stem if path.stem != "__init__" else path.parent.name
    suffixed = sum(test.stem.endswith("_test") for test in tests) > len(tests) / 2
    name = f"{stem}_test.py" if suffixed else f"test_{stem}.py"
    same = [test for test in tests if test.stem in (f"test_{stem}", f"{stem}_test")]
    if same:
        return max(same, key=lambda test: _shared(test, path))
    beside = [
        test for test in tests if test.with_name(re.sub(r"^test_|_test$", "", test.stem) + ".py").is_file()
    ]
    if tests and len(beside) > len(tests) / 2:
        return path.with_name(name)
    folder = Path(document.folder) if document.folder else path.parent
    here = path.parent
    while True:
        for title in ("tests", "test"):
            if (here / title).is_dir():
                return _mirrored(here / title, path.parent, here) / name
        if here in (folder, here.parent):
            return folder / "tests" / name
        here = here.parent


def _mirrored(tests: Path, source: Path, base: Path) -> Path:
    """Return the folder under `tests` that mirrors `source`, as deep as such folders are there."""
    try:
        parts = list(source.relative_to(base).parts)
    except ValueError:
        return tests
    while parts and not (tests / parts[0]).is_dir():
        parts.pop(0)
    here = tests
    for part in parts:
        if not (here / part).is_dir():
            break
        here /= part
    return here


def _test_folder(path: PurePath) -> bool:
    return any(part in ("tests", "test", "__tests__") for part in path.parts[:-1])


def _shared(one: Path, other: Path) -> int:
    return sum(part in other.parts for part in one.parts[:-1])


# JavaScript and TypeScript


def _ecma_framework(document: Document) -> str:
    for text in _up(document, ("package.json",)):
        try:
            package = json.loads(text)
        except ValueError:
            continue
        if not isinstance(package, dict):
            continue
        known: dict[str, object] = {}
        for field in ("devDependencies", "dependencies", "peerDependencies"):
            entries = package.get(field)
            known.update(entries if isinstance(entries, dict) else {})
        for name in ("vitest", "jest", "mocha"):
            if name in known or name in package or (name == "jest" and "@jest/globals" in known):
                return name
        if "vite" in known:
            return "vitest"
    for path in _ecma_tests(document)[:20]:
        text = read_source(path) or ""
        for mark, name in (("vitest", "vitest"), ("@jest/globals", "jest"), ("node:test", "node:test")):
            if f'"{mark}"' in text or f"'{mark}'" in text:
                return name
    return "node:test"


def _ecma_case(document: Document) -> str:
    """Return the word that begins most tests of the project."""
    counts = {"it": 0, "test": 0}
    for path in _ecma_tests(document)[:20]:
        for word in re.findall(r"^\s*(it|test)(?:\.\w+)?\(", read_source(path) or "", re.MULTILINE):
            counts[word] += 1
    return "test" if counts["test"] > counts["it"] else "it"


def _ecma_tests(document: Document) -> list[Path]:
    if document.folder is None:
        return []
    extensions = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".mts")
    files = project_files(document.folder, extensions, near=document.path, limit=_LIMIT, seconds=1.0)
    return [path for path in files if is_test(path)]


def _ecma_path(document: Document, path: Path) -> Path:
    tests = _ecma_tests(document)
    word = "spec" if sum(".spec." in test.name for test in tests) > len(tests) / 2 else "test"
    name = f"{path.stem}.{word}{path.suffix}"
    same = [test for test in tests if test.name.split(".")[0] == path.name.split(".")[0]]
    if same:
        return max(same, key=lambda test: _shared(test, path))
    nested = [test for test in tests if test.parent.name == "__tests__"]
    apart = [test for test in tests if _test_folder(test) and test.parent.name != "__tests__"]
    if (path.parent / "__tests__").is_dir() or len(nested) > len(tests) / 2:
        return path.parent / "__tests__" / name
    folder = Path(document.folder) if document.folder else path.parent
    if tests and len(apart) > len(tests) / 2:
        for title in ("tests", "test"):
            if (folder / title).is_dir():
                return _mirrored(folder / title, path.parent, folder) / name
    return path.with_name(name)
