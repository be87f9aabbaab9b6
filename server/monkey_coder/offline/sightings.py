"""Where the context of a cursor was seen before, and what followed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .scene import Scene
from .scopes import match_index, match_stream
from .vocabulary import WORD

if TYPE_CHECKING:
    pass

# How many tokens back a repetition by position may reach, and at how many places it is looked for.
BACK = 16
_SHAPED = 200


class Sightings:
    """Where the context was seen, and what followed.

    By its tokens (`direct`: file, folder, the parent folder with all under it, workspace), by its
    shape (`shaped`: file, folder), and but for its last token (`skipping`: file, folder).
    """

    def __init__(self, scene: Scene, context: Sequence[int]) -> None:
        import numpy as np

        file, folder = match_stream(scene.file, context), match_stream(scene.folder, context)
        if scene.index is None:
            # Until there is an index, what was read of the folder is all there is.
            self.direct = (file, folder, folder, folder)
        else:
            everywhere = match_index(scene.index, context, scene.skipped)
            self.direct = (file, folder, everywhere.within(*scene.near), everywhere)
        kinds = scene.classes[np.array(context)].astype(np.int32)
        shape = np.where(kinds >= WORD, -kinds, context).tolist()
        self.shaped = (match_stream(scene.file_shapes, shape), match_stream(scene.folder_shapes, shape))
        self.skipping = tuple(
            match_stream(source, context[:-1]).next(len(source.tokens))
            for source in (scene.file, scene.folder)
        )
        self.all = (*self.direct, *self.shaped, *self.skipping)
        self.following = [stream[found.places] for stream, found in zip(scene.streams, self.all, strict=True)]
        self.backs = self._backs(scene, context)
        self.meeting = self._meeting(scene) if len(scene.after) else 0.0

    def _backs(self, scene: Scene, context: Sequence[int]) -> dict[int, float]:
        """Return what repeating by position gives.

        Maps tokens of the context to the share of the places of this shape where the next token
        was the one so many tokens back: in `self.size = size`, two back.
        """
        import numpy as np

        back = np.arange(1, min(BACK, len(context)) + 1)
        shares = np.zeros(len(back))
        total = 2.0
        for stream, found in zip(scene.streams, self.shaped, strict=False):
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
