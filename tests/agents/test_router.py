"""Which personas a task is worth."""

from __future__ import annotations

import random
from dataclasses import replace

from monkey_coder.agents.router import NO_RECORD, calibrated, learn, route
from monkey_coder.core.documents import Document, Span
from monkey_coder.core.model import Task, TaskKind
from monkey_coder.foresight.calibration import calibration
from tests.agents.crew import request


def names(task: Task) -> list[str]:
    return [one.name for one in route(task)]


def test_a_small_change_is_worth_nobody_but_who_writes_it() -> None:
    task = replace(request().task, instruction="rename x")
    assert "architect" not in names(task)
    assert "security" not in names(task)


def test_a_large_change_is_worth_a_plan_and_code_about_passwords_a_security_review() -> None:
    text = "def check(password, token):\n    return eval(sql_query(password, session))\n" * 60
    document = Document("file:///p/a.py", "python", 1, text)
    task = Task(
        TaskKind.EDIT, document, Span(0, len(text)), "split it up, and handle errors; also log all of it"
    )
    assert names(task) == ["architect", "reviewer", "security"]
    assert names(replace(task, kind=TaskKind.TEST))[0] == "tester"
    assert names(replace(task, kind=TaskKind.DOCUMENT))[0] == "documenter"


def test_outcomes_make_the_confidence_mean_what_it_says() -> None:
    rng, record = random.Random(1), NO_RECORD
    said: list[float] = []
    raw: list[float] = []
    happened: list[bool] = []
    for n in range(2_000):
        score = rng.random()
        had = rng.random() < score**3  # The score is far too sure of itself.
        if n >= 1_000:
            said.append(calibrated("reviewer", score, record))
            raw.append(score)
            happened.append(had)
        record = learn(record, [("reviewer", score, had)])
    assert calibration(said, happened).error < 0.06
    assert calibration(raw, happened).error > 0.2


def test_what_is_no_probability_teaches_nothing() -> None:
    assert learn(NO_RECORD, [("reviewer", float("nan"), True), ("reviewer", 7.0, True)]) == NO_RECORD
