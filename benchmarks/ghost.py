"""How good ghost text is on code that the model has not seen: `python -m benchmarks.ghost SOURCES`.

Some files (150 drawn by seed 0) are held out; the rest of the folder is learned. At 1,000 places
in them (seed 1, at least 50 tokens in) the rest of the line is hidden, and the product's own
classes are asked for it; the text before, and after the line, is visible. A place is the start of
any token but a line break, white space is no token, and words of comments and texts are tokens
like others. Beside it stands a plain 6-gram mixture with a file cache on the same places.
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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.ngram import BASELINE, Guess, baseline
from monkey_coder.offline.indexer import build_index
from monkey_coder.offline.library import Library
from monkey_coder.offline.predictor import predict
from monkey_coder.offline.ranker import load_ranker
from monkey_coder.offline.store import Index
from monkey_coder.workspace.tokens import LINE_BREAKS, tokenise
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


def places(files: Sequence[SourceFile], n: int, seed: int = 1) -> list[Place]:
    """Return random places in the files, each equally likely."""
    pool: list[tuple[SourceFile, str, int, int, tuple[str, ...]]] = []
    for file in files:
        text = read_source(file)
        if text is None:
            continue
        tokens = tokenise(text, file.language)
        rest: list[str] = []
        for at in reversed(range(len(tokens.texts))):
            if tokens.texts[at] in LINE_BREAKS:
                rest = []
                continue
            rest = [tokens.texts[at], *rest]
            if at >= LEAST_TOKENS:
                start = tokens.starts[at]
                end = text.find("\n", start)
                pool.append((file, text, start, len(text) if end < 0 else end, tuple(rest)))
    chosen = random.Random(seed).sample(pool, min(n, len(pool)))
    return [
        Place(file, text[:start] + text[end:], start, text[start:end], rest)
        for file, text, start, end, rest in chosen
    ]


def ask(library: Library, asked: Sequence[Place]) -> Iterator[tuple[Guess, float]]:
    """Yield the product's answer at each place, and the milliseconds it took."""
    ranker = load_ranker()
    for n, place in enumerate(asked):
        warm = place.visible
        library.reader.read(warm, place.file.language)
        began = time.perf_counter()
        found = predict(library, ranker, place.visible, place.offset, place.file.language, place.file.path)
        took_ms = (time.perf_counter() - began) * 1000
        yield Guess(tuple(text for text, _ in found.ranked), found.text, found.confidence), took_ms
        if n % 100 == 99:
            progress(f"{n + 1} of {len(asked)} places")


def figures(asked: Sequence[Place], guesses: Sequence[Guess]) -> dict[str, float]:
    """Return the figures of one model."""
    ranks = [
        1 / (guess.ranked.index(place.tokens[0]) + 1) if place.tokens[0] in guess.ranked else 0.0
        for place, guess in zip(asked, guesses, strict=True)
    ]
    exact = [
        (guess.confidence, guess.text.strip() == place.hidden.strip(), len(place.tokens))
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
    parser.add_argument("--misses", type=Path, help="write every answer here, as JSON lines")
    options = parser.parse_args(arguments)
    folder = str(options.sources.resolve())
    files = held_out(folder, options.files)
    if not files:
        parser.error(f"{folder} holds too few source files; give a folder of code")
    with tempfile.TemporaryDirectory() as temporary:
        began = time.process_time()
        skip = frozenset(file.path for file in files)
        target = build_index(Path(temporary), [folder], lambda state: None, skip=skip)
        index_cpu_s = time.process_time() - began
        library = Library(Index(target))
        assert library.index is not None
        progress(f"learned {len(library.index.files)} files, {len(library.index.stream)} tokens")
        asked = places(files, options.places)
        answers = list(ask(library, asked))
        ours = figures(asked, [guess for guess, _ in answers])
        plain = figures(asked, list(baseline(library, asked, progress)))
    times = sorted(took_ms for _, took_ms in answers)
    if options.misses:
        write_answers(options.misses, asked, [guess for guess, _ in answers])
    print(f"{'':24}{'ours':>10}{BASELINE:>28}")
    for name, value in ours.items():
        print(f"{name:24}{value:10.3f}{plain[name]:28.3f}")
    result: dict[str, Any] = {name: round(value, 4) for name, value in ours.items()}
    result |= {
        "ms_median": round(statistics.median(times), 2),
        "ms_p95": round(times[len(times) * 95 // 100], 2),
        "places": len(asked),
        "held_out": len(files),
        "index_cpu_s": round(index_cpu_s, 1),
        "baseline": {name: round(value, 4) for name, value in plain.items()},
    }
    print(f"{'ms median, p95':24}{result['ms_median']:10.1f}{result['ms_p95']:10.1f}")
    print(json.dumps(result))


def write_answers(path: Path, asked: Sequence[Place], guesses: Sequence[Guess]) -> None:
    """Write what was asked and answered, the most confident first."""
    with path.open("w", encoding="utf-8") as file:
        for place, guess in sorted(zip(asked, guesses, strict=True), key=lambda pair: -pair[1].confidence):
            line = place.visible.rfind("\n", 0, place.offset) + 1
            entry = {
                "right": guess.text.strip() == place.hidden.strip(),
                "confidence": round(guess.confidence, 3),
                "before": place.visible[line : place.offset],
                "hidden": place.hidden,
                "guess": guess.text,
                "ranked": guess.ranked[:5],
                "path": place.file.path,
            }
            file.write(json.dumps(entry) + "\n")


if __name__ == "__main__":
    main()
