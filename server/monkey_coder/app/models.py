"""The language models of a session, each behind all its wrappers."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING

from ..config.endpoints import is_at_vendor
from ..config.paths import cache_dir
from ..config.settings import (
    Settings,
    load_settings,
)
from ..context.audited import Audited
from ..context.redacted import Redacted
from ..context.withheld import Withheld
from ..core.endpoint import Endpoint
from ..core.errors import ConfigError
from ..core.model import Event, Model, Request
from ..providers.breaking import Health
from ..providers.stack import Wires, known, later_in_chain
from ..usage.budgeted import BudgetLimits
from ..usage.cached import AnswerStore
from ..usage.ledger import By, Ledger, Total
from ..usage.limited import RateLimits
from ..usage.metered import cost_so_far
from ..usage.prices import Tariff, keep_fresh
from ..usage.stack import Books
from .kept import audit_log, is_here, real_clock, usage_file

if TYPE_CHECKING:
    from ..features.agent_hands import AgentHands
    from ..features.experience import Experience

_MB = 1 << 20
_DAY_S = 86_400
# What `budget.session_usd` counts together: one run of the server, however often it is rebuilt.
_SESSION = uuid.uuid4().hex


class Models:
    """The language models of one session behind all their wrappers. No file, no connection and no SDK
    is opened before the first request.

    From the outside in: Withheld, Cached, Budgeted, FallingBack, Breaking, Retrying, Metered, Limited,
    Redacted, Audited, adapter.
    """

    def __init__(self, settings: Settings) -> None:
        clock = real_clock()
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
        from ..routing.routed import Routed

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
        from ..features.candidates import Referee
        from ..features.competing import competing

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
        from ..agents.pipeline import Pipeline

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
            is_local, adapter = is_here(at), self._wires.adapter(at)
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
