"""What speaks for each token that could come next, as numbers.

For every scope and every length of context: the share of places where the candidate came next,
and how many places there were. Besides: what kind of token it is, where the file has it, whether
brackets and the visible next line allow a line break here, and what lines of the same shape do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .scopes import Matches, match_array, match_index
from .store import DEPTH, Index
from .vocabulary import BOUNDARY, CLOSE, DEEPER, OPEN, SAME, SHALLOWER, UNSAID, WORD

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

# Context lengths that are told apart: each counts places that agree in at least so many tokens.
LENGTHS = (1, 2, 3, 4, 6, 9)
SHAPES = (1, 2, 4, 7)
_MOST = 40
_BACK = 16
_RECENT = 16
_COMING = 8
_SHAPED = 200
_N_CLASSES = 8


@dataclass(frozen=True)
class Scene:
    """Everything known at a cursor, as arrays of token numbers; made once a request.

    `before` ends at the cursor; `after` begins with the next line. `line_break` is the kind of
    break that the next visible line implies. `to_close` is how many brackets that are open at the
    cursor are not closed by `after`, so that the rest of the line has to.
    """

    before: NDArray[np.int32]
    before_spaces: NDArray[np.uint8]
    after: NDArray[np.int32]
    after_spaces: NDArray[np.uint8]
    folder: NDArray[np.int32]
    folder_spaces: NDArray[np.uint8]
    folder_shapes: NDArray[np.int32]
    index: Index | None
    near: tuple[int, int]
    skipped: tuple[tuple[int, int], ...]
    classes: NDArray[np.uint8]
    line_break: int
    to_close: int
    line_start: int
    file: NDArray[np.int32] = field(init=False)
    shapes: NDArray[np.int32] = field(init=False)
    streams: tuple[NDArray[np.int32], ...] = field(init=False)
    spaces: tuple[NDArray[np.uint8], ...] = field(init=False)
    recent: tuple[int, ...] = field(init=False)
    counts: dict[int, int] = field(init=False)
    latest: dict[int, int] = field(init=False)
    coming: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        import numpy as np

        file = np.concatenate(([BOUNDARY], self.before, [BOUNDARY], self.after, [BOUNDARY])).astype(np.int32)
        near = self.before[-3000:].tolist()
        later = self.after[:1500].tolist()
        known = set(near)
        coming = [
            token for token in dict.fromkeys(later) if token not in known and self.classes[token] == WORD
        ]
        unique, counts = np.unique(file, return_counts=True)
        file_spaces = np.concatenate(([0], self.before_spaces, [0], self.after_spaces, [0])).astype(np.uint8)
        if self.index is None:
            all_tokens, all_spaces = self.folder, self.folder_spaces
        else:
            all_tokens, all_spaces = self.index.stream, self.index.spaces
        values = {
            "file": file,
            "shapes": shape_of(file, self.classes),
            "streams": (file, self.folder, all_tokens, all_tokens, file, self.folder),
            "spaces": (
                file_spaces,
                self.folder_spaces,
                all_spaces,
                all_spaces,
                file_spaces,
                self.folder_spaces,
            ),
            "recent": (self.line_break, *list(dict.fromkeys(reversed(near)))[:_RECENT], *coming[:_COMING]),
            "counts": dict(zip(unique.tolist(), counts.tolist(), strict=True)),
            "latest": {token: len(near) - at for at, token in enumerate(near)},
            "coming": {token: at + 1 for at, token in reversed(list(enumerate(later)))},
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Tokens that could come next, a row of features for each, and where they were seen.

    The last row stands for "none of these", and has no token.
    """

    ids: NDArray[np.int32]
    rows: Floats
    matches: tuple[Matches, ...]


def shape_of(stream: NDArray[np.int32], classes: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return the stream with names, numbers and texts each reduced to their class."""
    import numpy as np

    kinds = classes[stream].astype(np.int32)
    return np.where(kinds >= WORD, -kinds, stream)


def candidates(scene: Scene, written: Sequence[int]) -> Candidates:
    """Return what could follow `scene.before` and then `written`."""
    import numpy as np

    context = [*scene.before[-DEPTH - _BACK :].tolist(), *written]
    if len(context) < DEPTH:
        context = [BOUNDARY, BOUNDARY, *context]
    seen = _Seen(scene, context)
    extra = np.array([*seen.backs, *scene.recent], np.int32)
    ids, inverse = np.unique(np.concatenate((*seen.following, extra)), return_inverse=True)
    n, totals = _counts(seen.direct, inverse, len(ids), LENGTHS)
    n_direct = sum(len(found.places) for found in seen.direct)
    shape_n, shape_totals = _counts(seen.shaped, inverse[n_direct:], len(ids), SHAPES)
    share = n / (totals + 0.3)[:, None, :]
    shape_share = shape_n / (shape_totals + 0.3)[:, None, :]
    back = np.zeros(len(ids))
    if seen.backs:
        back[np.searchsorted(ids, list(seen.backs))] = list(seen.backs.values())
    quick = (share * np.array(LENGTHS)).sum((0, 2)) + shape_share.sum((0, 2)) + 2 * back
    allowed = (ids > UNSAID) & ((ids == scene.line_break) | (ids < SAME) | (ids > SHALLOWER))
    quick[~allowed] = -1.0
    best = np.argsort(-quick, kind="stable")[:_MOST]
    best = best[quick[best] >= 0]
    chosen = ids[best]
    kinds = scene.classes[chosen]
    columns = [
        *np.log(share[:, best, :] + 0.002).transpose(0, 2, 1).reshape(-1, len(best)),
        *np.log(shape_share[:, best, :] + 0.002).transpose(0, 2, 1).reshape(-1, len(best)),
        back[best],
        *(kinds == kind for kind in range(_N_CLASSES)),
        *_token_columns(scene, chosen, context, written),
        (chosen == scene.line_break) * seen.meeting,
    ]
    around = _context_row(scene, context, written, totals, shape_totals)
    count = len(columns)
    rows = np.zeros((len(best) + 1, count + 1 + len(around)), np.float32)
    rows[:-1, :count] = np.array(columns, np.float32).T
    rows[-1, count] = 1.0
    rows[:, count + 1 :] = around
    return Candidates(chosen, rows, (*seen.direct, *seen.shaped))


class _Seen:
    """Where the context was seen: by its tokens (`direct`), by its shape, and what followed."""

    def __init__(self, scene: Scene, context: Sequence[int]) -> None:
        import numpy as np

        file, folder = match_array(scene.file, context), match_array(scene.folder, context)
        if scene.index is None:
            # Until there is an index, what was read of the folder is all there is.
            self.direct = (file, folder, folder, folder)
        else:
            everywhere = match_index(scene.index, context, scene.skipped)
            self.direct = (file, folder, everywhere.within(*scene.near), everywhere)
        kinds = scene.classes[np.array(context)].astype(np.int32)
        shape = np.where(kinds >= WORD, -kinds, context).tolist()
        self.shaped = (match_array(scene.shapes, shape), match_array(scene.folder_shapes, shape))
        self.following = [
            stream[found.places]
            for stream, found in zip(scene.streams, (*self.direct, *self.shaped), strict=True)
        ]
        self.backs = self._backs(scene, context)
        self.meeting = self._meeting(scene) if len(scene.after) else 0.0

    def _backs(self, scene: Scene, context: Sequence[int]) -> dict[int, float]:
        """Return what repeating by position gives.

        Maps tokens of the context to the share of the places of this shape where the next token
        was the one so many tokens back: in `self.size = size`, two back.
        """
        import numpy as np

        back = np.arange(1, min(_BACK, len(context)) + 1)
        shares = np.zeros(len(back))
        total = 2.0
        for stream, found in zip((scene.file, scene.folder), self.shaped, strict=True):
            enough = np.flatnonzero(found.lengths >= 3)[:_SHAPED]
            places, weights = found.places[enough], found.lengths[enough].astype(float)
            next_ids = stream[places]
            same = stream[np.maximum(places[:, None] - back, 0)] == next_ids[:, None]
            same &= (scene.classes[next_ids] >= WORD)[:, None]
            shares += weights @ same
            total += float(weights.sum())
        result: dict[int, float] = {}
        for distance, value in enumerate((shares / total).tolist(), 1):
            if value > 0:
                token = context[-distance]
                result[token] = max(result.get(token, 0.0), value)
        return result

    def _meeting(self, scene: Scene) -> float:
        """Return how often, where the line ended after this context, the next began as ours does."""
        met = ended = 0.0
        for stream, found in zip(scene.streams, self.direct, strict=False):
            places = found.places[found.lengths >= 2]
            places = places[stream[places] == scene.line_break]
            if len(places):
                ended += len(places)
                met += float((stream[(places + 1).clip(max=len(stream) - 1)] == scene.after[0]).sum())
        return (met + 0.1) / (ended + 1.0)


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
    opens = np.full(len(ids), 0.15)
    if scene.index is not None:
        known = ids < len(scene.index.opens)
        opens[known] = scene.index.opens[ids[known]]
    deeper = 1.0 if scene.line_break == DEEPER else -1.0
    return [
        np.log1p([scene.counts.get(token, 0) for token in listed]),
        np.log([scene.latest.get(token, 6000) + len(written) for token in listed]),
        np.log([scene.coming.get(token, 3000) for token in listed]),
        np.array([min(3, line.count(token)) for token in listed], float),
        np.array([token == context[-1] for token in listed], float),
        np.log1p(_uses(scene, ids)),
        is_break * min(2, max(-2, to_close)),
        is_break * float(to_close == 0),
        (kinds == CLOSE) * min(3, max(-2, to_close)),
        (kinds == CLOSE) * float(to_close <= 0),
        (kinds == OPEN) * min(3, max(-2, to_close)),
        opens * deeper,
        is_break * deeper,
        opens * deeper * float(to_close == 0),
    ]


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
    totals: NDArray[np.float64],
    shape_totals: NDArray[np.float64],
) -> Floats:
    """Return what is the same for all candidates of a place."""
    import numpy as np

    to_close = _to_close(scene, written)
    last = int(scene.classes[context[-1]])
    n_line = len(scene.before) - scene.line_start + len(written)
    return np.concatenate(
        (
            np.log1p(totals).ravel(),
            np.log1p(shape_totals).ravel(),
            np.arange(_N_CLASSES) == last,
            [
                min(3, max(-2, to_close)),
                float(to_close == 0),
                float(scene.line_break == DEEPER),
                float(scene.line_break == SHALLOWER),
                np.log1p(n_line),
                np.log1p(len(scene.before)) / 4,
            ],
        )
    ).astype(np.float32)
