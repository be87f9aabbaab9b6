"""The events of Anthropic's messages as ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..core.model import Event, FinishReason, UsageReport, Warned
from .answer import Answer, Call, count, counts

_REASONS = {
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "tool_use": FinishReason.TOOL_CALLS,
    "max_tokens": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "pause_turn": FinishReason.LENGTH,
    "compaction": FinishReason.LENGTH,
    "refusal": FinishReason.REFUSED,
}
_NOTES = {
    "pause_turn": "paused in the middle of its answer; ask it to go on.",
    "model_context_window_exceeded": "stopped because its context is full.",
}


class AnthropicAnswer(Answer):
    """The answer of a server that speaks Anthropic's messages."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._begun: dict[int, Call] = {}
        self._thoughts: dict[int, dict[str, str]] = {}
        self._counted: dict[str, Any] = {}

    def _take(self, events: list[Event], chunk: Mapping[str, Any]) -> None:
        match chunk.get("type"):
            case "content_block_delta":
                self._delta(events, chunk.get("index") or 0, chunk["delta"])
            case "content_block_start":
                self._block(events, chunk.get("index") or 0, chunk["content_block"])
            case "message_start":
                self._message(events, chunk["message"])
                self._counted.pop("output_tokens", None)  # What is written is counted at the end.
            case "message_delta":
                self._count(chunk.get("usage"))
                self._end_with(events, chunk.get("delta") or {})
            case "message_stop":
                self.is_over = self.reason is not None
            case "message":
                self._message(events, chunk)
                self.is_over = self.reason is not None
            case "error":
                if self.reason is None:
                    raise self._refused(chunk)
            case _ if chunk.get("error") and self.reason is None:
                raise self._refused(chunk)

    def _message(self, events: list[Event], message: Mapping[str, Any]) -> None:
        self.answered_by = self.answered_by or str(message.get("model") or "")
        self._count(message.get("usage"))
        for index, block in enumerate(message.get("content") or ()):
            self._block(events, index, block)
        self._end_with(events, message)

    def _block(self, events: list[Event], index: int, block: Mapping[str, Any]) -> None:
        match block.get("type"):
            case "text":
                self._text(events, block.get("text") or "")
            case "thinking":
                self._thoughts[index] = {"type": "thinking", "thinking": "", "signature": ""}
                self._think(events, index, block.get("thinking") or "", block.get("signature") or "")
            case "redacted_thinking":
                self._thoughts[index] = {"type": "redacted_thinking", "data": str(block.get("data") or "")}
            case "tool_use":  # The server's own tools have other types, and are run there.
                given = block.get("input")
                call = Call(str(block.get("id") or ""), str(block.get("name") or ""))
                call.given = given if isinstance(given, dict) else {}
                self._begun[index] = call

    def _delta(self, events: list[Event], index: int, delta: Mapping[str, Any]) -> None:
        match delta.get("type"):
            case "text_delta":
                self._text(events, delta.get("text") or "")
            case "input_json_delta":
                call = self._begun.get(index)
                if call is not None:
                    self._arguments(call, delta.get("partial_json") or "")
            case "thinking_delta":
                self._think(events, index, delta.get("thinking") or "", "")
            case "signature_delta":
                self._think(events, index, "", delta.get("signature") or "")

    def _think(self, events: list[Event], index: int, text: str, signature: str) -> None:
        self._reasoning(events, text)
        thought = self._thoughts.get(index)
        if thought is not None:
            thought["thinking"] += text
            thought["signature"] += signature

    def _end_with(self, events: list[Event], delta: Mapping[str, Any]) -> None:
        said = delta.get("stop_reason")
        if not said:
            return
        self._finish(events, str(said), _REASONS)
        note = _NOTES.get(said)
        if note:
            events.append(Warned(f"{self._provider} {note}"))

    def _count(self, usage: Any) -> None:
        """Merge a count into those before: later ones are sums, and what they leave out still holds."""
        if isinstance(usage, dict):
            self._counted.update({name: value for name, value in usage.items() if value is not None})

    def _calls(self) -> list[Call]:
        calls = [self._begun[index] for index in sorted(self._begun)]
        if calls and self._thoughts:
            calls[0].state = json.dumps([self._thoughts[index] for index in sorted(self._thoughts)])
        return calls

    def _usage(self) -> UsageReport | None:
        """Return the count: Anthropic counts what was read from and written to the cache apart."""
        read = count(self._counted, "input_tokens")
        written = count(self._counted, "output_tokens")
        if read is None or written is None:
            return None
        cached = counts(self._counted, "cache_read_input_tokens")
        stored = counts(self._counted, "cache_creation_input_tokens")
        thought = counts(self._counted.get("output_tokens_details"), "thinking_tokens")
        return UsageReport(read + cached + stored, written, cached, thought, cache_write_tokens=stored)
