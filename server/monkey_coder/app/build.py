"""Build what one session needs, and wire it together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..config.paths import cache_dir
from ..config.settings import (
    Settings,
    key_states,
    load_settings,
)
from ..config.trust import is_trusted
from ..context.gather import Gatherer
from ..context.informed import Informed, ProjectNotes
from ..core.endpoint import Secret
from ..core.kit import Kit
from ..core.model import Model
from ..features.model_choice import Offer, offers
from ..filesystem.commit import recover
from ..offline.engine import OfflineModel
from ..offline.ghost import GhostEngine, GhostModel
from ..providers.breaking import Health
from ..providers.registry import Status, entries
from ..providers.stack import known
from ..usage.ledger import Total
from ..usage.prices import cost_usd
from ..workspace.index import Index
from ..workspace.index_learner import IndexLearner
from .kept import backups_folder, experience_of, memory_of, usage_file
from .models import Models

if TYPE_CHECKING:
    from ..features.agent_hands import AgentHands

# A language model is asked for ghost text once typing has paused for so long; the offline engine,
# which costs nothing, at once.
_QUIET_S = 0.08
# The first ghost text comes from the files beside the open one, and must not wait for what is learned of
# all the others: first by the engine for ghost text, then by the index; passages are laid out at the end.
_LEARN_AFTER_S, _INDEX_AFTER_S = 1.0, 1.5


@dataclass(frozen=True)
class App:
    """One session's kit, and what must be closed behind it. `backups` is a folder, `index` what is known
    of the workspace's code.
    """

    kit: Kit
    settings: Settings
    warnings: tuple[str, ...]
    backups: str
    index: Index
    trusted: bool = False
    _models: Models | None = None
    _keys: Mapping[str, Secret] = field(default_factory=dict)

    def health(self) -> tuple[Health, ...]:
        """Return how each language model that was asked is doing."""
        return self._models.health() if self._models is not None else ()

    async def today(self) -> Total | None:
        """Return what language models used today; None if nothing. Raises: FileError."""
        return await self._models.today() if self._models is not None else None

    @property
    def day_usd(self) -> float | None:
        """The most to spend on one day; None is no limit."""
        return self.settings.spending.day_usd

    @property
    def ledger_file(self) -> Path:
        """The path of the ledger, which need not exist."""
        return usage_file()

    async def offers(self) -> tuple[Offer, ...]:
        """Return the language models to choose from. No provider is asked."""
        return await asyncio.to_thread(self._offers)

    def _offers(self) -> tuple[Offer, ...]:
        now = datetime.now().astimezone()
        asked = known(self.settings.endpoint, now.date()).endpoint if self.settings.endpoint else None
        current = (asked.name, asked.model) if asked is not None else None
        configured = {*self._keys, *(state.provider for state in key_states() if state.source)}
        names = [(one.provider, one.name) for one in entries() if one.status_on(now.date()) is Status.CURRENT]
        return offers(names, current, configured, cost_usd, now)

    def close(self) -> None:
        """Stop all background work and keep what was learned. For callers without an event loop."""
        for learner in self.kit.learners:
            learner.close()
        if self.kit.memory is not None:
            self.kit.memory.close()
        if self._models is not None:
            self._models.close()

    async def aclose(self) -> None:
        """The same, and close the connections to providers."""
        if self._models is not None:
            await self._models.aclose()
        if self.kit.memory is not None:
            await self.kit.memory.aclose()
        await asyncio.to_thread(self.close)


def build(
    folders: Sequence[str],
    *,
    overrides: Mapping[str, object] | None = None,
    trusted: bool = False,
    keys: Mapping[str, Secret] | None = None,
    suggests: bool = True,
) -> App:
    """Return the app for these workspace folders; `overrides` are the editor's settings.

    `trusted` says that the editor has asked the user about the folders, `keys` are those that it keeps, by
    provider. Without `suggests` no ghost text will be asked for, and nothing waits for its engine. Never
    raises for a bad setting: what is wrong is in `warnings`, and the default holds.
    """
    settings, warnings = load_settings(folders, overrides, trusted=trusted, keys=keys)
    engine = GhostEngine(cache_dir() / "offline", start_after_s=_LEARN_AFTER_S)
    trusted = bool(folders) and (trusted or all(is_trusted(folder) for folder in folders))
    indexing = IndexLearner(cache_dir() / "index", start_after_s=_INDEX_AFTER_S if suggests else 0.0)
    gatherer = Gatherer(indexing.index, settings.limits, is_trusted=trusted, is_busy=indexing.is_busy)
    indexing.watch(gatherer.keeper.refresh_soon)
    ghost = GhostModel(engine)
    offline = OfflineModel(ghost)
    models = Models(settings) if settings.endpoint is not None else None
    complete_model: Model = ghost
    limits = settings.limits
    experience = experience_of(settings) if models is not None else None
    if models is not None and settings.complete_endpoint is not None:
        complete_model = models.completing(settings.complete_endpoint)
        limits = replace(limits, quiet_s=_QUIET_S)
    memory, problems = memory_of(settings, folders)
    warnings += problems
    kit = Kit(
        offline,
        complete_model,
        offline,
        time.monotonic,
        (engine, indexing, gatherer),
        limits,
        suggests_unasked=settings.ghost_text,
        silent_languages=settings.languages_off,
        memory=memory,
        indexing=indexing,
        gathering=gatherer,
        trusted_folders=frozenset(one for one in folders if trusted or is_trusted(one)),
        runs_tests=settings.runs_tests,
        outcomes=experience,
        alternative_models=models.alternatives() if models is not None else (),
    )
    if models is not None and settings.endpoint is not None and experience is not None:

        def trusts(folder: str) -> bool:
            return trusted or is_trusted(folder)

        about = partial(Informed, notes=ProjectNotes(trusts))

        def hands(kit: Kit = kit) -> AgentHands:
            from ..features.agent_hands import AgentHands
            from ..features.candidates import Referee

            return AgentHands(kit, indexing.index, Referee(trusts))

        model = models.working(settings.endpoint, experience, trusts, about, hands)
        kit = replace(kit, model=model, strategy=settings.strategy)
    engine.open_folders(folders if suggests else ())
    gatherer.open_folders(folders)
    indexing.open_folders(folders)
    backups = backups_folder()
    warnings += recover(Path(backups))
    return App(kit, settings, warnings, backups, indexing.index, trusted, models, keys or {})
