"""A Model for tests."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from monkey_coder.core.model import Event, Request


@dataclass
class ScriptedModel:
    """A Model that plays back `answers`, one a request, and keeps the requests it was given."""

    answers: list[tuple[Event, ...] | Exception]
    name: str = "scripted"
    requests: list[Request] = field(default_factory=list)

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        for event in answer:
            yield event
