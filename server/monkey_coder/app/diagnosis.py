"""What a user can ask of the set-up itself: settings, keys, and what was found on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ..config.keys import keep_key
from ..config.paths import user_file
from ..config.settings import (
    Row,
    key_states,
    load_settings,
    provider_endpoint,
)
from ..config.vendors import VENDORS
from ..core.endpoint import Secret
from ..core.errors import ConfigError
from ..features.diagnose import Check, install_checks, outcome_checks, provider_checks, server_checks
from ..providers.stack import known, offered
from .kept import usage_file

if TYPE_CHECKING:
    pass


def is_provider(name: str) -> bool:
    """Tell whether a provider is known by name or has settings of the user's."""
    return name in VENDORS or any(state.provider == name for state in key_states())


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
    from ..providers.discover import discover

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
