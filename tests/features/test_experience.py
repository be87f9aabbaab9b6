"""What became of answers is kept, learned from, and told beforehand."""

from __future__ import annotations

import asyncio
import random
import threading
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from tests.clocks import FakeClock

from monkey_coder.core.documents import Document, Span
from monkey_coder.core.errors import FileError
from monkey_coder.core.kit import Answer
from monkey_coder.core.model import Request, Strategy, Task, TaskKind, UsageReport
from monkey_coder.features.experience import Experience
from monkey_coder.quantum.producers import Producers, amplitude
from monkey_coder.routing.named import policy_named
from monkey_coder.routing.policy import Arm
from monkey_coder.routing.reward import Act

TASK = Task(TaskKind.EDIT, Document("file:///p/a.py", "python", 1, "x = 1\n"), Span(0, 6), "make it 2")
ARMS = (Arm("a/m", 0.001), Arm("b/m", 0.001))


def price(model: str, usage: UsageReport, at: datetime) -> float | None:
    return usage.output_tokens / 100_000


def kept(path: Path, policy: str = "off") -> Experience:
    return Experience(
        path, FakeClock().clock, price, policy=policy_named(policy), arms=lambda: ARMS, rng=random.Random(1)
    )


def answer(model: str = "a/m", *, passed: bool = True, n_tokens: int = 1_000) -> Answer:
    cause = "" if passed else "does not parse"
    return Answer(model, passed, 4.0, UsageReport(100, n_tokens), 2 if passed else 0, cause)


async def test_nothing_is_foretold_before_anything_was_asked(tmp_path: Path) -> None:
    experience = kept(tmp_path / "e.jsonl")
    assert await experience.forecast(TASK, "a/m") == ""
    assert not (tmp_path / "e.jsonl").exists()
    await experience.answered(TASK, answer("b/m"))
    assert await experience.forecast(TASK, "a/m") == ""


async def test_a_forecast_says_cost_odds_files_and_time_and_outlives_the_process(tmp_path: Path) -> None:
    experience = kept(tmp_path / "e.jsonl")
    for n in range(20):
        await experience.answered(TASK, answer(passed=n % 5 != 0, n_tokens=900 + 10 * n))
    said = await experience.forecast(TASK, "a/m")
    assert said.startswith("≈ $0.0")
    assert "to pass the checks, 2 files, about 4 s" in said
    assert "risk: does not parse" in said
    chance = int(said.split(", ")[1].split("%")[0])
    assert 70 <= chance <= 85
    assert await kept(tmp_path / "e.jsonl").forecast(TASK, "a/m") == said
    first, *_, last = await experience.episodes()
    assert first.said is None
    assert last.said is not None and 0.7 <= last.said <= 0.9


@pytest.mark.parametrize("policy", ["thompson", "linucb", "q", "dqn"])
async def test_the_model_whose_answers_are_kept_is_chosen(policy: str, tmp_path: Path) -> None:
    experience = kept(tmp_path / "e.jsonl", policy)
    for _ in range(30):
        for model, act in (("a/m", Act.UNDONE), ("b/m", Act.KEPT)):
            await experience.acted(await experience.answered(TASK, answer(model)), act)
    for one in (experience, kept(tmp_path / "e.jsonl", policy)):
        choices = [await one.choose(Request(TASK)) for _ in range(20)]
        assert sum(choice.model == "b/m" for choice in choices) >= 13  # Some explore.
        assert all(choice.why for choice in choices)


async def test_what_the_user_does_later_is_what_counts(tmp_path: Path) -> None:
    experience = kept(tmp_path / "e.jsonl")
    id_ = await experience.answered(TASK, answer())
    await experience.acted(id_, Act.KEPT)
    await experience.acted(id_, Act.UNDONE)
    await experience.acted("of another time", Act.KEPT)
    (episode,) = await kept(tmp_path / "e.jsonl").episodes()
    assert episode.act is Act.UNDONE
    assert episode.outcome.quality == 0
    with pytest.raises(ValueError, match="loved"):
        await experience.acted(id_, "loved")


async def test_damaged_lines_are_passed_over_and_told_of_once(tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    await kept(path).answered(TASK, answer())
    line = path.read_text()
    path.write_bytes(
        b"\xff\xfe{\n[]\n{}\n" + line.replace('"seconds": 4.0', '"seconds": NaN').encode() + line.encode()
    )
    experience = kept(path)
    assert len(await experience.episodes()) == 1
    assert "4 of 5 lines" in experience.take_message()
    assert experience.take_message() == ""
    await experience.reset()
    assert not path.exists()
    assert await experience.episodes() == ()


async def test_a_file_that_cannot_be_read_is_said_to_be(tmp_path: Path) -> None:
    experience = kept(tmp_path)
    with pytest.raises(FileError, match="cannot be read"):
        await experience.episodes()
    assert await experience.forecast(TASK, "a/m") == ""


async def test_no_text_is_kept(tmp_path: Path) -> None:
    await kept(tmp_path / "e.jsonl").answered(TASK, answer())
    assert "make it" not in (tmp_path / "e.jsonl").read_text()


async def test_the_cost_is_that_of_the_whole_request(tmp_path: Path) -> None:
    experience = kept(tmp_path / "e.jsonl")
    await experience.answered(TASK, replace(answer(), others_usd=0.5))
    await experience.answered(TASK, replace(answer(), others_usd=None))
    assert [one.cost_usd for one in await experience.episodes()] == [pytest.approx(0.51), None]


async def test_whose_answers_were_right_is_what_their_next_candidates_start_with(tmp_path: Path) -> None:
    experience = kept(tmp_path / "e.jsonl")
    assert experience.producers() == Producers()
    for _ in range(5):
        await experience.acted(await experience.answered(TASK, answer("a/m")), Act.KEPT)
        await experience.acted(await experience.answered(TASK, answer("b/m")), Act.UNDONE)
        await experience.failed(Request(TASK), "c/m", "does not parse")
    again = kept(tmp_path / "e.jsonl")
    await again.warm_up()
    for state in (experience.producers(), again.producers()):
        assert state.counts["a/m"] == pytest.approx((5, 0))
        assert state.counts["b/m"] == pytest.approx((0, 5))
        assert amplitude(state, "a/m") > amplitude(state, "new") > amplitude(state, "c/m")


STRATEGIES = (Strategy.DIRECT, Strategy.SEQUENTIAL, Strategy.CASCADE)


async def test_a_strategy_is_preferred_once_its_outcomes_speak_for_it(tmp_path: Path) -> None:
    experience = kept(tmp_path / "e.jsonl")
    assert await experience.preferred(TASK, "a/m", STRATEGIES) == (Strategy.DIRECT, "")
    cascade = replace(TASK, strategy=Strategy.CASCADE)
    for n in range(30):
        first = await experience.answered(TASK, answer())
        await experience.acted(first, Act.KEPT if n % 2 else Act.UNDONE)
        # Another model's answer at last, yet an outcome of the cascade that begins with the first.
        more = await experience.answered(cascade, replace(answer("b/m"), asked="a/m", others_usd=0.002))
        await experience.acted(more, Act.KEPT)
    for known in (experience, kept(tmp_path / "e.jsonl")):
        strategy, why = await known.preferred(TASK, "a/m", STRATEGIES)
        assert strategy is Strategy.CASCADE
        assert "sure to pay" in why
        assert await known.preferred(TASK, "c/m", STRATEGIES) == (Strategy.DIRECT, "")
    said = await experience.forecast(cascade, "a/m")
    assert said.startswith("≈ $0.012 ")
    assert await experience.forecast(replace(TASK, strategy=Strategy.SEQUENTIAL), "a/m") == ""
    assert "0.01 " in (experience.forecast_at_hand(TaskKind.EDIT, "a/m") or "")


async def test_what_personas_had_to_say_is_remembered(tmp_path: Path) -> None:
    experience = kept(tmp_path / "e.jsonl")
    for _ in range(5):
        await experience.answered(TASK, replace(answer(), personas=(("reviewer", 0.5, False),)))
    for known in (experience, kept(tmp_path / "e.jsonl")):
        assert (await known.router_record()).counts == {("reviewer", 2): (5.0, 0.0)}


async def test_a_bid_is_what_is_known_of_a_model(tmp_path: Path) -> None:
    experience = kept(tmp_path / "e.jsonl")
    for n in range(20):
        await experience.answered(TASK, answer(passed=n % 4 != 0))
    known, unknown = [await experience.bid(Request(TASK), name) for name in ("a/m", "b/m")]
    assert 0.6 < known.p_success < 0.8
    assert known.cost_usd == pytest.approx(0.01, rel=0.5)
    assert unknown.cost_usd == pytest.approx(0.001)  # By the price list.


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"seconds": 4.0', '"seconds": 1' + 400 * "0"),
        ('"n_files": 2', '"n_files": Infinity'),
        ('"seconds": 4.0', '"seconds": -1'),
        ('"n_chars": 15', '"n_chars": -5'),
        ('"n_chars": 15', '"n_chars": "many"'),
        ('"language": "python"', '"language": 7'),
    ],
)
async def test_a_line_that_parses_and_makes_no_sense_is_passed_over(
    old: str, new: str, tmp_path: Path
) -> None:
    path = tmp_path / "e.jsonl"
    await kept(path).answered(TASK, answer(passed=False))
    line = path.read_text().replace('"n_files": 0', '"n_files": 2')
    assert old in line
    path.write_text(line.replace(old, new, 1))
    experience = kept(path, "linucb")
    assert (await experience.choose(Request(TASK))).model in ("a/m", "b/m")
    assert await experience.episodes() == ()
    assert "1 of 1 lines" in experience.take_message()


async def test_who_is_cancelled_while_it_is_read_leaves_all_to_choose_from(tmp_path: Path) -> None:
    asked, goes_on = threading.Event(), threading.Event()

    def slowly() -> tuple[Arm, ...]:
        asked.set()
        goes_on.wait(10)
        return ARMS

    path, policy = tmp_path / "e.jsonl", policy_named("thompson")
    experience = Experience(path, FakeClock().clock, price, policy=policy, arms=slowly)
    first = asyncio.create_task(experience.choose(Request(TASK)))
    await asyncio.to_thread(asked.wait, 10)
    first.cancel()
    await asyncio.wait([first])
    goes_on.set()
    assert (await experience.choose(Request(TASK))).model in ("a/m", "b/m")
