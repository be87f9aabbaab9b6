"""One request's contenders, from the first that is asked to the answer that is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ..core.clock import Clock
from ..core.errors import MonkeyCoderError, ProviderError, ProviderFault
from ..core.model import (
    CandidateNote,
    CandidateState,
    Event,
    Finished,
    Message,
    Model,
    Noted,
    ReasoningDelta,
    Request,
    TextDelta,
    ToolCall,
    UsageReport,
)
from .candidate import Candidate
from .collapse import Collapse, collapse
from .producers import Producers
from .synapses import Finding, told

_SHORTEST_PATIENCE_S = 0.5


@dataclass(frozen=True, slots=True)
class Contender:
    """A model that may be asked; `temperature`, where set, is in place of the request's own."""

    model: Model
    temperature: float | None = None


Judge = Callable[[Request, tuple[Event, ...]], Awaitable[Finding]]
# What the answer of a model cost as far as it came, None where that is not known.
Price = Callable[[str, Request, tuple[Event, ...]], Awaitable[float | None]]
# Makes one answer of parts of several that failed, by who gave them; None where that cannot be.
Join = Callable[[Request, Sequence[tuple[str, tuple[Event, ...]]]], Awaitable[tuple[Event, ...] | None]]
# Hears which model's answer failed its checks, and why, where another's is kept.
Failed = Callable[[Request, str, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Rules:
    """How long a race lasts, and who is asked and told about its contenders.

    Once there is a usable answer, those that still write are waited for `patience` times as long as that
    took, at most `patience_s`; those whose answers are being judged by then, `judging_s` more.
    `producers` says how often each model was right before.
    """

    patience: float = 0.5
    patience_s: float = 15.0
    judging_s: float = 60.0
    producers: Callable[[], Producers] = Producers
    price: Price | None = None
    failed: Failed | None = None
    join: Join | None = None


class _State(StrEnum):
    WAITING = "waiting"
    ASKED = "asked"
    WRITING = "writing"
    CHECKING = "being checked"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    WON = "won"


_CHARGED = TextDelta | ReasoningDelta | ToolCall | UsageReport
_ANSWERING = (_State.ASKED, _State.WRITING)
_RUNNING = (*_ANSWERING, _State.CHECKING)
_SHOWN = {
    _State.WAITING: CandidateState.WAITING,
    _State.ASKED: CandidateState.RUNNING,
    _State.WRITING: CandidateState.RUNNING,
    _State.CHECKING: CandidateState.RUNNING,
    _State.DONE: CandidateState.PASSED,
    _State.FAILED: CandidateState.FAILED,
    _State.STOPPED: CandidateState.STOPPED,
    _State.WON: CandidateState.WON,
}


@dataclass(slots=True)
class Lane:
    """A contender in a race. `finding` is there once it answered, `error` once it did not."""

    contender: Contender
    label: str
    state: _State = _State.WAITING
    task: asyncio.Task[None] | None = None
    request: Request | None = None
    events: list[Event] = field(default_factory=list)
    finding: Finding | None = None
    error: MonkeyCoderError | None = None
    usd: float | None = None
    detail: str = ""

    @property
    def problem(self) -> str:
        """Why it failed, in a few words."""
        if isinstance(self.error, ProviderError):
            return self.error.fault.value
        return str(self.error) if self.error is not None else self.finding.problem if self.finding else ""

    @property
    def model(self) -> str:
        """Who answered, as far as that is known."""
        finished = next((event for event in self.events if isinstance(event, Finished)), None)
        return finished.model if finished is not None else self.contender.model.name

    @property
    def fate(self) -> str:
        """What became of it, in words."""
        match self.state:
            case _State.FAILED:
                return f"{self.label} failed: {self.problem}"
            case _State.DONE:
                return f"{self.label} answered too"
            case _State.WAITING:
                return f"{self.label} was not needed"
            case _:
                return f"{self.label} was stopped"

    @property
    def note(self) -> CandidateNote:
        """How it is doing, for the user."""
        shown = self.problem if self.state is _State.FAILED else ""
        detail = self.detail or (self.state.value if self.state in _RUNNING else shown)
        return CandidateNote(self.label, _SHOWN[self.state], detail, self.usd)


class Race:
    """One request's contenders; `run` it once."""

    def __init__(
        self,
        request: Request,
        lanes: Sequence[Lane],
        width: int,
        judge: Judge,
        clock: Clock,
        rules: Rules,
    ) -> None:
        self._request = request
        self._lanes = tuple(lanes)
        self._width = width
        self._judge = judge
        self._clock = clock
        self._rules = rules
        self._say: Callable[[Noted], None] = lambda note: None
        self._news = asyncio.Event()
        self._began = clock.monotonic()
        self._is_overdue = False
        self._timer: asyncio.Task[None] | None = None
        self._said = Noted("")

    async def run(self, say: Callable[[Noted], None]) -> tuple[Event, ...]:
        """Return the events of the answer that is kept, saying how the contenders come along.

        Raises: MonkeyCoderError if nobody answered.
        """
        self._say = say
        async with asyncio.TaskGroup() as group:
            self._begin(group, self._width)
            while not self._is_over():
                await self._news.wait()
                self._news.clear()
                self._replace_failed(group)
                self._start_patience(group)
                self._tell()
            self._stop(_RUNNING)
            if self._timer is not None:
                self._timer.cancel()
        async with asyncio.TaskGroup() as group:
            for lane in self._lanes:
                if lane.state is not _State.WAITING and lane.usd is None:
                    group.create_task(self._price(lane), name=f"price of {lane.label}")
        kept = await self._joined() or self._kept()
        await self._teach()
        self._tell()
        return kept

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
            took_s = self._clock.monotonic() - self._began
            wait_s = min(max(took_s * self._rules.patience, _SHORTEST_PATIENCE_S), self._rules.patience_s)
            self._timer = group.create_task(self._lose_patience(wait_s), name="patience with candidates")

    async def _lose_patience(self, wait_s: float) -> None:
        await self._clock.sleep(wait_s)
        self._stop(_ANSWERING)
        self._news.set()
        await self._clock.sleep(self._rules.judging_s)
        self._is_overdue = True
        self._news.set()

    def _stop(self, states: Collection[_State]) -> None:
        """Cancel who is in one of these states; the group waits until their sockets are closed."""
        for lane in self._lanes:
            if lane.state in states and lane.task is not None:
                lane.task.cancel()
                lane.state = _State.STOPPED

    async def _ask(self, lane: Lane) -> None:
        lane.request = self._told(lane)
        try:
            async with aclosing(lane.contender.model.stream(lane.request)) as events:
                async for event in events:
                    lane.events.append(event)
                    if lane.state is _State.ASKED and isinstance(event, TextDelta | ToolCall):
                        lane.state = _State.WRITING
                        self._news.set()
            lane.state = _State.CHECKING
            lane.finding = await self._found(lane)
            lane.state = _State.FAILED if lane.finding.problem else _State.DONE
        except MonkeyCoderError as error:
            lane.error, lane.state = error, _State.FAILED
        self._news.set()

    async def _found(self, lane: Lane) -> Finding:
        if not any(isinstance(event, Finished) for event in lane.events):
            name = lane.contender.model.name
            raise ProviderError(
                ProviderFault.TRUNCATED, f"the answer of {name} was cut off", provider=name, model=name
            )
        return await self._judge(self._request, tuple(lane.events))

    def _told(self, lane: Lane) -> Request:
        """Return the request for one that begins: with what those before it have learned."""
        request, temperature = self._request, lane.contender.temperature
        if temperature is not None:
            request = replace(request, temperature=temperature)
        note = told([one.finding for one in self._lanes if one.finding is not None])
        return replace(request, messages=(*request.messages, Message("user", note))) if note else request

    @property
    def _usable(self) -> tuple[Lane, ...]:
        return tuple(lane for lane in self._lanes if lane.state is _State.DONE)

    def _is_over(self) -> bool:
        running = [lane for lane in self._lanes if lane.state in _RUNNING]
        return not running or bool(self._usable and (self._is_overdue or self._is_settled(running)))

    def _is_settled(self, running: Sequence[Lane]) -> bool:
        """Tell whether what still runs cannot change what is kept, even if all of it agrees."""
        now = self._collapse()
        assert now is not None
        best = now.candidate.evidence
        agreed = {now.candidate.id, *(one.id for one in now.equals)}
        others = [lane.finding.evidence for lane in self._usable if lane.finding and lane.label not in agreed]
        another = replace(best, structure="\0another", outputs=("\0another",) * len(best.outputs))
        for evidence in (*others, another):
            # Length alone, which only breaks ties, is worth no waiting.
            supposed = replace(evidence, examples=(True,) * len(best.examples), length=best.length + 1)
            rest = [Candidate(lane.label, lane.contender.model.name, supposed) for lane in running]
            then = self._collapse(rest)
            if then is None or then.candidate.id not in agreed:
                return False
        return True

    def _collapse(self, supposed: Sequence[Candidate] = ()) -> Collapse | None:
        candidates = [
            Candidate(lane.label, lane.model, lane.finding.evidence)
            for lane in self._usable
            if lane.finding is not None
        ]
        return collapse([*candidates, *supposed], self._rules.producers())

    def _kept(self) -> tuple[Event, ...]:
        found = self._collapse()
        if found is None:
            if best := self._least_wrong():
                return tuple(best.events)
            raise _summed_up([lane for lane in self._lanes if lane.error is not None])
        (kept,) = (lane for lane in self._lanes if lane.label == found.candidate.id)
        why = "; ".join([found.why, *(lane.fate for lane in self._lanes if lane is not kept)])
        kept.state, kept.detail = _State.WON, found.why
        return tuple(
            replace(event, why=why) if isinstance(event, Finished) else event for event in kept.events
        )

    def _least_wrong(self) -> Lane | None:
        """Return who gave the best answer of those that all failed; None if nobody gave one."""
        answered = {lane.label: lane for lane in self._lanes if lane.finding is not None}
        candidates = [
            Candidate(label, lane.model, lane.finding.evidence)
            for label, lane in answered.items()
            if lane.finding is not None
        ]
        found = collapse(candidates, self._rules.producers())
        return answered[found.candidate.id] if found is not None else None

    async def _joined(self) -> tuple[Event, ...] | None:
        """Return an answer of parts of those that failed, if there is one that passes the judge."""
        answered = [lane for lane in self._lanes if lane.finding is not None]
        if self._rules.join is None or self._usable or len(answered) < 2:
            return None
        given = [(lane.model, tuple(lane.events)) for lane in answered]
        events = await self._rules.join(self._request, given)
        if events is None or (await self._judge(self._request, events)).problem:
            return None
        for lane in answered:
            lane.detail = f"{lane.problem}; parts of the answers were joined"
        return events

    async def _price(self, lane: Lane) -> None:
        """Find out what a contender cost, also one that was stopped: it is charged for what it read."""
        if self._rules.price is None or lane.request is None:
            return
        came = any(isinstance(event, _CHARGED) for event in lane.events)
        if isinstance(lane.error, ProviderError) and not came:
            lane.usd = 0.0
        else:
            lane.usd = await self._rules.price(lane.model, lane.request, tuple(lane.events))

    async def _teach(self) -> None:
        """Have it learned whose answers failed their checks; of the one that is kept others tell."""
        if self._rules.failed is None or not any(lane.state is _State.WON for lane in self._lanes):
            return
        for lane in self._lanes:
            if lane.finding is not None and lane.finding.problem:
                await self._rules.failed(self._request, lane.model, lane.finding.problem)

    def _tell(self) -> None:
        begun = [lane for lane in self._lanes if lane.state is not _State.WAITING]
        words = ", ".join(f"{lane.label} {lane.state}" for lane in begun)
        count = "1 candidate" if len(begun) == 1 else f"{len(begun)} candidates"
        note = Noted(f"{count}: {words}", tuple(lane.note for lane in self._lanes))
        if note != self._said:
            self._said = note
            self._say(note)


def _summed_up(failed: Sequence[Lane]) -> MonkeyCoderError:
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
