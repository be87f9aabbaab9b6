"""The house keeps its shape: who imports whom, how large things get, what each room says of itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "server" / "monkey_coder"
SOURCES = sorted(PACKAGE.rglob("*.py"))
ROOMS = sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))
CODE = [*SOURCES, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "benchmarks").rglob("*.py"))]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_import_contract_is_kept() -> None:
    result = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT / "server"), "PATH": "", "PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_there_are_twenty_rooms_and_the_place_that_wires_them() -> None:
    assert len(ROOMS) == 21
    assert "app" in {room.name for room in ROOMS}


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_room_says_what_it_owns_never_does_and_what_to_read_first(room: Path) -> None:
    text = ast.get_docstring(ast.parse((room / "__init__.py").read_text())) or ""
    for heading in ("Owns:", "Never:", "Read first:"):
        assert heading in text


def test_no_file_is_longer_than_600_lines() -> None:
    long = {str(path): n for path in CODE if (n := len(path.read_text().splitlines())) > 600}
    assert not long


def test_no_function_is_longer_than_100_lines() -> None:
    long = [
        f"{path}:{node.lineno} {node.name}"
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= 100
    ]
    assert not long


def test_ruff_is_clean() -> None:
    check = run("ruff", "check", ".")
    assert check.returncode == 0, check.stdout
    formatted = run("ruff", "format", "--check", ".")
    assert formatted.returncode == 0, formatted.stdout


def test_types_are_clean() -> None:
    result = run("mypy")
    assert result.returncode == 0, result.stdout
