"""Predict the rest of a line: the most probable sequence of tokens up to the line break.

Best-first search: always the most probable beginning is carried on, so the first line that is
complete is the most probable one (probabilities only fall).
"""

from __future__ import annotations

import heapq
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from ..workspace.tokens import LINE_BREAKS
from .features import Candidates, candidates
from .library import Library
from .ranker import Ranker
from .reading import Surroundings
from .scene import Scene
from .vocabulary import CLOSE, DEEPER, OPEN, SAME, SHALLOWER

_MOST_TOKENS = 40
_MOST_STEPS = 16
_BRANCHES = 3
# A beginning less probable than this is given up.
_HOPELESS = 0.05
_MOST_RANKED = 20
# A line that fits what follows is kept if it is so sure, or another is not surer by so much: the more
# so where a line follows at once.
_SURE, _BETTER, _FAR_BETTER = 0.6, 0.1, 0.3
# How much of "none of the candidates" speaks for a word before the cursor being complete.
_KNOWN, _UNKNOWN = 0.5, 0.25
# Scopes that compare the tokens themselves, before those that compare shapes.
_N_DIRECT = 4
_GOES_ON = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model expects at a cursor.

    `ranked` are the next tokens with their probabilities, best first (a line break is "\\n").
    `text` is the rest of the line, or "" where none could be completed; `n_tokens` counts it.
    """

    ranked: tuple[tuple[str, float], ...]
    text: str
    confidence: float
    n_tokens: int
    probabilities: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class _Beginning:
    """A part of the line: its tokens, the spaces before each, and their probabilities.

    `n_typed` characters of the first token stand before the cursor already.
    """

    scene: Scene
    probability: float
    n_typed: int = 0
    tokens: tuple[int, ...] = ()
    spaces: tuple[int, ...] = ()
    probabilities: tuple[float, ...] = ()


def predict(
    library: Library,
    ranker: Ranker,
    text: str,
    offset: int,
    language: str,
    path: str | None,
    *,
    is_over: Callable[[], bool] = lambda: False,
) -> Prediction:
    """Return what comes at `offset`; `is_over` is asked between steps whether to give up."""
    around = library.reader.surroundings(text, offset, language)
    if _GOES_ON.match(around.tail):
        return Prediction((), "", 0.0, 0)
    found = _Search(library, ranker, around, path).run(is_over)
    # What follows may not be written yet: the line may as well be one that opens or goes on in a block.
    breaks = (DEEPER, SAME) if around.is_open else (SAME,) if around.line_break == SHALLOWER else ()
    better = _BETTER if around.is_open else _FAR_BETTER
    for line_break in breaks:
        if line_break != around.line_break and found.confidence < _SURE and not is_over():
            other = _Search(library, ranker, replace(around, line_break=line_break), path).run(is_over)
            if other.confidence > found.confidence + better:
                found = replace(other, ranked=found.ranked)
    return found


class _Search:
    def __init__(self, library: Library, ranker: Ranker, around: Surroundings, path: str | None) -> None:
        self.vocabulary, self.ranker = library.vocabulary, ranker
        self.ranked: dict[str, float] = {}
        self._heap: list[tuple[float, int, _Beginning]] = []
        self._n_pushed = 0
        self._tail = around.tail_ids
        self._after_space = around.after_space
        if around.partial:
            self._read_word(library, around, path)
        else:
            self._expand(_Beginning(library.scene(around, path), 1.0), ranks=True)

    def run(self, is_over: Callable[[], bool]) -> Prediction:
        """Return the most probable line."""
        for _ in range(_MOST_STEPS):
            if not self._heap or is_over():
                break
            _, _, best = heapq.heappop(self._heap)
            if self._is_complete(best):
                return self._prediction(best)
            if len(best.tokens) < _MOST_TOKENS:
                self._expand(best)
        return self._prediction(None)

    def _read_word(self, library: Library, around: Surroundings, path: str | None) -> None:
        """Weigh both readings of a word before the cursor: it goes on, or it is complete.

        Somebody who types passes through every beginning of a word, so each word that begins
        like this counts with its own probability.
        """
        partial = around.partial
        scene = library.scene(around, path)
        found = candidates(scene, ())
        chances = self.ranker.probabilities(found.rows)
        texts = [self.vocabulary.text(token) for token in found.ids.tolist()]
        longer = [at for at, text in enumerate(texts) if text.startswith(partial) and text != partial]
        same = sum(float(chances[at]) for at, text in enumerate(texts) if text == partial)
        same += float(chances[-1]) * (_KNOWN if self.vocabulary.knows(partial) else _UNKNOWN)
        total = same + sum(float(chances[at]) for at in longer)
        for at in longer:
            chance = float(chances[at]) / total
            self.ranked[texts[at][len(partial) :]] = chance
            if chance > _HOPELESS:
                self._push(_Beginning(scene, 1.0, n_typed=len(partial)), int(found.ids[at]), 0, chance)
        complete = around.with_token(self.vocabulary.ids([partial], frozenset())[0])
        self._expand(_Beginning(library.scene(complete, path), same / total), ranks=True)

    def _expand(self, beginning: _Beginning, *, ranks: bool = False) -> None:
        """Add the most probable ways to go on."""
        found = candidates(beginning.scene, beginning.tokens)
        chances = self.ranker.probabilities(found.rows)
        order = chances[:-1].argsort()[::-1]
        if ranks:
            for at in order[:_MOST_RANKED].tolist():
                text = self.vocabulary.text(int(found.ids[at]))
                text = "\n" if text in LINE_BREAKS else text
                self.ranked[text] = self.ranked.get(text, 0.0) + float(chances[at]) * beginning.probability
        for at in order[:_BRANCHES].tolist():
            chance = float(chances[at])
            if chance * beginning.probability < _HOPELESS:
                break
            token = int(found.ids[at])
            self._push(beginning, token, _spaces_before(beginning.scene, found, token), chance)

    def _push(self, beginning: _Beginning, token: int, spaces: int, chance: float) -> None:
        self._n_pushed += 1
        longer = replace(
            beginning,
            probability=beginning.probability * chance,
            tokens=(*beginning.tokens, token),
            spaces=(*beginning.spaces, spaces),
            probabilities=(*beginning.probabilities, chance),
        )
        heapq.heappush(self._heap, (-longer.probability, self._n_pushed, longer))

    def _is_complete(self, beginning: _Beginning) -> bool:
        """Return whether the line ends here, or meets what stands after the cursor."""
        last = beginning.tokens[-1]
        if SAME <= last <= SHALLOWER:
            return True
        if not len(self._tail) or last != int(self._tail[0]):
            return False
        kinds = beginning.scene.classes[list(beginning.tokens[:-1])].tolist()
        return bool(kinds.count(OPEN) == kinds.count(CLOSE))

    def _prediction(self, best: _Beginning | None) -> Prediction:
        ranked = tuple(sorted(self.ranked.items(), key=lambda entry: -entry[1])[:_MOST_RANKED])
        if best is None:
            return Prediction(ranked, "", 0.0, 0)
        pieces = []
        for token, spaces in zip(best.tokens[:-1], best.spaces, strict=False):
            pieces += [" " * spaces, self.vocabulary.text(token)]
        if pieces and self._after_space:
            pieces[0] = ""
        chances = best.probabilities
        # The reading of the word before the cursor is one more thing that can be wrong.
        reading = best.probability / math.prod(chances)
        chances = (reading, *chances) if reading < 1 else chances
        return Prediction(
            ranked,
            "".join(pieces)[best.n_typed :],
            self.ranker.confidence(chances),
            len(best.tokens) - 1,
            chances,
        )


def _spaces_before(scene: Scene, found: Candidates, token: int) -> int:
    """Return how many spaces stand before `token` where it was seen, the longest contexts first."""
    import numpy as np

    votes = np.zeros(4)
    for at, (stream, spaces, matches) in enumerate(
        zip(scene.streams, scene.spaces, found.matches, strict=True)
    ):
        chosen = stream[matches.places] == token
        if chosen.any():
            weights = 4.0 ** np.minimum(matches.lengths[chosen], 10)
            votes += np.bincount(spaces[matches.places[chosen]], weights, minlength=4)
        if at >= _N_DIRECT - 1 and votes.any():
            break
    return int(votes.argmax())
