"""What the answers of all wires have in common: masking, limits, and how an answer ends."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
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
from .mask import Mask

_MOST_TOKENS = 100_000_000
_MOST_CHARACTERS = 800_000
_MOST_CHARACTERS_A_TOKEN = 64


@dataclass(slots=True)
class Call:
    """A tool call while it is collected: its arguments as pieces of JSON, or as the object itself."""

    id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list)
    given: Mapping[str, Any] | None = None
    state: str = ""

    def arguments(self) -> Mapping[str, Any] | None:
        """Return the arguments; None if they are no JSON object."""
        text = "".join(self.pieces)
        if not text.strip():
            return self.given or {}
        try:
            found = json.loads(text)
        except ValueError:
            return None
        return found if isinstance(found, dict) else None


class Answer(ABC):
    """Turns one answer's JSON objects into events, and knows whether the answer is complete.

    `reason` is set by the vendor's finish marker and by nothing else. `is_over` says that nothing
    more is worth reading.
    """

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
        self._mask = Mask(key) if len(key) >= 8 else None
        self._size = 0
        self._most = _MOST_CHARACTERS
        if max_tokens is not None:
            self._most = min(_MOST_CHARACTERS, 4096 + _MOST_CHARACTERS_A_TOKEN * max_tokens)
        self._is_refused = False
        self.answered_by = ""
        self.reason: FinishReason | None = None
        self.is_over = False

    def feed(self, chunk: Mapping[str, Any]) -> list[Event]:
        """Return the events of one object of a stream, or of a whole answer.

        Raises: ProviderError if it reports a failure before the answer was finished, ValueError if it
        has another shape than this wire's.
        """
        events: list[Event] = []
        try:
            self._take(events, chunk)
        except (AttributeError, TypeError, KeyError, IndexError) as error:
            raise ValueError("an object of another shape") from error
        return events

    @abstractmethod
    def _take(self, events: list[Event], chunk: Mapping[str, Any]) -> None:
        """Append the events of one object. It may have any shape, and fail on it in the usual ways."""

    @abstractmethod
    def _calls(self) -> Iterable[Call]:
        """Return the tool calls that were begun."""

    @abstractmethod
    def _usage(self) -> UsageReport | None:
        """Return the vendor's own count in our units; None if it is missing or absurd."""

    @property
    def is_too_long(self) -> bool:
        """Whether more came than any model is asked for; such a stream may never end."""
        return self._size > self._most

    def cut(self) -> Iterator[Event]:
        """Yield the end of an answer that grows without end."""
        yield Warned(f"{self._provider} ({self._model}) did not stop; the answer was cut off.")
        self.reason = FinishReason.LENGTH

    def end(self) -> Iterator[Event]:
        """Yield what is known once the stream is over: tool calls, usage, the finish.

        Raises: ProviderError if no finish reason came, or a call's arguments are no JSON object.
        """
        if self.reason is None:
            raise self._fail(ProviderFault.TRUNCATED, "the answer broke off before its end")
        if self._mask is not None and (rest := self._mask.rest()):
            yield TextDelta(rest)
        calls = list(self._calls())
        if self._is_refused:
            self.reason = FinishReason.REFUSED
        if self.reason in (FinishReason.TOOL_CALLS, FinishReason.STOP):
            yield from self._whole(calls)  # OpenAI says "stop" where a call was demanded by the request.
        elif calls:
            yield Warned(f"{self._provider} was cut off inside a tool call; the tool was not run.")
        usage = self._usage()
        if usage is None or (self._size and not usage.output_tokens):
            usage = self._estimate()  # Some servers count nothing, and say 0.
        yield usage
        by = self.answered_by or self._model
        yield Finished(self.reason, f"{self._provider}/{by}" if by else self._provider)

    def _whole(self, calls: list[Call]) -> list[ToolCall]:
        found: list[ToolCall] = []
        seen: set[str] = set()
        for number, call in enumerate(calls):
            if call.id and call.id in seen:
                continue  # Each call is run at most once.
            seen.add(call.id)
            arguments = call.arguments()
            if arguments is None or not call.name:
                what = f"a call of the tool {call.name[:60]!r} has arguments that are no JSON object"
                raise self._fail(ProviderFault.MALFORMED, what)
            found.append(ToolCall(call.id or f"call_{number}", call.name, arguments, call.state))
        return found

    def _text(self, events: list[Event], text: str) -> None:
        self._size += len(text)
        if self._mask is not None:
            text = self._mask.feed(text)
        if text:
            events.append(TextDelta(text))

    def _reasoning(self, events: list[Event], text: str) -> None:
        self._size += len(text)
        if text:
            events.append(ReasoningDelta(text))

    def _arguments(self, call: Call, piece: str) -> None:
        self._size += len(piece)
        call.pieces.append(piece)

    def _finish(self, events: list[Event], said: str, reasons: Mapping[str, FinishReason]) -> None:
        """Take the vendor's word for the end; one that is not known is taken as an end like others."""
        reason = reasons.get(said.lower())
        if reason is None:
            note = f"{self._provider} ended its answer with {said[:40]!r}, which is taken as its end."
            events.append(Warned(note))
        self.reason = reason or FinishReason.STOP

    def _fail(self, fault: ProviderFault, what: str) -> ProviderError:
        return fail(fault, what, provider=self._provider, model=self._model)

    def _refused(self, body: Mapping[str, Any]) -> ProviderError:
        """Return the error that came inside a stream that had begun well."""
        return refusal(
            None, read_error(body), provider=self._provider, model=self._model, prompt=self._prompt
        )

    def _estimate(self) -> UsageReport:
        read = sum(len(text.encode("utf-8", "replace")) for text in self._prompt) // 4
        return UsageReport(read, self._size // 4, is_estimate=True)


def count(usage: Mapping[str, Any], *names: str) -> int | None:
    """Return the first number of tokens under one of `names`; None if there is none or it is absurd."""
    for name in names:
        value = usage.get(name)
        if value is not None:
            is_number = isinstance(value, int) and not isinstance(value, bool)
            return value if is_number and 0 <= value <= _MOST_TOKENS else None
    return None


def counts(usage: Any, name: str) -> int:
    """Return a number of tokens that may be left out, which then is 0."""
    return (count(usage, name) or 0) if isinstance(usage, Mapping) else 0
