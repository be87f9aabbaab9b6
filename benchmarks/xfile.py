"""Definition recall: `python -m benchmarks.xfile CASES SOURCES --out CONTEXTS`.

CASES are lines of JSON: a place in a file (`repo`, `path`, `line`, `col_name`, `col_args`) whose line
uses something that another file defines. SOURCES holds each repository as OWNER+NAME. For each place,
before the name and behind its opening parenthesis, and for budgets of 1,024, 2,048 and 4,096 tokens of
4 characters, what the gatherer would send is written to CONTEXTS. The rest of the place's line is
hidden; the lines below are not. Milliseconds are CPU time of the process for one context, with the
index in memory.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import IO, Any

from monkey_coder.context.gather import Gatherer
from monkey_coder.context.pieces import render
from monkey_coder.core.documents import Document, Span
from monkey_coder.core.kit import Limits
from monkey_coder.core.model import Task, TaskKind
from monkey_coder.workspace.index_learner import IndexLearner
from monkey_coder.workspace.languages import language_of

BUDGETS = (1024, 2048, 4096)
WARM_UP = 3
_INDEX_S = 600.0
_EVERYTHING = 1 << 30


def main() -> int:
    options, by_repository = asked(__doc__)
    spent_ms: list[float] = []
    missing: list[str] = []
    with options.out.open("w", encoding="utf-8") as out:
        for repository, cases in by_repository.items():
            folder = options.sources / repository.replace("/", "+")
            if not folder.is_dir():
                print(f"{repository}: skipped, {folder} is not there", file=sys.stderr)
                missing.append(repository)
                continue
            spent_ms += of_repository(folder.resolve(), cases, out)
    if not spent_ms:
        print("no repository of the cases is in the folder of sources", file=sys.stderr)
        return 1
    ordered = sorted(spent_ms)
    result = {
        "ms_median": round(median(ordered), 2),
        "ms_p95": round(ordered[int(len(ordered) * 0.95)], 2),
        "contexts": len(ordered),
        "skipped": missing,
    }
    print(json.dumps(result))
    return 0


def asked(description: str | None) -> tuple[argparse.Namespace, dict[str, list[dict[str, Any]]]]:
    """Return what the command line says, and its cases by their repository."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("cases", type=Path)
    parser.add_argument("sources", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    by_repository: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in options.cases.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        by_repository[case["repo"]].append(case)
    return options, by_repository


def warm(learner: IndexLearner, gatherer: Gatherer, folder: Path) -> None:
    """Have a folder learned, for some minutes at the most, and its map drawn."""
    learner.open_folders([str(folder)])
    until = time.monotonic() + _INDEX_S
    while learner.is_learning and time.monotonic() < until:
        time.sleep(0.05)
    gatherer.open_folders([str(folder)])
    gatherer.keeper.refresh()


def of_repository(folder: Path, cases: list[dict[str, Any]], out: IO[str]) -> list[float]:
    """Write the contexts of one repository's cases, and return what each took in milliseconds."""
    with tempfile.TemporaryDirectory() as home:
        learner = IndexLearner(Path(home))
        limits = Limits(complete_prefix=_EVERYTHING, complete_suffix=_EVERYTHING)
        gatherer = Gatherer(learner.index, limits)
        try:
            warm(learner, gatherer, folder)
            for case in cases[:WARM_UP]:
                asyncio.run(context(gatherer, folder, case, "col_name", BUDGETS[0]))
            spent = [
                asyncio.run(_written(gatherer, folder, case, mode, budget, out))
                for case in cases
                for mode in ("name", "args")
                for budget in BUDGETS
            ]
        finally:
            gatherer.close()
            learner.close()
    print(f"{folder.name}: {len(cases)} cases, {median(spent):.1f} ms", file=sys.stderr, flush=True)
    return spent


async def _written(
    gatherer: Gatherer, folder: Path, case: dict[str, Any], mode: str, budget: int, out: IO[str]
) -> float:
    text, ms = await context(gatherer, folder, case, f"col_{mode}", budget)
    row = {"id": case["id"], "mode": mode, "budget": budget, "context": text, "system": "monkey-coder"}
    out.write(json.dumps(row) + "\n")
    return ms


async def context(
    gatherer: Gatherer, folder: Path, case: dict[str, Any], column: str, budget: int
) -> tuple[str, float]:
    """Return what would be sent for a place, and the CPU milliseconds that it took."""
    path = folder / case["path"]
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    before = "\n".join([*lines[: case["line"] - 1], lines[case["line"] - 1][: case[column]]])
    text = "\n".join([before, *lines[case["line"] :]])
    document = Document(path.as_uri(), language_of(str(path)), 1, text, str(path), str(folder))
    task = Task(TaskKind.COMPLETE, document, Span(len(before), len(before)))
    began = time.process_time()
    gathered = await gatherer.gather(task, budget, 30.0)
    rendered = render(gathered.facts)
    return rendered[: budget * 4], 1e3 * (time.process_time() - began)


if __name__ == "__main__":
    raise SystemExit(main())
