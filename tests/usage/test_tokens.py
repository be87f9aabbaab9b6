"""Tokens are counted with no network, and still counted without any vocabulary."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.requests import request

from monkey_coder.core.model import Message, Tool, ToolCall
from monkey_coder.usage import tokens
from monkey_coder.usage.tokens import counter_for


@pytest.mark.parametrize(
    ("model", "vocabulary", "factor"),
    [
        ("gpt-6.1-sol", "o200k_base", 1.0),
        ("o3-mini", "o200k_base", 1.0),
        ("gpt-4.1-mini", "o200k_base", 1.0),
        ("gpt-4-turbo", "cl100k_base", 1.0),
        ("claude-sonnet-4-5-20250929", "o200k_base", 1.17),
        ("claude-opus-4-8", "o200k_base", 1.45),
        ("anthropic/claude-opus-5-5", "o200k_base", 1.45),
        ("models/gemini-3.8-flash", "o200k_base", 1.05),
        ("openai/gpt-oss-120b", "o200k_base", 1.0),
        ("somebody/new", "o200k_base", 1.1),
    ],
)
def test_a_model_has_its_vocabulary_and_factor(model: str, vocabulary: str, factor: float) -> None:
    counter = counter_for(model)
    assert (counter.vocabulary, counter.factor) == (vocabulary, factor)


def test_counts_are_those_of_the_public_vocabulary() -> None:
    count = counter_for("gpt-6.1-sol").count
    assert [count(text) for text in ("", "hello world", "<|endoftext|>", "\ud800")] == [0, 2, 7, 1]
    assert counter_for("gpt-4").count("tiktoken is great!") == 6


def test_a_request_is_its_messages_tools_and_both_sides_of_a_gap() -> None:
    count = counter_for("gpt-6.1-sol").count_request
    assert count(request("hello world")) == 3 + 2 + 4
    assert count(request("hello world", prefix="hello world", suffix="hello world")) == 3 + 6 + 4
    tool = Tool("read_file", "Read a file.", {"type": "object", "properties": {}})
    assert count(request("hello world", tools=(tool,))) > 20
    call = Message("assistant", "", (ToolCall("1", "read_file", {"path": "a.py"}),))
    assert count(request(messages=(call,))) > 15


def test_without_any_vocabulary_it_is_an_estimate(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setitem(sys.modules, "splintr", None)
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    tokens._encoder.cache_clear()
    try:
        assert counter_for("gpt-6.1-sol").count("def f(x):\n    return x + 1\n") == 7
    finally:
        tokens._encoder.cache_clear()


@settings(deadline=None)
@given(text=st.text())
def test_any_text_can_be_counted(text: str) -> None:
    assert 0 <= counter_for("gpt-6.1-sol").count(text) <= 4 * len(text)
