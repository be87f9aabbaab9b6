"""Find a function by its description, or the files of a change by its subject, through our own search.

Usage: python -m benchmarks.retrieval QUERIES CORPUS --out RANKED [--embedder NAME]. QUERIES holds lines
{"repo", "query", "gold": [ids]}, CORPUS (perhaps with gzip) {"id", "repo", "path", "text", "name"?}. Search
runs inside the query's own repository. RANKED is given lines {"repo", "query", "ranked": [ids, best first]}.
`--embedder local` adds the vectors of the optional model on this machine.
Prints as the last line {mrr, recall, by_repo, ms_median, ms_worst, build_s, n_queries, embedder}.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "server"))

from monkey_coder.context.code_search import CodeSearch, CodeText
from monkey_coder.context.hashed import HashedEmbedder
from monkey_coder.core.embedder import Embedder

DEPTH = 10


def main() -> None:
    """Rank every query's repository, write the rankings, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("queries", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--embedder", default="", help="local, hashed, or nothing")
    options = parser.parse_args()
    queries = list(_rows(options.queries))
    texts: dict[str, list[CodeText]] = defaultdict(list)
    for row in _rows(options.corpus):
        names = (row["name"],) if row.get("name") else None
        texts[row["repo"]].append(CodeText(row["id"], row["path"], row["text"], names))
    print(json.dumps(asyncio.run(_run(queries, texts, options.out, _embedder(options.embedder)))))


async def _run(
    queries: list[dict[str, Any]], texts: dict[str, list[CodeText]], out: Path, embedder: Embedder | None
) -> dict[str, object]:
    build_s = 0.0
    times: list[float] = []
    scores: dict[str, list[float]] = defaultdict(list)
    lines: list[str] = []
    for repo in dict.fromkeys(row["repo"] for row in queries):
        began = time.process_time()
        search = CodeSearch(texts[repo])
        if embedder is not None:
            await search.embed(texts[repo], embedder)
        build_s += time.process_time() - began
        print(f"{repo}: {len(texts[repo])} texts, {time.process_time() - began:.1f} s", file=sys.stderr)
        for row in (row for row in queries if row["repo"] == repo):
            began = time.perf_counter()
            if embedder is None:
                ranked = search.search(row["query"], DEPTH)
            else:
                ranked = await search.search_near(row["query"], embedder, DEPTH)
            times.append((time.perf_counter() - began) * 1000)
            lines.append(json.dumps({"repo": repo, "query": row["query"], "ranked": ranked}))
            gold = set(row["gold"])
            scores[repo].append(next((1 / rank for rank, key in enumerate(ranked, 1) if key in gold), 0.0))
    out.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")  # noqa: ASYNC240
    every = [one for some in scores.values() for one in some]
    return {
        "mrr": round(statistics.fmean(every), 4),
        "recall": round(sum(one > 0 for one in every) / len(every), 4),
        "by_repo": {repo: round(statistics.fmean(some), 3) for repo, some in scores.items()},
        "ms_median": round(statistics.median(times), 2),
        "ms_worst": round(max(times), 2),
        "build_s": round(build_s, 1),
        "n_queries": len(every),
        "embedder": embedder.name if embedder is not None else "",
    }


def _embedder(name: str) -> Embedder | None:
    match name:
        case "":
            return None
        case "hashed":
            return HashedEmbedder()
        case "local":
            from monkey_coder.context.local_embedder import LocalEmbedder

            return LocalEmbedder()
        case _:
            raise SystemExit(f"there is no embedder {name!r}: local or hashed")


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8")
    return (json.loads(line) for line in text.split("\n") if line.strip())


if __name__ == "__main__":
    main()
