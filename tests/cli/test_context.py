"""`monkey-coder context`: the real app on a real folder, nothing sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monkey_coder.cli.main import main

FILES = {
    "pyproject.toml": "",
    "prices.py": "def total(basket):\n    return sum(basket)  # \x1b[2J\n",
    "cart.py": "from prices import total\n\n\ndef pay(basket):\n    return \n",
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MONKEY_CODER_HOME", str(tmp_path / "home"))
    folder = tmp_path / "project"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return f"{folder / 'cart.py'}:5:12"


def test_passages_as_json(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["context", place, "--json", "--offline"]) == 0
    found = json.loads(capsys.readouterr().out)
    (piece,) = [piece for piece in found["pieces"] if piece["path"] == "prices.py"]
    assert piece["lines"] == [1, 2]
    assert piece["reason"] == "definition of total"
    assert piece["text"].startswith("def total(basket):\n    return sum")
    assert found["tokens"] <= found["budget"] == 1_000


def test_passages_for_a_person(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["context", place, "--tokens", "60", "--offline"]) == 0
    shown = capsys.readouterr()
    assert "prices.py:1-2  definition of total" in shown.out
    assert "\x1b[2J" not in shown.out
    assert "of 60 tokens" in shown.err
    assert "nothing was sent" in shown.err


def test_no_tokens_are_refused(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["context", place, "--tokens", "0", "--offline"]) == 2
    assert "at least 1" in capsys.readouterr().err
