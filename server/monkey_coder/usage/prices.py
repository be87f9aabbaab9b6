"""What an answer costs: the price list of `genai-prices`, at the date of the request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..core.model import Request, UsageReport
from .tokens import Counter, counter_for

_EXPECTED_OUTPUT = 1_000


@dataclass(frozen=True, slots=True)
class Quote:
    """What a request will cost, as far as that can be known before it is answered."""

    input_usd: float
    usd_per_character: float
    expected_usd: float


@dataclass(frozen=True, slots=True)
class Tariff:
    """What one provider charges for one model. A local server (`is_local`) charges nothing.

    Every method may load the price list or a vocabulary: call them off the event loop.
    """

    provider: str
    model: str
    is_local: bool = False

    @property
    def counter(self) -> Counter:
        """What counts this model's tokens."""
        return counter_for(self.model)

    def cost_usd(self, usage: UsageReport, at: datetime, *, answered_by: str = "") -> float | None:
        """Return the cost, None if it is unknown. What the provider says it charged comes first.

        `answered_by` is the model that answered, whose price counts where it is known.
        """
        if usage.billed_usd is not None:
            return usage.billed_usd
        if self.is_local:
            return 0.0
        for model in dict.fromkeys(filter(None, (answered_by, self.model))):
            cost = cost_usd(self.provider, model, usage, at)
            if cost is not None:
                return cost
        return None

    def quote(self, request: Request, at: datetime) -> Quote | None:
        """Return what `request` is expected to cost; None if the price is unknown."""
        n_input = self.counter.count_request(request)
        n_output = min(request.max_tokens or _EXPECTED_OUTPUT, _EXPECTED_OUTPUT)
        reading = self.cost_usd(UsageReport(n_input, 0), at)
        both = self.cost_usd(UsageReport(n_input, n_output), at)
        if reading is None or both is None:
            return None
        per_token = (both - reading) / n_output
        return Quote(reading, per_token * self.counter.factor / 4, both)


def cost_usd(provider: str, model: str, usage: UsageReport, at: datetime) -> float | None:
    """Return the list price of `usage` at the time `at` in US dollars; None if it is not known."""
    from genai_prices import Usage, calc_price

    n_cached = min(usage.cached_tokens, usage.input_tokens)
    tokens = Usage(
        input_tokens=usage.input_tokens,
        cache_read_tokens=n_cached,
        cache_write_tokens=min(usage.cache_write_tokens, usage.input_tokens - n_cached),
        output_tokens=usage.output_tokens,
    )
    try:
        price = calc_price(
            tokens, model.removeprefix("models/"), provider_id=provider, genai_request_timestamp=at
        )
    except (LookupError, ValueError):
        return None
    listed = price.model_price
    if usage.input_tokens and getattr(listed, "input_mtok", None) is None:
        return None
    if usage.output_tokens and getattr(listed, "output_mtok", None) is None:
        return None
    return float(price.total_price)


def keep_fresh() -> None:
    """Fetch the newest price list every hour, in the background, as the user asked.

    The list that was installed stays in use until one has come, and where none comes.
    """
    from genai_prices import UpdatePrices

    UpdatePrices().start()
