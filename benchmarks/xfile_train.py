"""Train the weights that rank definitions: `python -m benchmarks.xfile_train CASES SOURCES --out WEIGHTS`.

CASES and SOURCES are as for `benchmarks.xfile`; a case needs `callee`, `gold_path` and `gold_lines`.
`context/rank_weights.npz` was trained on 30 public repositories, none of which is in the benchmark's
development cases (flask, rich, vue, gin, ripgrep): requests, werkzeug, httpx, scrapy, pytest, celery;
hono, vite, trpc, zod, query; echo, fzf, etcd, cobra, traefik, cli/cli, gorm, hugo, nats-server,
urfave/cli, syncthing; bat, hyper, actix-web, clap, fd, tokio, nushell, starship. Up to 300 calls of each,
at most three of one name, whose definition lies in another file: by jedi in Python, elsewhere where the
imports or Go's packages name one definition. The file holds no text of theirs: the weights of a network
of two small layers beside a linear one. A tenth of the examples do not see their language, for those
without examples.

Trained by Adam on the cross-entropy among the candidates, of which the most likely and a sample of the
others are kept. The worth of whole definitions (`context/pieces.py`) was chosen on eight of the 30, held
out. Misses in the development cases were looked at twice: Python's examples came from jedi after that,
and folders named "doc" count as code.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monkey_coder.context.gather import Gatherer
from monkey_coder.context.place import Place
from monkey_coder.context.signals import FAMILIES, NAMES, signals
from monkey_coder.workspace.atlas import Atlas
from monkey_coder.workspace.index_learner import IndexLearner
from monkey_coder.workspace.languages import language_of

from .xfile import asked, warm

Array = NDArray[Any]
LAYERS = (40, 16)
EPOCHS, BATCH, RATE, DECAY = 14, 64, 3e-3, 1e-5
KEPT = 110
# What a candidate is kept for before there are weights.
_COARSE = {
    "imported": 4.0, "imported_unused": 4.0, "module_imported": 1.0, "module_member": 3.0, "member": 3.0,
    "member_alike": 1.0, "near_before": 1.0, "near_after": 1.0, "bm25": 1.0, "unit_alike": 1.0,
    "file_alike": 1.0, "line_words": 0.7, "same_folder": 0.7, "callee_now": 6.0, "container_named": 1.0,
    "container_visible": 0.7, "module_unused": 1.0, "orphan": 0.3,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    """The candidates of one place, which is right, and how many each stands for (as a logarithm)."""

    values: Array
    place: Array
    right: int
    weight: Array


def main() -> int:
    options, by_repository = asked(__doc__)
    rng = np.random.default_rng(0)
    found: list[Example] = []
    for repository, cases in sorted(by_repository.items()):
        folder = options.sources / repository.replace("/", "+")
        found += examples(folder.resolve(), cases, rng)
        print(f"{repository}: {len(cases)} cases, {len(found)} examples", file=sys.stderr, flush=True)
    np.savez_compressed(options.out, **trained(found, rng))
    print(json.dumps({"examples": len(found)}))
    return 0


def examples(folder: Path, cases: list[dict[str, Any]], rng: np.random.Generator) -> Iterator[Example]:
    """Yield the examples of one repository: before the chain of names, and now and then elsewhere."""
    with tempfile.TemporaryDirectory() as home:
        learner = IndexLearner(Path(home))
        gatherer = Gatherer(learner.index)
        try:
            warm(learner, gatherer, folder)
            with gatherer.keeper.borrowed(1.0) as atlas:
                assert atlas is not None
                for case in cases:
                    columns = [case["col_name"]]
                    if case.get("col_member") is not None and rng.random() < 0.3:
                        columns.append(case["col_member"])
                    if rng.random() < 0.15:
                        columns.append(case["col_args"])
                    for column in columns:
                        if (one := _example(atlas, folder, case, column, rng)) is not None:
                            yield one
        finally:
            gatherer.close()
            learner.close()


def _example(
    atlas: Atlas, folder: Path, case: dict[str, Any], column: int, rng: np.random.Generator
) -> Example | None:
    path = folder / case["path"]
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    before = "\n".join([*lines[: case["line"] - 1], lines[case["line"] - 1][:column]])
    found = signals(
        atlas, Place(case["path"], language_of(str(path)), before, "\n".join(lines[case["line"] :]))
    )
    right = [at for at, row in enumerate(found.rows) if _is_gold(atlas, int(row), case)]
    if not right:
        return None
    order = np.argsort(-(found.values @ np.array([_COARSE.get(name, 0.0) for name in NAMES])))
    near, far = order[:KEPT], order[KEPT:]
    sample = rng.choice(far, min(len(far), KEPT), replace=False) if len(far) else far
    kept = np.unique(np.concatenate((near, sample, right[:1])))
    stands_for = np.log(max(1, len(far)) / max(1, len(sample)))
    weight = np.where(np.isin(kept, near) | (kept == right[0]), 0.0, stands_for)
    return Example(
        found.values[kept], found.place, int(np.flatnonzero(kept == right[0])[0]), weight.astype(np.float32)
    )


def _is_gold(atlas: Atlas, row: int, case: dict[str, Any]) -> bool:
    definition = atlas.rows[row]
    return (
        definition.name == case["callee"]
        and atlas.files[atlas.row_file[row]].path == case["gold_path"]
        and abs(definition.line - case["gold_lines"][0]) <= 3
    )


def trained(found: list[Example], rng: np.random.Generator) -> dict[str, Array]:
    """Return the weights, with the standardisation folded into them."""
    mean = np.mean([one.values.mean(0) for one in found], axis=0)
    spread = np.sqrt(np.mean([((one.values - mean) ** 2).mean(0) for one in found], axis=0))
    scale = spread + 1e-3
    n = len(NAMES) + len(found[0].place)
    shapes = {"a": (n, LAYERS[0]), "b": LAYERS[:1], "c": LAYERS, "d": LAYERS[1:], "e": LAYERS[1:], "l": (n,)}
    weights = {name: np.zeros(shape) for name, shape in shapes.items()}
    weights["a"] = rng.normal(0, 1 / np.sqrt(n), shapes["a"])
    weights["c"] = rng.normal(0, 1 / np.sqrt(LAYERS[0]), shapes["c"])
    weights["e"] = rng.normal(0, 0.1, shapes["e"])
    first = {name: np.zeros_like(value) for name, value in weights.items()}
    second = {name: np.zeros_like(value) for name, value in weights.items()}
    step, n_steps = 0, EPOCHS * -(-len(found) // BATCH)
    for epoch in range(EPOCHS):
        order, loss = rng.permutation(len(found)), 0.0
        for at in range(0, len(order), BATCH):
            batch = [found[number] for number in order[at : at + BATCH]]
            loss_here, gradient = _gradient(weights, batch, mean, scale, rng)
            loss += loss_here
            step += 1
            rate = RATE * (1 - 0.95 * step / n_steps)
            for name, value in weights.items():
                slope = gradient[name] + DECAY * value * (name in "ac")
                first[name] = 0.9 * first[name] + 0.1 * slope
                second[name] = 0.999 * second[name] + 0.001 * slope * slope
                move = first[name] / (1 - 0.9**step)
                weights[name] = value - rate * move / (np.sqrt(second[name] / (1 - 0.999**step)) + 1e-8)
        print(f"epoch {epoch + 1}: {loss / len(found):.4f}", file=sys.stderr, flush=True)
    return _folded(weights, mean, scale, spread)


def _gradient(
    weights: dict[str, Array], batch: list[Example], mean: Array, scale: Array, rng: np.random.Generator
) -> tuple[float, dict[str, Array]]:
    """Return the loss of a batch, summed, and how it changes with each weight, on average."""
    places = np.array([one.place for one in batch])
    places[rng.random(len(batch)) < 0.1, -len(FAMILIES) :] = 0
    sizes = [len(one.values) for one in batch]
    owner = np.repeat(np.arange(len(batch)), sizes)
    starts = np.concatenate(([0], np.cumsum(sizes)))[:-1]
    values = (np.concatenate([one.values for one in batch]) - mean) / scale
    inputs = np.concatenate((values, places[owner]), axis=1)
    hidden = np.maximum(inputs @ weights["a"] + weights["b"], 0)
    inner = np.maximum(hidden @ weights["c"] + weights["d"], 0)
    scores = inner @ weights["e"] + inputs @ weights["l"] + np.concatenate([one.weight for one in batch])
    odds = np.exp(scores - np.maximum.reduceat(scores, starts)[owner])
    odds /= np.add.reduceat(odds, starts)[owner]
    right = starts + [one.right for one in batch]
    slope = odds.copy()
    slope[right] -= 1
    slope /= len(batch)
    to_inner = np.outer(slope, weights["e"]) * (inner > 0)
    to_hidden = (to_inner @ weights["c"].T) * (hidden > 0)
    gradient = {
        "e": inner.T @ slope,
        "l": inputs.T @ slope,
        "c": hidden.T @ to_inner,
        "d": to_inner.sum(0),
        "a": inputs.T @ to_hidden,
        "b": to_hidden.sum(0),
    }
    return float(-np.log(odds[right] + 1e-12).sum()), gradient


def _folded(weights: dict[str, Array], mean: Array, scale: Array, spread: Array) -> dict[str, Array]:
    n = len(NAMES)
    weights["b"] = weights["b"] - (mean / scale) @ weights["a"][:n]
    weights["a"][:n] /= scale[:, None]
    weights["l"][:n] /= scale
    # What never varied taught nothing.
    for at in np.flatnonzero(spread < 1e-4):
        weights["a"][at] = weights["l"][at] = 0
    return {name: value.astype(np.float32) for name, value in weights.items()}


if __name__ == "__main__":
    raise SystemExit(main())
