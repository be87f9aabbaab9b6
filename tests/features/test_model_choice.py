"""The models to choose from: the current one is always there, and those that can be asked come first."""

from __future__ import annotations

from datetime import UTC, datetime

from monkey_coder.core.model import UsageReport
from monkey_coder.features.model_choice import offers

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def price(provider: str, name: str, usage: UsageReport, at: datetime) -> float | None:
    if provider == "own":
        return None
    return usage.input_tokens * 1e-6 + usage.output_tokens * 5e-6


def test_what_can_be_asked_comes_first_with_its_price() -> None:
    known = [("a", "one"), ("b", "two")]
    found = offers(known, ("own", "mine"), {"b"}, price, NOW)
    assert [(one.id, one.is_configured, one.is_current) for one in found] == [
        ("own/mine", True, True),
        ("b/two", True, False),
        ("a/one", False, False),
    ]
    assert (found[0].input_usd, found[1].input_usd, found[1].output_usd) == (None, 1.0, 5.0)
