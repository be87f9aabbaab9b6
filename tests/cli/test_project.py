"""`monkey-coder project` as a person and a program read it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monkey_coder.cli.main import main


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONKEY_CODER_HOME", str(tmp_path / "home"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    top = tmp_path / "p"
    (top / "web").mkdir(parents=True)
    (top / "pyproject.toml").write_text('[project]\nname = "shop"\ndependencies = ["flask>=3"]\n')
    (top / "web" / "package.json").write_text('{"name": "we\\u001b[2Jb", "scripts": {"test": "jest"}}')
    (top / "a.py").write_text("x = 1\n")
    (top / "AGENTS.md").write_text("Be kind.\u200b", encoding="utf-8")
    return top


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["project", *arguments]) == 0
    return capsys.readouterr().out


def test_a_person_sees_each_folder_and_the_rules(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, str(folder))
    assert "the project  shop" in text
    assert "flask >=3" in text
    assert "web/" in text
    assert "npm test" in text
    assert "AGENTS.md" in text
    assert "not used: this folder is not trusted" in text
    assert "characters of no width" in text
    assert "\x1b" not in text


def test_a_terminal_gets_colours(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = shown(capsys, str(folder))
    assert "\x1b[" in text
    assert "\x1b[2J" not in text


def test_a_program_gets_all_of_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(shown(capsys, str(folder), "--json"))
    assert [package["folder"] for package in found["packages"]] == ["", "web"]
    assert found["packages"][0]["manifests"][0]["dependencies"] == [
        {"name": "flask", "version": ">=3", "scope": "main"}
    ]
    assert found["rules"][0]["path"] == "AGENTS.md"
    assert found["trusted"] is False
    assert found["rules"][0]["used"] is False


def test_a_folder_that_is_none_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["project", "/no/such/folder"]) == 2
    assert "is no folder" in capsys.readouterr().err
