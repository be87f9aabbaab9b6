"""The evidence behind the choice of models, as a person reads it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest

from monkey_coder import app
from monkey_coder.cli.main import main
from monkey_coder.core.clock import Clock
from monkey_coder.core.documents import Document, Span
from monkey_coder.core.kit import Answer
from monkey_coder.core.model import Task, TaskKind, UsageReport
from monkey_coder.features.experience import Experience
from monkey_coder.features.routing_report import Evidence, curve, evidence_of, report
from monkey_coder.routing.contest import Standing

TASK = Task(TaskKind.EDIT, Document("file:///p/a.py", "python", 1, "x"), Span(0, 1), "do")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MONKEY_CODER_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def history(home: Path) -> None:
    """Small is cheap and mostly right, large is dear and right, bad is dearer than small and wrong."""
    at = datetime.now().astimezone() - timedelta(days=9)

    async def live() -> None:
        moment = [at]
        clock = Clock(lambda: 0.0, asyncio.sleep, lambda: moment[0])
        usd = {"p/small": 0.001, "p/large": 0.05, "p/bad": 0.01}
        kept = Experience(app.outcomes_file(), clock, lambda model, *_: usd[model])
        for n in range(30):
            moment[0] = at + timedelta(days=9 * n / 30)
            for model, is_good in (("p/small", n % 4 > 0), ("p/large", True), ("p/bad", False)):
                cause = "" if is_good else "does not parse"
                told = Answer(model, is_good, 2.0, UsageReport(10, 10), 1, cause)
                id_ = await kept.answered(TASK, told)
                if is_good:
                    await kept.acted(id_, "kept")

    asyncio.run(live())


def shown(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert main(arguments) == code
    return capsys.readouterr().out


@pytest.mark.usefixtures("history")
def test_the_report_shows_models_forecasts_and_policies(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, "routing", "report")
    small = next(line.split() for line in text.splitlines() if line.startswith("p/small"))
    assert small[:8] == ["p/small", "30", "73%", "22", "0", "0", "0", "$0.0010"]
    assert "87 forecasts: off by" in text
    for policy in ("thompson", "linucb", "q", "dqn"):
        assert f"  {policy}" in text


@pytest.mark.usefixtures("history")
def test_the_report_names_a_policy_that_should_take_over_as_the_settings_do() -> None:
    episodes = asyncio.run(app.kept_experience().episodes())
    known = evidence_of(episodes)
    sure = tuple(Standing(name, mean, 0.01, 200, (mean,)) for name, mean in (("q", 0.9), ("thompson", 0.5)))
    won = report(Evidence(known.episodes, known.forecasts, sure), "thompson")
    assert "q did better than thompson beyond doubt: set routing to it" in won
    assert "beyond doubt" not in report(Evidence(known.episodes, known.forecasts, sure), "q")
    assert "beyond doubt" not in report(known, "thompson")


@pytest.mark.usefixtures("history")
def test_the_frontier_leaves_out_who_is_beaten_and_counts_the_last_week(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = shown(capsys, "frontier")
    assert "| cheapest | p/small |" in text
    assert "| best | p/large | 97% | $0.0500 | $3." in text  # About 70 requests.
    assert "not worth asking: p/bad" in text


@pytest.mark.usefixtures("history")
def test_a_reset_forgets(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "routing", "report", "--reset")
    assert not app.outcomes_file().exists()
    assert "no history yet" in shown(capsys, "routing", "report", code=3)
    assert "no history yet" in shown(capsys, "frontier", code=3)


@pytest.mark.usefixtures("history")
def test_pictures_are_drawn_or_it_is_said_what_is_missing(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["routing", "report"], ["frontier"]):
        file = home / f"{command[0]}.png"
        code = main([*command, "--png", str(file)])
        if find_spec("matplotlib") is None:
            assert code == 1
            assert "monkey-coder[plots]" in capsys.readouterr().err
        else:
            assert code == 0
            assert file.read_bytes().startswith(b"\x89PNG")


def test_a_curve_goes_from_the_lowest_to_the_highest() -> None:
    assert curve([0.0, 0.5, 1.0]) == "▁▅█"
    assert curve([0.5, 0.5]) == "▄▄"
    assert len(curve(list(range(1000)))) == 40
    assert curve([]) == ""
