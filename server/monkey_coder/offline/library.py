"""What has been learned, as it stands at one moment: the index, and the newest open texts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..workspace.walk import SourceFile, read_source
from .reading import Reader, Surroundings
from .scene import Scene, shape_of
from .scopes import Stream
from .store import Index
from .vocabulary import BOUNDARY, CLOSE, OPEN, NoWords, Vocabulary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    _Folder = tuple[Stream, Stream, NDArray[np.uint8]]

_MOST_FOLDER_TOKENS = 150_000
_MOST_TO_CLOSE = 6
_MOST_TEXTS = 20


class Library:
    """An index with a vocabulary and a reader that fit it, and the texts read since."""

    def __init__(self, index: Index | None) -> None:
        self.index = index
        self.vocabulary = Vocabulary(index if index is not None else NoWords())
        self.reader = Reader(self.vocabulary)
        self._closers = self._pairs({"(": ")", "[": "]", "{": "}"})
        quotes = {mark: mark for mark in ('"', "'", "`")}
        quotes |= {kind + mark: mark for kind in ("f", "r", "b", "rb", "F", "R", "B") for mark in "\"'"}
        self._quotes = self._pairs(quotes)
        self._texts: dict[str, tuple[str, str]] = {}
        self._ranges: dict[tuple[str, int], tuple[int, int]] = {}
        self._last_folder: tuple[object, _Folder] | None = None

    def _pairs(self, texts: dict[str, str]) -> dict[int, int]:
        openings = self.vocabulary.ids([*texts], frozenset())
        return dict(zip(openings, self.vocabulary.ids([*texts.values()], frozenset()), strict=True))

    def put(self, path: str, text: str, language: str) -> None:
        """Take the newest text of a file that is open, or not in the index."""
        self._texts.pop(path, None)
        self._texts[path] = (text, language)

    def put_file(self, file: SourceFile) -> None:
        """Read a file of the workspace that the index does not have yet."""
        text = read_source(file)
        if text is not None and file.path not in self._texts:
            self.put(file.path, text, file.language)
            self.reader.read(text, file.language)

    def covers(self, path: str) -> bool:
        """Return whether the index has files of the same folder."""
        return self.index is not None and self._range(path, levels=1) != (0, 0)

    def drop(self, path: str) -> None:
        """What the index holds of a file counts again."""
        self._texts.pop(path, None)

    def scene(self, around: Surroundings, path: str | None) -> Scene:
        """Return the surroundings of a cursor with all that has been learned."""
        folder, shapes, spaces = self._folder(path)
        classes = self.vocabulary.classes()
        return Scene(
            around.before,
            around.before_spaces,
            around.after,
            around.after_spaces,
            folder,
            shapes,
            spaces,
            self.index,
            self._near(path),
            tuple(self._skipped(path)),
            classes,
            around.line_break,
            _to_close(around, classes),
            around.line_start,
            self._closers,
            self._quotes,
        )

    def _skipped(self, path: str | None) -> list[tuple[int, int]]:
        if self.index is None:
            return []
        files = (self.index.by_path.get(name) for name in {path or "", *self._texts})
        return [(file.start, file.stop) for file in files if file is not None]

    def _folder(self, path: str | None) -> _Folder:
        """Return the tokens of the file's folder without those of the file, the newest texts last."""
        import numpy as np

        texts = [entry for name, entry in self._texts.items() if name != path][-_MOST_TEXTS:]
        key = (path, *((language, text) for text, language in texts))
        if self._last_folder is not None and self._last_folder[0] == key:
            return self._last_folder[1]
        barrier = np.full(1, BOUNDARY, np.int32), np.zeros(1, np.uint8)
        pieces = [barrier]
        if self.index is not None and path is not None:
            start, stop = self._range(path, levels=1)
            at = start
            for low, high in sorted(self._skipped(path)):
                if start <= low and high <= stop:
                    pieces.append((self.index.stream[at:low], self.index.spaces[at:low]))
                    at = high
            pieces.append((self.index.stream[at:stop], self.index.spaces[at:stop]))
        for block in [self.reader.read(text, language) for text, language in texts]:
            pieces += [barrier, (block.ids, block.spaces)]
        pieces.append(barrier)
        tokens = np.concatenate([piece[0] for piece in pieces])[-_MOST_FOLDER_TOKENS:]
        spaces = np.concatenate([piece[1] for piece in pieces])[-_MOST_FOLDER_TOKENS:]
        shapes = shape_of(tokens, self.vocabulary.classes())
        result = Stream(tokens, kept=True), Stream(shapes, kept=True), spaces
        self._last_folder = key, result
        return result

    def _near(self, path: str | None) -> tuple[int, int]:
        """Return where the stream holds the parent folder, with all that is under it."""
        return self._range(path, levels=2) if self.index is not None and path is not None else (0, 0)

    def _range(self, path: str, *, levels: int) -> tuple[int, int]:
        """Return where the stream holds the files of a folder `levels` above `path`.

        The files lie in the order of the walk, a folder's own files first and side by side.
        """
        assert self.index is not None
        folder = str(Path(path).parents[min(levels, len(Path(path).parents)) - 1])
        known = self._ranges.get((folder, levels))
        if known is None:
            inside = [file for file in self.index.files if file.path.startswith(folder + os.sep)]
            if levels == 1:
                inside = [file for file in inside if os.sep not in file.path[len(folder) + 1 :]]
            known = (inside[0].start, inside[-1].stop) if inside else (0, 0)
            self._ranges[folder, levels] = known
        return known


def _to_close(around: Surroundings, classes: NDArray[np.uint8]) -> int:
    """Return how many more brackets are open before the cursor than the text after it closes."""
    import numpy as np

    def depths(ids: NDArray[np.int32]) -> NDArray[np.intp]:
        kinds = classes[ids]
        return np.cumsum((kinds == OPEN).astype(np.intp) - (kinds == CLOSE))

    before, after = depths(around.before), depths(np.concatenate((around.tail_ids, around.after)))
    opened = int(before[-1] - min(0, int(before.min()))) if len(before) else 0
    closed = -min(0, int(after.min())) if len(after) else 0
    return opened - closed if abs(opened - closed) <= _MOST_TO_CLOSE else 0
