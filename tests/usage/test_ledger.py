"""The ledger: rows go in without waiting, sums come out, and a bad file is explained."""

from __future__ import annotations

import asyncio
import json
import stat
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.clocks import START

from monkey_coder.core.errors import FileError
from monkey_coder.usage.database import Database, check_version
from monkey_coder.usage.ledger import Attempt, By, Ledger, Total
from monkey_coder.usage.report import plot, to_csv, to_json

ROW = Attempt(
    START, "s1", "edit", "openai", "gpt-6-luna", "gpt-6-luna", "/p",
    100, 10, 40, 5, 3, 0.25, 0.1, 0.5, "stop", False,
)  # fmt: skip
TODAY = START.date()


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "private" / "usage.sqlite")


async def test_a_row_comes_back_as_it_was_booked(path: str) -> None:
    ledger = Ledger(path, session="s1")
    odd = replace(ROW, cost_usd=None, first_s=None, project='C:\\a "b"\n,c', is_estimate=True)
    ledger.book(ROW)
    ledger.book(lambda: odd)
    assert await ledger.attempts() == (ROW, odd)
    ledger.close()
    again = Ledger(path, session="s2")
    assert await again.attempts(since=TODAY, until=TODAY) == (ROW, odd)
    assert await again.attempts(until=TODAY - timedelta(days=1)) == ()
    again.close()


async def test_sums_are_made_by_day_model_feature_and_project(path: str) -> None:
    ledger = Ledger(path, session="s1")
    ledger.book(ROW)
    ledger.book(replace(ROW, cost_usd=None, is_estimate=True, kind="complete", project="/q"))
    ledger.book(replace(ROW, at=START + timedelta(days=1), cost_usd=1.0, model="gpt-6.1-sol"))
    by = {kind: {total.key: total for total in await ledger.totals(kind)} for kind in By}
    assert by[By.DAY]["2026-11-22"] == Total("2026-11-22", 2, 200, 20, 80, 10, 6, 0.25, 1, 1)
    assert list(by[By.DAY]) == ["2026-11-22", "2026-11-23"]
    assert {key: total.cost_usd for key, total in by[By.MODEL].items()} == {
        "openai/gpt-6.1-sol": 1.0,
        "openai/gpt-6-luna": 0.25,
    }
    assert {key: total.n_attempts for key, total in by[By.FEATURE].items()} == {"edit": 2, "complete": 1}
    assert by[By.PROJECT]["/q"].cost_usd is None
    assert [total.key for total in await ledger.totals(By.DAY, since=TODAY + timedelta(days=1))] == [
        "2026-11-23"
    ]
    ledger.close()


async def test_csv_json_and_plot_show_an_unknown_cost_as_unknown(path: str) -> None:
    ledger = Ledger(path, session="s1")
    ledger.book(ROW)
    ledger.book(replace(ROW, cost_usd=None, kind="fix"))
    totals = await ledger.totals(By.FEATURE)
    attempts = await ledger.attempts()
    ledger.close()
    assert to_csv(totals, Total).splitlines()[1:] == [
        "edit,1,100,10,40,5,3,0.25,0,0",
        "fix,1,100,10,40,5,3,,1,0",
    ]
    assert [row["cost_usd"] for row in json.loads(to_json(attempts))] == [0.25, None]
    assert json.loads(to_json(attempts))[0]["at"] == "2026-11-22T12:00:00.000+00:00"
    drawn = plot(totals, width=40).splitlines()
    assert drawn[0].startswith("edit  $0.2500  ███") and drawn[1] == "fix   unknown"
    assert max(map(len, drawn[:2])) <= 40 and "1 attempts is unknown" in drawn[2]
    assert plot([]) == "Nothing has been booked yet."


async def test_spent_tells_session_day_and_month_apart_and_sees_other_processes(path: str) -> None:
    ledger, other = Ledger(path, session="s1"), Ledger(path, session="s2")
    assert (await ledger.spent(TODAY)).month_usd == 0
    ledger.book(replace(ROW, cost_usd=1.0))
    ledger.book(replace(ROW, at=START - timedelta(days=3), cost_usd=10.0))
    ledger.book(replace(ROW, at=START - timedelta(days=60), cost_usd=100.0, session="old"))
    await ledger.spent(TODAY)
    other.book(replace(ROW, session="s2", cost_usd=1000.0))
    other.close()
    spent = await ledger.spent(TODAY)
    assert (spent.session_usd, spent.day_usd, spent.month_usd) == (11.0, 1001.0, 1011.0)
    tomorrow = await ledger.spent(TODAY + timedelta(days=1))
    assert (tomorrow.day_usd, tomorrow.month_usd) == (0.0, 1011.0)
    assert (await ledger.spent(date(2026, 12, 1))).month_usd == 0.0
    ledger.close()


@settings(deadline=None, max_examples=20)
@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, 70), st.sampled_from(["s1", "s2"]), st.none() | st.floats(0, 5), st.booleans()
        ),
        max_size=25,
    )
)
def test_running_sums_are_those_of_all_rows(
    rows: list[tuple[int, str, float | None, bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def run() -> None:
        ledger = Ledger(str(tmp_path_factory.mktemp("l") / "usage.sqlite"), session="s1")
        booked: list[Attempt] = []
        for days, session, cost, asks in rows:
            row = replace(ROW, at=START - timedelta(days=days), session=session, cost_usd=cost)
            ledger.book(row)
            booked.append(row)
            if asks:
                spent = await ledger.spent(TODAY)
                assert spent.day_usd == pytest.approx(
                    sum(r.cost_usd or 0 for r in booked if r.at.date() == TODAY)
                )
                assert spent.month_usd == pytest.approx(
                    sum(r.cost_usd or 0 for r in booked if r.at.month == TODAY.month)
                )
        expected = sum(r.cost_usd or 0 for r in booked if r.session == "s1" and r.at.month == TODAY.month)
        assert (await ledger.spent(TODAY)).session_usd >= expected - 1e-9
        assert len(await ledger.attempts()) == len(rows)
        ledger.close()

    asyncio.run(run())


async def test_rows_that_cannot_be_written_are_kept_and_written_later(path: str) -> None:
    Path(path).parent.mkdir()
    Path(path).mkdir()
    ledger = Ledger(path, session="s1")
    ledger.book(ROW)
    with pytest.raises(FileError, match="cannot be used"):
        await ledger.spent(TODAY)
    assert ledger.n_pending == 1
    Path(path).rmdir()
    ledger.book(replace(ROW, kind="fix"))
    assert [row.kind for row in await ledger.attempts()] == ["edit", "fix"]
    assert "not booked but kept" in str(ledger.take_failure()) and ledger.take_failure() is None
    ledger.close()


async def test_a_file_that_is_no_ledger_is_left_alone(path: str) -> None:
    Path(path).parent.mkdir()
    Path(path).write_text("my notes, " * 500)
    ledger = Ledger(path, session="s1")
    with pytest.raises(FileError, match="Move it away"):
        await ledger.attempts()
    ledger.close()
    assert Path(path).read_text().startswith("my notes")


async def test_a_file_of_a_newer_version_is_left_alone(path: str) -> None:
    Path(path).parent.mkdir()
    with apsw.Connection(path) as connection:
        connection.pragma("user_version", 99)
    connection.close()
    ledger = Ledger(path, session="s1")
    with pytest.raises(FileError, match="newer Monkey Coder"):
        await ledger.attempts()
    ledger.close()


async def test_a_migration_that_fails_leaves_nothing_behind(path: str) -> None:
    database = Database(path, ("CREATE TABLE a (x); CREATE TABLE a (x)",), is_durable=True)
    with pytest.raises(FileError):
        await database.run(lambda connection: None)
    database.close()
    fixed = Database(path, ("CREATE TABLE a (x)", "CREATE TABLE b (x)"), is_durable=True)
    assert await fixed.run(lambda c: c.pragma("user_version")) == 2
    assert await fixed.run(lambda c: (c.pragma("journal_mode"), c.pragma("synchronous"))) == ("wal", 2)
    fixed.close()


@pytest.mark.parametrize("version", ["3.40.1", "3.51.2"])
def test_a_sqlite_that_can_corrupt_is_refused(version: str) -> None:
    with pytest.raises(FileError, match="apsw"):
        check_version(version)
    check_version("3.51.3")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
async def test_only_the_user_can_read_the_file(path: str) -> None:
    ledger = Ledger(path, session="s1")
    await ledger.attempts()
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    assert stat.S_IMODE(Path(path).parent.stat().st_mode) == 0o700
    ledger.close()


async def test_a_backup_holds_every_row(path: str, tmp_path: Path) -> None:
    ledger = Ledger(path, session="s1")
    ledger.book(ROW)
    await ledger.back_up(str(tmp_path / "copy.sqlite"))
    ledger.close()
    copy = Ledger(str(tmp_path / "copy.sqlite"), session="s2")
    assert await copy.attempts() == (ROW,)
    copy.close()


async def test_a_row_booked_after_closing_is_not_lost(path: str) -> None:
    ledger = Ledger(path, session="s1")
    ledger.close()
    ledger.book(ROW)
    assert await ledger.attempts() == (ROW,)
    ledger.close()
