"""The conversations as a person and a program see them on the command line."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monkey_coder import app
from monkey_coder.cli.exits import Exit
from monkey_coder.cli.main import main
from monkey_coder.context.memory import Memory

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MONKEY_CODER_HOME", str(tmp_path / "home"))
    project = tmp_path / "shop"
    project.mkdir()
    (project / "pyproject.toml").touch()
    monkeypatch.chdir(project)
    return tmp_path


@pytest.fixture
def kept(home: Path) -> str:
    """Keep two conversations, and return the id of the one about the project."""

    async def talk() -> str:
        memory = app.kept_memory()
        key = await memory.start_conversation(str(home / "shop"))
        await memory.append(key, "user", "why is the cart empty?\x1b[2J", at=AT)
        await memory.append(key, "assistant", "Because `add_item` returns early.", "m", at=AT)
        other = await memory.start_conversation("/elsewhere")
        await memory.append(other, "user", "carts of another project", at=AT)
        await memory.aclose()
        return key

    return asyncio.run(talk())


def test_nothing_kept_is_said_and_makes_no_file(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    for action in (["list"], ["search", "x"], ["stats"], ["export"], ["forget", "--yes"]):
        assert main(["memory", *action]) == Exit.NOTHING
        assert "nothing is kept" in capsys.readouterr().err
    assert not (home / "home" / "data" / "memory.sqlite").exists()


def test_list_shows_the_project_s_conversations(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["memory", "list"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(kept)
    assert "why is the cart empty?" in line
    assert "\x1b" not in line
    assert main(["memory", "list", "--all", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["conversations"]
    assert [row["n_messages"] for row in rows] == [2, 1] or [row["n_messages"] for row in rows] == [1, 2]
    assert main(["memory", "list", "--folder", "/nowhere"]) == Exit.NOTHING
    assert main(["memory", "list", "--limit", "0"]) == Exit.USAGE


def test_search_and_show(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["memory", "search", "adding", "items"]) == 0
    assert "`add_item` returns early" in capsys.readouterr().out
    assert main(["memory", "search", "cart", "--all", "--json"]) == 0
    assert {hit["title"] for hit in json.loads(capsys.readouterr().out)["hits"]} >= {
        "carts of another project"
    }
    assert main(["memory", "show", kept]) == 0
    out = capsys.readouterr().out
    assert "assistant (m)" in out
    assert "\x1b" not in out
    assert main(["memory", "show", kept, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["messages"][0]["text"] == "why is the cart empty?\x1b[2J"
    assert main(["memory", "show", "nothing"]) == Exit.USAGE


def test_forget_asks_and_deletes(kept: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["memory", "forget", kept]) == Exit.REFUSED
    assert "--yes" in capsys.readouterr().err
    assert main(["memory", "forget", kept, "--yes"]) == 0
    assert main(["memory", "show", kept]) == Exit.USAGE
    assert b"add_item" not in (home / "home" / "data" / "memory.sqlite").read_bytes()
    assert main(["memory", "forget", "--all", "--yes"]) == 0
    assert main(["memory", "list", "--all"]) == Exit.NOTHING


def test_export_and_import(kept: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["memory", "export", "--all", "--out", "../m.jsonl"]) == 0
    assert main(["memory", "export", "--all", "--out", "../m.jsonl"]) == Exit.FAILED
    capsys.readouterr()
    assert main(["memory", "export"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == kept
    assert main(["memory", "forget", "--all", "--yes"]) == 0
    assert main(["memory", "import", "../m.jsonl"]) == 0
    assert main(["memory", "import", "../m.jsonl"]) == Exit.NOTHING
    assert main(["memory", "show", kept]) == 0
    assert main(["memory", "import", "../nowhere"]) == Exit.FAILED
    (home / "bad.jsonl").write_text("nonsense\n")
    assert main(["memory", "import", "../bad.jsonl"]) == Exit.USAGE


def test_pins_decisions_vectors_and_figures(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["memory", "pin", kept]) == 0
    assert main(["memory", "list"]) == 0
    assert "* why" in capsys.readouterr().out
    assert main(["memory", "decide", "we", "use", "tabs"]) == 0
    assert main(["memory", "decide"]) == 0
    assert "we use tabs" in capsys.readouterr().out
    assert main(["memory", "decide", "--all", "x"]) == Exit.USAGE
    assert main(["memory", "embed"]) == 0
    assert "3 of 3" in capsys.readouterr().err
    assert main(["memory", "stats", "--json"]) == 0
    stats = json.loads(capsys.readouterr().out)
    assert (stats["conversations"], stats["messages"], stats["decisions"]) == (2, 3, 1)


@pytest.mark.parametrize("how", ["workspace", "user", "projects"])
def test_a_project_can_be_left_out(home: Path, how: str) -> None:
    project = home / "shop"
    if how == "workspace":
        (project / ".monkey-coder.toml").write_text("memory.enabled = false\n")
    elif how == "user":
        app.set_setting("memory.enabled", "false")
    else:
        app.set_setting("memory.projects_off", str(home))
    built = app.build([str(project)])
    assert isinstance(built.kit.memory, Memory)
    assert built.kit.memory.path == ":memory:"
    built.close()
    if how == "workspace":  # No other project loses anything by it.
        other = app.build([str(home)])
        assert isinstance(other.kit.memory, Memory)
        assert other.kit.memory.path.endswith("memory.sqlite")
        other.close()


def test_an_embedder_that_cannot_be_used_is_said(home: Path) -> None:
    app.set_setting("memory.embedder", "nowhere/model")
    built = app.build([])
    assert any("memory.embedder" in warning for warning in built.warnings)
    built.close()
    assert main(["memory", "decide", "x"]) == Exit.FAILED
