"""Falling back: when a model fails before it has said anything, the next one answers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from ..core.errors import ConfigError, ProviderError, ProviderFault
from ..core.model import Event, Model, Request, TextDelta, ToolCall, Warned

# These are the request's own fault: another model would refuse it as well, or should not be asked.
_FINAL = frozenset({ProviderFault.INVALID_REQUEST, ProviderFault.CONTENT_REFUSED})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that may answer. `context_tokens` is what fits into it, None where unknown."""

    model: Model
    context_tokens: int | None = None


class FallingBack:
    """The first of `candidates` that answers. The user is told when it is not the first.

    Another one is tried only as long as no text and no tool call has been shown. A request that is
    too long goes only to a model that is known to take more.
    """

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        if not candidates:
            raise ValueError("falling back needs at least one model")
        self._candidates = tuple(candidates)

    @property
    def name(self) -> str:
        return self._candidates[0].model.name

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        failures: list[tuple[str, ProviderError | ConfigError]] = []
        left = list(self._candidates)
        while left:
            candidate = left.pop(0)
            if failures:
                (_, error), name = failures[-1], candidate.model.name
                yield Warned(f"{error} Meanwhile {name} answers.")
            has_shown = False
            try:
                async with aclosing(candidate.model.stream(request)) as events:
                    async for event in events:
                        kind = type(event)
                        has_shown = has_shown or kind is TextDelta or kind is ToolCall
                        yield event
                return
            except (ProviderError, ConfigError) as error:
                if has_shown:
                    raise
                failures.append((candidate.model.name, error))
                left = _left_after(error, candidate, left)
        raise _summed_up(failures)


def _left_after(
    error: ProviderError | ConfigError, failed: Candidate, left: Sequence[Candidate]
) -> list[Candidate]:
    """Return who may still be asked after `failed` gave `error`."""
    if isinstance(error, ProviderError):
        if error.fault in _FINAL:
            return []
        if error.fault is ProviderFault.CONTEXT_TOO_LONG:
            fits = failed.context_tokens or 0
            return [other for other in left if (other.context_tokens or 0) > fits]
    return list(left)


def _summed_up(failures: Sequence[tuple[str, ProviderError | ConfigError]]) -> ProviderError | ConfigError:
    """Return the first model's error, which is about the user's choice, and what became of the others."""
    (_, first), *others = failures
    if not others:
        return first
    why = ", ".join(
        f"{name} ({error.fault.value if isinstance(error, ProviderError) else 'not set up'})"
        for name, error in others
    )
    message = f"{first} No other model answered either: {why}."
    if isinstance(first, ConfigError):
        return ConfigError(message)
    return ProviderError(
        first.fault, message, provider=first.provider, model=first.model, retry_after_s=first.retry_after_s
    )
