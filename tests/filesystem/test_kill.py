"""A writer that is killed at a random moment leaves whole files, old or new, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_TIMES = 1_000


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_thousand_kills_of_one_file_and_of_ten_leave_them_whole() -> None:
    command = [sys.executable, "-m", "benchmarks.kill", "--times", str(_TIMES)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=3_600, check=False)
    assert ran.returncode == 0, ran.stderr[-2_000:]
    found = json.loads(ran.stdout.splitlines()[-1])
    assert (found["file_kills"], found["set_kills"]) == (_TIMES, _TIMES)
    assert (found["file_whole"], found["set_whole"], found["leftovers"]) == (_TIMES, _TIMES, 0)
    assert found["in_mid_write"] > 0, "no kill hit a write: this showed nothing"
