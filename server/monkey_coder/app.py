"""The one place where objects are built and wired together."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .config.endpoints import is_at_vendor
from .config.keys import forget_key, keep_key
from .config.paths import cache_dir, data_dir, user_file
from .config.settings import (
    Audit,
    KeyState,
    Row,
    Settings,
    key_state,
    key_states,
    load_settings,
    provider_endpoint,
)
from .config.trust import is_trusted, trust, untrust
from .config.vendors import VENDORS
from .config.write import set_setting
from .context.audit_log import AuditLog, Sent
from .context.audited import Audited, AuditedEmbedder
from .context.gather import Gatherer
from .context.informed import Informed, ProjectNotes
from .context.memory import Memory
from .context.redacted import Redacted, RedactedEmbedder
from .context.withheld import Withheld
from .core.clock import Clock
from .core.embedder import Embedder
from .core.endpoint import Endpoint, Secret
from .core.errors import ConfigError
from .core.kit import Kit
from .core.model import Event, Model, Request, UsageReport
from .features.diagnose import Check, install_checks, outcome_checks, provider_checks, server_checks
from .features.model_choice import Offer, offers
from .filesystem.commit import recover
from .offline.engine import OfflineModel
from .offline.ghost import GhostEngine, GhostModel
from .providers.breaking import Health
from .providers.discover import is_loopback
from .providers.registry import Status, entries
from .providers.stack import Wires, known, later_in_chain, offered
from .usage.budgeted import BudgetLimits
from .usage.cached import AnswerStore
from .usage.ledger import By, Ledger, Total
from .usage.limited import RateLimits
from .usage.metered import cost_so_far
from .usage.prices import Tariff, cost_usd, keep_fresh
from .usage.stack import Books
from .workspace.index import Index
from .workspace.index_learner import IndexLearner

if TYPE_CHECKING:
    from .features.agent_hands import AgentHands
    from .features.experience import Experience

__all__ = [
    "App",
    "Check",
    "Diagnosis",
    "Health",
    "KeyState",
    "Memory",
    "Models",
    "Offer",
    "Sent",
    "Total",
    "audit_log",
    "backups_folder",
    "build",
    "check_key",
    "diagnose",
    "forget_key",
    "is_provider",
    "is_trusted",
    "kept_experience",
    "kept_memory",
    "key_state",
    "key_states",
    "memory_file",
    "open_model",
    "outcomes_file",
    "routing_name",
    "set_setting",
    "settings_rows",
    "store_key",
    "trust",
    "untrust",
    "usage_file",
    "user_file",
]

# A language model is asked for ghost text once typing has paused for so long; the offline engine,
# which costs nothing, at once.
_QUIET_S = 0.08
# The first ghost text comes from the files beside the open one, and must not wait for what is learned of
# all the others: first by the engine for ghost text, then by the index; passages are laid out at the end.
_LEARN_AFTER_S, _INDEX_AFTER_S = 1.0, 1.5
_MB = 1 << 20
_DAY_S = 86_400
# What an answer uses, as far as one can tell before any was given.
_USUAL = UsageReport(3_000, 800)
# What `budget.session_usd` counts together: one run of the server, however often it is rebuilt.
_SESSION = uuid.uuid4().hex


class Models:
    """The language models of one session behind all their wrappers. No file, no connection and no SDK
    is opened before the first request.

    From the outside in: Withheld, Cached, Budgeted, FallingBack, Breaking, Retrying, Metered, Limited,
    Redacted, Audited, adapter.
    """

    def __init__(self, settings: Settings) -> None:
        clock = _clock()
        cache, spending = settings.cache, settings.spending
        self._settings = settings
        self._clock = clock
        self._tariffs: dict[str, Tariff] = {}
        self._books = Books(
            Ledger(str(usage_file()), session=_SESSION),
            clock,
            limits=BudgetLimits(**{one.name: getattr(spending, one.name) for one in fields(spending)}),
            rates={provider: RateLimits(*rates) for provider, rates in settings.rates.items() if any(rates)},
            answers=AnswerStore(
                str(cache_dir() / "answers.sqlite"),
                clock,
                most_bytes=int(cache.answers_mb * _MB),
                most_age_s=cache.answers_days * _DAY_S,
            )
            if cache.answers
            else None,
        )
        self._audit = audit_log(settings.audit) if settings.audit.log else None
        if settings.fresh_prices:
            keep_fresh()
        self._wires = Wires(clock, attempts=settings.retry.attempts, deadline_s=settings.retry.deadline_s)

    def answering(self, endpoint: Endpoint) -> Model:
        """Return the model at `endpoint` for all but ghost text, with the user's fallbacks."""
        model = self._wrapped(endpoint, self._settings.fallbacks)
        return Withheld(self._books.remembered(model, temperature=endpoint.temperature))

    def chosen(self, endpoint: Endpoint, experience: Experience) -> Model:
        """Return the model at `endpoint`, or one that is chosen for each request where the user wants it."""
        settings = self._settings
        if settings.routing == "off" or not settings.routed:
            return self.answering(endpoint)
        from .routing.routed import Routed

        models = [self.answering(one) for one in (endpoint, *settings.routed)]
        return Routed({model.name: model for model in models}, experience.choose, experience.failed)

    def competing(
        self, endpoint: Endpoint, experience: Experience, trusts: Callable[[str], bool], width: int = 0
    ) -> Model:
        """Return the chosen model, or several that compete where the user wants candidates (or `width`).

        The first is the one at `endpoint` with its fallbacks; the others answer for themselves. What
        they write is run in the folders that `trusts` allows.
        """
        settings = self._settings
        first, width = self.chosen(endpoint, experience), width or settings.n_candidates
        if width < 2 and not (settings.has_cascade and settings.candidates):
            return first
        from .features.candidates import Referee
        from .features.competing import competing

        others = [
            Withheld(self._books.remembered(self._wrapped(one, ()), temperature=one.temperature))
            for one in settings.candidates
        ]
        referee = Referee(trusts, runs_tests=settings.runs_tests)
        return competing([first, *others], self._clock, experience, referee, self._cost, n=width)

    def working(
        self,
        endpoint: Endpoint,
        experience: Experience,
        trusts: Callable[[str], bool],
        about: Callable[[Model], Model],
        hands: Callable[[], AgentHands],
    ) -> Model:
        """Return what works changes out by a strategy; `about` tells a model of the project.

        All but the usual way is put together when it is first wanted.
        """
        from .agents.pipeline import Pipeline

        settings = self._settings
        others = [one for one in dict.fromkeys(settings.candidates) if one != endpoint]
        return Pipeline(
            about(self.competing(endpoint, experience, trusts)),
            alone=lambda: about(self.chosen(endpoint, experience)),
            at_once=lambda: about(self.competing(endpoint, experience, trusts, settings.n_at_once)),
            others=lambda: [about(self.answering(one)) for one in others],
            hands=hands,
            history=experience,
            within_s=settings.limits.edit_s,
            strategies=settings.strategies,
        )

    async def _cost(self, model: str, request: Request, events: tuple[Event, ...]) -> float | None:
        """Return what an answer cost as far as it came; None if its price is not known."""
        provider, _, name = model.partition("/")
        # Providers answer by longer names than they are asked by, such as one with a date.
        alike = [
            one for one in self._tariffs.values() if one.provider == provider and name.startswith(one.model)
        ]
        tariff = max(alike, key=lambda one: len(one.model), default=Tariff(provider, name))
        return await asyncio.to_thread(cost_so_far, tariff, request, events, self._clock.now())

    def alternatives(self) -> tuple[Model, ...]:
        """Return the models that each write one of several alternatives: all that the user names."""
        settings = self._settings
        first = (settings.endpoint,) if settings.endpoint is not None else ()
        named = dict.fromkeys((*first, *settings.candidates, *settings.routed))
        return tuple(self.answering(one) for one in named)

    def completing(self, endpoint: Endpoint) -> Model:
        """Return the model at `endpoint` for ghost text, which the feature keeps in memory by itself."""
        return Withheld(self._wrapped(endpoint, ()))

    def _wrapped(self, endpoint: Endpoint, fallbacks: Sequence[Endpoint]) -> Model:
        today = datetime.now().astimezone().date()
        first = known(endpoint, today)
        line = {first.endpoint: first}
        if self._settings.has_chain and is_at_vendor(endpoint):
            line |= {one.endpoint: one for one in later_in_chain(first, today)}
        line |= {one.endpoint: one for one in (known(other, today) for other in fallbacks)}
        models, tariffs = [], []
        for place, one in enumerate(line.values(), start=1):
            at = one.endpoint
            is_local, adapter = _is_here(at), self._wires.adapter(at)
            tariffs.append(Tariff(at.name, at.model, is_local=is_local))
            self._tariffs[adapter.name] = tariffs[-1]
            if self._audit is not None and not is_local:
                adapter = Audited(adapter, self._audit, at, self._clock)
            attempts = self._books.attempts_of(Redacted(adapter), tariffs[-1])
            models.append((self._wires.persistent(attempts, one, is_last=place == len(line)), one))
        return self._books.within_budget(self._wires.first_of(models), tariffs)

    def health(self) -> tuple[Health, ...]:
        """Return how each model that was asked is doing."""
        return self._wires.health()

    async def today(self) -> Total | None:
        """Return what was used today, by every editor; None if nothing was. Raises: FileError."""
        today = self._clock.now().date()
        totals = await self._books.ledger.totals(By.DAY, since=today, until=today)
        return totals[0] if totals else None

    def close(self) -> None:
        """Write what is still to be booked and noted, and close the files."""
        self._books.close()
        if self._audit is not None:
            self._audit.close()

    async def aclose(self) -> None:
        """The same, and close the connections to providers."""
        await self._wires.aclose()
        await asyncio.to_thread(self.close)


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
    experience = _experience(settings) if models is not None else None
    if models is not None and settings.complete_endpoint is not None:
        complete_model = models.completing(settings.complete_endpoint)
        limits = replace(limits, quiet_s=_QUIET_S)
    memory, problems = _memory(settings, folders)
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
            from .features.agent_hands import AgentHands
            from .features.candidates import Referee

            return AgentHands(kit, indexing.index, Referee(trusts))

        model = models.working(settings.endpoint, experience, trusts, about, hands)
        kit = replace(kit, model=model, strategy=settings.strategy)
    engine.open_folders(folders if suggests else ())
    gatherer.open_folders(folders)
    indexing.open_folders(folders)
    backups = backups_folder()
    warnings += recover(Path(backups))
    return App(kit, settings, warnings, backups, indexing.index, trusted, models, keys or {})


def is_provider(name: str) -> bool:
    """Tell whether a provider is known by name or has settings of the user's."""
    return name in VENDORS or any(state.provider == name for state in key_states())


def backups_folder() -> str:
    """Return the folder that keeps what was in files before they were changed."""
    return str(data_dir() / "backups")


def open_model(name: str) -> tuple[Model, Models]:
    """Return the language model that `name` means by the user's settings, and what closes it.

    Raises: ConfigError if there is none, or `name` is "" and none is configured.
    """
    settings, warnings = load_settings((), {"model": name} if name else None)
    if settings.endpoint is None:
        why = "the setting `offline` is on" if settings.offline else "set a key, such as OPENAI_API_KEY"
        raise ConfigError(" ".join(warnings) or f"No language model is configured: {why}.")
    models = Models(settings)
    return models.answering(settings.endpoint), models


def outcomes_file() -> Path:
    """Return the path of what became of answers. It need not exist."""
    return data_dir() / "outcomes" / "episodes.jsonl"


def kept_experience() -> Experience:
    """Return what is learned from answers, by the user's settings. Nothing is opened yet."""
    return _experience(load_settings(())[0])


def routing_name() -> str:
    """Return the policy that the user's settings choose, or "off"."""
    return load_settings(())[0].routing


def _experience(settings: Settings) -> Experience:
    from .features.experience import Experience
    from .routing.named import policy_named
    from .routing.policy import Arm

    endpoints = (settings.endpoint, *settings.routed) if settings.endpoint is not None else ()
    tariffs: dict[str, Tariff] = {}

    def fill(asked: Sequence[Endpoint]) -> None:
        for one in asked:
            at = known(one, datetime.now().astimezone().date()).endpoint
            name = f"{at.name}/{at.model}" if at.model else at.name
            tariffs[name] = Tariff(at.name, at.model, is_local=_is_here(at))

    def price(model: str, usage: UsageReport, at: datetime) -> float | None:
        provider, _, name = model.partition("/")
        return (tariffs.get(model) or Tariff(provider, name)).cost_usd(usage, at)

    def arms() -> tuple[Arm, ...]:
        fill(endpoints)
        now = datetime.now().astimezone()
        found = tuple(Arm(name, tariff.cost_usd(_USUAL, now)) for name, tariff in tariffs.items())
        fill(settings.candidates)  # Their prices are needed, but routing does not choose them.
        return found

    return Experience(outcomes_file(), _clock(), price, policy=policy_named(settings.routing), arms=arms)


def memory_file() -> Path:
    """Return the path of the conversations. It need not exist."""
    return data_dir() / "memory.sqlite"


def kept_memory() -> Memory:
    """Return the conversations that are kept, whatever is to be kept of new ones. Nothing is opened yet.

    Raises: ConfigError if the embedder in the settings cannot be used.
    """
    settings, _ = load_settings(())
    memory, problems = _memory(replace(settings, memory=replace(settings.memory, enabled=True)), ())
    if problems:
        raise ConfigError(" ".join(problems))
    return memory


def _memory(settings: Settings, folders: Sequence[str]) -> tuple[Memory, tuple[str, ...]]:
    """Return where conversations about these folders are kept, and what is wrong with the settings."""
    chosen = settings.memory
    path = str(memory_file()) if chosen.keeps(folders) else ":memory:"
    embedder: Embedder | None = None
    problems: tuple[str, ...] = ()
    try:
        embedder = _embedder(settings)
    except ConfigError as error:
        problems = (f"memory.embedder: {error} The built-in one is used.",)
    return Memory(path, _clock(), embedder, days=chosen.days), problems


def _embedder(settings: Settings) -> Embedder | None:
    """Return who makes the memory's vectors; None is the built-in one. Raises: ConfigError."""
    name = settings.memory.embedder
    if not name:
        return None
    if name == "local":
        from .context.local_embedder import LocalEmbedder

        return LocalEmbedder()
    if settings.offline:
        raise ConfigError(f"{name!r} is not asked, because the setting `offline` is on.")
    provider, _, model = name.partition("/")
    endpoint, _, problems = provider_endpoint(provider)
    if endpoint is None or not model:
        raise ConfigError(" ".join(problems) or f"{name!r} is neither local nor PROVIDER/MODEL.")
    from .providers.build import embedder_at

    asked = replace(endpoint, model=model)
    embedder: Embedder = embedder_at(asked)
    if settings.audit.log and not _is_here(asked):
        embedder = AuditedEmbedder(embedder, audit_log(settings.audit), asked, _clock())
    return RedactedEmbedder(embedder)


def _is_here(endpoint: Endpoint) -> bool:
    """Return whether a model is on this machine: what it is sent has not left."""
    return endpoint.api_key is None and is_loopback(urlsplit(endpoint.base_url).hostname or "")


def _clock() -> Clock:
    return Clock(time.monotonic, asyncio.sleep, lambda: datetime.now().astimezone())


def usage_file() -> Path:
    """Return the path of the ledger. It need not exist."""
    return data_dir() / "usage.sqlite"


def audit_log(audit: Audit | None = None) -> AuditLog:
    """Return the log of what left this machine. It need not hold anything."""
    found = audit or Audit()
    return AuditLog(
        str(data_dir() / "audit"), most_bytes=int(found.mb * _MB), keeps_text=found.text and found.log
    )


def settings_rows(folders: Sequence[str]) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """Return every setting with its source, and what is wrong with them."""
    settings, warnings = load_settings(folders)
    return settings.rows, warnings


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found on this machine."""

    checks: tuple[Check, ...]


def diagnose(folders: Sequence[str]) -> Diagnosis:
    """Look at settings, providers, local servers, grammars and the database. Asks no provider."""
    from .providers.discover import discover

    settings, warnings = load_settings(folders)
    checks = [Check("settings", "file", True, str(user_file()))]
    checks += [Check("settings", "warning", False, warning, "see above") for warning in warnings]
    today = datetime.now().astimezone().date()
    asked = dict.fromkeys(filter(None, (settings.endpoint, settings.complete_endpoint)))
    checks += provider_checks([(one, " ".join(known(one, today).notes)) for one in asked], settings.offline)
    checks += server_checks(asyncio.run(discover()), settings.endpoint.base_url if settings.endpoint else "")
    checks += outcome_checks(usage_file(), today)
    checks += install_checks()
    return Diagnosis(tuple(checks))


async def check_key(provider: str, key: Secret | None = None) -> tuple[str, ...]:
    """Ask a provider which models it offers to a key (its own one without `key`), and return them.

    Raises: ConfigError, or ProviderError if it refuses the key or cannot be reached.
    """
    endpoint, _, problems = provider_endpoint(provider, key)
    if endpoint is None:
        raise ConfigError(" ".join(problems))
    return await offered(endpoint)


def store_key(provider: str, key: Secret) -> str:
    """Keep a key for a provider, and return where. Raises: ConfigError."""
    endpoint, _, problems = provider_endpoint(provider, key)
    if endpoint is None:
        raise ConfigError(" ".join(problems))
    return keep_key(provider, endpoint.base_url, key).place.value
