"""What the ledger has acknowledged outlives a kill, and it costs nothing to import."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import apsw

from monkey_coder.usage.ledger import Ledger

WRITER = """
import asyncio, sys
from dataclasses import replace
from datetime import UTC, datetime
from monkey_coder.usage.ledger import Attempt, Ledger

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ROW = Attempt(NOW, "s", "edit", "p", "m", "m", "/p", 0, 1, 0, 0, 0, 0.5, 0.1, 0.5, "stop", False)

async def main():
    ledger = Ledger(sys.argv[1], session="killed")
    for number in range(100_000):
        ledger.book(replace(ROW, input_tokens=number))
        if number % 7 == 0:
            await ledger.spent(NOW.date())
            print(number, flush=True)

asyncio.run(main())
"""
ROOT = Path(__file__).parents[2]


async def booked(path: str) -> list[int]:
    ledger = Ledger(path, session="after")
    rows = [row.input_tokens for row in await ledger.attempts()]
    ledger.close()
    return rows


def test_no_acknowledged_row_is_lost_to_a_kill(tmp_path: Path) -> None:
    path = str(tmp_path / "usage.sqlite")
    acknowledged = -1
    for n_lines in (3, 11, 24):
        writer = subprocess.Popen(
            [
                sys.executable,
                "-c",
                f"import sys; sys.path[:0] = {[str(ROOT), str(ROOT / 'server')]!r}\n{WRITER}",
                path,
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        for _ in range(n_lines):
            acknowledged = int(writer.stdout.readline())
        writer.kill()
        writer.communicate()
        with apsw.Connection(path) as connection:
            assert connection.pragma("integrity_check") == "ok"
        rows = asyncio.run(booked(path))
        last_run = rows[len(rows) - 1 - rows[::-1].index(0) :]
        assert last_run == list(range(len(last_run))) and len(last_run) > acknowledged


def test_nothing_heavy_is_imported_before_it_is_used() -> None:
    code = """
import sys
import monkey_coder.usage.metered, monkey_coder.usage.budgeted, monkey_coder.usage.cached
import monkey_coder.usage.limited, monkey_coder.usage.report, monkey_coder.usage.tokens
import monkey_coder.providers.retrying, monkey_coder.providers.falling_back
import monkey_coder.providers.breaking, monkey_coder.providers.registry
print({"apsw", "genai_prices", "splintr", "httpx2", "pydantic", "openai", "numpy"} & set(sys.modules))
"""
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT / 'server')!r})\n{code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "set()"
