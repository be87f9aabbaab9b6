"""The models known by name: what they can do, until when they answer, and what follows them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

_SOON_DAYS = 90
_PROVIDERS = {"gemini": "google", "x-ai": "xai", "claude": "anthropic", "mistralai": "mistral"}


class Status(StrEnum):
    """Whether a model answers: yes, for now, no more."""

    CURRENT = "current"
    DEPRECATED = "deprecated"
    RETIRED = "retired"


class Role(StrEnum):
    """A model's place in its provider's chain."""

    FLAGSHIP = "flagship"
    LONG_LIVED = "long-lived"
    SMALL = "small"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one model.

    `context`, `input` and `output` are limits in tokens, None where unknown. `can` holds "tools",
    "images", "structured", "reasoning", "sampling", "fim". `source` and `checked` say where and
    when this was read.
    """

    provider: str
    name: str
    status: Status
    source: str
    checked: date
    aliases: tuple[str, ...] = ()
    role: Role | None = None
    shutdown: date | None = None
    replacement: str = ""
    context: int | None = None
    input: int | None = None
    output: int | None = None
    can: frozenset[str] = frozenset()

    def status_on(self, today: date) -> Status:
        """Return the status on a day: what has a date is retired from that day on."""
        if self.shutdown is None or self.status is Status.CURRENT:
            return self.status
        return Status.RETIRED if today >= self.shutdown else Status.DEPRECATED


@dataclass(frozen=True, slots=True)
class Resolved:
    """The name to ask a provider for. `entry` is None for a name that is not known here.

    `warning` is what the user should be told, "" if nothing.
    """

    name: str
    entry: Entry | None = None
    warning: str = ""

    @property
    def takes_sampling(self) -> bool:
        """Whether a temperature may be sent; to an unknown model it may."""
        return self.entry is None or "sampling" in self.entry.can

    @property
    def takes_effort(self) -> bool:
        """Whether an effort of reasoning may be sent."""
        return self.entry is not None and "reasoning" in self.entry.can


def resolve(name: str, today: date, *, provider: str = "") -> Resolved:
    """Return what to ask for when the user names a model; a name that is not known passes through.

    `provider`, where given, looks only among that provider's models; "openai/gpt-6-luna" and
    "models/gemini-2.5-pro" name it too.
    """
    entry = _find(name, provider)
    if entry is None:
        return Resolved(name)
    status = entry.status_on(today)
    if status is Status.CURRENT:
        return Resolved(entry.name, entry)
    if status is Status.DEPRECATED:
        return Resolved(entry.name, entry, _ends_soon(entry, today))
    newest = entry
    while newest.replacement and newest.status_on(today) is Status.RETIRED:
        newest = _by_name()[entry.provider][newest.replacement]
    on = f" on {entry.shutdown}" if entry.shutdown else ""
    told = f"The model {name} was retired{on}; {newest.name} answers instead. Change the setting `model`."
    return Resolved(newest.name, newest, told)


def chain(provider: str, today: date) -> tuple[Entry, ...]:
    """Return a provider's models to fall back through: flagship, long-lived, small."""
    entries = [e for e in entries_of(provider) if e.status_on(today) is not Status.RETIRED]
    roles = list(Role)
    return tuple(sorted((e for e in entries if e.role), key=lambda e: roles.index(e.role or Role.SMALL)))


def entries_of(provider: str) -> tuple[Entry, ...]:
    """Return all models known of a provider; () for one that is not known."""
    names = _by_name().get(_PROVIDERS.get(provider, provider), {})
    return tuple(dict.fromkeys(names.values()))


@cache
def entries() -> tuple[Entry, ...]:
    """Return all models of the data file."""
    text = Path(__file__).with_name("models.toml").read_text("utf-8")
    return tuple(_entry(row) for row in tomllib.loads(text)["model"])


@cache
def _by_name() -> Mapping[str, Mapping[str, Entry]]:
    """Return provider → name or alias, in lower case → entry."""
    found: dict[str, dict[str, Entry]] = {}
    for entry in entries():
        for name in (entry.name, *entry.aliases):
            found.setdefault(entry.provider, {})[name.lower()] = entry
    return found


def _find(name: str, provider: str) -> Entry | None:
    name = name.strip().lower().removeprefix("models/")
    given = _PROVIDERS.get(provider.lower(), provider.lower())
    for known, names in _by_name().items():
        if given and known != given:
            continue
        if name in names:
            return names[name]
        prefix, _, rest = name.partition("/")
        if _PROVIDERS.get(prefix, prefix) == known and rest in names:
            return names[rest]
    return None


def _ends_soon(entry: Entry, today: date) -> str:
    if entry.shutdown is None:
        return f"The model {entry.name} is on its way out; {entry.replacement} follows it."
    if (entry.shutdown - today).days > _SOON_DAYS:
        return ""
    return f"The model {entry.name} will be shut down on {entry.shutdown}; {entry.replacement} follows it."


def _entry(row: Mapping[str, Any]) -> Entry:
    plain = {**row, "status": Status(row["status"]), "aliases": tuple(row.get("aliases", ()))}
    plain["can"] = frozenset(row.get("can", ()))
    plain["role"] = Role(row["role"]) if "role" in row else None
    return Entry(**plain)
