"""Who can be asked for what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from ..communication.contract_net import Bid
from ..core.model import Model, Request, UsageReport
from .personas import Prefers
from .router import Record

# What a call of a persona uses, to tell the cheap model from the strong one.
_USUAL = UsageReport(4_000, 600)


class History(Protocol):
    """What is known of models and personas from what became of their answers."""

    async def bid(self, request: Request, model: str) -> Bid:
        """Return what is to be expected of a model that writes an answer. Raises: FileError."""

    async def price(self, model: str, usage: UsageReport) -> float | None:
        """Return what a call cost in US dollars; None if nobody knows."""

    async def router_record(self) -> Record:
        """Return how personas did so far. Raises: FileError."""


@dataclass(slots=True)
class Crew:
    """The models to ask: of `implementers`, of whom there is at least one, the first is the user's choice."""

    implementers: tuple[Model, ...]
    history: History
    _by_price: list[Model] = field(default_factory=list)

    async def model_for(self, prefers: Prefers, author: str = "") -> Model:
        """Return who plays a persona; `author` is the model whose answer it is about.

        A model of which nobody knows a price is taken for a cheap one.
        """
        if not self._by_price:
            priced = [(await self.history.price(one.name, _USUAL) or 0.0, one) for one in self.implementers]
            self._by_price = [one for _, one in sorted(priced, key=lambda pair: pair[0])]
        match prefers:
            case Prefers.CHEAP:
                return self._by_price[0]
            case Prefers.STRONG:
                return self._by_price[-1]
            case Prefers.OTHER:
                others = (one for one in reversed(self._by_price) if one.name != author)
                return next(others, self._by_price[-1])
