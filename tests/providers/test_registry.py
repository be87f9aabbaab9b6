"""Every name that was ever in use leads to a model that answers."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monkey_coder.providers.registry import Role, Status, chain, entries, entries_of, resolve

TODAY = date(2026, 11, 22)
ASKED_FOR = {
    "gpt-5": "gpt-5",
    "gpt-5-mini": "gpt-5-mini",
    "gpt-4.1": "gpt-4.1",
    "gpt-4.1-mini": "gpt-4.1-mini",
    "o1": "gpt-6.1-sol",
    "o1-mini": "gpt-6-luna",
    "o3": "o3",
    "o3-pro": "o3-pro",
    "o3-deep-research": "gpt-6.1-sol",
    "gpt-4o-search-preview": "gpt-6.1-terra",
    "claude-sonnet-4-20250514": "claude-sonnet-5-5",
    "claude-opus-4-1-20250805": "claude-opus-5-5",
    "claude-opus-4-20250514": "claude-opus-5-5",
    "claude-3-7-sonnet-20250219": "claude-sonnet-5-5",
    "gemini-2.5-pro": "gemini-2.5-pro",
    "models/gemini-2.5-flash": "gemini-2.5-flash",
    "models/gemini-2.0-flash": "gemini-3.8-flash",
    "grok-4-latest": "grok-4.7",
    "grok-3": "grok-4.3",
    "grok-3-mini": "grok-4.3",
    "grok-3-fast": "grok-4.3",
    "llama-3.3-70b-versatile": "openai/gpt-oss-120b",
    "qwen/qwen3-32b": "qwen/qwen3.8-27b",
    "moonshotai/kimi-k2-instruct": "openai/gpt-oss-120b",
}


@pytest.mark.parametrize(("name", "answers"), ASKED_FOR.items())
def test_every_name_asked_for_resolves(name: str, answers: str) -> None:
    resolved = resolve(name, TODAY)
    assert resolved.name == answers and resolved.entry is not None
    assert resolved.warning, "each of these is retired or will be"
    is_replaced = answers != name.removeprefix("models/")
    assert ("answers instead" in resolved.warning) is is_replaced


def test_a_date_that_has_come_retires_a_model() -> None:
    assert "2026-12-11" in resolve("gpt-5", date(2026, 12, 10)).warning
    later = resolve("gpt-5", date(2026, 12, 11))
    assert later.name == "gpt-6.1-sol" and "retired on 2026-12-11; gpt-6.1-sol" in later.warning
    assert resolve("gpt-4.1", date(2026, 6, 1)).warning == "", "too early to trouble anyone"


def test_a_current_name_is_left_alone() -> None:
    for name in ("gpt-6.1-sol", "openai/gpt-6.1-sol", " GPT-6.1-Sol "):
        resolved = resolve(name, TODAY)
        assert (resolved.name, resolved.warning) == ("gpt-6.1-sol", "")
        assert resolved.takes_effort and not resolved.takes_sampling
    assert resolve("gpt-4.1", TODAY).takes_sampling and not resolve("gpt-4.1", TODAY).takes_effort


@pytest.mark.parametrize("name", ["my-model:7b", "", "openai/", "models/", "llama3.2:latest"])
def test_an_unknown_name_passes_through(name: str) -> None:
    resolved = resolve(name, TODAY)
    assert (resolved.name, resolved.entry, resolved.warning) == (name, None, "")
    assert resolved.takes_sampling


def test_a_provider_answers_only_for_its_own_models() -> None:
    assert resolve("qwen", TODAY, provider="groq").name == "qwen/qwen3.8-27b"
    assert resolve("qwen", TODAY, provider="ollama").entry is None
    assert resolve("gpt-oss-120b", TODAY, provider="groq").name == "openai/gpt-oss-120b"
    assert resolve("gpt-oss:120b", TODAY, provider="ollama").name == "gpt-oss:120b"
    assert resolve("gemini-2.0-flash", TODAY, provider="gemini").name == "gemini-3.8-flash"
    assert resolve("gpt-5", TODAY, provider="openrouter").entry is None


@pytest.mark.parametrize(
    ("provider", "names"),
    [
        ("openai", ["gpt-6.1-sol", "gpt-6.1-terra", "gpt-6-luna"]),
        ("anthropic", ["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"]),
        ("google", ["gemini-4-argon", "gemini-3.8-flash", "gemini-3.5-flash-lite"]),
        ("xai", ["grok-4.7", "grok-4.3", "grok-build-0.1"]),
        ("groq", ["openai/gpt-oss-120b", "qwen/qwen3.8-27b", "openai/gpt-oss-20b"]),
        ("nobody", []),
    ],
)
def test_the_chain_is_flagship_long_lived_small(provider: str, names: list[str]) -> None:
    assert [entry.name for entry in chain(provider, TODAY)] == names


def test_the_data_is_sound() -> None:
    names = [(entry.provider, name) for entry in entries() for name in (entry.name, *entry.aliases)]
    assert len(names) == len(set(names))
    for entry in entries():
        known = {other.name: other for other in entries_of(entry.provider)}
        assert entry.source and entry.checked <= TODAY
        assert (entry.status is Status.CURRENT) == (not entry.replacement)
        assert entry.status is Status.RETIRED or entry.can
        assert entry.role is None or entry.status is Status.CURRENT
        assert not entry.replacement or known[entry.replacement].status is Status.CURRENT
        assert entry.status is not Status.RETIRED or not entry.shutdown or entry.shutdown <= TODAY
    for provider in {entry.provider for entry in entries()}:
        roles = [entry.role for entry in entries_of(provider) if entry.role]
        assert len(roles) == len(set(roles)) and Role.FLAGSHIP in roles


@settings(deadline=None)
@given(entry=st.sampled_from(entries()), today=st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_on_any_day_a_name_leads_to_a_model_that_answers(entry: object, today: date) -> None:
    resolved = resolve(entry.name, today, provider=entry.provider)  # type: ignore[attr-defined]
    assert resolved.entry is not None
    assert resolved.entry.status_on(today) is not Status.RETIRED


@settings(deadline=None)
@given(name=st.text())
def test_a_name_that_is_not_known_is_not_changed(name: str) -> None:
    resolved = resolve(name, TODAY)
    assert resolved.entry is not None or resolved.name == name
