"""What a model is shown of the project beside the document asked about, and who looks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .model import Fact, Task

# A token that no tokenizer was asked about.
CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Gathered:
    """Passages in the order they are sent, those that change least first.

    `budget` is what they had to fit, in tokens; `late` names the sources that were not waited for.
    """

    facts: tuple[Fact, ...]
    budget: int
    seconds: float
    late: tuple[str, ...] = ()

    @property
    def tokens(self) -> int:
        return sum(tokens_of(fact) for fact in self.facts)

    def pieces(self) -> list[tuple[Fact, int]]:
        """Return each passage with about how many tokens it takes."""
        return [(fact, tokens_of(fact)) for fact in self.facts]


def tokens_of(fact: Fact) -> int:
    """Return about how many tokens a passage takes, rounded up."""
    return -(-len(fact.text) // CHARACTERS_PER_TOKEN)


class Gathering(Protocol):
    """Looks for what helps with a task."""

    async def gather(self, task: Task, tokens: int, within_s: float) -> Gathered:
        """Return passages of at most so many tokens; nothing while the project is not known yet.

        A source that has nothing within the time is left out. Sends nothing.
        """

    async def ready(self, within_s: float) -> bool:
        """Wait until the project is known, but no longer than that; return whether it is."""
