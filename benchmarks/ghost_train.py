"""Train the weights of ghost text: `python -m benchmarks.ghost_train PROJECT... --out WEIGHTS`.

`offline/ghost_weights.npz` was trained on the sources of celery 5.7.0, flask 3.1.3, networkx 3.6.1,
rich 15.0.0, scrapy 2.19.0, sqlalchemy 2.1.9 and tornado 6.6.1 from PyPI, and of rxjs 7.8.2 and
three 0.187.0 from npm (a folder each). It holds no text of theirs: standardisation, and the weights
of a network of two small layers, shared by all languages. Of each project a quarter of the files,
at most 60, is held out of what is learned; candidates at random places in these are the examples.
A tenth of the examples see no index, as it is just after a folder was opened.

Trained by Adam on the cross-entropy of the candidates. The confidence of a whole line is then a
logistic regression on its tokens' probabilities, fitted on lines of the same held-out files.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.ghost import Place, held_out, is_right, learned, places, progress
from monkey_coder.offline.features import candidates
from monkey_coder.offline.library import Library
from monkey_coder.offline.predictor import predict
from monkey_coder.offline.ranker import LIMIT, Ranker, line_features
from monkey_coder.offline.scene import Scene
from monkey_coder.offline.scopes import Stream
from monkey_coder.workspace.tokens import keywords, tokenise_line

Array = NDArray[Any]
HELD_OUT = 60
MOST_STEPS = 12
LAYERS = (64, 24)
BATCH = 192


@dataclass(frozen=True, slots=True)
class Examples:
    """Rows of features, how many belong to each example, and which of them was right."""

    rows: Array
    sizes: Array
    rights: Array

    def joined(self, other: Examples) -> Examples:
        return Examples(
            np.concatenate((self.rows, other.rows)),
            np.concatenate((self.sizes, other.sizes)),
            np.concatenate((self.rights, other.rights)),
        )


def examples(library: Library, asked: Sequence[Place]) -> Examples:
    """Return examples from the rest of each line: its first tokens, and a random one."""
    rng = random.Random(2)
    rows: list[Array] = []
    rights: list[int] = []
    for n, place in enumerate(asked, 1):
        for scene, written, right in _steps(library, place, rng):
            found = candidates(scene, written)
            at = np.flatnonzero(found.ids == right)
            rights.append(int(at[0]) if len(at) else len(found.ids))
            rows.append(found.rows.astype(np.float16))
        if n % 500 == 0:
            progress(f"{n} of {len(asked)} places")
    return Examples(np.concatenate(rows), np.array([len(each) for each in rows]), np.array(rights))


def _steps(library: Library, place: Place, rng: random.Random) -> Iterator[tuple[Scene, Sequence[int], int]]:
    language = place.file.language
    around = library.reader.surroundings(place.visible, place.offset, language)
    if around.partial:
        around = around.with_token(library.vocabulary.ids([around.partial], frozenset())[0])
    texts = tokenise_line(place.hidden, language).texts
    ids = [*library.vocabulary.ids(texts, keywords(language)), around.line_break]
    scene = library.scene(around, place.file.path)
    chance = rng.random()
    if chance < 0.10:
        scene = replace(scene, index=None, near=(0, 0))
    if chance < 0.04:
        nothing = Stream(np.zeros(1, np.int32))
        scene = replace(scene, folder=nothing, folder_shapes=nothing, folder_spaces=np.zeros(1, np.uint8))
    for at in sorted({0, min(1, len(ids) - 1), rng.randrange(len(ids)), rng.randrange(len(ids))}):
        if at < MOST_STEPS:
            yield scene, ids[:at], ids[at]


class Network:
    """The two layers, and Adam's memory of their gradients."""

    def __init__(self, n_features: int, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        widths = (n_features, *LAYERS, 1)
        self.weights = [
            (rng.standard_normal((fan_in, fan_out)) * np.sqrt(2 / fan_in)).astype(np.float32)
            for fan_in, fan_out in pairwise(widths)
        ]
        self.biases = [np.zeros(width, np.float32) for width in widths[1:]]
        self._moments = [(np.zeros_like(each), np.zeros_like(each)) for each in self._all()]
        self._n_steps = 0

    def _all(self) -> list[Array]:
        # A bias on the scores would move all candidates alike, so the last one stays 0.
        return [*self.weights, *self.biases[:-1]]

    def scores(self, inputs: Array) -> list[Array]:
        """Return the values of every layer, the scores last."""
        values = [inputs]
        for weights, biases in zip(self.weights[:-1], self.biases[:-1], strict=True):
            values.append(np.maximum(values[-1] @ weights + biases, 0))
        return [*values, values[-1] @ self.weights[-1]]

    def learn(self, values: list[Array], errors: Array, rate: float) -> None:
        """Go one step of Adam against `errors`, the gradient at the scores."""
        weight_steps: list[Array] = []
        bias_steps: list[Array] = []
        for layer in reversed(range(len(self.weights))):
            weight_steps.insert(0, values[layer].T @ errors)
            bias_steps.insert(0, errors.sum(0))
            errors = (errors @ self.weights[layer].T) * (values[layer] > 0)
        self._n_steps += 1
        for value, gradient, (first, second) in zip(
            self._all(), [*weight_steps, *bias_steps[:-1]], self._moments, strict=True
        ):
            first += 0.1 * (gradient - first)
            second += 0.001 * (gradient**2 - second)
            mean = first / (1 - 0.9**self._n_steps)
            spread = np.sqrt(second / (1 - 0.999**self._n_steps)) + 1e-8
            value -= rate * (mean / spread + 1e-4 * value)


def train(data: Examples, n_epochs: int, rate: float = 3e-3) -> Ranker:
    """Return weights that give the right candidates high probabilities."""
    sample = data.rows[::7].astype(np.float32)
    mean, scale = sample.mean(0), sample.std(0) + 1e-3
    network = Network(data.rows.shape[1])
    rng = np.random.default_rng(0)
    starts = np.concatenate(([0], np.cumsum(data.sizes)[:-1]))
    n_steps, step = n_epochs * (len(starts) // BATCH), 0
    for epoch in range(n_epochs):
        loss: list[float] = []
        for batch in np.array_split(rng.permutation(len(starts)), len(starts) // BATCH):
            sizes = data.sizes[batch]
            each = [np.arange(at, at + n) for at, n in zip(starts[batch], sizes, strict=True)]
            rows = data.rows[np.concatenate(each)].astype(np.float32)
            values = network.scores(np.clip((rows - mean) / scale, -LIMIT, LIMIT))
            firsts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
            errors = _softmax(values[-1][:, 0], firsts, sizes)
            right = firsts + data.rights[batch]
            loss.append(float(-np.log(errors[right] + 1e-9).mean()))
            errors[right] -= 1
            step += 1
            now = rate * min(1, step / 100) * 0.5 * (1 + np.cos(np.pi * step / n_steps)) + 1e-5
            network.learn(values, errors[:, None] / len(batch), now)
        progress(f"epoch {epoch + 1} of {n_epochs}: loss {np.mean(loss):.4f}")
    (first, second, last), (first_bias, second_bias, _) = network.weights, network.biases
    line = np.array([0, 1, 0, 0, 0], np.float32)
    return Ranker(mean, scale, first, first_bias, second, second_bias, last, line)


def _softmax(scores: Array, firsts: Array, sizes: Array) -> Array:
    powers = np.exp(scores - np.repeat(np.maximum.reduceat(scores, firsts), sizes))
    result: Array = powers / np.repeat(np.add.reduceat(powers, firsts), sizes)
    return result


def calibrate(ranker: Ranker, lines: Sequence[tuple[Sequence[float], bool]]) -> Ranker:
    """Return the ranker with a confidence fitted to lines and whether they were right."""
    rows = np.array([line_features(chances) for chances, _ in lines], np.float64)
    right = np.array([is_it for _, is_it in lines], np.float64)
    weights = np.zeros(rows.shape[1])
    for _ in range(30):
        chances = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (right - chances) - 1e-2 * weights
        bend = (rows * (chances * (1 - chances))[:, None]).T @ rows + 1e-2 * np.eye(len(weights))
        weights += np.linalg.solve(bend, slope)
    progress(f"confidence from {len(lines)} lines: {np.round(weights, 3).tolist()}")
    return replace(ranker, line=weights.astype(np.float32))


def save(ranker: Ranker, path: Path) -> None:
    """Write the weights; half precision is enough for the large layers."""
    arrays: dict[str, Any] = {name: getattr(ranker, name) for name in Ranker.__dataclass_fields__}
    arrays |= {name: arrays[name].astype(np.float16) for name in ("first", "second")}
    np.savez_compressed(path, **arrays)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="benchmarks.ghost_train", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("projects", type=Path, nargs="+", help="folders of code, one a project")
    parser.add_argument("--out", type=Path, required=True, help="where to write the weights")
    parser.add_argument("--places", type=int, default=3000, help="places a project")
    parser.add_argument("--lines", type=int, default=500, help="lines a project, for the confidence")
    parser.add_argument("--epochs", type=int, default=12)
    options = parser.parse_args(arguments)
    data: Examples | None = None
    asked: list[tuple[Library, list[Place]]] = []
    with tempfile.TemporaryDirectory() as temporary:
        for n, project in enumerate(options.projects):
            folder = str(project.resolve())
            progress(f"reading {folder}")
            files = held_out(folder, HELD_OUT)
            library, _ = learned(folder, Path(temporary, str(n)), files)
            found = examples(library, places(files, options.places, words=True))
            data = found if data is None else data.joined(found)
            asked.append((library, places(files, options.lines, seed=3)))
        assert data is not None
        ranker = train(data, options.epochs)
        lines: list[tuple[Sequence[float], bool]] = []
        for library, chosen in asked:
            for place in chosen:
                file = place.file
                answer = predict(library, ranker, place.visible, place.offset, file.language, file.path)
                if answer.probabilities:
                    lines.append((answer.probabilities, is_right(place, answer)))
        save(calibrate(ranker, lines), options.out)


if __name__ == "__main__":
    main()
