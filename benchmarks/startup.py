"""What starting costs: CPU until `initialize` is answered, beside a minimal pygls server.

Usage: python -m benchmarks.startup [--times N]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

from .client import OURS, ServerProcess, say, table

MINIMAL = (
    sys.executable,
    "-c",
    "from pygls.lsp.server import LanguageServer; LanguageServer('minimal', '1').start_io()",
)
VENDORS = ("openai", "anthropic", "google", "httpx", "httpx2")


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=15, help="starts of each server")
    times = parser.parse_args().times
    ours: list[float] = []
    minimal: list[float] = []
    for index in range(times + 1):  # The first of each only warms the caches of the disk.
        measured = (cpu_to_initialize(OURS), cpu_to_initialize(MINIMAL))
        say(f"start {index}: ours {measured[0]:.0f} ms, minimal pygls {measured[1]:.0f} ms of CPU")
        if index:
            ours.append(measured[0])
            minimal.append(measured[1])
    rss_mb, ready_mb = memory()
    figures = {
        "ratio": round(statistics.median(ours) / statistics.median(minimal), 3),
        "init_cpu_ms": round(statistics.median(ours), 1),
        "baseline_cpu_ms": round(statistics.median(minimal), 1),
        "rss_mb": round(rss_mb, 1),
        "rss_ready_mb": round(ready_mb, 1),
        "vendor_modules": len(vendor_modules()),
    }
    print(table(list(figures.items())))
    print(json.dumps(figures))
    return 0


def cpu_to_initialize(command: Sequence[str]) -> float:
    """Return the CPU milliseconds from the start of a server to its answer to `initialize`."""
    with ServerProcess(command) as server:
        server.request("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        return server.cpu_ms()


def memory() -> tuple[float, float]:
    """Return resident MB at the answer to `initialize`, and once everything is loaded."""
    with ServerProcess() as server:
        server.request("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        at_initialize = server.rss_mb()
        server.notify("initialized", {})
        server.settled()
        return at_initialize, server.rss_mb()


def vendor_modules() -> list[str]:
    """Return the modules of vendors' SDKs that an idle server without a provider has imported."""
    command = (OURS[0], "-X", "importtime", *OURS[1:])
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin is not None
    for body in (
        b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}',
        b'{"jsonrpc":"2.0","method":"initialized","params":{}}',
    ):
        process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    process.stdin.flush()
    time.sleep(3)
    _, errors = process.communicate()
    imported = {line.rpartition(b"|")[2].strip().decode() for line in errors.splitlines() if b"|" in line}
    return sorted(name for name in imported if name.partition(".")[0] in VENDORS)


if __name__ == "__main__":
    raise SystemExit(main())
