"""A change is shown first, written only when someone said so, and every end has its exit code."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.agents.crew import pipeline, plan, review
from tests.cli.conftest import SOURCE, FakeApp, answer
from tests.cli.test_terminal import terminal
from tests.clocks import FakeClock
from tests.scripted import ScriptedModel

from monkey_coder import app
from monkey_coder.cli import changes
from monkey_coder.cli.main import main
from monkey_coder.cli.terminal import Terminal
from monkey_coder.core.errors import FileError, ProviderError, ProviderFault
from monkey_coder.features.experience import Experience

BETTER = "```python\ndef area(r):\n    return 3.14 * r * r\n```\n"
NEW = SOURCE.replace("3 * r", "3.14 * r")
DIFF = """\
--- a/shapes.py
+++ b/shapes.py
@@ -1,5 +1,5 @@
 def area(r):
-    return 3 * r * r
+    return 3.14 * r * r
~
~
 def edge(r):
""".replace("~", " ")


def edit(source: Path, *options: str) -> int:
    return main(["edit", f"{source}:1-2", "be more exact", *options])


def test_dry_run_prints_a_diff_and_writes_nothing(
    source: Path, model: ScriptedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    model.answers = [answer(*BETTER)]
    assert edit(source, "--dry-run") == 0
    shown = capsys.readouterr()
    assert shown.out == DIFF
    assert "by scripted · applies cleanly" in shown.err
    assert source.read_text() == SOURCE
    assert model.requests[0].task.instruction == "be more exact"
    assert model.requests[0].task.selected == "def area(r):\n    return 3 * r * r\n"


def test_yes_writes_and_keeps_the_old_text(
    source: Path,
    model: ScriptedModel,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    model.answers = [answer(BETTER)]
    assert edit(source, "--yes") == 0
    assert source.read_text() == NEW
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith(f"wrote {source}; `monkey-coder undo ")
    monkeypatch.setattr(app, "backups_folder", lambda: str(tmp_path / "kept"))
    assert main(["undo", "--folder", str(tmp_path)]) == 0
    assert source.read_text() == SOURCE


def test_without_a_terminal_nothing_is_written_unasked(
    source: Path, model: ScriptedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    model.answers = [answer(BETTER)]
    assert edit(source) == 4
    assert "add --yes to write" in capsys.readouterr().err
    assert source.read_text() == SOURCE


@pytest.mark.parametrize(("says", "code", "text"), [("y\n", 0, NEW), ("n\n", 4, SOURCE), ("", 4, SOURCE)])
def test_terminal_is_asked(
    source: Path,
    model: ScriptedModel,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    says: str,
    code: int,
    text: str,
) -> None:
    shown: Terminal = terminal(answer=says)
    monkeypatch.setattr(changes, "standard_terminal", lambda: shown)
    model.answers = [answer(BETTER)]
    assert edit(source) == code
    assert source.read_text() == text
    assert "\x1b[32m+    return 3.14 * r * r\x1b[0m" in shown.out.getvalue()  # type: ignore[attr-defined]


def test_json_says_all_of_it(source: Path, model: ScriptedModel, capsys: pytest.CaptureFixture[str]) -> None:
    model.answers = [answer(BETTER)]
    assert edit(source, "--dry-run", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["diff"] == DIFF
    assert found["written"] is False
    assert [SOURCE[h["start"] : h["end"]] for h in found["hunks"]] == ["    return 3 * r * r\n"]


def test_nothing_to_change_is_code_3(source: Path, model: ScriptedModel) -> None:
    model.answers = [answer("```python\ndef area(r):\n    return 3 * r * r\n```\n")]
    assert edit(source, "--yes") == 3
    assert source.read_text() == SOURCE


def test_model_that_fails_changes_nothing(
    source: Path, model: ScriptedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    fault = ProviderError(ProviderFault.NETWORK, "no way to \x1b[2Jx", provider="p", model="m")
    model.answers = [fault, *[answer("```python\ndef area(r:\n```\n")] * 2, answer(BETTER)[:1]]
    for says in ("monkey-coder: no way to ␛[2Jx\n", "does not parse", "was cut off"):
        assert edit(source, "--yes") == 1
        shown = capsys.readouterr().err
        assert says in shown
        assert "Traceback" not in shown
    assert source.read_text() == SOURCE


def test_control_characters_of_a_model_never_reach_the_output(
    source: Path, model: ScriptedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    model.answers = [answer("```python\ndef area(r):\n    return '\x1b]0;x\x07'\n```\n")]
    assert edit(source, "--dry-run") == 0
    shown = capsys.readouterr()
    assert "\x1b" not in shown.out + shown.err
    assert "'␛]0;x␇'" in shown.out


@pytest.mark.parametrize(
    ("place", "code", "says"),
    [
        ("missing.py", 1, "no such file"),
        (".", 1, "is a folder; name a file in it"),
        ("latin.py", 1, "is not UTF-8"),
        ("large.py", 1, "is too large: 200.0 MB"),
        ("shapes.py:9", 2, "has 6 lines, so there is no line 9"),
        ("shapes.py:3-2", 2, "run forward"),
    ],
)
def test_bad_input_is_one_line_that_says_what_to_do(
    source: Path,
    model: ScriptedModel,
    capsys: pytest.CaptureFixture[str],
    place: str,
    code: int,
    says: str,
) -> None:
    (source.parent / "latin.py").write_bytes(b"x = '\xe9'\n")
    with (source.parent / "large.py").open("wb") as file:
        file.truncate(200_000_000)
    for command in (["edit", str(source.parent / place), "x"], ["explain", str(source.parent / place)]):
        assert main(command) == code
        shown = capsys.readouterr().err.splitlines()
        assert len(shown) == 1
        assert says in shown[0]
    assert not model.requests


BOTH = (
    "shapes.py\n<<<<<<< SEARCH\n    return 3 * r * r\n=======\n    return 3.14 * r * r\n>>>>>>> REPLACE\n\n"
    "other.py\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n\nlib/new.py\n```python\ny = 1\n```\n"
)


def test_an_answer_for_several_files_is_written_and_taken_back_as_one(
    source: Path,
    model: ScriptedModel,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / "other.py").write_text("x = 1\n")
    model.answers = [answer(BOTH)]
    assert edit(source, "--yes") == 0
    shown = capsys.readouterr()
    for name in ("shapes.py", "other.py", "lib/new.py"):
        assert f"+++ b/{name}\n" in shown.out
        assert str(tmp_path / name) in shown.err.splitlines()[-1]
    assert source.read_text() == NEW
    assert (tmp_path / "other.py").read_text() == "x = 2\n"
    assert (tmp_path / "lib" / "new.py").read_text() == "y = 1\n"
    monkeypatch.setattr(app, "backups_folder", lambda: str(tmp_path / "kept"))
    assert main(["undo", "--folder", str(tmp_path)]) == 0
    assert source.read_text() == SOURCE
    assert (tmp_path / "other.py").read_text() == "x = 1\n"
    assert not (tmp_path / "lib" / "new.py").exists()


def test_one_file_that_changed_meanwhile_keeps_all_of_them_from_being_written(
    source: Path,
    model: ScriptedModel,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / "other.py").write_text("x = 1\n")
    shown = terminal(answer="y\n")
    ask = shown.ask

    def change_and_ask(question: str) -> bool:
        assert "these 3 files, all or none" in question
        (tmp_path / "other.py").write_text("x = 5\n")
        return ask(question)

    monkeypatch.setattr(shown, "ask", change_and_ask)
    monkeypatch.setattr(changes, "standard_terminal", lambda: shown)
    model.answers = [answer(BOTH)]
    assert edit(source) == 1
    assert "has changed since it was read" in capsys.readouterr().err
    assert source.read_text() == SOURCE
    assert (tmp_path / "other.py").read_text() == "x = 5\n"
    assert not (tmp_path / "lib").exists()


@pytest.mark.parametrize(("says", "code"), [("y\ny\n", 0), ("y\nn\n", 1)])
def test_a_file_that_programs_obey_is_asked_about_by_its_name(
    source: Path, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch, says: str, code: int
) -> None:
    settings = source.parent / ".vscode" / "settings.json"
    settings.parent.mkdir()
    settings.write_text('{"a": 1}\n')
    block = '.vscode/settings.json\n<<<<<<< SEARCH\n{"a": 1}\n=======\n{"a": 2}\n>>>>>>> REPLACE\n'
    model.answers = [answer(BOTH.split("other.py")[0] + block)]
    shown = terminal(answer=says)
    monkeypatch.setattr(changes, "standard_terminal", lambda: shown)
    assert edit(source) == code
    assert source.read_text() == (NEW if code == 0 else SOURCE)
    assert settings.read_text() == ('{"a": 2}\n' if code == 0 else '{"a": 1}\n')


def test_json_says_what_becomes_of_other_files(
    source: Path, model: ScriptedModel, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "other.py").write_text("x = 1\n")
    model.answers = [answer(BOTH)]
    assert edit(source, "--dry-run", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [(one["file"], one["creates"]) for one in found["others"]] == [
        (str(tmp_path / "other.py"), False),
        (str(tmp_path / "lib" / "new.py"), True),
    ]
    assert [hunk["id"] for one in (found, *found["others"]) for hunk in one["hunks"]] == [0, 1, 2]


def test_empty_instruction_is_refused(
    source: Path, model: ScriptedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["edit", str(source), " "]) == 2
    assert "the instruction is empty" in capsys.readouterr().err


@pytest.fixture
def experience(model: ScriptedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Experience:
    """What the commands remember, in a file of the test."""
    monkeypatch.setenv("MONKEY_CODER_HOME", str(tmp_path / "home"))
    kept = Experience(app.outcomes_file(), FakeClock().clock, lambda *_: 0.01)
    build = app.build

    def with_outcomes(*given: object, **more: object) -> object:
        built = build(*given, **more)  # type: ignore[arg-type]
        built.kit = replace(built.kit, outcomes=kept)  # type: ignore[misc]
        return built

    monkeypatch.setattr(app, "build", with_outcomes)
    return kept


def acts(experience: Experience) -> list[str]:
    kept = Experience(app.outcomes_file(), FakeClock().clock, lambda *_: None)
    return [one.act.value for one in asyncio.run(kept.episodes())]


@pytest.mark.usefixtures("model")
def test_what_is_written_counts_as_kept_until_it_is_undone(
    source: Path, model: ScriptedModel, experience: Experience, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.answers = [answer(BETTER)]
    assert edit(source, "--yes") == 0
    assert acts(experience) == ["kept"]
    monkeypatch.setattr(app, "backups_folder", lambda: str(source.parent / "kept"))
    assert main(["undo", "--folder", str(source.parent)]) == 0
    assert acts(experience) == ["undone"]


def test_a_forecast_asks_no_model_and_says_where_there_is_no_history(
    source: Path, model: ScriptedModel, experience: Experience, capsys: pytest.CaptureFixture[str]
) -> None:
    assert edit(source, "--forecast") == 3
    assert capsys.readouterr().out == "scripted: no history yet\n"
    model.answers = [answer(BETTER)]
    assert edit(source, "--dry-run") == 0
    capsys.readouterr()
    assert edit(source, "--forecast") == 0
    assert "to pass the checks, 1 file" in capsys.readouterr().out
    assert len(model.requests) == 1


def test_the_phases_of_a_strategy_are_printed_as_they_go_and_stand_in_the_json(
    source: Path, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model.answers = [plan(), answer(BETTER), review()]
    make: Callable[[], FakeApp] = app.build  # type: ignore[assignment]

    def build(*_: object, **__: object) -> FakeApp:
        built = make()
        built.kit = replace(built.kit, model=pipeline(model))
        return built

    monkeypatch.setattr(app, "build", build)
    asked = "be more exact, and say so in a comment; keep the name of the function and also its arguments"
    options = ["--strategy", "sequential", "--dry-run", "--json"]
    assert main(["edit", f"{source}:1-2", asked, *options]) == 0
    shown = capsys.readouterr()
    result = json.loads(shown.out)
    assert result["strategy"] == "sequential"
    names = ["analyse", "plan", "implement", "test", "review"]
    assert [(one["name"], one["outcome"]) for one in result["phases"]] == [(name, "done") for name in names]
    lines = shown.err.splitlines()
    assert "plan · scripted · the architect looks at it" in lines
    assert [line.split(" ")[0] for line in lines if " done" in line] == names


FORMS = {
    "CRLF": (b"x = 1\r\ny = 1\r\n", b"x = 2\r\ny = 1\r\n", 0o644),
    "mixed line ends": (b"x = 1\r\ny = 1\nz = 1\r\n", b"x = 2\r\ny = 1\nz = 1\r\n", 0o644),
    "byte order mark": (b"\xef\xbb\xbfx = 1\ny = 1\n", b"\xef\xbb\xbfx = 2\ny = 1\n", 0o644),
    "tabs": (b"x = 1\nif x:\n\ty = 1\t# a\tb\n", b"x = 2\nif x:\n\ty = 1\t# a\tb\n", 0o644),
    "no final newline": (b"y = 1\nx = 1", b"y = 1\nx = 2", 0o644),
    "executable": (b"#!/usr/bin/python3\nx = 1\n", b"#!/usr/bin/python3\nx = 2\n", 0o755),
    "UTF-16": (
        "\ufeffx = 1\r\n# é\r\n".encode("utf-16-le"),
        "\ufeffx = 2\r\n# é\r\n".encode("utf-16-le"),
        0o600,
    ),
    "coding": (b"# coding: cp1252\nx = 1  # \x80\n", b"# coding: cp1252\nx = 2  # \x80\n", 0o644),
    "EditorConfig": (b"x = 1  # \xe9\n", b"x = 2  # \xe9\n", 0o644),
}
SEARCH = "other.py\n<<<<<<< SEARCH\nx = 1{0}\n=======\nx = 2{0}\n>>>>>>> REPLACE\n"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("is_asked_about", [True, False], ids=["its own edit", "an edit of several files"])
def test_the_form_of_a_file_stays_byte_for_byte(
    source: Path, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch, form: str, is_asked_about: bool
) -> None:
    before, after, mode = FORMS[form]
    other = source.parent / "other.py"
    if form == "EditorConfig":
        (source.parent / ".editorconfig").write_text("root = true\n[other.py]\ncharset = latin1\n")
    other.write_bytes(before)
    other.chmod(mode)
    kept_mode = other.stat().st_mode
    rest = {"coding": "  # €", "EditorConfig": "  # é"}.get(form, "")
    block = SEARCH.format(rest)
    if is_asked_about:
        model.answers = [answer(block)]
        assert main(["edit", str(other), "count on", "--yes"]) == 0
    else:
        model.answers = [answer(BOTH.split("other.py")[0] + block)]
        assert edit(source, "--yes") == 0
        assert source.read_text() == NEW
    assert other.read_bytes() == after
    assert other.stat().st_mode == kept_mode
    monkeypatch.setattr(app, "backups_folder", lambda: str(source.parent / "kept"))
    assert main(["undo", "--folder", str(source.parent)]) == 0
    assert other.read_bytes() == before
    assert other.stat().st_mode == kept_mode


@pytest.mark.parametrize("is_asked_about", [True, False], ids=["its own edit", "an edit of several files"])
def test_a_character_that_the_file_cannot_hold_is_named_and_nothing_is_written(
    source: Path, model: ScriptedModel, capsys: pytest.CaptureFixture[str], is_asked_about: bool
) -> None:
    other = source.parent / "other.py"
    before = b"# coding: latin-1\nx = 1\n"
    other.write_bytes(before)
    block = SEARCH.replace("x = 2", "x = '→'").format("")
    model.answers = [answer(block if is_asked_about else BOTH.split("other.py")[0] + block)]
    code = main(["edit", str(other), "point", "--yes"]) if is_asked_about else edit(source, "--yes")
    assert code == 1
    assert "which does not have '→' (U+2192 in line 2); nothing was written" in capsys.readouterr().err
    assert other.read_bytes() == before
    assert source.read_text() == SOURCE


def test_what_was_written_stays_written_where_it_cannot_be_remembered(
    source: Path,
    model: ScriptedModel,
    experience: Experience,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def refuse(*_: object) -> None:
        raise FileError("the disk is full")

    monkeypatch.setattr(experience, "acted", refuse)
    model.answers = [answer(BETTER)]
    assert edit(source, "--yes") == 0
    assert source.read_text() == NEW
    said = capsys.readouterr().err
    assert "warning: what became of this is not remembered: the disk is full" in said
    assert "wrote " in said and "takes it back" in said
