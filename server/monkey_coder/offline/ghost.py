"""Ghost text with no key and no network: the rest of the line, as the user's own code has it.

`GhostEngine` learns (the workspace in a process of its own, open documents as they are typed) and
predicts; `GhostModel` is the same as a `Model`.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.documents import Document
from ..core.errors import InputError
from ..core.model import Event, Finished, FinishReason, Request, TaskKind, TextDelta
from .training import Training

if TYPE_CHECKING:
    from .library import Library
    from .predictor import Prediction
    from .store import Index

NAME = "offline"
# Confidences from which a suggestion is shown: unasked, and where the user asked for it. Of what
# is shown unasked, three quarters were right to the end of the line (`python -m benchmarks.ghost`).
SHOWN_UNASKED = 0.3
SHOWN_ASKED = 0.05
# How long one suggestion may take: unasked, after which the user has typed on, and asked for by hand.
_UNASKED_S, _ASKED_S = 0.1, 1.0
_FIRST_READ_S = 0.3
_MOST_SIBLINGS = 40
_MOST_SIBLING_BYTES = 600_000


class GhostEngine:
    """Learns from the user's code and predicts lines of it. A `core.kit.Learner`.

    `cache_folder` holds the indexes between starts. All work with what was learned runs on one
    thread of its own, in short pieces; the index is built by another process.
    """

    def __init__(self, cache_folder: Path, *, start_after_s: float = 0.0) -> None:
        """Other files of the workspace than those beside the open one are read so much later."""
        self._start_after_s = start_after_s
        self._cache_folder = cache_folder
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="ghost-text")
        self._library: Library | None = None
        self._open: dict[str, Document] = {}
        self._training: Training | None = None
        self._is_closed = False
        self._lock = threading.Lock()

    @property
    def state(self) -> str:
        """What the engine is doing, for a person."""
        training = self._training
        return "no folder is open" if training is None else training.state

    @property
    def is_learning(self) -> bool:
        """Whether the workspace is still being learned."""
        return self._training is not None and not self.state.startswith(("ready", "cannot"))

    def open_folders(self, folders: Sequence[str]) -> None:
        """Learn these workspace folders in the background; they replace the ones known before."""
        with self._lock:
            if self._is_closed:
                return
            if self._training is not None:
                self._training.stop()
                self._training = None
            if folders:
                key = hashlib.sha256("\0".join(sorted(folders)).encode("utf-8", "surrogatepass"))
                home = self._cache_folder / f"ghost-{key.hexdigest()[:16]}"
                self._training = Training(home, tuple(folders), self._take, start_after_s=self._start_after_s)
                self._training.start()
            else:
                self._take(None)

    def observe(self, document: Document) -> None:
        """Take note of the newest text of an open document."""
        is_new = self._open.pop(document.uri, None) is None
        self._open[document.uri] = document
        if is_new:
            self._submit(self._open_first, document)

    def forget(self, uri: str) -> None:
        """The document was closed; what is on disk counts again."""
        document = self._open.pop(uri, None)
        if document is not None:
            self._submit(self._drop, document.path or uri)

    def refresh(self, paths: Sequence[str]) -> None:
        """These files changed on disk, outside the editor."""
        training = self._training
        if paths and training is not None:
            training.refresh()

    def close(self) -> None:
        """Stop all background work."""
        with self._lock:
            self._is_closed = True
            if self._training is not None:
                self._training.stop()
        self._worker.shutdown(wait=False, cancel_futures=True)

    async def predict(self, document: Document, offset: int, *, within_s: float = _ASKED_S) -> Prediction:
        """Return what probably comes at `offset`, as far as `within_s` allows.

        Raises: InputError where there is no such place.
        """
        if not 0 <= offset <= len(document.text):
            raise InputError(
                f"offset {offset} is outside the document; give one from 0 to {len(document.text)}"
            )
        given_up = threading.Event()
        try:
            return await asyncio.wrap_future(
                self._worker.submit(self._predict, document, offset, dict(self._open), given_up, within_s)
            )
        finally:
            given_up.set()

    def _predict(
        self,
        document: Document,
        offset: int,
        others: dict[str, Document],
        given_up: threading.Event,
        within_s: float,
    ) -> Prediction:
        from .predictor import Prediction, predict
        from .ranker import load_ranker

        if given_up.is_set():
            return Prediction((), "", 0.0, 0)
        library = self._loaded()
        for uri, other in others.items():
            if uri != document.uri and _is_shared(other):
                library.put(other.path or uri, other.text, other.language)
        deadline = time.monotonic() + within_s
        return predict(
            library,
            load_ranker(),
            document.text,
            offset,
            document.language,
            document.path,
            is_over=lambda: given_up.is_set() or time.monotonic() > deadline,
        )

    def _open_first(self, document: Document) -> None:
        """Read a document that was just opened, and what lies beside it until there is an index."""
        from ..workspace.walk import siblings

        library = self._loaded()
        library.reader.read(document.text, document.language)
        path, folder = document.path, document.folder
        if path is None or folder is None or library.covers(path):
            return
        # The first prediction waits for a part of them; between the others it can come in.
        first_until = time.monotonic() + _FIRST_READ_S
        n_bytes = 0
        files = [file for file in siblings(path, folder) if file.language == document.language]
        newest = sorted((file for file in files if file.path != path), key=lambda file: -file.mtime_ns)
        for index, file in enumerate(newest[:_MOST_SIBLINGS]):
            n_bytes += file.size
            if n_bytes > _MOST_SIBLING_BYTES:
                break
            if index == 0 or time.monotonic() < first_until:
                library.put_file(file)
            else:
                self._submit(library.put_file, file)

    def _loaded(self) -> Library:
        if self._library is None:
            from .library import Library

            self._library = Library(None)
        return self._library

    def _take(self, index: Index | None) -> None:
        """Use another index from the next prediction on."""
        self._submit(self._swap, index)

    def _swap(self, index: Index | None) -> None:
        from .library import Library

        self._library = Library(index)

    def _drop(self, path: str) -> None:
        self._loaded().drop(path)

    def _submit(self, work: Callable[..., None], *arguments: object) -> None:
        # After `close` there is nobody to work for.
        with suppress(RuntimeError):
            self._worker.submit(work, *arguments)


def _is_shared(document: Document) -> bool:
    """Return whether what an open document says may be suggested in others."""
    return document.folder is not None and document.path is not None and document.language != "plaintext"


class GhostModel:
    """The engine as a `Model`: answers COMPLETE with the rest of the line, or with nothing."""

    def __init__(self, engine: GhostEngine) -> None:
        self._engine = engine

    @property
    def name(self) -> str:
        return NAME

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield the text to insert if it is sure enough, and `Finished` with its confidence.

        Raises: InputError for another kind of task.
        """
        task = request.task
        if task.kind is not TaskKind.COMPLETE:
            raise InputError(f"ghost text cannot {task.kind}; it only completes")
        within_s = _ASKED_S if task.is_invoked else _UNASKED_S
        found = await self._engine.predict(task.document, task.span.start, within_s=within_s)
        least = SHOWN_ASKED if task.is_invoked else SHOWN_UNASKED
        if found.text.strip() and found.confidence >= least:
            yield TextDelta(found.text)
        yield Finished(FinishReason.STOP, NAME, found.confidence)
