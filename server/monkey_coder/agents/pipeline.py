"""A Model that works a change out in phases, where its user or the history of outcomes wants that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from functools import cache
from typing import TYPE_CHECKING

from ..core.model import (
    Event,
    Finished,
    Model,
    PhaseNoted,
    PhaseState,
    Request,
    Strategy,
    TaskKind,
    UsageReport,
)
from .phases import IMPLEMENT, PHASES

if TYPE_CHECKING:
    from .crew import Crew, History
    from .hands import Hands

KINDS = frozenset({TaskKind.EDIT, TaskKind.FIX, TaskKind.TEST, TaskKind.DOCUMENT})


class Pipeline:
    """Works a change out by the strategy of its task; all else goes to the usual model.

    `usual` answers as the other settings say where the task names no strategy. `alone` is one model that is
    asked once, `at_once` several that compete; the sequential strategy and the cascade are worked out in
    phases, for which `others` may be asked too. All but `usual` is made when it is first wanted. Of
    `strategies` the first is what `usual` does.

    One call is the default, for by the recorded outcomes of two models at 324 programming tasks (MapCoder:
    Islam, Ali & Parvez 2024) a plan before the code changed the share that was solved by -.07 to +.04, for
    2.5 to 7 times the price of one call; plans with rework brought +.02 to +.14, for 7 to 41 times the
    price. The same, asked for only where one call had failed, brought +.07 to +.14 for a fifth to nearly
    all of that price; the cheap model first, the strong one where it failed, solved as much as the strong
    one alone for 1 to 61 % less. Hence a cascade begins with one plain call, and plans once the checks have
    failed: with checks that let 15 % of bad answers pass and refuse 5 % of good ones, and a dollar worth .2,
    that made .739 with the strong model and .637 with the cheap one, where one call made .689 and .518 (on
    tasks that nothing was chosen by .652 and .613 for .604 and .512; `benchmarks.strategies`). So it is the
    default where a project's tests are run; where only syntax is checked, nearly all that is wrong would
    pass.
    """

    def __init__(
        self,
        usual: Model,
        *,
        alone: Callable[[], Model],
        at_once: Callable[[], Model],
        others: Callable[[], Sequence[Model]],
        hands: Callable[[], Hands],
        history: History,
        within_s: float,
        strategies: tuple[Strategy, ...],
    ) -> None:
        self.strategies = strategies
        self._usual = usual
        self._alone = cache(alone)
        self._at_once = cache(at_once)
        self._others = others
        self._hands = cache(hands)
        self._history = history
        self._within_s = within_s
        self._crew: Crew | None = None

    @property
    def name(self) -> str:
        return self._usual.name

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield the answer, and before, between and after its pieces how the phases go.

        `Restarted` says that the answer begins anew. Raises: MonkeyCoderError if nobody answers.
        """
        strategy = request.task.strategy
        if request.task.kind not in KINDS:
            events = self._usual.stream(request)
        elif strategy in PHASES:
            events = self._phased(request)
        elif strategy is Strategy.DIRECT:
            events = self._in_one(self._alone(), request)
        elif strategy is Strategy.PARALLEL:
            events = self._in_one(self._at_once(), request)
        else:
            events = self._in_one(self._usual, request)
        async with aclosing(events):
            async for event in events:
                yield event

    async def _in_one(self, model: Model, request: Request) -> AsyncGenerator[Event, None]:
        of = (IMPLEMENT,)
        yield PhaseNoted(IMPLEMENT, of, PhaseState.RUNNING, model.name)
        usage: UsageReport | None = None
        async with aclosing(model.stream(request)) as events:
            async for event in events:
                if isinstance(event, UsageReport):
                    usage = event
                elif isinstance(event, Finished):
                    usd = await self._history.price(event.model, usage) if usage is not None else None
                    yield PhaseNoted(IMPLEMENT, of, PhaseState.DONE, event.model, usd=usd)
                yield event

    async def _phased(self, request: Request) -> AsyncGenerator[Event, None]:
        from .crew import Crew
        from .work import Work

        if self._crew is None:
            self._crew = Crew((self._alone(), *self._others()), self._history)
        said: asyncio.Queue[Event | None] = asyncio.Queue()
        work = Work(request, self._crew, self._hands(), said.put_nowait, within_s=self._within_s)
        # One child, which ends before this does: whoever it asks is cancelled with it.
        child = asyncio.create_task(work.run(), name="phases of a change")
        child.add_done_callback(lambda _: said.put_nowait(None))
        try:
            while (event := await said.get()) is not None:
                yield event
            child.result()
        finally:
            child.cancel()
            await asyncio.wait([child])
            if not child.cancelled():
                child.exception()  # It was raised above, or nobody waits for it any more.
