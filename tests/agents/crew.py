"""Models, hands and a history for tests of the pipeline."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from monkey_coder.agents.hands import Checked
from monkey_coder.agents.pipeline import Pipeline
from monkey_coder.agents.router import NO_RECORD, Record
from monkey_coder.communication.contract_net import Bid
from monkey_coder.communication.knowledge_graph import Statement
from monkey_coder.core.documents import Document, Span
from monkey_coder.core.errors import FileError
from monkey_coder.core.model import (
    Event,
    Finished,
    FinishReason,
    Message,
    Model,
    Request,
    Strategy,
    Task,
    TaskKind,
    TextDelta,
    UsageReport,
)
from tests.scripted import ScriptedModel

CODE = "def f():\n    return 1\n"
# Two parts and a few words: worth a plan and a review.
ASKED = "return 3, and say so in a comment; keep the name of the function and also its signature"


def says(text: str, model: str = "a/m") -> tuple[Event, ...]:
    return TextDelta(text), UsageReport(100, 10), Finished(FinishReason.STOP, model)


def plan(*steps: str) -> tuple[Event, ...]:
    return says(json.dumps({"steps": steps or ("one", "two"), "files": [], "risks": []}))


def review(verdict: str = "keep", confidence: float = 0.9, *defects: str) -> tuple[Event, ...]:
    found = [{"what": one, "remedy": "", "severity": "serious"} for one in defects]
    return says(json.dumps({"verdict": verdict, "confidence": confidence, "defects": found}))


def request(strategy: Strategy = Strategy.SEQUENTIAL, instruction: str = ASKED) -> Request:
    document = Document("file:///p/a.py", "python", 1, CODE, path="/p/a.py", folder="/p")
    task = Task(TaskKind.EDIT, document, Span(0, len(CODE)), instruction, strategy=strategy)
    return Request(task, (Message("system", "You change code."), Message("user", instruction)))


@dataclass
class Stuck:
    """A model that never answers, and remembers whether its stream was closed."""

    name: str = "stuck/m"
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    async def stream(self, _request: Request) -> AsyncGenerator[Event, None]:
        try:
            self.asked.set()
            await asyncio.Event().wait()
            yield TextDelta("never")
        finally:
            self.closed.set()


@dataclass
class FakeHands:
    """Hands that find what a test hands them; `problems` are what the checks say, one after the other."""

    problems: list[str] = field(default_factory=list)
    found: Sequence[Statement] = ()
    n_checks: int = 0

    async def read(self, task: Task, path: str) -> str:
        if path == ".env":
            raise FileError("it holds secrets")
        return f"text of {path}"

    async def search(self, task: Task, query: str) -> str:
        return f"passages about {query}"

    async def symbols(self, task: Task, name: str) -> str:
        return f"{name} is used in b.py:1"

    async def around(self, task: Task) -> Sequence[Statement]:
        return self.found

    async def check(self, request: Request, events: Sequence[Event]) -> Checked:
        self.n_checks += 1
        return Checked(self.problems.pop(0) if self.problems else "", "+    return 3")


@dataclass
class FakeHistory:
    """A history in which model names stand for bids, and their order for prices."""

    bids: dict[str, Bid] = field(default_factory=dict)
    prices: dict[str, float] = field(default_factory=dict)
    record: Record = NO_RECORD

    async def bid(self, request: Request, model: str) -> Bid:
        return self.bids.get(model, Bid(0.5, 0.0))

    async def price(self, model: str, usage: UsageReport) -> float | None:
        return self.prices.get(model)

    async def router_record(self) -> Record:
        return self.record


def pipeline(
    *models: Model,
    hands: FakeHands | None = None,
    history: FakeHistory | None = None,
    within_s: float = 60.0,
    at_once: Model | None = None,
) -> Pipeline:
    """Return a pipeline over these models, the user's choice first."""
    found = hands or FakeHands()
    return Pipeline(
        models[0],
        alone=lambda: models[0],
        at_once=lambda: at_once or models[0],
        others=lambda: models[1:],
        hands=lambda: found,
        history=history or FakeHistory(),
        within_s=within_s,
        strategies=(Strategy.DIRECT, Strategy.SEQUENTIAL, Strategy.PARALLEL, Strategy.CASCADE),
    )


async def run(model: Model, asked: Request) -> list[Event]:
    return [event async for event in model.stream(asked)]


def scripted(*answers: tuple[Event, ...] | Exception, name: str = "a/m") -> ScriptedModel:
    return ScriptedModel(list(answers), name)
