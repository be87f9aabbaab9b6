"""Where tests go in Ruby, PHP, C#, C, C++, Lua and shell projects, and which framework runs them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePath

from ..core.documents import Document
from ..core.errors import InputError
from .nearby import entries_of, project_files, read_source

_LIMIT = 2_000


@dataclass(frozen=True, slots=True)
class Layout:
    """The framework's name, and the absolute path of a document's tests."""

    framework: str
    path: str


def layout_of(document: Document) -> Layout | None:
    """Return where a document's tests go; None for a language that is not one of these.

    Raises: InputError where the project shows no framework and the language has no usual one.
    """
    found = _LAYOUTS.get(document.language)
    if found is None:
        return None
    assert document.path is not None
    return found(document, Path(document.path), Path(document.folder or Path(document.path).parent))


def is_such_test(path: PurePath) -> bool:
    """Return whether a file is a test of one of these languages by its name."""
    return bool(
        re.fullmatch(
            r".*_(spec|test)\.rb|test_.*\.rb|.+Test\.php|.+Tests?\.cs|.*_spec\.lua|.*\.bats"
            r"|test_.*\.(c|cpp|cc|cxx)|.*_(unit)?tests?\.(c|cpp|cc|cxx)",
            path.name,
        )
    )


def _files(folder: Path, near: Path, *endings: str) -> list[Path]:
    return list(project_files(str(folder), endings, near=str(near), limit=_LIMIT, seconds=1.0))


def _below(path: Path, folder: Path, tops: tuple[str, ...]) -> tuple[str, ...]:
    """Return the folders of a source file below the one that holds all sources, to be mirrored."""
    parts = path.parent.relative_to(folder).parts if path.is_relative_to(folder) else ()
    return parts[1:] if parts and parts[0] in tops else parts


def _ruby(document: Document, path: Path, folder: Path) -> Layout:
    gemfile = (read_source(folder / "Gemfile") or "") + "".join(
        read_source(Path(entry.path)) or ""
        for entry in entries_of(str(folder))
        if entry.name.endswith(".gemspec")
    )
    inner = _below(path, folder, ("lib", "app"))
    has_spec = (folder / "spec").is_dir() or (folder / ".rspec").is_file() or "rspec" in gemfile
    if has_spec and not ((folder / "test").is_dir() and not (folder / "spec").is_dir()):
        return Layout("rspec", str(folder.joinpath("spec", *inner, f"{path.stem}_spec.rb")))
    tests = (
        [one for one in _files(folder / "test", path, ".rb") if is_such_test(one)]
        if (folder / "test").is_dir()
        else []
    )
    same = [one for one in tests if one.name in (f"test_{path.stem}.rb", f"{path.stem}_test.rb")]
    if same:
        return Layout("minitest", str(same[0]))
    is_suffixed = sum(one.name.endswith("_test.rb") for one in tests) > len(tests) / 2
    name = f"{path.stem}_test.rb" if is_suffixed else f"test_{path.stem}.rb"
    return Layout("minitest", str(folder.joinpath("test", *inner, name)))


def _php(document: Document, path: Path, folder: Path) -> Layout:
    inner = _below(path, folder, ("src", "app", "lib"))
    tests = next((name for name in ("tests", "test") if (folder / name).is_dir()), "tests")
    if not inner and (folder / tests / "Unit").is_dir():
        inner = ("Unit",)
    elif inner and (folder / tests / "Unit" / inner[0]).is_dir():
        inner = ("Unit", *inner)
    name = f"{path.stem[:1].upper()}{path.stem[1:]}Test.php"
    return Layout("phpunit", str(folder.joinpath(tests, *inner, name)))


def _csharp(document: Document, path: Path, folder: Path) -> Layout:
    for project in _project_files(folder, ".csproj"):
        text = read_source(project) or ""
        for mark, name in (("xunit", "xunit"), ("nunit", "nunit"), ("mstest", "mstest")):
            if re.search(rf'Include="{mark}', text, re.IGNORECASE):
                return Layout(name, str(project.parent / f"{path.stem}Tests.cs"))
    raise InputError(
        "no project of the workspace runs tests; make one first, such as with `dotnet new xunit -o Tests`"
    )


def _project_files(folder: Path, ending: str, *, depth: int = 3) -> list[Path]:
    """Return files by their ending, which need not be source of a known language."""
    found: list[Path] = []
    for entry in entries_of(str(folder)):
        if entry.name.endswith(ending) and entry.is_file(follow_symlinks=False):
            found.append(Path(entry.path))
        elif depth and entry.is_dir(follow_symlinks=False) and not entry.name.startswith((".", "node_")):
            found += _project_files(Path(entry.path), ending, depth=depth - 1)
    return found


def _cpp(document: Document, path: Path, folder: Path) -> Layout:
    tests = [one for one in _files(folder, path, ".cpp", ".cc", ".cxx") if is_such_test(one)]
    marks = {"gtest": "gtest|GTest|googletest", "catch2": "[Cc]atch2|catch_test", "doctest": "doctest"}
    name = _marked(path, folder, tests, marks)
    if not name:
        raise InputError("the project shows no test framework (GoogleTest, Catch2, doctest); add one first")
    return Layout(name, _compiled_path(path, folder, tests, ".cpp"))


def _c(document: Document, path: Path, folder: Path) -> Layout:
    tests = [one for one in _files(folder, path, ".c") if is_such_test(one)]
    marks = {
        "unity": r"unity\.h|\b[Uu]nity\b|ceedling",
        "cmocka": "cmocka",
        "criterion": "criterion",
        "check": r"check\.h",
    }
    name = _marked(path, folder, tests, marks) or "assert"
    if name not in ("unity", "assert"):
        raise InputError(
            f"the offline engine writes tests in C with Unity or plain assert, and this project tests with "
            f"{name}; configure a model for that"
        )
    return Layout(name, _compiled_path(path, folder, tests, ".c"))


def _marked(path: Path, folder: Path, tests: list[Path], marks: dict[str, str]) -> str:
    """Return the first framework that what builds the project or its tests name, "" if none."""
    builds = _project_files(folder, "CMakeLists.txt", depth=2)
    names = ("conanfile.txt", "vcpkg.json", "meson.build", "Makefile", "project.yml", "platformio.ini")
    builds += [folder / name for name in names]
    text = "\n".join([read_source(one) or "" for one in (*builds, *tests[:10])])
    return next((name for name, mark in marks.items() if re.search(mark, text)), "")


def _compiled_path(path: Path, folder: Path, tests: list[Path], ending: str) -> str:
    same = [one for one in tests if path.stem in (re.sub(r"^test_|_(unit)?tests?$", "", one.stem), one.stem)]
    if same:
        return str(same[0])
    is_suffixed = sum(not one.name.startswith("test_") for one in tests) > len(tests) / 2
    place = next((folder / name for name in ("tests", "test") if (folder / name).is_dir()), folder / "tests")
    place = tests[0].parent if tests else place
    ending = tests[0].suffix if tests else ending
    return str(place / (f"{path.stem}_test{ending}" if is_suffixed else f"test_{path.stem}{ending}"))


def _lua(document: Document, path: Path, folder: Path) -> Layout:
    inner = _below(path, folder, ("src", "lua", "lib"))
    place = next((name for name in ("spec", "tests", "test") if (folder / name).is_dir()), "spec")
    return Layout(
        "busted", str(folder.joinpath(place, *(inner if place == "spec" else ()), f"{path.stem}_spec.lua"))
    )


def _shell(document: Document, path: Path, folder: Path) -> Layout:
    place = next((name for name in ("test", "tests") if (folder / name).is_dir()), "test")
    return Layout("bats", str(folder / place / f"{path.stem}.bats"))


_LAYOUTS: dict[str, Callable[[Document, Path, Path], Layout]] = {
    "ruby": _ruby,
    "php": _php,
    "csharp": _csharp,
    "c": _c,
    "cpp": _cpp,
    "lua": _lua,
    "shellscript": _shell,
}
