"""A Gathering for tests."""

from __future__ import annotations

from dataclasses import dataclass, field

from monkey_coder.core.gathering import Gathered
from monkey_coder.core.model import Fact, Task


@dataclass
class ScriptedGathering:
    """Hands out the same facts for every task, and keeps what it was asked."""

    facts: tuple[Fact, ...]
    asked: list[tuple[Task, int, float]] = field(default_factory=list)

    async def gather(self, task: Task, tokens: int, within_s: float) -> Gathered:
        self.asked.append((task, tokens, within_s))
        return Gathered(self.facts, tokens, 0.004)

    async def ready(self, within_s: float) -> bool:
        return True
