"""Other ways to write a function, shown and taken on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monkey_coder.cli.main import main

CODE = "def sign(x):\n    if x < 0:\n        return -1\n    else:\n        return 1\n"
NEW = "def sign(x):\n    if x < 0:\n        return -1\n    return 1\n"


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MONKEY_CODER_HOME", str(tmp_path / "home"))
    (tmp_path / "pyproject.toml").touch()
    file = tmp_path / "a.py"
    file.write_text(CODE)
    return file


def test_they_are_shown_with_what_they_give_and_take(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["alternatives", f"{source}:3", "--offline"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("1. straightforward, by structure\n   ")
    assert "lines changed\n--- a/a.py" in shown
    assert source.read_text() == CODE
    assert main(["alternatives", f"{source}:3", "--offline", "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["alternatives"]
    assert (one["part"], one["producer"]) == ("straightforward", "structure")


def test_one_is_taken_by_its_number(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alternatives", f"{source}:3", "--offline", "--take", "2", "--yes"]) == 2
    assert "there is no alternative 2" in capsys.readouterr().err
    assert main(["alternatives", f"{source}:3", "--offline", "--take", "1", "--yes"]) == 0
    assert source.read_text() == NEW
    assert main(["alternatives", f"{source}:3", "--offline"]) == 3
    assert "no other way to write sign" in capsys.readouterr().err


def test_outside_of_a_function_it_is_said_what_to_do(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source.write_text("x = 1\n")
    assert main(["alternatives", f"{source}:1", "--offline"]) == 2
    assert "name a line of one" in capsys.readouterr().err
