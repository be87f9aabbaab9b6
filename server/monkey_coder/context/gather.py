"""What of the project a model should see with a task: many sources, one deadline, one budget."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from ..core.documents import Document
from ..core.gathering import CHARACTERS_PER_TOKEN, Gathered, tokens_of
from ..core.kit import Limits
from ..core.model import Fact, Task, TaskKind
from ..workspace.index import Index
from .asked import about
from .atlas_keeper import AtlasKeeper
from .edits import RecentEdits
from .pieces import most_that_fit, pack
from .place import Place
from .rank import rank
from .sources import Scene, Source, sources_for

log = logging.getLogger(__name__)

# What other passages than definitions may take, where there are some.
_SHARE = {TaskKind.COMPLETE: 0.25}
_OTHER_SHARE = 0.45
_DEFINITIONS = "definitions"
# A passage shorter than what is said about it is not worth sending.
_LEAST_CHARACTERS = 8
_LABEL = 40
_THREADS = 4
_LOOK_S = 0.02
# How many documents' last definitions are kept, and how far from their place they still serve.
_MOST_KEPT = 16
_NEAR_LINES = 40


class Gatherer:
    """Gathers from an index. A `core.gathering.Gathering`, and a `core.kit.Learner` of what is open."""

    def __init__(
        self,
        index: Index,
        limits: Limits | None = None,
        *,
        is_trusted: bool = False,
        is_busy: Callable[[], bool] = lambda: False,
    ) -> None:
        """`is_busy` tells that the index is being built: what is not whole yet is not laid out."""
        self._index = index
        self._limits = limits or Limits()
        self._is_trusted = is_trusted
        self.keeper = AtlasKeeper(index, is_busy)
        self._edits = RecentEdits()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._is_closed = False
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="gather")
        # For ghost text one source after the other: they compute, and would but wait for each other.
        self._ghost_pool = ThreadPoolExecutor(1, thread_name_prefix="gather-ghost")

    # Learner

    @property
    def state(self) -> str:
        """What it is doing, for a person."""
        return "definitions are ready" if self.keeper.is_ready else "no definitions yet"

    @property
    def is_learning(self) -> bool:
        """Whether definitions are being laid out; the index tells of itself."""
        return self.keeper.is_at_work

    def open_folders(self, folders: Sequence[str]) -> None:
        """Gather in these folders from here on."""
        self.keeper.open_folders(folders)

    def observe(self, document: Document) -> None:
        """Take note of the newest text of an open document."""
        self._edits.observe(document)
        self.keeper.refresh_soon()

    def forget(self, uri: str) -> None:
        """The document was closed."""
        self._edits.forget(uri)
        self._kept.pop(uri, None)

    def refresh(self, paths: Sequence[str]) -> None:
        """These files changed on disk; the index reads them."""

    def close(self) -> None:
        """Stop all background work."""
        self._is_closed = True
        self.keeper.close()
        for pool in (self._pool, self._ghost_pool):
            pool.shutdown(wait=False, cancel_futures=True)

    # Gathering

    async def gather(self, task: Task, tokens: int, within_s: float) -> Gathered:
        """Return passages of at most so many tokens; nothing while the project is not known yet.

        Where the definitions are late for ghost text, those last found near the place in the same
        document serve; the search goes on, and what it finds is there for the next request.
        """
        began = time.perf_counter()
        path = task.document.path
        if path is None and task.kind is TaskKind.CHAT and tokens > 0 and self.keeper.is_ready:
            return await self._about(task, tokens, within_s)
        if path is None or tokens <= 0 or self._is_closed or not self._knows(path):
            self.keeper.refresh_soon()
            return Gathered((), tokens, time.perf_counter() - began)
        scene = Scene(task, self._visible(task), self._index, self.keeper, self._edits, self._is_trusted)
        others = sources_for(task.kind)
        is_alone = task.kind is TaskKind.COMPLETE and not self._has_others(task)
        share = 0.0 if is_alone else _SHARE.get(task.kind, _OTHER_SHARE)
        characters = tokens * CHARACTERS_PER_TOKEN
        names = [_DEFINITIONS, *([] if is_alone else others)]
        found, late = await self._within(scene, others, names, within_s, int(characters * (1 - share)))
        if _DEFINITIONS in late and (kept := self._kept_near(task, characters)) is not None:
            found[_DEFINITIONS] = kept
        facts = _fitted(found, names, characters)
        self.keeper.refresh_soon()
        return Gathered(facts, tokens, time.perf_counter() - began, late)

    async def _about(self, task: Task, tokens: int, within_s: float) -> Gathered:
        """Return what a question without an open file is about."""
        began = time.perf_counter()
        characters = tokens * CHARACTERS_PER_TOKEN

        def find() -> list[Fact]:
            with self.keeper.borrowed(within_s) as atlas:
                return [] if atlas is None else about(atlas, task.instruction, characters, self._lines_shown)

        running = asyncio.get_running_loop().run_in_executor(self._pool, find)
        await asyncio.wait({running}, timeout=within_s)
        seconds = time.perf_counter() - began
        if not running.done():
            return Gathered((), tokens, seconds, (_DEFINITIONS,))
        return Gathered(tuple(running.result()), tokens, seconds)

    def _lines_shown(self, shown: str) -> Sequence[str] | None:
        return self.keeper.lines_of(self.keeper.path_of(shown) or "")

    async def ready(self, within_s: float) -> bool:
        """Wait until the project is known, but no longer than that; return whether it is."""
        until = time.monotonic() + within_s
        while not self.keeper.is_ready:
            if time.monotonic() > until:
                return False
            self.keeper.refresh_soon()
            await asyncio.sleep(_LOOK_S)
        return True

    async def _within(
        self, scene: Scene, others: dict[str, Source], names: Sequence[str], within_s: float, characters: int
    ) -> tuple[dict[str, Sequence[Fact]], tuple[str, ...]]:
        """Return what each source found in time, and the names of those that did not."""
        loop = asyncio.get_running_loop()
        works: dict[str, Callable[[], Sequence[Fact]]] = {
            name: (lambda source=others[name]: source(scene))  # type: ignore[misc]
            for name in names
            if name != _DEFINITIONS
        }
        works[_DEFINITIONS] = lambda: self._definitions(scene.task, characters, within_s)
        pool = self._ghost_pool if scene.task.kind is TaskKind.COMPLETE else self._pool
        running = {name: loop.run_in_executor(pool, works[name]) for name in names}
        await asyncio.wait(running.values(), timeout=within_s)
        late = tuple(name for name, future in running.items() if not future.done())
        for name in late:
            running[name].cancel()
        found: dict[str, Sequence[Fact]] = {}
        for name, future in running.items():
            if name in late:
                continue
            if (error := future.exception()) is not None:
                # What a request can do without must not end it.
                log.warning("gathering %s failed", name, exc_info=error)
                continue
            found[name] = future.result()
        return found, late

    def _definitions(self, task: Task, characters: int, within_s: float) -> list[Fact]:
        found = self.definitions(task, characters, within_s)
        if found and task.kind is TaskKind.COMPLETE:
            uri = task.document.uri
            self._kept[uri] = _Kept(_line_of(task), characters, found)
            self._kept.move_to_end(uri)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return found

    def _kept_near(self, task: Task, characters: int) -> list[Fact] | None:
        """Return the definitions last found for ghost text near the task's place, if they fit."""
        kept = self._kept.get(task.document.uri)
        if kept is None or kept.characters > characters or abs(kept.line - _line_of(task)) > _NEAR_LINES:
            return None
        return kept.facts

    def definitions(self, task: Task, characters: int, within_s: float) -> list[Fact]:
        """Return the definitions that the task's place most likely needs, packed."""
        with self.keeper.borrowed(within_s) as atlas:
            if atlas is None:
                return []
            return pack(
                atlas,
                rank(atlas, self._place(task), most_that_fit(characters)),
                characters,
                self._lines_shown,
            )

    def _place(self, task: Task) -> Place:
        document, text = task.document, task.document.text
        assert document.path is not None
        end = text.find("\n", task.span.end)
        after = "" if end < 0 else text[end + 1 :]
        is_ghost = task.kind is TaskKind.COMPLETE
        before = text[: task.span.start] if is_ghost else text[: task.span.end]
        place = Place(self.keeper.shown(document.path), document.language, before, after)
        return (
            replace(place, known_imports=self.keeper.imports_of(document.path))
            if not place.reads_imports
            else place
        )

    def _knows(self, path: str) -> bool:
        return self.keeper.is_ready and Path(path).is_absolute()

    def _has_others(self, task: Task) -> bool:
        text = task.document.text
        is_long = len(text) > self._limits.complete_prefix + self._limits.complete_suffix
        return is_long or len(self._edits.open_documents()) > 1 or bool(self._edits.newest())

    def _visible(self, task: Task) -> tuple[int, int]:
        """Return the first and the last line that the request shows of the document itself."""
        text, span, limits = task.document.text, task.span, self._limits
        is_ghost = task.kind is TaskKind.COMPLETE
        before, after = (limits.complete_prefix, limits.complete_suffix) if is_ghost else (12_000, 6_000)
        first = text.count("\n", 0, max(0, span.start - before)) + 1
        last = text.count("\n", 0, min(len(text), span.end + after)) + 1
        return first, last


@dataclass(frozen=True, slots=True)
class _Kept:
    """Definitions that were found for a line of a document; they take at most so many characters."""

    line: int
    characters: int
    facts: list[Fact]


def _line_of(task: Task) -> int:
    return task.document.text.count("\n", 0, task.span.start)


def _fitted(found: dict[str, Sequence[Fact]], names: Sequence[str], characters: int) -> tuple[Fact, ...]:
    """Return what fits, in the order of the sources; the definitions' part was fitted before."""
    definitions = list(found.get(_DEFINITIONS, ()))
    left = characters - sum(len(fact.text) + _LABEL for fact in definitions)
    seen = {(fact.path, fact.line) for fact in definitions if "\n" in fact.text}
    chosen: dict[str, list[Fact]] = {name: [] for name in names}
    # The first passage of every source comes before the second of any.
    most = max((len(facts) for facts in found.values()), default=0)
    for rank_within in range(most):
        for name in names:
            facts = found.get(name, ())
            if name == _DEFINITIONS or rank_within >= len(facts):
                continue
            fact = facts[rank_within]
            size = len(fact.text) + _LABEL
            if (
                size <= left
                and len(fact.text.strip()) >= _LEAST_CHARACTERS
                and (fact.path, fact.line) not in seen
            ):
                left -= size
                seen.add((fact.path, fact.line))
                chosen[name].append(fact)
    chosen[_DEFINITIONS] = definitions
    return tuple(fact for name in names for fact in chosen[name] if tokens_of(fact))
