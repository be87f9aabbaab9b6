"""Cost is the list price of the day, and an unknown one is never zero."""

from __future__ import annotations

import gzip
import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.clocks import START
from tests.requests import request

from monkey_coder.core.model import UsageReport
from monkey_coder.usage import prices
from monkey_coder.usage.prices import Tariff, cost_usd

MILLION = UsageReport(100_000, 10_000)


@pytest.mark.parametrize(
    ("provider", "model", "usd"),
    [
        ("openai", "gpt-6.1-sol", 0.3),
        ("anthropic", "claude-opus-5-5", 0.6),
        ("google", "models/gemini-3.8-flash", 0.1125),
        ("xai", "grok-4.7", 0.26),
        ("groq", "openai/gpt-oss-120b", 0.021),
        ("openai", "gpt-99", None),
        ("openai", "gpt-6.2-sol", None),
        ("my-proxy", "gpt-6.1-sol", None),
        ("openai", "", None),
    ],
)
def test_the_list_price(provider: str, model: str, usd: float | None) -> None:
    assert cost_usd(provider, model, MILLION, START) == (pytest.approx(usd) if usd else None)


def test_a_price_changes_on_its_day() -> None:
    before = cost_usd("google", "gemini-4-argon", MILLION, datetime(2026, 11, 30, tzinfo=UTC))
    after = cost_usd("google", "gemini-4-argon", MILLION, datetime(2026, 12, 2, tzinfo=UTC))
    assert before and after == pytest.approx(2 * before)


def test_each_class_of_tokens_has_its_price() -> None:
    def cost(**classes: int) -> float | None:
        return cost_usd("anthropic", "claude-opus-5-5", UsageReport(1_000, 0, **classes), START)

    assert cost() == pytest.approx(0.004)
    assert cost(cached_tokens=1_000) == pytest.approx(0.0002)
    assert cost(cache_write_tokens=1_000) == pytest.approx(0.005)
    assert cost(cached_tokens=5_000, cache_write_tokens=9) == pytest.approx(0.0002), "more than the input"


def test_a_quote_is_made_of_the_input_and_an_expected_output() -> None:
    quote = Tariff("openai", "gpt-6.1-sol").quote(request("word " * 10_000, max_tokens=100), START)
    assert quote is not None
    assert quote.input_usd == pytest.approx(0.02, rel=0.02)
    assert quote.expected_usd == pytest.approx(quote.input_usd + 0.001)
    assert quote.usd_per_character == pytest.approx(10e-6 / 4)
    assert Tariff("openai", "gpt-99").quote(request(), START) is None
    local = Tariff("ollama", "qwen3", is_local=True).quote(request(), START)
    assert local is not None and local.expected_usd == 0


def test_a_list_that_does_not_come_leaves_the_installed_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()

    def fetch(self: object) -> None:
        asked.set()
        raise ValueError("no price list")

    monkeypatch.setattr("genai_prices.update_prices.UpdatePrices.fetch", fetch)
    prices.keep_fresh()
    assert asked.wait(10)
    assert cost_usd("openai", "gpt-6.1-sol", MILLION, START) == pytest.approx(0.3)


PATH = Path(os.environ.get("MONKEY_CODER_RECORDINGS") or "no-recordings")


def bills() -> list[dict[str, Any]]:
    """Return the recorded answers whose provider said what it charged."""
    if not PATH.is_file():
        return []
    with gzip.open(PATH, "rt", encoding="utf-8") as lines:
        return [row for row in map(json.loads, lines) if "billed_cost_usd" in (row["expected"] or {})]


@pytest.mark.skipif(not PATH.is_file(), reason="set MONKEY_CODER_RECORDINGS to recorded traffic")
def test_costs_are_those_that_were_billed() -> None:
    n_known = 0
    for row in bills():
        said = row["expected"]
        n_output = said["output_tokens"]
        if (row["provider"], row["endpoint"]) == ("xai", "chat"):
            n_output += said["reasoning_tokens"]
        # OpenRouter does not say here what it wrote to a cache, so such a bill cannot be recomputed.
        if row["provider"] == "openrouter" and said["cached_tokens"]:
            continue
        usage = UsageReport(said["input_tokens"], n_output, said["cached_tokens"])
        cost = cost_usd(row["provider"], said["model"], usage, datetime(2026, 6, 1, tzinfo=UTC))
        if cost is not None:
            n_known += 1
            assert cost == pytest.approx(said["billed_cost_usd"], abs=1e-9), row["id"]
    assert n_known
