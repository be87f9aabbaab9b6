"""The chunks of Gemini's answers as events."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..core.errors import ProviderFault
from ..core.model import Event, FinishReason, UsageReport
from .answer import Answer, Call, count, counts

_REASONS = {
    "stop": FinishReason.STOP,
    "max_tokens": FinishReason.LENGTH,
    "continuation": FinishReason.LENGTH,
    "safety": FinishReason.REFUSED,
    "recitation": FinishReason.REFUSED,
    "blocklist": FinishReason.REFUSED,
    "prohibited_content": FinishReason.REFUSED,
    "spii": FinishReason.REFUSED,
    "language": FinishReason.REFUSED,
    "image_safety": FinishReason.REFUSED,
    "image_prohibited_content": FinishReason.REFUSED,
}
_BAD_CALL = ("malformed_function_call", "unexpected_tool_call", "too_many_tool_calls", "malformed_response")
_FAILED = ("other", "missing_thought_signature")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]|\[['\"]([^'\"]*)['\"]\]")
_MOST_ITEMS = 10_000


class GeminiAnswer(Answer):
    """The answer of Google's Gemini, at its own API or on Vertex."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._begun: list[Call] = []
        self._is_open = False
        self._counted: dict[str, Any] = {}

    def _take(self, events: list[Event], chunk: Mapping[str, Any]) -> None:
        if chunk.get("error") and self.reason is None:
            raise self._refused(chunk)
        usage = chunk.get("usageMetadata")
        if isinstance(usage, dict) and "promptTokenCount" in usage:
            self._counted = usage  # Every chunk counts all that came before it.
        if not self.answered_by and chunk.get("modelVersion"):
            self.answered_by = str(chunk["modelVersion"])
        feedback = chunk.get("promptFeedback")
        if feedback and feedback.get("blockReason"):
            what = f"the provider's content filter refused the request ({feedback['blockReason']})"
            raise self._fail(ProviderFault.CONTENT_REFUSED, what)
        for candidate in chunk.get("candidates") or ():
            if not candidate.get("index") and self.reason is None:
                self._candidate(events, candidate)

    def _candidate(self, events: list[Event], candidate: Mapping[str, Any]) -> None:
        for part in (candidate.get("content") or {}).get("parts") or ():
            text = part.get("text")
            if text:
                (self._reasoning if part.get("thought") else self._text)(events, text)
            call = part.get("functionCall")
            if call is not None:
                self._collect(call, part.get("thoughtSignature") or "")
        said = candidate.get("finishReason")
        if not said:
            return
        name = said.lower()
        if name in _BAD_CALL:
            raise self._fail(ProviderFault.MALFORMED, f"the model made a call that is none ({name})")
        if name in _FAILED:
            raise self._fail(ProviderFault.OVERLOADED, f"the answer broke off ({name})")
        self._finish(events, said, _REASONS)
        if self.reason is FinishReason.STOP and self._begun:
            self.reason = FinishReason.TOOL_CALLS

    def _collect(self, part: Mapping[str, Any], state: str) -> None:
        """Take a call, or the next piece of one, whose arguments come as values at paths."""
        if part.get("name"):
            given = part.get("args")
            call = Call(str(part.get("id") or ""), str(part["name"]), state=state)
            call.given = dict(given) if isinstance(given, dict) else {}
            self._begun.append(call)
        elif not self._is_open:
            return
        call = self._begun[-1]
        assert isinstance(call.given, dict)
        for piece in part.get("partialArgs") or ():
            value = _value(piece)
            self._size += len(value) if isinstance(value, str) else 1
            _put(call.given, str(piece.get("jsonPath") or ""), value)
        self._is_open = bool(part.get("willContinue"))

    def _calls(self) -> list[Call]:
        if self._is_open and self._begun:
            self._begun[-1].pieces = ["the answer ended inside this call"]
        return self._begun

    def _usage(self) -> UsageReport | None:
        """Return the count: Gemini counts its thoughts, and what its own tools read, apart."""
        usage = self._counted
        read = count(usage, "promptTokenCount")
        written = count(usage, "candidatesTokenCount", "responseTokenCount")
        if read is None or (written is None and usage.get("candidatesTokenCount") is not None):
            return None
        thought = counts(usage, "thoughtsTokenCount")
        return UsageReport(
            read + counts(usage, "toolUsePromptTokenCount"),
            (written or 0) + thought,
            counts(usage, "cachedContentTokenCount"),
            thought,
        )


def _value(piece: Mapping[str, Any]) -> Any:
    for name in ("stringValue", "numberValue", "boolValue"):
        if name in piece:
            return piece[name]
    return None


def _put(root: dict[str, Any], path: str, value: Any) -> None:
    """Set the value at a JSON path, or lengthen the text that stands there.

    Raises: ValueError if the path is none.
    """
    steps: list[str | int] = []
    at = 1
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None:
            break
        steps.append(int(found[2]) if found[2] else found[1] or found[3] or "")
        at = found.end()
    if not steps or at < len(path) or not path.startswith("$"):
        raise ValueError("a path into arguments that is none")
    here: Any = root
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        if isinstance(step, int):
            if not isinstance(here, list) or step > min(len(here), _MOST_ITEMS):
                raise ValueError("a path into arguments that do not fit it")
            if step == len(here):
                here.append(None)
        elif not isinstance(here, dict):
            raise ValueError("a path into arguments that do not fit it")
        old = here[step] if isinstance(step, int) else here.get(step)
        if following is None:
            here[step] = old + value if isinstance(old, str) and isinstance(value, str) else value
            return
        if old is None:
            here[step] = [] if isinstance(following, int) else {}
        here = here[step]
