"""Whatever JSON a server sends, the answer is events or an error that can be shown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monkey_coder.core.errors import ProviderError
from monkey_coder.core.model import Event, Finished, TextDelta, ToolCall, UsageReport
from monkey_coder.providers.chat_answer import ChatAnswer

WORDS = """
    choices delta message content text tool_calls function name arguments id index finish_reason usage error
    code prompt_tokens completion_tokens prompt_tokens_details completion_tokens_details reasoning_tokens
    cached_tokens total_tokens refusal reasoning_content model x_groq type thinking
"""
NAMES = st.sampled_from(WORDS.split())
LEAVES = (
    st.none() | st.booleans() | st.integers(-5, 10**13) | st.sampled_from(["", "a", "stop", "{}", "length"])
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=25,
)
CHOICE = st.fixed_dictionaries(
    {}, optional={"index": LEAVES, "delta": JSON, "finish_reason": LEAVES, "text": JSON, "message": JSON}
)
CHUNK = st.fixed_dictionaries(
    {},
    optional={
        "choices": st.lists(CHOICE, max_size=2) | JSON,
        "usage": JSON,
        "model": LEAVES,
        "error": LEAVES,
    },
)


@settings(deadline=None)
@given(st.lists(CHUNK, max_size=4))
def test_any_json_becomes_sound_events_or_an_error(chunks: list[dict[str, object]]) -> None:
    answer = ChatAnswer("p", "m", prompt=("hi",))
    events: list[Event] = []
    try:
        for chunk in chunks:
            events += answer.feed(chunk)
        events += answer.end()
    except (ProviderError, ValueError):
        return
    assert isinstance(events[-1], Finished)
    for event in events:
        match event:
            case TextDelta(text):
                assert isinstance(text, str)
            case ToolCall(id, name, arguments):
                assert isinstance(id, str)
                assert isinstance(name, str)
                assert isinstance(arguments, dict)
            case UsageReport():
                counts = (
                    event.input_tokens,
                    event.output_tokens,
                    event.cached_tokens,
                    event.reasoning_tokens,
                )
                assert all(0 <= count <= 200_000_000 for count in counts)


@settings(deadline=None)
@given(st.text("ab", min_size=8, max_size=10), st.lists(st.text("ab", max_size=6), max_size=20))
def test_a_key_never_shows_however_the_text_is_cut(key: str, pieces: list[str]) -> None:
    answer = ChatAnswer("p", "m", key=key)
    shown = ""
    for piece in pieces:
        for event in answer.feed({"choices": [{"delta": {"content": piece}}]}):
            assert isinstance(event, TextDelta)
            shown += event.text
    list(answer.feed({"choices": [{"delta": {}, "finish_reason": "stop"}]}))
    shown += "".join(event.text for event in answer.end() if isinstance(event, TextDelta))
    assert key not in shown
    assert shown.count("[key]") <= 20
    if key not in "".join(pieces):
        assert shown == "".join(pieces)


def test_an_answer_without_an_end_is_no_answer() -> None:
    with pytest.raises(ProviderError):
        list(ChatAnswer("p", "m").end())


def test_a_call_in_the_older_form_is_one_too() -> None:
    answer = ChatAnswer("p", "m")
    answer.feed({"choices": [{"delta": {"function_call": {"name": "read", "arguments": '{"a":'}}}]})
    answer.feed({"choices": [{"delta": {"function_call": {"arguments": "1}"}}}]})
    answer.feed({"choices": [{"delta": {}, "finish_reason": "function_call"}]})
    assert [event for event in answer.end() if isinstance(event, ToolCall)] == [
        ToolCall("call_0", "read", {"a": 1})
    ]
