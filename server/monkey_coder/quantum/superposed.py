"""Several models at one request at once, of whose answers one is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ..core.clock import Clock
from ..core.errors import MonkeyCoderError, ProviderError, ProviderFault
from ..core.model import Event, Finished, Message, Model, Noted, Request, TextDelta, ToolCall
from .candidate import Candidate, Evidence
from .collapse import Collapse, collapse
from .producers import Producers

_SHORTEST_PATIENCE_S = 0.5


@dataclass(frozen=True, slots=True)
class Contender:
    """A model that may be asked; `temperature`, where set, is in place of the request's own."""

    model: Model
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a judge says of an answer. `problem` is why it cannot be used, "" if it can."""

    evidence: Evidence
    problem: str = ""


Judge = Callable[[Request, tuple[Event, ...]], Awaitable[Finding]]


class Superposed:
    """A Model that asks `width` contenders at once and answers with the best of what comes.

    Every answer is judged as it ends. The others are cancelled once they cannot win any more, or when
    `patience` times the time that the first usable answer took has passed (at most `patience_s`): a
    model that stalls holds nobody up (hedged requests: Dean & Barroso 2013, "The tail at scale").
    Contenders beyond `width` begin as earlier ones fail, and are told which answers failed, and why
    (Shinn et al. 2023, Reflexion). Which answer is kept, and why, is for `collapse` to say.
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
        patience: float = 0.5,
        patience_s: float = 15.0,
        producers: Callable[[], Producers] = Producers,
    ) -> None:
        if not contenders or width < 1:
            raise ValueError("a superposition needs at least one model")
        self._contenders = tuple(contenders)
        self._judge = judge
        self._applies = applies
        self._width = width
        self._rules = _Rules(judge, clock, patience, patience_s, producers)

    @property
    def name(self) -> str:
        return self._contenders[0].model.name

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield how the contenders come along, then the answer that is kept, whole.

        Where no answer passes the judge, one that failed is given as it is. Raises: MonkeyCoderError
        if nobody answered.
        """
        if len(self._contenders) == 1 or not self._applies(request):
            async with aclosing(self._contenders[0].model.stream(request)) as events:
                async for event in events:
                    yield event
            return
        notes: asyncio.Queue[Noted | None] = asyncio.Queue()
        race = _Race(request, self._lanes(), self._width, self._rules, notes.put_nowait)
        # One child, which holds all others in a group; it has ended when this has.
        child = asyncio.create_task(race.run(), name="candidates")
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

    def _lanes(self) -> list[_Lane]:
        lanes: list[_Lane] = []
        for contender in self._contenders:
            n_same = sum(lane.contender.model.name == contender.model.name for lane in lanes)
            label = contender.model.name + (f" #{n_same + 1}" if n_same else "")
            lanes.append(_Lane(contender, label))
        return lanes


class _State(StrEnum):
    WAITING = "waiting"
    ASKED = "asked"
    WRITING = "writing"
    DONE = "done"
    FAILED = "failed"


_RUNNING = (_State.ASKED, _State.WRITING)


@dataclass(frozen=True, slots=True)
class _Rules:
    judge: Judge
    clock: Clock
    patience: float
    patience_s: float
    producers: Callable[[], Producers]


@dataclass(slots=True)
class _Lane:
    """A contender in this race. `finding` is there once it answered, `error` once it did not."""

    contender: Contender
    label: str
    state: _State = _State.WAITING
    task: asyncio.Task[None] | None = None
    events: list[Event] = field(default_factory=list)
    finding: Finding | None = None
    error: MonkeyCoderError | None = None

    @property
    def problem(self) -> str:
        """Why it failed, in a few words."""
        if isinstance(self.error, ProviderError):
            return self.error.fault.value
        return str(self.error) if self.error is not None else self.finding.problem if self.finding else ""


class _Race:
    """One request's contenders, from the first that is asked to the answer that is kept."""

    def __init__(
        self,
        request: Request,
        lanes: Sequence[_Lane],
        width: int,
        rules: _Rules,
        say: Callable[[Noted], None],
    ) -> None:
        self._request = request
        self._lanes = tuple(lanes)
        self._width = width
        self._rules = rules
        self._say = say
        self._news = asyncio.Event()
        self._began = rules.clock.monotonic()
        self._is_late = False
        self._timer: asyncio.Task[None] | None = None
        self._said = ""

    async def run(self) -> tuple[Event, ...]:
        """Return the events of the answer that is kept. Raises: MonkeyCoderError if there is none."""
        async with asyncio.TaskGroup() as group:
            self._begin(group, self._width)
            while not self._is_over():
                await self._news.wait()
                self._news.clear()
                self._replace_failed(group)
                self._start_patience(group)
                self._tell()
            self._stop()
        return self._kept()

    def _begin(self, group: asyncio.TaskGroup, n: int) -> None:
        waiting = [lane for lane in self._lanes if lane.state is _State.WAITING]
        for lane in waiting[:n]:
            lane.state = _State.ASKED
            lane.task = group.create_task(self._ask(lane), name=f"candidate {lane.label}")
        self._tell()

    def _replace_failed(self, group: asyncio.TaskGroup) -> None:
        if not self._usable:
            n_running = sum(lane.state in _RUNNING for lane in self._lanes)
            self._begin(group, self._width - n_running)

    def _start_patience(self, group: asyncio.TaskGroup) -> None:
        if self._usable and self._timer is None:
            took_s = self._rules.clock.monotonic() - self._began
            wait_s = min(max(took_s * self._rules.patience, _SHORTEST_PATIENCE_S), self._rules.patience_s)
            self._timer = group.create_task(self._lose_patience(wait_s), name="patience with candidates")

    async def _lose_patience(self, wait_s: float) -> None:
        await self._rules.clock.sleep(wait_s)
        self._is_late = True
        self._news.set()

    def _stop(self) -> None:
        """Cancel who still runs, the timer too; the group waits until their sockets are closed."""
        for lane in self._lanes:
            if lane.task is not None:
                lane.task.cancel()
        if self._timer is not None:
            self._timer.cancel()

    async def _ask(self, lane: _Lane) -> None:
        request = self._told(lane)
        try:
            async with aclosing(lane.contender.model.stream(request)) as events:
                async for event in events:
                    lane.events.append(event)
                    if lane.state is _State.ASKED and isinstance(event, TextDelta | ToolCall):
                        lane.state = _State.WRITING
                        self._news.set()
            lane.finding = await self._found(lane)
            lane.state = _State.FAILED if lane.finding.problem else _State.DONE
        except MonkeyCoderError as error:
            lane.error, lane.state = error, _State.FAILED
        self._news.set()

    async def _found(self, lane: _Lane) -> Finding:
        if not any(isinstance(event, Finished) for event in lane.events):
            name = lane.contender.model.name
            raise ProviderError(
                ProviderFault.TRUNCATED, f"the answer of {name} was cut off", provider=name, model=name
            )
        return await self._rules.judge(self._request, tuple(lane.events))

    def _told(self, lane: _Lane) -> Request:
        """Return the request for one that begins: with what was wrong with answers before it."""
        request, temperature = self._request, lane.contender.temperature
        if temperature is not None:
            request = replace(request, temperature=temperature)
        problems = dict.fromkeys(one.finding.problem for one in self._lanes if one.finding)
        said = [f"- {problem}" for problem in problems if problem]
        if not said:
            return request
        note = "\n".join(["Another answer to this failed its checks; do not repeat its mistake:", *said])
        return replace(request, messages=(*request.messages, Message("user", note)))

    @property
    def _usable(self) -> tuple[_Lane, ...]:
        return tuple(lane for lane in self._lanes if lane.state is _State.DONE)

    def _is_over(self) -> bool:
        running = sum(lane.state in _RUNNING for lane in self._lanes)
        return not running or bool(self._usable and (self._is_late or self._is_settled(running)))

    def _is_settled(self, n_running: int) -> bool:
        """Tell whether what still runs cannot change what is kept, even if all of it agrees."""
        now = self._collapse()
        assert now is not None
        best = now.candidate.evidence
        keys = {lane.finding.evidence.structure for lane in self._usable if lane.finding} | {"\0another"}
        running = [lane for lane in self._lanes if lane.state in _RUNNING]
        assert len(running) == n_running
        for key in keys - {best.structure}:
            evidence = replace(best, structure=key, examples=(True,) * len(best.examples))
            # Length alone, which only breaks ties, is worth no waiting.
            evidence = replace(evidence, length=best.length + 1)
            rest = [Candidate(lane.label, lane.contender.model.name, evidence) for lane in running]
            then = self._collapse(rest)
            if then is None or then.candidate.evidence.structure != best.structure:
                return False
        return True

    def _collapse(self, supposed: Sequence[Candidate] = ()) -> Collapse | None:
        candidates = [
            Candidate(lane.label, lane.contender.model.name, lane.finding.evidence)
            for lane in self._usable
            if lane.finding is not None
        ]
        return collapse([*candidates, *supposed], self._rules.producers())

    def _kept(self) -> tuple[Event, ...]:
        found = self._collapse()
        if found is None:
            answered = [lane for lane in self._lanes if lane.finding is not None]
            if answered:
                return tuple(answered[0].events)
            raise _summed_up([lane for lane in self._lanes if lane.error is not None])
        (kept,) = (lane for lane in self._lanes if lane.label == found.candidate.id)
        why = "; ".join([found.why, *(self._fate(lane) for lane in self._lanes if lane is not kept)])
        return tuple(
            replace(event, why=why) if isinstance(event, Finished) else event for event in kept.events
        )

    def _fate(self, lane: _Lane) -> str:
        match lane.state:
            case _State.FAILED:
                return f"{lane.label} failed: {lane.problem}"
            case _State.DONE:
                return f"{lane.label} answered too"
            case _State.WAITING:
                return f"{lane.label} was not needed"
            case _:
                return f"{lane.label} was stopped"

    def _tell(self) -> None:
        begun = [lane for lane in self._lanes if lane.state is not _State.WAITING]
        words = ", ".join(f"{lane.label} {lane.state}" for lane in begun)
        count = "1 candidate" if len(begun) == 1 else f"{len(begun)} candidates"
        note = f"{count}: {words}"
        if note != self._said:
            self._said = note
            self._say(Noted(note))


def _summed_up(failed: Sequence[_Lane]) -> MonkeyCoderError:
    """Return the error of the first, which is about the user's own choice, with what befell the others."""
    first = failed[0].error
    assert first is not None
    if not isinstance(first, ProviderError) or len(failed) < 2:
        return first
    others = ", ".join(f"{lane.label} ({lane.problem})" for lane in failed[1:])
    message = f"{first} No other candidate answered either: {others}."
    return ProviderError(
        first.fault, message, provider=first.provider, model=first.model, retry_after_s=first.retry_after_s
    )
