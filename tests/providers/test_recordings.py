"""Recorded traffic of real vendors, through the adapters.

MONKEY_CODER_RECORDINGS names the recordings, in the form that `benchmarks.wire` reads.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from benchmarks.recorded import Chunking, Replay, recordings
from benchmarks.wire import hear, judge, speaks_of_an_answer

ROOT = Path(__file__).parents[2]
BESIDE = ROOT.parent / "shared" / "data" / "wire" / "recordings.jsonl.gz"
PATH = Path(os.environ.get("MONKEY_CODER_RECORDINGS") or BESIDE)

ROWS = recordings(PATH) if PATH.is_file() else []
RECORDINGS = [row for row in ROWS if speaks_of_an_answer(row)]
pytestmark = pytest.mark.skipif(not RECORDINGS, reason="set MONKEY_CODER_RECORDINGS to recorded traffic")


@pytest.mark.parametrize("row", RECORDINGS, ids=lambda row: str(row["id"]))
async def test_a_recording_is_read_as_it_was_meant(row: dict[str, Any]) -> None:
    async with Replay({row["id"]: row}, Chunking.RANDOM).serving() as replay:
        heard = await hear(row, replay.url(row["id"]))
    found = judge(row, heard)
    found.pop("cost", None)  # Of the price list, which has its own tests.
    assert found
    assert [name for name, is_right in found.items() if not is_right] == []
