"""`monkey-coder audit` as a person and a program read it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monkey_coder import app
from monkey_coder.cli.main import main

TODAY = datetime.now().astimezone()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MONKEY_CODER_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def noted() -> None:
    log = app.audit_log()
    for days, path in ((9, "old.py"), (0, "src/a.py"), (0, "b\x1b[2J.py")):
        at = (TODAY - timedelta(days=days)).isoformat("T", "seconds")
        sent = app.Sent(at, "edit", "openai", "gpt-6-luna", "api.openai.com", "/p", (path,), 4096, 1024, 2)
        log.add(lambda sent=sent: sent)  # type: ignore[misc]
    log.close()


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["audit", *arguments]) == 0
    return capsys.readouterr().out


@pytest.mark.usefixtures("noted")
def test_each_request_is_shown_with_whom_and_what(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys)
    assert "openai/gpt-6-luna at api.openai.com" in text
    assert "4,096 bytes  ~1,024 tokens  2 secrets taken out" in text
    assert "src/a.py" in text
    assert "\x1b" not in text
    assert text.endswith("3 requests, 12,288 bytes\n")


@pytest.mark.usefixtures("noted")
def test_programs_get_a_line_a_request_from_a_day_on(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [json.loads(line) for line in shown(capsys, "--json", "--since", "7d").splitlines()]
    assert [row["paths"] for row in rows] == [["src/a.py"], ["b\x1b[2J.py"]]
    assert rows[0]["redactions"] == 2


@pytest.mark.usefixtures("noted")
def test_it_can_be_emptied(capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "--clear")
    assert shown(capsys) == "Nothing has left this machine, or the log was emptied.\n"
    assert shown(capsys, "--json") == ""
