"""What `explain`, `review` and `complete` print, for a person and for a program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import answer
from tests.scripted import ScriptedModel

from monkey_coder.cli.main import COMMANDS, main
from monkey_coder.core.model import TaskKind


@pytest.mark.parametrize("kind", [TaskKind.EXPLAIN, TaskKind.REVIEW])
def test_markdown_goes_to_the_output(
    source: Path, model: ScriptedModel, capsys: pytest.CaptureFixture[str], kind: TaskKind
) -> None:
    model.answers = [answer("# It\n", "does `x", "`\x1b[2J.")]
    assert main([kind.value, f"{source}:1-2"]) == 0
    shown = capsys.readouterr()
    assert shown.out == "# It\ndoes `x`␛[2J.\n"
    assert shown.err == "asking scripted …\nby scripted\n"
    assert model.requests[0].task.kind is kind


def test_explanation_as_json(source: Path, model: ScriptedModel, capsys: pytest.CaptureFixture[str]) -> None:
    model.answers = [answer("# It\x1b\n")]
    assert main(["explain", str(source), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["markdown"] == "# It\x1b\n"


def test_completion(source: Path, model: ScriptedModel, capsys: pytest.CaptureFixture[str]) -> None:
    place = f"{source}:2:12"
    model.answers = [answer("3 * r * r * r"), answer("3 * r * r * r"), answer("")]
    assert main(["complete", place, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["line"], found["column"], found["model"]) == (2, 12, "scripted")
    assert found["text"].startswith("3 * r")
    assert main(["complete", place]) == 0
    assert capsys.readouterr().out == found["text"] + "\n"
    assert main(["complete", place]) == 3
    assert capsys.readouterr().err.endswith("no suggestion here\n")
    assert main(["complete", str(source)]) == 2
    assert "write FILE:LINE:COL" in capsys.readouterr().err


def test_help_names_every_command_and_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    shown = capsys.readouterr().out
    for name in COMMANDS:
        assert f"  {name} " in shown
        with pytest.raises(SystemExit) as ended:
            main([name, "--help"])
        assert ended.value.code == 0
        assert "  130  stopped by Ctrl-C" in capsys.readouterr().out


def test_version_and_unknown_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("monkey-coder 0.")
    assert main(["compelte"]) == 2
    assert "did you mean 'complete'?" in capsys.readouterr().err
