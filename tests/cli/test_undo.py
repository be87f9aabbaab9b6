"""Changes are listed, shown and taken back from the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import SOURCE, answer
from tests.cli.test_changes import BETTER, DIFF, NEW, edit
from tests.cli.test_terminal import terminal
from tests.scripted import ScriptedModel

from monkey_coder import app
from monkey_coder.cli import changes, session
from monkey_coder.cli.main import main


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(app, "backups_folder", lambda: str(tmp_path / "kept"))


def test_a_change_is_listed_shown_and_taken_back(
    source: Path, model: ScriptedModel, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(source.parent)
    model.answers = [answer(BETTER)]
    assert edit(source, "--yes") == 0
    capsys.readouterr()
    assert main(["undo", "--list"]) == 0
    listed = capsys.readouterr().out
    assert "just now        shapes.py  edit: be more exact\n" in listed
    assert main(["diff"]) == 0
    assert capsys.readouterr().out == DIFF
    assert main(["undo", listed.split()[0]]) == 0
    assert f"put back {source}" in capsys.readouterr().err
    assert source.read_text() == SOURCE
    assert main(["undo", "--json"]) == 0
    undone, done = json.loads(capsys.readouterr().out)["changes"]
    assert (done["taken_back"], undone["taken_back"]) == (True, False)
    assert main(["undo", undone["id"]]) == 0
    assert source.read_text() == NEW


def test_nothing_to_take_back_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in (["undo"], ["diff"]):
        assert main(command) == 2
        assert "there is no change of files here" in capsys.readouterr().err
    assert main(["undo", "--list"]) == 3
    assert main(["undo", "abc"]) == 2
    assert "no change 'abc' here; see `monkey-coder undo --list`" in capsys.readouterr().err


@pytest.mark.parametrize(("says", "code"), [("y\n", 0), ("n\n", 1)])
def test_what_programs_obey_is_asked_about_again(
    source: Path, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch, says: str, code: int
) -> None:
    hook = source.parent / "sitecustomize.py"
    source.rename(hook)
    shown = terminal(answer=says)
    monkeypatch.setattr(changes, "standard_terminal", lambda: shown)
    model.answers = [answer(BETTER)]
    assert edit(hook, "--yes") == code
    assert f"Write {hook} all the same?" in shown.err.getvalue()  # type: ignore[attr-defined]
    assert hook.read_text() == (NEW if code == 0 else SOURCE)


@pytest.mark.parametrize(("says", "n_asked"), [("y\n", 1), ("n\n", 0)])
def test_a_secret_is_sent_to_a_model_only_by_the_users_word(
    source: Path, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch, says: str, n_asked: int
) -> None:
    (source.parent / ".env").write_text("A=1\n")
    shown = terminal(answer=says)
    monkeypatch.setattr(session, "standard_terminal", lambda: shown)
    model.answers = [answer("What it does.")]
    main(["explain", str(source.parent / ".env")])
    assert "holds keys or passwords, by its name" in shown.err.getvalue()  # type: ignore[attr-defined]
    assert len(model.requests) == n_asked


def test_without_a_terminal_a_secret_is_not_read(
    source: Path, model: ScriptedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    (source.parent / ".env").write_text("A=1\n")
    assert main(["explain", str(source.parent / ".env")]) == 1
    assert "is not read for a model unless you say so" in capsys.readouterr().err
    assert not model.requests
