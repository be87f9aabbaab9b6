"""The chunks of a chat completion as events."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..core.errors import ProviderFault
from ..core.model import Event, FinishReason, UsageReport
from .answer import Answer, Call, count, counts

_REASONS = {
    "stop": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "end_turn": FinishReason.STOP,
    "eos": FinishReason.STOP,
    "eos_token": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "max_tokens": FinishReason.LENGTH,
    "model_length": FinishReason.LENGTH,
    "tool_calls": FinishReason.TOOL_CALLS,
    "function_call": FinishReason.TOOL_CALLS,
    "tool_use": FinishReason.TOOL_CALLS,
    "content_filter": FinishReason.REFUSED,
    "refusal": FinishReason.REFUSED,
    "safety": FinishReason.REFUSED,
}
_FAILED = ("error", "insufficient_system_resource", "abort")
_TICKS_A_DOLLAR = 10_000_000_000


class ChatAnswer(Answer):
    """The answer of a server that speaks OpenAI's chat completions, or its older plain completions."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._begun: dict[int, list[Call]] = {}
        self._counted: Mapping[str, Any] | None = None

    def _take(self, events: list[Event], chunk: Mapping[str, Any]) -> None:
        usage = chunk.get("usage") or (chunk.get("x_groq") or {}).get("usage")
        if isinstance(usage, dict):
            self._counted = usage
        if chunk.get("error") and self.reason is None:
            raise self._refused(chunk)
        if not self.answered_by and isinstance(chunk.get("model"), str):
            self.answered_by = chunk["model"]
        for choice in chunk.get("choices") or ():
            if not choice.get("index"):
                self._choice(events, choice)

    def _choice(self, events: list[Event], choice: Mapping[str, Any]) -> None:
        delta = choice.get("delta") or choice.get("message") or {}
        reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        if reasoning and isinstance(reasoning, str):
            self._reasoning(events, reasoning)
        content = delta.get("content") or choice.get("text")
        if isinstance(content, str):
            self._text(events, content)
        elif content:
            self._parts(events, content)
        if delta.get("refusal"):
            self._is_refused = True
            self._text(events, delta["refusal"])
        for call in delta.get("tool_calls") or ():
            self._collect(call)
        if delta.get("function_call"):  # What calls were before there could be several.
            self._collect({"function": delta["function_call"]})
        reason = choice.get("finish_reason")
        if reason:
            if reason.lower() in _FAILED:
                raise self._fail(ProviderFault.OVERLOADED, f"the answer broke off ({reason.lower()})")
            self._finish(events, reason, _REASONS)

    def _parts(self, events: list[Event], content: list[Mapping[str, Any]]) -> None:
        for part in content:  # Mistral's reasoning models send lists of parts.
            match part:
                case {"type": "thinking", "thinking": list(inner)}:
                    for piece in inner:
                        self._reasoning(events, piece.get("text") or "")
                case {"text": str(text)}:
                    self._text(events, text)

    def cut(self) -> Iterator[Event]:
        yield from super().cut()
        self._begun.clear()

    def _collect(self, delta: Mapping[str, Any]) -> None:
        calls = self._begun.setdefault(int(delta.get("index") or 0), [])
        new_id = delta.get("id")
        # Some servers number every parallel call 0, and only a new id tells them apart.
        if not calls or (new_id and calls[-1].id and new_id != calls[-1].id):
            calls.append(Call())
        call = calls[-1]
        function = delta.get("function") or {}
        call.id = call.id or str(new_id or "")
        call.name = call.name or str(function.get("name") or "")
        arguments = function.get("arguments")
        if arguments:
            self._arguments(call, arguments if isinstance(arguments, str) else json.dumps(arguments))

    def _calls(self) -> list[Call]:
        return [call for index in sorted(self._begun) for call in self._begun[index]]

    def _usage(self) -> UsageReport | None:
        return usage_report(self._counted)


def usage_report(usage: Mapping[str, Any] | None) -> UsageReport | None:
    """Return the count of a chat completion in our units; None if it is missing or absurd.

    xAI counts reasoning apart from the output, which its total shows; others count it in.
    """
    if usage is None:
        return None
    read = count(usage, "prompt_tokens")
    written = count(usage, "completion_tokens") if usage.get("completion_tokens") is not None else 0
    if read is None or written is None:
        return None
    reasoning = counts(usage.get("completion_tokens_details"), "reasoning_tokens")
    details = usage.get("prompt_tokens_details")
    cached = counts(details, "cached_tokens") or counts(usage, "prompt_cache_hit_tokens")
    if reasoning and count(usage, "total_tokens") == read + written + reasoning:
        written += reasoning
    return UsageReport(
        read,
        written,
        cached,
        reasoning,
        cache_write_tokens=counts(details, "cache_write_tokens"),
        billed_usd=billed_usd(usage),
    )


def billed_usd(usage: Mapping[str, Any]) -> float | None:
    """Return what the provider says it charged: xAI in ticks, OpenRouter in dollars."""
    ticks, cost = usage.get("cost_in_usd_ticks"), usage.get("cost")
    if isinstance(ticks, int | float):
        return ticks / _TICKS_A_DOLLAR
    return float(cost) if isinstance(cost, int | float) and cost >= 0 else None
