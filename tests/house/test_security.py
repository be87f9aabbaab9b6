"""The page on security names tests that exist, and the code has no door that a text could open."""

from __future__ import annotations

import ast
import re

from tests.house.test_house import ROOT, SOURCES

PAGE = ROOT / "docs" / "security.md"
NAMED = re.compile(r"`(\w+)/(test_\w+): (\w+)`")


def test_every_test_that_the_page_names_exists() -> None:
    named = NAMED.findall(PAGE.read_text(encoding="utf-8"))
    assert len(named) > 60
    missing = []
    for room, file, name in named:
        path = ROOT / "tests" / room / f"{file}.py"
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        if not re.search(rf"^(?:async )?def test_{name}\(", text, re.MULTILINE):
            missing.append(f"{room}/{file}: {name}")
    assert missing == []
    assert all(
        (ROOT / path).is_file() for path in re.findall(r"`(clients/\S+\.ts)`", PAGE.read_text("utf-8"))
    )


# Modules that run or unpack what their data says, and calls that run what a text says.
MODULES = {"pickle", "marshal", "shelve", "dill", "zipfile", "tarfile", "code", "runpy"}
CALLS = {"eval", "exec", "compile", "__import__"}
CALLS_OF_OS = {"system", "popen", "execv", "execvp", "spawnl", "spawnv", "startfile"}
ALLOWED = {
    "sandbox_exec.py": {"os.execv"},  # It becomes the program that a sandbox is for.
    "examples_exec.py": {"eval"},  # It runs inside the sandbox, in a trusted folder.
}


def doors_in(source: str) -> set[str]:
    """Return what in a source text could run, load or unpack what another text says."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found |= {one.name for one in names if one.name.partition(".")[0] in MODULES}
            case ast.ImportFrom(module=str(module), level=0) if module.partition(".")[0] in MODULES:
                found.add(module)
            case ast.Call(func=ast.Name(id=name)) if name in CALLS:
                found.add(name)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="os"), attr=name)) if name in CALLS_OF_OS:
                found.add(f"os.{name}")
            case ast.Call(func=ast.Attribute(attr="create_subprocess_shell")):
                found.add("a shell")
            case ast.keyword(arg="shell", value=ast.Constant(value=True)):
                found.add("a shell")
            case ast.keyword(arg="allow_pickle", value=ast.Constant(value=True)):
                found.add("a pickle")
            case _:
                pass
    return found


def test_nothing_is_run_or_loaded_that_a_text_names() -> None:
    found = {path.name: doors_in(path.read_text(encoding="utf-8")) for path in SOURCES}
    assert {name: doors for name, doors in found.items() if doors} == ALLOWED


def test_such_doors_are_seen() -> None:
    source = "import pickle\nos.system(a)\nrun(b, shell=True)\nload(c, allow_pickle=True)\neval(d)\n"
    assert doors_in(source) == {"pickle", "os.system", "a shell", "a pickle", "eval"}
