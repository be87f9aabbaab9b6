"""Of eight recorded candidates, is the one that is kept right? And the weights that decide it.

`python -m benchmarks.replay_selection DATA` learns the shipped weights anew, on the development rows
alone, and prints them.
"""

from __future__ import annotations

import ast
import hashlib
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from monkey_coder.quantum.candidate import Candidate, Evidence
from monkey_coder.quantum.collapse import certainty, collapse
from monkey_coder.quantum.measurement import centred, measure
from monkey_coder.quantum.producers import Producers, learn_producer
from monkey_coder.quantum.weights import LEARNED, Weights, fit_ranking, fit_sure

from .replay_data import Row, divided, rows

FILES = {"selection_he": "selection_he_mix.jsonl", "selection_mbpp": "selection_mbpp_mix.jsonl"}
N_CANDIDATES = 8


@dataclass(frozen=True)
class Problem:
    """All recorded candidates for a problem, and which of them are right."""

    id: str
    candidates: tuple[Candidate, ...]
    right: tuple[bool, ...]


def problem(row: Row) -> Problem:
    """Return a problem's candidates as the product sees them."""
    candidates: list[Candidate] = []
    right: list[bool] = []
    for recorded in row["candidates"]:
        evidence = Evidence(
            parses=bool(recorded["syntax_ok"]),
            examples=tuple(mark == "1" for mark in recorded["pub"]),
            outputs=tuple(recorded["outs"]),
            structure=structure(recorded["code"]),
            length=len(recorded["code"]),
        )
        for producer in recorded["producers"]:
            candidates.append(Candidate(str(len(candidates)), producer.split("#")[0], evidence))
            right.append(bool(recorded["passed"]))
    return Problem(row["task_id"], tuple(candidates), tuple(right))


def structure(code: str) -> str:
    """Return a key of a program's syntax tree without the names that it gives, types and imports."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return hashlib.blake2b(code.encode("utf-8", "replace"), digest_size=8).hexdigest()
    tree.body = [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns, node.decorator_list = None, []
            names.setdefault(node.name, f"n{len(names)}")
            node.name = names[node.name]
        elif isinstance(node, ast.arg):
            node.annotation = None
            node.arg = names.setdefault(node.arg, f"n{len(names)}")
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.setdefault(node.id, f"n{len(names)}")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in names:
            node.id = names[node.id]
    return hashlib.blake2b(ast.dump(tree).encode(), digest_size=8).hexdigest()


def draws(
    problems: Sequence[Problem], n_draws: int, seed: int
) -> Iterator[tuple[Problem, list[Candidate], list[bool]]]:
    """Yield eight candidates drawn from each problem's, so many times; smaller pools are left out."""
    rng = np.random.default_rng(seed)
    for one in problems:
        if len(one.candidates) < N_CANDIDATES:
            continue
        for _ in range(n_draws):
            drawn = rng.permutation(len(one.candidates))[:N_CANDIDATES]
            yield one, [one.candidates[i] for i in drawn], [one.right[i] for i in drawn]


def track_record(problems: Sequence[Problem]) -> Producers:
    """Return what is known of the producers after these problems."""
    state = Producers()
    for one in problems:
        for candidate, right in zip(one.candidates, one.right, strict=True):
            state = learn_producer(state, candidate.producer, right)
    return state


def selection(path: Path, *, n_draws: int = 10) -> dict[str, Any]:
    """Return how often the kept candidate is right, on the rows to judge on, and what is possible."""
    all_rows = rows(path)
    dev, judged = divided(all_rows)
    producers = track_record([problem(all_rows[i]) for i in dev])
    hits: dict[str, list[bool]] = {}
    possible: dict[str, list[bool]] = {}
    said: list[float] = []
    was: list[bool] = []
    seconds = []
    for one, candidates, right in draws([problem(all_rows[i]) for i in judged], n_draws, seed=1):
        began = time.perf_counter()
        chosen = collapse(candidates, producers)
        seconds.append(time.perf_counter() - began)
        assert chosen is not None
        hit = right[candidates.index(chosen.candidate)]
        hits.setdefault(one.id, []).append(hit)
        possible.setdefault(one.id, []).append(any(right))
        said.append(chosen.probability)
        was.append(hit)
    return {
        "accuracy": float(np.mean([np.mean(h) for h in hits.values()])),
        "oracle": float(np.mean([np.mean(h) for h in possible.values()])),
        "said": float(np.mean(said)),
        "brier": float(np.mean((np.asarray(said) - np.asarray(was)) ** 2)),
        "n": len(hits),
        "ms": float(np.median(seconds) * 1e3),
    }


def train(data: Path, *, folds: int = 5, n_draws: int = 4) -> Weights:
    """Return weights learned on the development rows; each fold's producers are known from the others."""
    sets, chosen = [], []
    for name in FILES.values():
        all_rows = rows(data / name)
        problems = [problem(all_rows[i]) for i in divided(all_rows)[0]]
        order = np.random.default_rng(3).permutation(len(problems))
        for fold in range(folds):
            known = track_record([problems[i] for n, i in enumerate(order) if n % folds != fold])
            part = [problems[i] for i in order[fold::folds]]
            for _, candidates, right in draws(part, n_draws, seed=fold):
                sets.append((centred(measure(candidates, known)), right))
                chosen.append((candidates, right, known))
    ranking = fit_ranking(sets)
    sure_rows, sure_right = [], []
    for candidates, right, known in chosen:
        kept = collapse(candidates, known, Weights(ranking, LEARNED.sure))
        assert kept is not None
        at = candidates.index(kept.candidate)
        sure_rows.append(certainty(candidates, known, at))
        sure_right.append(right[at])
    return Weights(ranking, fit_sure(sure_rows, sure_right))


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m benchmarks.replay_selection DATA, the folder of recorded outcomes")
    weights = train(Path(sys.argv[1]))
    print("ranking=(" + ", ".join(f"{weight:.3f}" for weight in weights.ranking) + ")")
    print("sure=(" + ", ".join(f"{weight:.3f}" for weight in weights.sure) + ")")


if __name__ == "__main__":
    main()
