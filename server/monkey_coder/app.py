"""The one place where objects are built and wired together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .config.paths import cache_dir, data_dir, user_file
from .config.settings import Row, Settings, load_settings
from .config.trust import is_trusted, trust, untrust
from .config.write import set_setting
from .context.redacted import Redacted
from .core.endpoint import Endpoint
from .core.kit import Kit
from .core.model import Model
from .offline.engine import OfflineModel
from .offline.ghost import GhostEngine, GhostModel
from .providers.build import model_at

if TYPE_CHECKING:
    from .providers.adapter import Adapter

__all__ = [
    "App",
    "Check",
    "Diagnosis",
    "build",
    "diagnose",
    "is_trusted",
    "set_setting",
    "settings_rows",
    "trust",
    "untrust",
    "user_file",
]

# A language model is asked for ghost text once typing has paused for so long; the offline engine,
# which costs nothing, at once.
_QUIET_S = 0.08


@dataclass(frozen=True)
class App:
    """One session's kit, and what must be closed behind it. `backups` is a folder."""

    kit: Kit
    settings: Settings
    warnings: tuple[str, ...]
    backups: str
    _wires: tuple[Adapter, ...] = ()

    def close(self) -> None:
        """Stop all background work and keep what was learned. For callers without an event loop."""
        for learner in self.kit.learners:
            learner.close()

    async def aclose(self) -> None:
        """The same, and close the connections to providers."""
        await asyncio.to_thread(self.close)
        for wire in self._wires:
            await wire.close()


def build(
    folders: Sequence[str], *, overrides: Mapping[str, object] | None = None, trusted: bool = False
) -> App:
    """Return the app for these workspace folders; `overrides` are the editor's settings.

    `trusted` says that the editor has asked the user about the folders. Never raises for a bad
    setting: what is wrong is in `warnings`, and the default holds.
    """
    settings, warnings = load_settings(folders, overrides, trusted=trusted)
    engine = GhostEngine(cache_dir() / "offline")
    ghost = GhostModel(engine)
    offline = OfflineModel(ghost)
    wires: dict[Endpoint, Adapter] = {}
    model = _model(settings.endpoint, offline, wires)
    complete_model = _model(settings.complete_endpoint, ghost, wires)
    limits = settings.limits
    if complete_model is not ghost:
        limits = replace(limits, quiet_s=_QUIET_S)
    kit = Kit(
        model,
        complete_model,
        offline,
        time.monotonic,
        (engine,),
        limits,
        suggests_unasked=settings.ghost_text,
        silent_languages=settings.languages_off,
    )
    engine.open_folders(folders)
    return App(kit, settings, warnings, str(data_dir() / "backups"), tuple(wires.values()))


def _model(endpoint: Endpoint | None, offline: Model, wires: dict[Endpoint, Adapter]) -> Model:
    """Return the model at `endpoint` behind the redaction, or the offline engine where there is none."""
    if endpoint is None:
        return offline
    wire = wires.setdefault(endpoint, model_at(endpoint))
    return Redacted(wire)


def settings_rows(folders: Sequence[str]) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """Return every setting with its source, and what is wrong with them."""
    settings, warnings = load_settings(folders)
    return settings.rows, warnings


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `advice` says what to do, or is empty."""

    area: str
    name: str
    ok: bool
    detail: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found on this machine."""

    checks: tuple[Check, ...]


def diagnose(folders: Sequence[str]) -> Diagnosis:
    """Look at settings, providers, local servers, grammars and the database. Asks no provider."""
    settings, warnings = load_settings(folders)
    checks = [Check("settings", "file", True, str(user_file()))]
    checks += [Check("settings", "warning", False, warning, "see above") for warning in warnings]
    checks += _provider_checks(settings)
    checks += _server_checks(settings)
    checks += _grammar_checks()
    checks += _database_checks()
    return Diagnosis(tuple(checks))


def _provider_checks(settings: Settings) -> list[Check]:
    if settings.endpoint is None:
        why = "switched off by the setting `offline`" if settings.offline else "none is configured"
        advice = "" if settings.offline else "for a language model set OPENAI_API_KEY, or the setting `model`"
        return [Check("providers", "offline", True, f"the embedded engine answers: {why}", advice)]
    checks: list[Check] = []
    for endpoint in dict.fromkeys(filter(None, (settings.endpoint, settings.complete_endpoint))):
        key = "a key is set" if endpoint.api_key else "no key is set"
        where = f"{endpoint.model or 'the first model offered'} at {endpoint.base_url}, {key}"
        checks.append(Check("providers", endpoint.name, True, where))
    return checks


def _server_checks(settings: Settings) -> list[Check]:
    from .providers.discover import discover

    used = settings.endpoint.base_url if settings.endpoint else ""
    return [
        Check(
            "local servers",
            server.name,
            True,
            f"{server.base_url} offers {', '.join(server.models[:5]) or 'no model'}",
            "" if server.base_url == used else f"to use it: export MONKEY_CODER_BASE_URL={server.base_url}",
        )
        for server in asyncio.run(discover())
    ] or [Check("local servers", "none", True, "no model server answers on a usual port of this machine")]


def _grammar_checks() -> list[Check]:
    from .workspace.languages import LANGUAGES, grammar

    broken: list[Check] = []
    for language in LANGUAGES:
        try:
            grammar(language)
        except (ImportError, OSError, ValueError) as error:
            advice = "reinstall monkey-coder; until then this language is plain text"
            broken.append(Check("grammars", language, False, str(error), advice))
    n_loaded = len(LANGUAGES) - len(broken)
    return [Check("grammars", "tree-sitter", not broken, f"{n_loaded} of {len(LANGUAGES)} load"), *broken]


def _database_checks() -> list[Check]:
    from .context.database import database_status

    status = database_status()
    vectors = f"sqlite-vec {status.sqlite_vec}" if status.sqlite_vec else "no sqlite-vec"
    detail = f"SQLite {status.sqlite or 'missing'}, apsw {status.apsw or 'missing'}, {vectors}"
    return [Check("database", "SQLite", status.is_usable, detail, " ".join(status.problems))]
