"""Several models at one request at once, of whose answers one is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from ..core.clock import Clock
from ..core.model import Event, Noted, Request
from .race import Contender, Judge, Lane, Race, Rules

_RULES = Rules()


class Superposed:
    """A Model that asks `width` contenders at once and answers with the best of what comes.

    Every answer is judged as it ends. The others are cancelled once they cannot win any more, or when
    the rules' patience is at an end: a model that stalls holds nobody up (hedged requests: Dean & Barroso
    2013, "The tail at scale"). Contenders beyond `width` begin as earlier ones fail, and are told what those
    have learned (`synapses.told`). Which answer is kept, and why, is for `collapse` to say.
    Requests that `applies` denies go to the first contender alone.
    """

    def __init__(
        self,
        contenders: Sequence[Contender],
        judge: Judge,
        clock: Clock,
        *,
        applies: Callable[[Request], bool] = lambda request: True,
        width: int = 3,
        rules: Rules = _RULES,
    ) -> None:
        if not contenders or width < 1:
            raise ValueError("a superposition needs at least one model")
        self._contenders = tuple(contenders)
        self._judge = judge
        self._clock = clock
        self._applies = applies
        self._width = width
        self._rules = rules

    @property
    def name(self) -> str:
        return self._contenders[0].model.name

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield how the contenders come along, then the answer that is kept, whole.

        Where no answer passes the judge, one made of parts of several is given if that passes, else the
        best that failed as it is. Raises: MonkeyCoderError if nobody answered.
        """
        if len(self._contenders) == 1 or not self._applies(request):
            async with aclosing(self._contenders[0].model.stream(request)) as events:
                async for event in events:
                    yield event
            return
        notes: asyncio.Queue[Noted | None] = asyncio.Queue()
        race = Race(request, self._lanes(), self._width, self._judge, self._clock, self._rules)
        # One child, which holds all others in a group; it has ended when this has.
        child = asyncio.create_task(race.run(notes.put_nowait), name="candidates")
        child.add_done_callback(lambda _: notes.put_nowait(None))
        try:
            while (note := await notes.get()) is not None:
                yield note
            for event in child.result():
                yield event
        finally:
            child.cancel()
            await asyncio.wait([child])
            if not child.cancelled():
                child.exception()  # It was raised above, or nobody waits for it any more.

    def _lanes(self) -> list[Lane]:
        lanes: list[Lane] = []
        for contender in self._contenders:
            n_same = sum(lane.contender.model.name == contender.model.name for lane in lanes)
            label = contender.model.name + (f" #{n_same + 1}" if n_same else "")
            lanes.append(Lane(contender, label))
        return lanes
