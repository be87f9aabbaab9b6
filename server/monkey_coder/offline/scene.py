"""Everything known at a cursor, as arrays of token numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .scopes import Stream
from .store import Index
from .vocabulary import BOUNDARY, WORD

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Tokens that are candidates without having been seen after this context: the latest before the
# cursor, and names that come soon after it but were not there before.
_RECENT = 16
_COMING = 8
# How far around the cursor tokens are told apart by their distance.
_NEAR, _LATER = 3000, 1500


@dataclass(frozen=True)
class Scene:
    """Everything known at a cursor, as arrays of token numbers; made once a request.

    `before` ends at the cursor; `after` begins with the next line. `line_break` is the kind of
    break that the next visible line implies. `to_close` is how many brackets that are open at the
    cursor are not closed by `after`, so that the rest of the line has to. `closers`
    and `quotes` map what opens a bracket or a text to what closes it.
    """

    before: NDArray[np.int32]
    before_spaces: NDArray[np.uint8]
    after: NDArray[np.int32]
    after_spaces: NDArray[np.uint8]
    folder: Stream
    folder_shapes: Stream
    folder_spaces: NDArray[np.uint8]
    index: Index | None
    near: tuple[int, int]
    skipped: tuple[tuple[int, int], ...]
    classes: NDArray[np.uint8]
    line_break: int
    to_close: int
    line_start: int
    closers: dict[int, int]
    quotes: dict[int, int]
    file: Stream = field(init=False)
    file_shapes: Stream = field(init=False)
    # The streams of `Sightings.all`, and the spaces before their tokens.
    streams: tuple[NDArray[np.int32], ...] = field(init=False)
    spaces: tuple[NDArray[np.uint8], ...] = field(init=False)
    recent: tuple[int, ...] = field(init=False)
    # By token: how often the file has it, how far back it is, how far ahead.
    counts: NDArray[np.intp] = field(init=False)
    latest: NDArray[np.int32] = field(init=False)
    coming: NDArray[np.int32] = field(init=False)

    def __post_init__(self) -> None:
        import numpy as np

        file = np.concatenate(([BOUNDARY], self.before, [BOUNDARY], self.after, [BOUNDARY])).astype(np.int32)
        file_spaces = np.concatenate(([0], self.before_spaces, [0], self.after_spaces, [0])).astype(np.uint8)
        near, later = self.before[-_NEAR:], self.after[:_LATER]
        latest = np.full(len(self.classes), 2 * _NEAR, np.int32)
        latest[near] = np.arange(len(near), 0, -1)
        coming = np.full(len(self.classes), 2 * _LATER, np.int32)
        coming[later[::-1]] = np.arange(len(later), 0, -1)
        names = later[(self.classes[later] == WORD) & (latest[later] == 2 * _NEAR)]
        folder = self.folder.tokens
        if self.index is None:
            all_tokens, all_spaces = folder, self.folder_spaces
        else:
            all_tokens, all_spaces = self.index.stream, self.index.spaces
        values = {
            "file": Stream(file),
            "file_shapes": Stream(shape_of(file, self.classes)),
            "streams": (file, folder, all_tokens, all_tokens, file, folder, file, folder),
            "spaces": (
                *(file_spaces, self.folder_spaces, all_spaces, all_spaces),
                *(file_spaces, self.folder_spaces, file_spaces, self.folder_spaces),
            ),
            "recent": (
                self.line_break,
                *list(dict.fromkeys(near[::-1].tolist()))[:_RECENT],
                *list(dict.fromkeys(names.tolist()))[:_COMING],
            ),
            "counts": np.bincount(file, minlength=len(self.classes)),
            "latest": latest,
            "coming": coming,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)


def shape_of(stream: NDArray[np.int32], classes: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return the stream with names, numbers and texts each reduced to their class."""
    import numpy as np

    kinds = classes[stream].astype(np.int32)
    return np.where(kinds >= WORD, -kinds, stream)
