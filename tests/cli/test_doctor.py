"""What was found is shown with advice, and a problem is an exit code."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monkey_coder import app
from monkey_coder.cli.editors import editors_found
from monkey_coder.cli.main import main
from monkey_coder.usage.ledger import Attempt, Ledger

CHECKS = (
    app.Check("providers", "offline", True, "the embedded engine"),
    app.Check("database", "SQLite", False, "too old\x1b[2J", "install a newer one"),
)


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(app, "diagnose", lambda _: app.Diagnosis(CHECKS))


@pytest.mark.usefixtures("found")
def test_problems_come_with_advice(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 1
    shown = capsys.readouterr().out
    assert "✗ SQLite   too old␛[2J" in shown
    assert "→ install a newer one" in shown
    assert "no editor was found on PATH" in shown
    assert shown.endswith("2 problems found\n")


@pytest.mark.usefixtures("found")
def test_json_holds_every_check(capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor", "--json"])
    checks = json.loads(capsys.readouterr().out)["checks"]
    assert [check["area"] for check in checks] == ["providers", "database", "editors"]


@pytest.mark.skipif(sys.platform == "win32", reason="the editors are shell scripts")
def test_editors_are_found_with_their_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, prints in (("nvim", "NVIM v0.11.2"), ("hx", "helix 25.01.1 (x)"), ("vim", "")):
        script = tmp_path / name
        script.write_text(f"#!/bin/sh\necho '{prints}'\n")
        script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    editors = {one.editor.name: one for one in editors_found()}
    assert editors["Neovim"].version == "0.11.2"
    assert editors["Neovim"].note.startswith("ghost text needs 0.12")
    assert (editors["Helix"].version, editors["Helix"].note) == ("25.01.1", "")
    assert editors["Vim"].version == ""


def test_last_weeks_outcomes_and_retired_names_are_shown(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONKEY_CODER_HOME", str(tmp_path))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    monkeypatch.setenv("MONKEY_CODER_MODEL", "openai/o1-mini")
    ledger = Ledger(str(app.usage_file()), session="s")
    now = datetime.now().astimezone()
    for at, outcome in ((now - timedelta(days=8), "stop"), *((now, "overloaded"),) * 3):
        row = ("s", "edit", "openai", "m", "", "", 1, 1, 0, 0, 0, None, None, 1.0, outcome, False)
        ledger.book(Attempt(at, *row))
    ledger.close()
    assert main(["doctor", str(tmp_path)]) == 1
    shown = capsys.readouterr().out
    assert "o1-mini was retired" in shown
    assert "✗ openai/m" in shown
    assert "3 attempts, 3 failed; the last one: overloaded" in shown


def test_real_diagnosis_finds_the_grammars(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONKEY_CODER_HOME", str(tmp_path))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    main(["doctor", str(tmp_path)])
    shown = capsys.readouterr()
    assert "21 of 21 load" in shown.out
    assert "very-secret" not in shown.out + shown.err
