"""The file layer answers outside judges, who start it as a script."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ADAPTER = Path(__file__).parents[2] / "benchmarks" / "files.py"


def test_the_adapter_runs_as_a_script(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello\n")
    asked = {"op": "read", "root": str(tmp_path), "form": "uri", "input": (tmp_path / "a.txt").as_uri()}
    ran = subprocess.run(
        [sys.executable, str(ADAPTER)],
        input=json.dumps(asked) + "\n",
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {"ok": True, "data": "hello\n"}
