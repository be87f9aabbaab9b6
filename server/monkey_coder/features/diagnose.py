"""What works on this machine, as far as this process can see: grammars, the database, the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

from ..core.endpoint import Endpoint
from ..core.errors import FileError

_RECENT_DAYS = 7


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `advice` says what to do, or is empty."""

    area: str
    name: str
    ok: bool
    detail: str
    advice: str = ""


def provider_checks(asked: Sequence[tuple[Endpoint, str]], offline: bool) -> list[Check]:
    """Return who answers; `asked` are endpoints with what is to be known about them."""
    if not asked:
        why = "switched off by the setting `offline`" if offline else "none is configured"
        advice = "" if offline else "for a language model set OPENAI_API_KEY, or the setting `model`"
        return [Check("providers", "offline", True, f"the embedded engine answers: {why}", advice)]
    checks: list[Check] = []
    for endpoint, notes in asked:
        key = "a key is set" if endpoint.api_key else "no key is set"
        where = f"{endpoint.model or 'the first model offered'} at {endpoint.base_url}, {key}"
        checks.append(Check("providers", endpoint.name, True, f"{where}. {notes}" if notes else where))
    return checks


class LocalServer(Protocol):
    """A model server of this machine."""

    @property
    def name(self) -> str: ...
    @property
    def base_url(self) -> str: ...
    @property
    def models(self) -> Sequence[str]: ...


def server_checks(found: Sequence[LocalServer], used: str) -> list[Check]:
    """Return the model servers of this machine; `used` is the address that is asked."""
    return [
        Check(
            "local servers",
            server.name,
            True,
            f"{server.base_url} offers {', '.join(server.models[:5]) or 'no model'}",
            "" if server.base_url == used else f"to use it: export MONKEY_CODER_BASE_URL={server.base_url}",
        )
        for server in found
    ] or [Check("local servers", "none", True, "no model server answers on a usual port of this machine")]


def install_checks() -> list[Check]:
    """Return what works of what was installed: the grammars and the database."""
    return [*grammar_checks(), *database_checks()]


def grammar_checks() -> list[Check]:
    """Return whether every language's grammar loads."""
    from ..workspace.languages import LANGUAGES, grammar

    broken: list[Check] = []
    for language in LANGUAGES:
        try:
            grammar(language)
        except (ImportError, OSError, ValueError) as error:
            advice = "reinstall monkey-coder; until then this language is plain text"
            broken.append(Check("grammars", language, False, str(error), advice))
    n_loaded = len(LANGUAGES) - len(broken)
    return [Check("grammars", "tree-sitter", not broken, f"{n_loaded} of {len(LANGUAGES)} load"), *broken]


def database_checks() -> list[Check]:
    """Return whether the database is there and safe to use."""
    from ..context.database import database_status

    status = database_status()
    vectors = f"sqlite-vec {status.sqlite_vec}" if status.sqlite_vec else "no sqlite-vec"
    detail = f"SQLite {status.sqlite or 'missing'}, apsw {status.apsw or 'missing'}, {vectors}"
    return [Check("database", "SQLite", status.is_usable, detail, " ".join(status.problems))]


def outcome_checks(ledger_file: Path, today: date) -> list[Check]:
    """Return how the models did in the last week, as the ledger has it.

    What a running server thinks of them (`monkeyCoder/health`) is known to that process alone.
    """
    from ..usage.ledger import Ledger

    if not ledger_file.is_file():
        return []
    with closing(Ledger(str(ledger_file), session="doctor")) as ledger:
        try:
            found = asyncio.run(ledger.outcomes(since=today - timedelta(days=_RECENT_DAYS - 1)))
        except FileError as error:
            return [Check("last 7 days", "ledger", False, str(error), "usage is not booked until then")]
    return [
        Check(
            "last 7 days",
            f"{one.provider}/{one.model}",
            one.n_failed < one.n_attempts or one.n_attempts < 3,
            f"{one.n_attempts} attempts, {one.n_failed} failed"
            + (f"; first content after {one.first_s:.1f} s on average" if one.first_s is not None else "")
            + f"; the last one: {one.last_outcome}",
            "no attempt went well: look at the key and the model, or choose another",
        )
        for one in found
    ]
