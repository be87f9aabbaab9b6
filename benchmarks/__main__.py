"""`make bench`: run every benchmark that can run here, and say which could not and why.

Usage: python -m benchmarks [SOURCES]. SOURCES is a folder of code; without it, the benchmarks that
need one take the standard library of this Python.
"""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

NEEDS_SOURCES = ("overhead", "ghost", "index")
NEEDS_NOTHING = ("startup", "chunks", "faults", "memory")
# Each says at its head what it takes.
NEEDS_DATA = ("edits", "facts", "retrieval", "xfile", "replay", "strategies", "day")


def main() -> int:
    sources = sys.argv[1] if len(sys.argv) > 1 else sysconfig.get_path("stdlib")
    failed: list[str] = []
    results: dict[str, object] = {}
    for name in (*NEEDS_NOTHING, *NEEDS_SOURCES):
        if not (Path(__file__).parent / f"{name}.py").exists():
            print(f"{name}: skipped, there is no such benchmark yet", flush=True)
            continue
        print(f"\n== {name} ==", flush=True)
        arguments = [sources] if name in NEEDS_SOURCES else []
        run = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}", *arguments],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        print(run.stdout, end="", flush=True)
        if run.returncode:
            failed.append(name)
        elif run.stdout.strip():
            results[name] = json.loads(run.stdout.strip().splitlines()[-1])
    for name in NEEDS_DATA:
        print(f"{name}: skipped, it needs data: python -m benchmarks.{name}", flush=True)
    print(json.dumps(results))
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
