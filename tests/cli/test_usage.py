"""The ledger as a person and a program read it."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from monkey_coder.cli.main import main
from monkey_coder.cli.usage import day_of
from monkey_coder.core.errors import InputError
from monkey_coder.usage.ledger import Attempt, Ledger

TODAY = datetime.now().astimezone()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MONKEY_CODER_HOME", str(tmp_path))
    return tmp_path


def attempt(at: datetime, model: str, cost_usd: float | None, project: str = "/p") -> Attempt:
    return Attempt(
        at, "s", "edit", "openai", model, "", project, 1000, 200, 300, 0, 0, cost_usd, 0.4, 2.0, "stop", False
    )


@pytest.fixture
def booked(home: Path) -> None:
    ledger = Ledger(str(home / "data" / "usage.sqlite"), session="s")
    ledger.book(attempt(TODAY - timedelta(days=9), "gpt-6-luna", 0.5))
    ledger.book(attempt(TODAY, "gpt-6.1-sol", 1.5))
    ledger.book(attempt(TODAY, "own", None, "/p\x1b[2J"))
    ledger.close()


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["usage", *arguments]) == 0
    return capsys.readouterr().out


@pytest.mark.usefixtures("booked")
def test_days_are_drawn_as_bars_with_a_sum(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys)
    days = [line for line in text.splitlines() if line.startswith("20")]
    assert [line.split()[:2] for line in days] == [
        [(TODAY - timedelta(days=9)).date().isoformat(), "$0.5000"],
        [TODAY.date().isoformat(), "$1.50"],
    ]
    assert days[1].count("█") > 2 * days[0].count("█") > 0
    assert "The cost of 1 attempts is unknown" in text
    assert "3 attempts, 3,000 tokens in (900 from the provider's cache), 600 out, $2.0000" in text


@pytest.mark.usefixtures("booked")
def test_models_features_and_projects_have_their_sums(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, "--by", "model").startswith("openai/gpt-6.1-sol")
    assert shown(capsys, "--by", "feature").startswith("edit")
    assert "\x1b[2J" not in shown(capsys, "--by", "project")


@pytest.mark.usefixtures("booked")
def test_programs_get_csv_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(shown(capsys, "--csv", "--by", "model", "--since", "7d"))))
    assert [(row["key"], row["cost_usd"]) for row in rows] == [
        ("openai/gpt-6.1-sol", "1.5"),
        ("openai/own", ""),
    ]
    attempts = json.loads(shown(capsys, "--json", "--attempts", "--since", "today"))
    assert [row["cost_usd"] for row in attempts] == [1.5, None]
    assert attempts[1]["project"] == "/p\x1b[2J"


def test_nothing_booked_is_said_and_makes_no_file(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    assert shown(capsys) == "Nothing has been booked yet.\n"
    assert shown(capsys, "--json") == "[]\n"
    assert not (home / "data").exists()


def test_what_cannot_be_meant_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["usage", "--since", "tomorow"]) == 2
    assert "2026-11-30, today, 7d or month" in capsys.readouterr().err
    assert main(["usage", "--attempts"]) == 2
    assert "needs --csv or --json" in capsys.readouterr().err


def test_days_as_a_person_says_them() -> None:
    today = datetime(2026, 3, 3, tzinfo=UTC).date()
    assert day_of("7d", today) == date(2026, 2, 25)
    assert day_of("month", today) == date(2026, 3, 1)
    assert day_of("2025-12-31", today) == date(2025, 12, 31)
    assert day_of(None, today) is None
    with pytest.raises(InputError):
        day_of("31.12.2025", today)
