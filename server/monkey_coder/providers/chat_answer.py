"""The chunks of a chat completion as events."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..core.errors import ProviderError, ProviderFault
from ..core.model import (
    Event,
    Finished,
    FinishReason,
    ReasoningDelta,
    TextDelta,
    ToolCall,
    UsageReport,
    Warned,
)
from .faults import fail, read_error, refusal

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
_MOST_TOKENS = 100_000_000
_MOST_CHARACTERS = 800_000
_MOST_CHARACTERS_A_TOKEN = 64


@dataclass(slots=True)
class _Call:
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)


class ChatAnswer:
    """Turns one answer's chunks into events, and knows whether the answer is complete."""

    def __init__(
        self,
        provider: str,
        model: str,
        *,
        prompt: tuple[str, ...] = (),
        key: str = "",
        max_tokens: int | None = None,
    ) -> None:
        """`prompt` serves the estimate of tokens; `key` is masked wherever the text repeats it.

        An answer that far outgrows `max_tokens` is cut off.
        """
        self._provider = provider
        self._model = model
        self._prompt = prompt
        self._mask = _Mask(key) if len(key) >= 8 else None
        self._calls: dict[int, list[_Call]] = {}
        self._usage: Mapping[str, Any] | None = None
        self._size = 0
        self._most = _MOST_CHARACTERS
        if max_tokens is not None:
            self._most = min(_MOST_CHARACTERS, 4096 + _MOST_CHARACTERS_A_TOKEN * max_tokens)
        self._has_refusal = False
        self.answered_by = ""
        self.reason: FinishReason | None = None

    def feed(self, chunk: Mapping[str, Any]) -> Iterator[Event]:
        """Yield the events of one chunk of a stream, or of a whole answer.

        Raises: ProviderError if the chunk reports a failure before the answer was finished, ValueError
        if it has another shape than a chunk.
        """
        try:
            yield from self._feed(chunk)
        except (AttributeError, TypeError, KeyError) as error:
            raise ValueError("a chunk of another shape") from error

    def _feed(self, chunk: Mapping[str, Any]) -> Iterator[Event]:
        usage = chunk.get("usage") or (chunk.get("x_groq") or {}).get("usage")
        if isinstance(usage, dict):
            self._usage = usage
        if chunk.get("error") and self.reason is None:
            raise self._refused(chunk)
        if not self.answered_by and isinstance(chunk.get("model"), str):
            self.answered_by = chunk["model"]
        for choice in chunk.get("choices") or ():
            if not choice.get("index"):
                yield from self._choice(choice)

    def _choice(self, choice: Mapping[str, Any]) -> Iterator[Event]:
        delta = choice.get("delta") or choice.get("message") or {}
        reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        if reasoning and isinstance(reasoning, str):
            self._size += len(reasoning)
            yield ReasoningDelta(reasoning)
        content = delta.get("content") or choice.get("text")
        if content:
            yield from self._content(content)
        if delta.get("refusal"):
            self._has_refusal = True
            yield from self._text(delta["refusal"])
        for call in delta.get("tool_calls") or ():
            self._collect(call)
        reason = choice.get("finish_reason")
        if reason:
            yield from self._finish(reason)

    def _content(self, content: str | list[Mapping[str, Any]]) -> Iterator[Event]:
        if isinstance(content, str):
            yield from self._text(content)
            return
        for part in content:  # Mistral's reasoning models send lists of parts.
            match part:
                case {"type": "thinking", "thinking": list(inner)}:
                    for piece in inner:
                        yield ReasoningDelta(piece.get("text") or "")
                case {"text": str(text)}:
                    yield from self._text(text)

    def _text(self, text: str) -> Iterator[Event]:
        self._size += len(text)
        if self._mask is not None:
            text = self._mask.feed(text)
        if text:
            yield TextDelta(text)

    @property
    def is_too_long(self) -> bool:
        """Whether more came than any model is asked for; such a stream may never end."""
        return self._size > self._most

    def cut(self) -> Iterator[Event]:
        """Yield the end of an answer that grows without end."""
        yield Warned(f"{self._provider} ({self._model}) did not stop; the answer was cut off.")
        self._calls.clear()
        self.reason = FinishReason.LENGTH

    def _collect(self, delta: Mapping[str, Any]) -> None:
        calls = self._calls.setdefault(int(delta.get("index") or 0), [])
        new_id = delta.get("id")
        # Some servers number every parallel call 0, and only a new id tells them apart.
        if not calls or (new_id and calls[-1].id and new_id != calls[-1].id):
            calls.append(_Call())
        call = calls[-1]
        function = delta.get("function") or {}
        call.id = call.id or str(new_id or "")
        call.name = call.name or str(function.get("name") or "")
        arguments = function.get("arguments")
        if arguments:
            text = arguments if isinstance(arguments, str) else json.dumps(arguments)
            self._size += len(text)
            call.arguments.append(text)

    def _finish(self, reason: str) -> Iterator[Event]:
        if reason.lower() in _FAILED:
            what = f"the answer broke off ({reason.lower()})"
            raise fail(ProviderFault.OVERLOADED, what, provider=self._provider, model=self._model)
        known = _REASONS.get(reason.lower())
        if known is None:
            yield Warned(
                f"{self._provider} ended its answer with {reason[:40]!r}, which is taken as its end."
            )
        self.reason = known or FinishReason.STOP

    def end(self) -> Iterator[Event]:
        """Yield what is known once the stream is over: tool calls, usage, the finish.

        Raises: ProviderError if no finish reason came, or a call's arguments are no JSON object.
        """
        if self.reason is None:
            what = "the answer broke off before its end"
            raise fail(ProviderFault.TRUNCATED, what, provider=self._provider, model=self._model)
        if self._mask is not None and (rest := self._mask.rest()):
            yield TextDelta(rest)
        calls = self._tool_calls()
        if self._has_refusal:
            self.reason = FinishReason.REFUSED
        if self.reason in (FinishReason.TOOL_CALLS, FinishReason.STOP):
            yield from calls  # OpenAI says "stop" where a call was demanded by the request.
        elif calls:
            yield Warned(f"{self._provider} was cut off inside a tool call; the tool was not run.")
        yield self._report()
        by = self.answered_by or self._model
        yield Finished(self.reason, f"{self._provider}/{by}" if by else self._provider)

    def _tool_calls(self) -> list[ToolCall]:
        calls: list[ToolCall] = []
        seen: set[str] = set()
        for number, call in enumerate(call for index in sorted(self._calls) for call in self._calls[index]):
            if call.id and call.id in seen:
                continue  # Each call is run at most once.
            seen.add(call.id)
            arguments: object = {}
            text = "".join(call.arguments)
            if text.strip():
                try:
                    arguments = json.loads(text)
                except ValueError:
                    arguments = None
            if self.reason not in (FinishReason.STOP, FinishReason.TOOL_CALLS):
                arguments = {}  # It is not given out.
            if not isinstance(arguments, dict) or not call.name:
                what = f"a call of the tool {call.name[:60]!r} has arguments that are no JSON object"
                raise fail(ProviderFault.MALFORMED, what, provider=self._provider, model=self._model)
            calls.append(ToolCall(call.id or f"call_{number}", call.name, arguments))
        return calls

    def _report(self) -> UsageReport:
        return usage_report(self._usage) or UsageReport(
            sum(len(text.encode("utf-8", "replace")) for text in self._prompt) // 4,
            self._size // 4,
            is_estimate=True,
        )

    def _refused(self, chunk: Mapping[str, Any]) -> ProviderError:
        return refusal(
            None, read_error(chunk), provider=self._provider, model=self._model, prompt=self._prompt
        )


def usage_report(usage: Mapping[str, Any] | None) -> UsageReport | None:
    """Return the vendor's own count in our units; None if it is missing or absurd.

    xAI counts reasoning apart from the output, which its total shows; others count it in.
    """
    if usage is None:
        return None
    read, written, total = (_count(usage, f"{name}_tokens") for name in ("prompt", "completion", "total"))
    if read is None or (written is None and usage.get("completion_tokens") is not None):
        return None
    written = written or 0
    reasoning = _count(usage.get("completion_tokens_details"), "reasoning_tokens") or 0
    cached = _count(usage.get("prompt_tokens_details"), "cached_tokens")
    if reasoning and total == read + written + reasoning:
        written += reasoning
    return UsageReport(read, written, cached or _count(usage, "prompt_cache_hit_tokens") or 0, reasoning)


def _count(table: object, name: str) -> int | None:
    """Return a number of tokens; None if there is none, or one that cannot be."""
    value = table.get(name) if isinstance(table, Mapping) else None
    return value if isinstance(value, int) and 0 <= value <= _MOST_TOKENS else None


class _Mask:
    """Hides a key in a text that comes in pieces, holding back what may be its beginning."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._held = ""

    def feed(self, text: str) -> str:
        text = (self._held + text).replace(self._key, "[key]")
        self._held = ""
        at = text.find(self._key[0], max(len(text) - len(self._key) + 1, 0))
        while at >= 0:
            if self._key.startswith(text[at:]):
                self._held = text[at:]
                return text[:at]
            at = text.find(self._key[0], at + 1)
        return text

    def rest(self) -> str:
        """Return what is still held back when the text is over."""
        rest, self._held = self._held, ""
        return rest
