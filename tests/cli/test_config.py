"""Settings are shown, changed and trusted through `app`, in a home of the test's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monkey_coder.cli.main import main


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MONKEY_CODER_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_setting_is_written_read_and_taken_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "set", "limits.edit_s", "60"]) == 0
    assert "limits.edit_s is set in " in capsys.readouterr().err
    assert main(["config", "get", "limits.edit_s"]) == 0
    assert float(capsys.readouterr().out) == 60
    assert main(["config", "unset", "limits.edit_s"]) == 0
    assert main(["config", "--json", "get", "limits.edit_s"]) == 0
    assert json.loads(capsys.readouterr().out)["value"] != "60"


def test_list_names_every_setting_with_its_source(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    main(["config", "set", "offline", "true"])
    capsys.readouterr()
    assert main(["config", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["settings"]}
    assert rows["offline"]["value"] == "true"
    assert main(["config"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in rows)
    assert main(["config", "path"]) == 0
    assert Path(capsys.readouterr().out.strip()).is_relative_to(home)


def test_key_is_never_shown(capsys: pytest.CaptureFixture[str]) -> None:
    main(["config", "set", "providers.mine.api_key", "sk-very-secret"])
    main(["config", "list"])
    main(["config", "--json", "list"])
    main(["config", "get", "providers.mine.api_key"])
    shown = capsys.readouterr()
    assert "very-secret" not in shown.out + shown.err


def test_wrong_names_and_values_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "get", "nonsense"]) == 2
    assert "there is no setting 'nonsense'" in capsys.readouterr().err
    assert main(["config", "set", "limits.edit_s", "soon"]) == 1
    assert "must be a number" in capsys.readouterr().err


def test_workspace_is_trusted_and_untrusted(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    from monkey_coder import app

    assert main(["config", "trust"]) == 0
    assert app.is_trusted(str(home))
    assert main(["config", "untrust", str(home)]) == 0
    assert not app.is_trusted(str(home))
    assert main(["config", "trust", str(home / "missing")]) == 1
    assert "is no folder" in capsys.readouterr().err
