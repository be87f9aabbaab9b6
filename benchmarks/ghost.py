"""How good ghost text is on code that the model has not seen: `python -m benchmarks.ghost SOURCES`.

Some files (150 drawn by seed 0) are held out; the rest of the folder is learned. At 1,000 places
in them (seed 1, at least 50 tokens in) the rest of the line is hidden, and the product's own
classes are asked for it; the text before, and after the line, is visible. A place is the start of
a token, that is, of a leaf of the syntax tree; white space is no token. Inside comments and texts
the product's tokens are words: 500 places of that finer kind are the row "words". In the row
"writing" nothing stands after the cursor, as when a file is being written. Beside ours stands a
plain 6-gram mixture with a file cache on the same places.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.ngram import BASELINE, Guess, baseline
from monkey_coder.offline.indexer import build_index
from monkey_coder.offline.library import Library
from monkey_coder.offline.predictor import Prediction, predict
from monkey_coder.offline.ranker import load_ranker
from monkey_coder.offline.store import Index
from monkey_coder.workspace.tokens import LINE_BREAKS, leaf_starts, tokenise
from monkey_coder.workspace.walk import SourceFile, read_source, walk

# Held-out files are drawn from programs; data and prose are learned, but not asked for.
PROSE = frozenset(("json", "yaml", "toml", "html", "css", "markdown", "plaintext"))
LEAST_TOKENS = 50
SHARES = (20, 30, 40, 50)


@dataclass(frozen=True, slots=True)
class Place:
    """A cursor in a held-out file: what is visible, what is hidden, and its tokens."""

    file: SourceFile
    visible: str
    offset: int
    hidden: str
    tokens: tuple[str, ...]


def held_out(folder: str, n: int, seed: int = 0) -> list[SourceFile]:
    """Return the files that are not learned; at most a quarter of all."""
    files = [file for file in walk(folder) if file.language not in PROSE]
    return random.Random(seed).sample(files, min(n, len(files) // 4))


def places(files: Sequence[SourceFile], n: int, seed: int = 1, *, words: bool = False) -> list[Place]:
    """Return random places in the files, each equally likely: starts of leaves, or of words too."""
    pool: list[tuple[SourceFile, str, int, int, tuple[str, ...]]] = []
    for file in files:
        text = read_source(file)
        if text is None:
            continue
        tokens = tokenise(text, file.language)
        leaves = leaf_starts(text, file.language)
        rest: tuple[str, ...] = ()
        for at in reversed(range(LEAST_TOKENS, len(tokens.texts))):
            start = tokens.starts[at]
            if tokens.texts[at] in LINE_BREAKS:
                rest = ()
            elif start in leaves or words:
                rest = (tokens.texts[at], *rest)
                end = text.find("\n", start)
                pool.append((file, text, start, len(text) if end < 0 else end, rest))
    chosen = random.Random(seed).sample(pool, min(n, len(pool)))
    return [
        Place(file, text[:start] + text[end:], start, text[start:end], rest)
        for file, text, start, end, rest in chosen
    ]


def ask(library: Library, asked: Sequence[Place]) -> Iterator[tuple[Prediction, float]]:
    """Yield the product's answer at each place, and the milliseconds it took.

    The file has been read before, as it has in an editor, and so have the files beside it.
    """
    ranker = load_ranker()
    for n, place in enumerate(asked, 1):
        around = library.reader.surroundings(place.visible, place.offset, place.file.language)
        library.scene(around, place.file.path)
        began = time.perf_counter()
        found = predict(library, ranker, place.visible, place.offset, place.file.language, place.file.path)
        yield found, (time.perf_counter() - began) * 1000
        if n % 100 == 0:
            progress(f"{n} of {len(asked)} places")


def is_right(place: Place, guess: Guess | Prediction) -> bool:
    """Return whether the whole rest of the line was guessed."""
    return guess.text.strip() == place.hidden.strip()


def figures(asked: Sequence[Place], guesses: Sequence[Guess | Prediction]) -> dict[str, float]:
    """Return the figures of one model."""
    ranks: list[float] = []
    for place, guess in zip(asked, guesses, strict=True):
        names = [text for text, _ in guess.ranked]
        ranks.append(1 / (names.index(place.tokens[0]) + 1) if place.tokens[0] in names else 0.0)
    exact = [
        (guess.confidence, is_right(place, guess), len(place.tokens))
        for place, guess in zip(asked, guesses, strict=True)
    ]
    exact.sort(key=lambda entry: -entry[0])
    result = {"mrr": statistics.fmean(ranks)}
    for share in SHARES:
        top = exact[: max(1, len(exact) * share // 100)]
        result[f"exact_at_{share}"] = statistics.fmean(right for _, right, _ in top)
    top = exact[: max(1, len(exact) * 40 // 100)]
    long = [right for _, right, n_tokens in top if n_tokens >= 3]
    result["long_tails_at_40"] = statistics.fmean(long) if long else 0.0
    long_alone = [entry for entry in exact if entry[2] >= 3]
    long_top = long_alone[: max(1, len(long_alone) * 40 // 100)]
    result["long_tails_alone_at_40"] = statistics.fmean(right for _, right, _ in long_top)
    result["n_long_tails_at_40"] = len(long)
    result["exact"] = statistics.fmean(right for _, right, _ in exact)
    return result


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.ghost", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("sources", type=Path, help="a folder of code")
    parser.add_argument("--files", type=int, default=150, help="files held out")
    parser.add_argument("--places", type=int, default=1000)
    parser.add_argument("--answers", type=Path, help="write every answer here, as JSON lines")
    options = parser.parse_args(arguments)
    folder = str(options.sources.resolve())
    files = held_out(folder, options.files)
    if not files:
        parser.error(f"{folder} holds too few source files; give a folder of code")
    with tempfile.TemporaryDirectory() as temporary:
        library, index_cpu_s = learned(folder, Path(temporary), files)
        asked = places(files, options.places)
        answers = list(ask(library, asked))
        words = places(files, options.places // 2, words=True)
        writing = [replace(place, visible=place.visible[: place.offset]) for place in asked[::2]]
        columns = {
            "ours": figures(asked, [guess for guess, _ in answers]),
            BASELINE: figures(asked, list(baseline(library, asked, progress))),
            "ours, words": figures(words, [guess for guess, _ in ask(library, words)]),
            "ours, writing": figures(writing, [guess for guess, _ in ask(library, writing)]),
        }
    if options.answers:
        write_answers(options.answers, asked, [guess for guess, _ in answers])
    report(columns, sorted(took_ms for _, took_ms in answers), index_cpu_s, len(asked), len(files))


def learned(folder: str, home: Path, files: Sequence[SourceFile]) -> tuple[Library, float]:
    """Return what was learned of `folder` without `files`, and the CPU seconds it took."""
    began = time.process_time()
    skip = frozenset(file.path for file in files)
    library = Library(Index(build_index(home, [folder], lambda state: None, skip=skip)))
    assert library.index is not None
    progress(f"learned {len(library.index.files)} files, {len(library.index.stream)} tokens")
    return library, time.process_time() - began


def report(
    columns: dict[str, dict[str, float]], times: Sequence[float], index_cpu_s: float, asked: int, held: int
) -> None:
    """Print a table, and the figures as JSON."""
    print(f"{'':24}" + "".join(f"{name:>26}" for name in columns))
    for name in columns["ours"]:
        print(f"{name:24}" + "".join(f"{column[name]:26.3f}" for column in columns.values()))
    median, p95 = statistics.median(times), times[len(times) * 95 // 100]
    print(f"\n{asked} places in {held} held-out files; {median:.1f} ms median, {p95:.1f} ms at 95%")
    rounded = {
        title: {name: round(value, 4) for name, value in column.items()} for title, column in columns.items()
    }
    result: dict[str, Any] = {
        **rounded["ours"],
        "ms_median": round(median, 2),
        "ms_p95": round(p95, 2),
        "places": asked,
        "held_out": held,
        "index_cpu_s": round(index_cpu_s, 1),
        "baseline": rounded[BASELINE],
        "words": rounded["ours, words"],
        "writing": rounded["ours, writing"],
    }
    print(json.dumps(result))


def write_answers(path: Path, asked: Sequence[Place], guesses: Sequence[Prediction]) -> None:
    """Write what was asked and answered, the most confident first."""
    with path.open("w", encoding="utf-8") as file:
        for place, guess in sorted(zip(asked, guesses, strict=True), key=lambda pair: -pair[1].confidence):
            line = place.visible.rfind("\n", 0, place.offset) + 1
            entry = {
                "right": is_right(place, guess),
                "confidence": round(guess.confidence, 3),
                "before": place.visible[line : place.offset],
                "hidden": place.hidden,
                "guess": guess.text,
                "ranked": [text for text, _ in guess.ranked[:5]],
                "path": place.file.path,
            }
            file.write(json.dumps(entry) + "\n")


if __name__ == "__main__":
    main()
