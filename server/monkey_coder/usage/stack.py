"""This room's wrappers around a model, and the one ledger, budget and store that they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..core.clock import Clock
from ..core.model import Model
from .budgeted import Budget, Budgeted, BudgetLimits, dearest
from .cached import AnswerStore, Cached
from .ledger import Ledger
from .limited import Limited, Limiter, RateLimits
from .metered import Metered
from .prices import Tariff


class Books:
    """What is spent and what is kept. Opens no file before the first request.

    `rates` are the limits of providers by name; without `answers` no answer is kept.
    """

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        *,
        limits: BudgetLimits,
        rates: Mapping[str, RateLimits],
        answers: AnswerStore | None = None,
    ) -> None:
        self.ledger = ledger
        self._clock = clock
        self._budget = Budget(limits, ledger, clock)
        self._limiters = {provider: Limiter(limits, clock) for provider, limits in rates.items()}
        self._answers = answers

    def attempts_of(self, model: Model, tariff: Tariff) -> Model:
        """Return `model` with every attempt booked, within its provider's limits a minute."""
        limiter = self._limiters.get(tariff.provider)
        if limiter is not None:

            def count(request: object) -> int:
                return tariff.counter.count_request(request)  # type: ignore[arg-type]

            model = Limited(model, limiter, provider=tariff.provider, model=tariff.model, count=count)
        return Metered(model, self.ledger, tariff, self._clock)

    def within_budget(self, model: Model, tariffs: Sequence[Tariff]) -> Model:
        """Return `model` within the budget. Any of `tariffs` may be what it costs in the end."""
        return Budgeted(model, self._budget, dearest(tariffs, self._clock))

    def remembered(self, model: Model, *, temperature: float | None = None) -> Model:
        """Return `model`, asked once for what is deterministic. `temperature` is the user's own setting."""
        return model if self._answers is None else Cached(model, self._answers, temperature=temperature)

    def close(self) -> None:
        """Write what is on its way and close the files."""
        self.ledger.close()
        if self._answers is not None:
            self._answers.close()
