"""The yardstick for ghost text: a plain 6-gram mixture with a file cache.

Witten-Bell interpolation over contexts of up to five tokens, in the workspace and in the file,
half each; greedy to the end of the line; the product of the probabilities is the confidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from monkey_coder.offline.library import Library
from monkey_coder.offline.scopes import Matches, match_index, match_stream
from monkey_coder.offline.vocabulary import BOUNDARY, SAME, SHALLOWER

if TYPE_CHECKING:
    from monkey_coder.offline.scene import Scene

BASELINE = "6-gram with file cache"
ORDER = 5


@dataclass(frozen=True, slots=True)
class Guess:
    """An answer at a place: next tokens, the best first; the rest of the line; how sure."""

    ranked: tuple[tuple[str, float], ...]
    text: str
    confidence: float


def baseline(library: Library, asked: Sequence[Any], progress: Callable[[str], None]) -> Iterator[Guess]:
    """Yield the baseline's answer at each place."""
    for n, place in enumerate(asked):
        around = library.reader.surroundings(place.visible, place.offset, place.file.language)
        if around.partial:
            around = around.with_token(library.vocabulary.ids([around.partial], frozenset())[0])
        scene = library.scene(around, place.file.path)
        yield _guess(library, scene, place.hidden)
        if n % 250 == 249:
            progress(f"baseline: {n + 1} of {len(asked)} places")


def _guess(library: Library, scene: Scene, hidden: str) -> Guess:
    """Decode greedily. The hidden text serves only to put the white space: that is not judged here."""
    written: list[int] = []
    ranked: tuple[tuple[str, float], ...] = ()
    confidence = 1.0
    pieces: list[str] = []
    while len(written) < 30:
        chances = _distribution(scene, [*scene.before[-ORDER:].tolist(), *written])
        best = sorted(chances, key=lambda token: -chances[token])
        if not written:
            ranked = tuple((_name(library, token), chances[token]) for token in best[:20])
        if not best:
            return Guess(ranked, "", 0.0)
        confidence *= chances[best[0]]
        if SAME <= best[0] <= SHALLOWER:
            break
        written.append(best[0])
        pieces.append(library.vocabulary.text(best[0]))
    text = "".join(pieces)
    return Guess(ranked, hidden if text == "".join(hidden.split()) else text, confidence)


def _name(library: Library, token: int) -> str:
    return "\n" if SAME <= token <= SHALLOWER else library.vocabulary.text(token)


def _distribution(scene: Scene, context: Sequence[int]) -> dict[int, float]:
    context = context[-ORDER:]
    parts = [(scene.file.tokens, match_stream(scene.file, context))]
    if scene.index is not None:
        parts.append((scene.index.stream, match_index(scene.index, context, ())))
    result: dict[int, float] = {}
    for stream, matches in parts:
        for token, chance in _interpolate(stream, matches).items():
            result[token] = result.get(token, 0.0) + chance / len(parts)
    return result


def _interpolate(stream: Any, matches: Matches) -> dict[int, float]:
    result: dict[int, float] = {}
    following = stream[matches.places]
    for order in range(1, ORDER + 1):
        longer = matches.lengths >= order
        counts: dict[int, float] = {}
        for token, weight in zip(following[longer].tolist(), matches.weights[longer].tolist(), strict=True):
            if token != BOUNDARY:
                counts[token] = counts.get(token, 0.0) + weight
        total = sum(counts.values()) + len(counts)
        if not counts:
            break
        unseen = len(counts) / total
        result = {token: chance * unseen for token, chance in result.items()}
        for token, count in counts.items():
            result[token] = result.get(token, 0.0) + count / total
    return result
