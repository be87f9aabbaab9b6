"""What is kept on this machine between sessions: where, and who reads and writes it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..config.paths import data_dir
from ..config.settings import (
    Audit,
    Settings,
    load_settings,
    provider_endpoint,
)
from ..context.audit_log import AuditLog
from ..context.audited import AuditedEmbedder
from ..context.memory import Memory
from ..context.redacted import RedactedEmbedder
from ..core.clock import Clock
from ..core.embedder import Embedder
from ..core.endpoint import Endpoint
from ..core.errors import ConfigError
from ..core.model import UsageReport
from ..providers.discover import is_loopback
from ..providers.stack import known
from ..usage.prices import Tariff

if TYPE_CHECKING:
    from ..features.experience import Experience

_MB = 1 << 20
# What an answer uses, as far as one can tell before any was given.
_USUAL = UsageReport(3_000, 800)


def usage_file() -> Path:
    """Return the path of the ledger. It need not exist."""
    return data_dir() / "usage.sqlite"


def audit_log(audit: Audit | None = None) -> AuditLog:
    """Return the log of what left this machine. It need not hold anything."""
    found = audit or Audit()
    return AuditLog(
        str(data_dir() / "audit"), most_bytes=int(found.mb * _MB), keeps_text=found.text and found.log
    )


def backups_folder() -> str:
    """Return the folder that keeps what was in files before they were changed."""
    return str(data_dir() / "backups")


def outcomes_file() -> Path:
    """Return the path of what became of answers. It need not exist."""
    return data_dir() / "outcomes" / "episodes.jsonl"


def kept_experience() -> Experience:
    """Return what is learned from answers, by the user's settings. Nothing is opened yet."""
    return experience_of(load_settings(())[0])


def routing_name() -> str:
    """Return the policy that the user's settings choose, or "off"."""
    return load_settings(())[0].routing


def experience_of(settings: Settings) -> Experience:
    from ..features.experience import Experience
    from ..routing.named import policy_named
    from ..routing.policy import Arm

    endpoints = (settings.endpoint, *settings.routed) if settings.endpoint is not None else ()
    tariffs: dict[str, Tariff] = {}

    def fill(asked: Sequence[Endpoint]) -> None:
        for one in asked:
            at = known(one, datetime.now().astimezone().date()).endpoint
            name = f"{at.name}/{at.model}" if at.model else at.name
            tariffs[name] = Tariff(at.name, at.model, is_local=is_here(at))

    def price(model: str, usage: UsageReport, at: datetime) -> float | None:
        provider, _, name = model.partition("/")
        return (tariffs.get(model) or Tariff(provider, name)).cost_usd(usage, at)

    def arms() -> tuple[Arm, ...]:
        fill(endpoints)
        now = datetime.now().astimezone()
        found = tuple(Arm(name, tariff.cost_usd(_USUAL, now)) for name, tariff in tariffs.items())
        fill(settings.candidates)  # Their prices are needed, but routing does not choose them.
        return found

    return Experience(outcomes_file(), real_clock(), price, policy=policy_named(settings.routing), arms=arms)


def memory_file() -> Path:
    """Return the path of the conversations. It need not exist."""
    return data_dir() / "memory.sqlite"


def kept_memory() -> Memory:
    """Return the conversations that are kept, whatever is to be kept of new ones. Nothing is opened yet.

    Raises: ConfigError if the embedder in the settings cannot be used.
    """
    settings, _ = load_settings(())
    memory, problems = memory_of(replace(settings, memory=replace(settings.memory, enabled=True)), ())
    if problems:
        raise ConfigError(" ".join(problems))
    return memory


def memory_of(settings: Settings, folders: Sequence[str]) -> tuple[Memory, tuple[str, ...]]:
    """Return where conversations about these folders are kept, and what is wrong with the settings."""
    chosen = settings.memory
    path = str(memory_file()) if chosen.keeps(folders) else ":memory:"
    embedder: Embedder | None = None
    problems: tuple[str, ...] = ()
    try:
        embedder = _embedder(settings)
    except ConfigError as error:
        problems = (f"memory.embedder: {error} The built-in one is used.",)
    return Memory(path, real_clock(), embedder, days=chosen.days), problems


def _embedder(settings: Settings) -> Embedder | None:
    """Return who makes the memory's vectors; None is the built-in one. Raises: ConfigError."""
    name = settings.memory.embedder
    if not name:
        return None
    if name == "local":
        from ..context.local_embedder import LocalEmbedder

        return LocalEmbedder()
    if settings.offline:
        raise ConfigError(f"{name!r} is not asked, because the setting `offline` is on.")
    provider, _, model = name.partition("/")
    endpoint, _, problems = provider_endpoint(provider)
    if endpoint is None or not model:
        raise ConfigError(" ".join(problems) or f"{name!r} is neither local nor PROVIDER/MODEL.")
    from ..providers.build import embedder_at

    asked = replace(endpoint, model=model)
    embedder: Embedder = embedder_at(asked)
    if settings.audit.log and not is_here(asked):
        embedder = AuditedEmbedder(embedder, audit_log(settings.audit), asked, real_clock())
    return RedactedEmbedder(embedder)


def is_here(endpoint: Endpoint) -> bool:
    """Return whether a model is on this machine: what it is sent has not left."""
    return endpoint.api_key is None and is_loopback(urlsplit(endpoint.base_url).hostname or "")


def real_clock() -> Clock:
    return Clock(time.monotonic, asyncio.sleep, lambda: datetime.now().astimezone())
