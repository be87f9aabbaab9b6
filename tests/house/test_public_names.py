"""What Python programs may rely on. Adding a name is a promise; taking one away breaks somebody."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import monkey_coder
from monkey_coder import sdk

ROOT = Path(__file__).parents[2]
NAMES = monkey_coder.__all__


def test_the_public_names_are_those_of_the_sdk() -> None:
    assert sorted(NAMES) == sorted(sdk.__all__)
    for name in NAMES:
        assert getattr(monkey_coder, name) is getattr(sdk, name)
    assert set(NAMES) <= set(dir(monkey_coder))


def test_type_checkers_see_every_public_name() -> None:
    tree = ast.parse((ROOT / "server" / "monkey_coder" / "__init__.py").read_text(encoding="utf-8"))
    imported = {
        alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert set(NAMES) <= imported


def test_the_page_speaks_of_every_public_name() -> None:
    page = (ROOT / "docs" / "sdk.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if name not in page and name != "Event"] == []


def test_importing_the_package_imports_nothing() -> None:
    code = "import sys; before = set(sys.modules); import monkey_coder; print(set(sys.modules) - before)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "{'monkey_coder'}"
