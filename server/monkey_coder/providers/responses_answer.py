"""The events of OpenAI's Responses as ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..core.errors import ProviderFault
from ..core.model import Event, FinishReason, UsageReport
from .answer import Answer, Call, count, counts
from .chat_answer import billed_usd

_INCOMPLETE = {
    "max_output_tokens": FinishReason.LENGTH,
    "max_tokens": FinishReason.LENGTH,
    "content_filter": FinishReason.REFUSED,
}


class ResponsesAnswer(Answer):
    """The answer of a server that speaks OpenAI's Responses."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._begun: dict[int, Call] = {}
        self._reasons: list[dict[str, Any]] = []
        self._shown: set[tuple[int, int]] = set()
        self._counted: Mapping[str, Any] | None = None

    def _take(self, events: list[Event], chunk: Mapping[str, Any]) -> None:
        # The ids of items are not the same in every event at every server: their places are.
        at = chunk.get("output_index") or 0
        match chunk.get("type"):
            case "response.output_text.delta":
                self._shown.add((at, chunk.get("content_index") or 0))
                self._text(events, chunk.get("delta") or "")
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
                self._shown.add((at, -1))
                self._reasoning(events, chunk.get("delta") or "")
            case "response.refusal.delta":
                self._is_refused = True
                self._shown.add((at, chunk.get("content_index") or 0))
                self._text(events, chunk.get("delta") or "")
            case "response.output_item.added":
                self._item(events, at, chunk.get("item") or {}, is_done=False)
            case "response.output_item.done":
                self._item(events, at, chunk.get("item") or {}, is_done=True)
            case "response.function_call_arguments.delta":
                call = self._begun.get(at)
                if call is not None:
                    self._arguments(call, chunk.get("delta") or "")
            case "response.created" | "response.in_progress":
                self.answered_by = str((chunk.get("response") or {}).get("model") or self.answered_by)
            case "response.completed" | "response.incomplete" | "response.failed":
                self._response(events, chunk.get("response") or {})
            case "error":
                if self.reason is None:
                    raise self._refused(chunk if chunk.get("error") else {"error": dict(chunk)})
            case _ if chunk.get("object") == "response":
                self._response(events, chunk)
            case _ if chunk.get("error") and self.reason is None:
                raise self._refused(chunk)

    def _response(self, events: list[Event], response: Mapping[str, Any]) -> None:
        """Take the whole response, of which a stream has shown the items already."""
        self.answered_by = str(response.get("model") or self.answered_by)
        if isinstance(response.get("usage"), dict):
            self._counted = response["usage"]
        status = response.get("status")
        if status in ("failed", "cancelled"):
            if response.get("error"):
                raise self._refused(response)
            raise self._fail(ProviderFault.OVERLOADED, f"the answer broke off ({status})")
        if not self._shown and not self._begun:
            for at, item in enumerate(response.get("output") or ()):
                self._item(events, at, item, is_done=True)
        if status == "incomplete":
            said = str((response.get("incomplete_details") or {}).get("reason") or "max_output_tokens")
            self._finish(events, said, _INCOMPLETE)
        elif status in ("completed", "complete"):
            self.reason = FinishReason.TOOL_CALLS if self._begun else FinishReason.STOP
        self.is_over = self.reason is not None

    def _item(self, events: list[Event], at: int, item: Mapping[str, Any], *, is_done: bool) -> None:
        match item.get("type"):
            case "function_call" | "custom_tool_call" as kind:
                new = Call(str(item.get("call_id") or ""), str(item.get("name") or ""))
                call = self._begun.setdefault(at, new)
                if is_done and kind == "custom_tool_call":
                    call.given = {"input": item.get("input")}  # Its argument is any text.
                elif is_done and item.get("arguments"):
                    call.pieces = [str(item["arguments"])]
            case "message" if is_done:
                for index, part in enumerate(item.get("content") or ()):
                    if (at, index) not in self._shown:
                        self._shown.add((at, index))
                        self._is_refused |= bool(part.get("refusal"))
                        self._text(events, part.get("text") or part.get("refusal") or "")
            case "reasoning" if is_done:
                if (at, -1) not in self._shown:
                    self._shown.add((at, -1))
                    for part in (*(item.get("summary") or ()), *(item.get("content") or ())):
                        self._reasoning(events, part.get("text") or "")
                if item.get("encrypted_content"):
                    kept = ("type", "id", "summary", "encrypted_content")
                    self._reasons.append({name: item.get(name) for name in kept})

    def _calls(self) -> list[Call]:
        calls = [self._begun[at] for at in sorted(self._begun)]
        if calls and self._reasons:
            calls[0].state = json.dumps(self._reasons)
        return calls

    def _usage(self) -> UsageReport | None:
        usage = self._counted
        if usage is None:
            return None
        read, written = count(usage, "input_tokens"), count(usage, "output_tokens")
        if read is None or written is None:
            return None
        details = usage.get("input_tokens_details")
        return UsageReport(
            read,
            written,
            counts(details, "cached_tokens"),
            counts(usage.get("output_tokens_details"), "reasoning_tokens"),
            cache_write_tokens=counts(details, "cache_write_tokens"),
            billed_usd=billed_usd(usage),
        )
