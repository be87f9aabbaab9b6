"""What speaks for each token that could come next, as numbers.

For every scope and every length of context: the share of places where the candidate came next,
and how many places there were. Besides: what kind of token it is, where the file has it, whether
brackets and the visible next line allow a line break here, and what lines of the same shape do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .scene import Scene
from .scopes import Matches
from .sightings import BACK, Sightings
from .store import DEPTH
from .vocabulary import BOUNDARY, CLOSE, DEEPER, OPEN, SAME, SHALLOWER, UNSAID

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

# Context lengths that are told apart: each counts places that agree in at least so many tokens.
LENGTHS = (1, 2, 3, 4, 6, 9)
SHAPES = (1, 2, 4, 7)
_MOST = 40
_N_CLASSES = 8


@dataclass(frozen=True, slots=True)
class Candidates:
    """Tokens that could come next, a row of features for each, and where they were seen.

    The last row stands for "none of these", and has no token.
    """

    ids: NDArray[np.int32]
    rows: Floats
    matches: tuple[Matches, ...]


def candidates(scene: Scene, written: Sequence[int]) -> Candidates:
    """Return what could follow `scene.before` and then `written`."""
    import numpy as np

    context = [*scene.before[-DEPTH - BACK :].tolist(), *written]
    if len(context) < DEPTH:
        context = [BOUNDARY, BOUNDARY, *context]
    seen = Sightings(scene, context)
    extra = np.array([*seen.backs, *scene.recent], np.int32)
    ids, inverse = _distinct(np.concatenate((*seen.following, extra)), len(scene.classes))
    n_direct = sum(map(len, seen.following[:4]))
    n, totals = _counts(seen.direct, inverse, len(ids), LENGTHS)
    loose_n, loose_totals = _counts((*seen.shaped, *seen.skipping), inverse[n_direct:], len(ids), SHAPES)
    share = n / (totals + 0.3)[:, None, :]
    loose_share = loose_n / (loose_totals + 0.3)[:, None, :]
    back = np.zeros(len(ids))
    if seen.backs:
        n_places = sum(map(len, seen.following))
        back[inverse[n_places : n_places + len(seen.backs)]] = list(seen.backs.values())
    quick = (share * np.array(LENGTHS)).sum((0, 2)) + loose_share.sum((0, 2)) + 2 * back
    allowed = (ids > UNSAID) & ((ids == scene.line_break) | (ids < SAME) | (ids > SHALLOWER))
    quick[~allowed] = -1.0
    best = np.argsort(-quick, kind="stable")[:_MOST]
    best = best[quick[best] >= 0]
    chosen = ids[best]
    kinds = scene.classes[chosen]
    longest, longest_around = _longest(seen.direct, inverse, len(ids))
    columns = [
        *np.log(share[:, best, :] + 0.002).transpose(0, 2, 1).reshape(-1, len(best)),
        *np.log(loose_share[:, best, :] + 0.002).transpose(0, 2, 1).reshape(-1, len(best)),
        *longest[:, best],
        *_distances(scene, seen.direct[0], inverse, len(ids))[:, best],
        back[best],
        *(kinds == kind for kind in range(_N_CLASSES)),
        *_token_columns(scene, chosen, context, written),
        (chosen == scene.line_break) * seen.meeting,
    ]
    around = _context_row(scene, context, written, [totals.ravel(), loose_totals.ravel()])
    around = np.concatenate((around, longest_around))
    count = len(columns)
    rows = np.zeros((len(best) + 1, count + 1 + len(around)), np.float32)
    rows[:-1, :count] = np.array(columns, np.float32).T
    rows[-1, count] = 1.0
    rows[:, count + 1 :] = around
    return Candidates(chosen, rows, seen.all)


def _distinct(tokens: NDArray[np.int32], n_words: int) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
    """Return the distinct tokens, and for each token which of them it is; faster than sorting."""
    import numpy as np

    number = np.empty(n_words, np.intp)
    every = np.arange(len(tokens))
    number[tokens] = every
    ids = tokens[number[tokens] == every]
    number[ids] = every[: len(ids)]
    return ids, number[tokens]


def _counts(
    matches: Sequence[Matches], inverse: NDArray[np.intp], n_ids: int, lengths: Sequence[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how often each token followed, by scope and least length of context; and the sums."""
    import numpy as np

    width = len(lengths)
    bucket_of = np.searchsorted(lengths, np.arange(DEPTH + 1), side="right") - 1
    keys = []
    at = 0
    for scope, found in enumerate(matches):
        here = inverse[at : at + len(found.places)]
        keys.append((scope * n_ids + here) * width + bucket_of[found.lengths])
        at += len(found.places)
    weights = np.concatenate([found.weights for found in matches])
    flat = np.bincount(np.concatenate(keys), weights, minlength=len(matches) * n_ids * width)
    n = flat.reshape(len(matches), n_ids, width)[:, :, ::-1].cumsum(2)[:, :, ::-1]
    return n, n.sum(1)


def _longest(
    matches: Sequence[Matches], inverse: NDArray[np.intp], n_ids: int
) -> tuple[NDArray[np.float64], Floats]:
    """Return each token's share of the places that agree longest, by scope; how long, many and varied."""
    import numpy as np

    shares = np.zeros((len(matches), n_ids))
    around: list[float] = []
    at = 0
    for scope, found in enumerate(matches):
        here = inverse[at : at + len(found.places)]
        at += len(found.places)
        if not len(here):
            around += [0.0, 0.0, 0.0]
            continue
        length = found.lengths.max()
        those = found.lengths == length
        counts = np.bincount(here[those], found.weights[those], minlength=n_ids)
        total = float(counts.sum())
        shares[scope] = counts / (total + 0.1)
        around += [np.log(float(length)), np.log1p(total), float(counts.max()) / total]
    return shares, np.array(around, np.float32)


def _distances(scene: Scene, found: Matches, inverse: NDArray[np.intp], n_ids: int) -> NDArray[np.float64]:
    """Return how far from the cursor the file has each token after this context, for two lengths of it."""
    import numpy as np

    result = np.full((2, n_ids), 9.0)
    far = np.log1p(np.abs(found.places - len(scene.before) - 1))
    for row, length in enumerate((1, 3)):
        enough = found.lengths >= length
        np.minimum.at(result[row], inverse[: len(found.places)][enough], far[enough])
    return result


def _token_columns(
    scene: Scene, ids: NDArray[np.int32], context: Sequence[int], written: Sequence[int]
) -> list[NDArray[np.float64]]:
    """Return what is known of each candidate by itself."""
    import numpy as np

    listed = ids.tolist()
    n_line = len(scene.before) - scene.line_start + len(written)
    line = context[-n_line:] if n_line else []
    kinds = scene.classes[ids]
    to_close = _to_close(scene, written)
    is_break = ids == scene.line_break
    closer, quote = _unclosed(scene, context), _open_quote(scene, line)
    opens = np.full(len(ids), 0.15)
    if scene.index is not None:
        known = ids < len(scene.index.opens)
        opens[known] = scene.index.opens[ids[known]]
    deeper = 1.0 if scene.line_break == DEEPER else -1.0
    return [
        np.log1p(scene.counts[ids]),
        np.log(scene.latest[ids] + float(len(written))),
        np.log(scene.coming[ids]),
        np.array([min(3, line.count(token)) for token in listed], float),
        (ids == context[-1]).astype(float),
        np.log1p(_uses(scene, ids)),
        is_break * min(2, max(-2, to_close)),
        is_break * float(to_close == 0),
        (kinds == CLOSE) * min(3, max(-2, to_close)),
        (kinds == CLOSE) * float(to_close <= 0),
        (kinds == OPEN) * min(3, max(-2, to_close)),
        opens * deeper,
        is_break * deeper,
        opens * deeper * float(to_close == 0),
        (ids == closer).astype(float),
        (kinds == CLOSE) & (ids != closer),
        (ids == quote).astype(float),
        is_break * float(quote >= 0),
    ]


def _unclosed(scene: Scene, context: Sequence[int]) -> int:
    """Return the token that closes the nearest bracket open in `context`, or -1."""
    depth = 0
    for token in reversed(context):
        kind = scene.classes[token]
        if kind == CLOSE:
            depth += 1
        elif kind == OPEN:
            if depth == 0:
                return scene.closers.get(token, -1)
            depth -= 1
    return -1


def _open_quote(scene: Scene, line: Sequence[int]) -> int:
    """Return the token that ends the text that is open in `line`, or -1."""
    quote = -1
    for token in line:
        if quote < 0:
            quote = scene.quotes.get(token, -1)
        elif token == quote:
            quote = -1
    return quote


def _uses(scene: Scene, ids: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return how often the workspace has each token."""
    import numpy as np

    uses = np.zeros(len(ids))
    if scene.index is not None:
        buckets = scene.index.buckets
        known = ids < len(buckets) - 1
        uses[known] = buckets[ids[known] + 1] - buckets[ids[known]]
    return uses


def _to_close(scene: Scene, written: Sequence[int]) -> int:
    kinds = [int(scene.classes[token]) for token in written]
    return scene.to_close + kinds.count(OPEN) - kinds.count(CLOSE)


def _context_row(
    scene: Scene,
    context: Sequence[int],
    written: Sequence[int],
    totals: Sequence[NDArray[np.float64]],
) -> Floats:
    """Return what is the same for all candidates of a place."""
    import numpy as np

    to_close = _to_close(scene, written)
    last = int(scene.classes[context[-1]])
    n_line = len(scene.before) - scene.line_start + len(written)
    return np.concatenate(
        (
            *map(np.log1p, totals),
            np.arange(_N_CLASSES) == last,
            [
                min(3, max(-2, to_close)),
                float(to_close == 0),
                float(scene.line_break == DEEPER),
                float(scene.line_break == SHALLOWER),
                float(_open_quote(scene, context[-n_line:] if n_line else ()) >= 0),
                float(_unclosed(scene, context) >= 0),
                np.log1p(n_line),
                np.log1p(len(scene.before)) / 4,
            ],
        )
    ).astype(np.float32)
