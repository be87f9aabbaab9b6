"""How long the memory takes to keep and to find, at 1,000, 10,000 and 100,000 messages.

Usage: python -m benchmarks.memory [--most N] [--seed SEED]. Messages are pieces of this Python's own library,
about 420 characters long, in conversations about ten projects; a query is five to eight words in a row of one
of them. Half of the searches are about one project, half about all. The first 20 are not counted.
Prints as the last line {search_ms_1k, search_ms_10k, search_ms_100k, insert_ms, bytes_per_message, ...}: wall
time, medians; with `_cpu` the CPU time of the process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import statistics
import sys
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "server"))

from monkey_coder.context import memory_rows
from monkey_coder.context.hashed import hashed
from monkey_coder.context.memory import Memory
from monkey_coder.context.memory_rows import Vector
from monkey_coder.core.clock import Clock
from monkey_coder.core.memory import Said

if TYPE_CHECKING:
    import apsw

SIZES = {"1k": 1_000, "10k": 10_000, "100k": 100_000}
N_PROJECTS, N_WARM, N_SEARCHES, N_INSERTS, BATCH = 10, 20, 100, 60, 2_000


def main() -> None:
    """Fill a memory step by step and measure at each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=100_000, help="stop at so many messages")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="monkey-coder-memory-") as folder:
        print(json.dumps(asyncio.run(_run(folder, options.most, random.Random(options.seed)))))


async def _run(folder: str, most: int, rng: random.Random) -> dict[str, object]:
    texts = _texts()
    clock = Clock(time.monotonic, asyncio.sleep, lambda: datetime.now(UTC))
    memory = Memory(str(Path(folder) / "memory.sqlite"), clock)
    keys = [await memory.start_conversation(f"/project/{i % N_PROJECTS}") for i in range(50)]
    await memory.append(keys[0], "user", "the first one, which enters the embedder")
    figures: dict[str, object] = {}
    for name, size in SIZES.items():
        if size > most:
            continue
        await _fill(memory, keys, size, texts, rng)
        walls, cpus = await _searches(memory, texts, rng)
        figures[f"search_ms_{name}"] = round(statistics.median(walls), 2)
        figures[f"search_ms_{name}_cpu"] = round(statistics.median(cpus), 2)
        figures[f"search_ms_{name}_95"] = round(sorted(walls)[int(len(walls) * 0.95)], 2)
        inserts = await _inserts(memory, keys, texts, rng)
        figures["insert_ms"] = round(statistics.median(inserts), 2)
        stats = await memory.stats()
        print(f"{name}: {json.dumps(figures)}, {stats.n_bytes / 1e6:.0f} MB, {stats.index}", file=sys.stderr)
    await memory.aclose()  # So that the log is written into the file.
    stats = await memory.stats()
    figures["bytes_per_message"] = round(stats.n_bytes / stats.n_messages)
    figures["file_mb"] = round(stats.n_bytes / 1e6, 1)
    figures["text_bytes_per_message"] = round(statistics.fmean(len(text.encode()) for text in texts))
    await memory.aclose()
    return figures


async def _fill(
    memory: Memory, keys: Sequence[str], size: int, texts: Sequence[str], rng: random.Random
) -> None:
    """Add messages up to `size`, many in one transaction: the rows are those of `append`."""
    while (n := (await memory.stats()).n_messages) < size:
        some = [rng.choice(texts) for _ in range(min(BATCH, size - n))]

        def add(connection: apsw.Connection, some: Sequence[str] = tuple(some)) -> None:
            for at, text in enumerate(some):
                said = Said("", "user", text, datetime.now(UTC))
                vector = Vector(1, hashed(text))
                key = keys[at % len(keys)]
                memory_rows.add_message(connection, key, said, vector, has_index=memory.has_index)

        await memory.write(add)


async def _searches(
    memory: Memory, texts: Sequence[str], rng: random.Random
) -> tuple[list[float], list[float]]:
    walls: list[float] = []
    cpus: list[float] = []
    for i in range(N_WARM + N_SEARCHES):
        words = re.findall(r"\w+", rng.choice(texts))
        n = rng.randint(5, 8)
        start = rng.randrange(max(1, len(words) - n))
        project = f"/project/{rng.randrange(N_PROJECTS)}" if i % 2 else None
        wall, cpu = time.perf_counter(), time.process_time()
        await memory.search(project, " ".join(words[start : start + n]), 10)
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.process_time() - cpu) * 1000)
    return walls[N_WARM:], cpus[N_WARM:]


async def _inserts(
    memory: Memory, keys: Sequence[str], texts: Sequence[str], rng: random.Random
) -> list[float]:
    times: list[float] = []
    for _ in range(N_INSERTS):
        began = time.perf_counter()
        await memory.append(rng.choice(keys), "user", rng.choice(texts))
        times.append((time.perf_counter() - began) * 1000)
    return times


def _texts() -> list[str]:
    """Return paragraphs of the standard library, two or three together."""
    paragraphs: list[str] = []
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        text = path.read_text(encoding="utf-8", errors="replace")
        paragraphs += [part.strip() for part in re.split(r"\n\s*\n", text) if 60 < len(part.strip()) < 700]
    return ["\n\n".join(paragraphs[at : at + 2]) for at in range(0, len(paragraphs) - 1, 2)]


if __name__ == "__main__":
    main()
