"""The phases of one change: analyse, plan, implement, test, review."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from ..communication.blackboard import Blackboard
from ..communication.contract_net import Bid, Contractor, Failure, contract
from ..communication.knowledge_graph import Kind, KnowledgeGraph, Node, Relation, Statement
from ..core.errors import MonkeyCoderError, ProviderError, ProviderFault
from ..core.model import (
    Event,
    Finished,
    Message,
    Model,
    PhaseNoted,
    PhaseState,
    Request,
    Restarted,
    Strategy,
    TextDelta,
    ToolCall,
    UsageReport,
    Warned,
)
from .consult import Consultation, as_data
from .crew import Crew
from .hands import Checked, Hands
from .personas import PLANNERS, REVIEWERS, Prefers
from .phases import ANALYSE, IMPLEMENT, PHASES, PLAN, REVIEW, TEST
from .returns import Plan
from .reviewing import Opinion, reviewed
from .router import Called, route

# Of the time for the whole, what the work takes at most: whoever asks would give up, and lose an answer
# that is there. Of what is left, what planning and one review may take; and the most that they take.
_SHARE = 0.95
_PLAN_SHARE, _REVIEW_SHARE, _MOST_S = 0.25, 0.6, 90.0
# How often an answer is written anew, whoever asks for it.
_MOST_REWORKS = 2
# Of how many stalled writers the last one still has its time.
_MOST_WRITERS = 3
_BID_S = 5.0
_LATE = "it took too long"
# What an answer that is kept is worth: the exchange rate of the policies of `routing`.
_WORTH_USD = 5.0


@dataclass(frozen=True, slots=True)
class Written:
    """An implementer's whole answer."""

    events: tuple[Event, ...]
    finished: Finished
    usage: UsageReport | None

    @property
    def shown(self) -> tuple[Event, ...]:
        """The events that are the answer itself."""
        return tuple(one for one in self.events if isinstance(one, TextDelta | ToolCall))

    @property
    def text(self) -> str:
        return "".join(one.text for one in self.events if isinstance(one, TextDelta))


class Work:
    """One change, from the request to the answer that is kept. `say` is told each event of the answer.

    What is found out stands on the blackboard, for all to read; files, symbols, tests and findings in the
    graph. A phase that fails leaves the work where it was before, and says so.
    """

    def __init__(
        self, request: Request, crew: Crew, hands: Hands, say: Callable[[Event], None], *, within_s: float
    ) -> None:
        strategy = request.task.strategy
        assert strategy in PHASES
        self._of = PHASES[strategy]
        self._is_cascade = strategy is Strategy.CASCADE
        self.board: Blackboard[str] = Blackboard()
        self.graph = KnowledgeGraph()
        self._request = request
        self._crew = crew
        self._hands = hands
        self._say = say
        self._until = asyncio.get_running_loop().time() + within_s * _SHARE
        self._called: tuple[Called, ...] = ()
        self._n_reworks = 0

    async def run(self) -> None:
        """Do all phases. Raises: MonkeyCoderError if nobody could write an answer."""
        await self._analyse()
        if not self._is_cascade:
            await self._plan()
        written = await self._awarded(self._planned(self._request))
        written, checked = await self._test(written)
        if checked is not None and not self._is_cascade:
            written = await self._review(written, checked)
        if written.usage is not None:
            self._say(written.usage)
        self._say(written.finished)

    # The phases

    async def _analyse(self) -> None:
        """Find out what is around the code, and who is worth asking. No model is asked."""
        self._note(ANALYSE, PhaseState.RUNNING)
        task = self._request.task
        try:
            for statement in await self._hands.around(task):
                self.graph.add(statement)
            self._called = route(task, await self._crew.history.router_record())
        except MonkeyCoderError as error:
            self._called = route(task)
            self._note(ANALYSE, PhaseState.FAILED, detail=str(error), usd=0.0)
            return
        names = ", ".join(f"{one.name} {one.confidence:.0%}" for one in self._called) or "none but the writer"
        facts = "1 fact" if len(self.graph) == 1 else f"{len(self.graph)} facts"
        detail = f"{facts} around it; worth asking: {names}"
        self._note(ANALYSE, PhaseState.DONE, detail=detail, usd=0.0)

    async def _plan(self, failed: str = "") -> None:
        """Put a plan on the board; `failed` is what an answer without one was rejected for."""
        persona = PLANNERS[self._request.task.kind]
        called = self._call_of(persona.name)
        if called is None and not failed:
            self._note(PLAN, PhaseState.SKIPPED, detail="too small to be planned", usd=0.0)
            return
        model = await self._crew.model_for(persona.prefers)
        consultation = Consultation(persona, model, self._hands, self._say)
        self._note(PLAN, PhaseState.RUNNING, model.name, detail=f"the {persona.name} looks at it")
        question = f"{self._asked()}\n{self._known()}"
        if failed:
            question += f"\nA first answer failed its checks:\n{as_data(failed)}"
        try:
            async with asyncio.timeout(min(_MOST_S, self._left_s * _PLAN_SHARE)):
                said = await consultation.ask(self._request.task, question)
        except (MonkeyCoderError, TimeoutError) as error:
            usd = await self._usd(model.name, consultation.used)
            self._failed(PLAN, model.name, error, "it is written without a plan", usd)
            return
        plan: Plan = said.value
        self.board.write("plan", _plan_words(plan), persona.name)
        asked = ((persona.name, called.confidence, len(plan.steps) > 1),) if called and not failed else ()
        usd = await self._usd(said.model, consultation.used)
        detail = f"{len(plan.steps)} steps" + (f", {said.n_looks} looks" if said.n_looks else "")
        self._note(PLAN, PhaseState.DONE, said.model, detail, usd, personas=asked)

    def _planned(self, request: Request) -> Request:
        """Return the request with the plan, if there is one."""
        plan = self.board.read("plan")
        if plan is None:
            return request
        note = (
            "A colleague planned this. Follow the plan where it is right; the form of the answer stays as "
            f"asked.\n{as_data(plan.value)}"
        )
        return replace(request, messages=(*request.messages, Message("user", note)))

    async def _test(self, written: Written) -> tuple[Written, Checked | None]:
        """Return the answer, written anew where it failed, and what was found; None if that is not known."""
        while True:
            self._note(TEST, PhaseState.RUNNING)
            try:
                checked = await self._checked(written)
            except (MonkeyCoderError, TimeoutError) as error:
                self._failed(TEST, "", error, "the answer is not checked before it is shown", 0.0)
                return written, None
            found = checked.problem or checked.failures
            if not found:
                detail = "; ".join(checked.checks) or "it applies and parses"
                self._note(TEST, PhaseState.DONE, detail=detail, usd=0.0, checks=checked.checks)
                return written, checked
            self.board.write("finding/checks", found, "checks")
            self._find("checks", found)
            again = await self._reworked(written, "it failed its checks", found)
            if again is None:
                detail = found.splitlines()[0]
                if checked.failures:
                    self._warn(checked.failures)
                self._note(TEST, PhaseState.FAILED, detail=detail, usd=0.0, checks=checked.checks)
                return written, None
            written = again

    async def _review(self, written: Written, checked: Checked) -> Written:
        found = (self._call_of(one.name) for one in REVIEWERS)
        personas = {one.name: one.confidence for one in found if one is not None}
        if not personas or self._left_s <= 0 or not checked.diff:
            why = "nobody was worth asking" if not personas else ""
            self._note(REVIEW, PhaseState.SKIPPED, detail=why, usd=0.0)
            return written
        model = await self._crew.model_for(Prefers.OTHER, written.finished.model)
        self._note(REVIEW, PhaseState.RUNNING, model.name, detail=", ".join(personas))
        question = (
            f"{self._asked()}\n{self._known()}\n"
            f"The change that was written:\n{as_data(checked.diff, 20_000)}\n"
            + (f"What was checked: {'; '.join(checked.checks)}\n" if checked.checks else "")
        )
        within_s = min(_MOST_S, self._left_s * _REVIEW_SHARE)
        opinion = await reviewed(
            self._request.task, question, tuple(personas), model, self._hands, self._say, within_s=within_s
        )
        usd = await self._usd(model.name, opinion.usage)
        for warning in opinion.warnings:
            self._warn(warning)
        if not opinion.n_voted:
            self._note(REVIEW, PhaseState.FAILED, model.name, opinion.why, usd)
            return written
        asked = tuple((name, personas[name], had) for name, had in opinion.had_findings)
        self._note(REVIEW, PhaseState.DONE, model.name, opinion.why, usd, personas=asked)
        return await self._after(opinion, written) if opinion.reworks else written

    async def _after(self, opinion: Opinion, written: Written) -> Written:
        """Return the answer written anew after a review; the old one if the new one fails its checks."""
        for author, finding in opinion.findings:
            self.board.write(f"finding/{author}", finding, author)
            self._find(author, finding)
        found = "\n".join(f"{entry.author}: {entry.value}" for entry in self.board.find("finding/"))
        again = await self._reworked(written, "its review asks for that", found)
        if again is None:
            return written
        try:
            checked = await self._checked(again)
            problem = checked.problem or checked.failures
        except (MonkeyCoderError, TimeoutError) as error:
            problem = str(error) or _LATE
        if not problem:
            self._note(
                TEST, PhaseState.DONE, detail="checked again after the review", usd=0.0, checks=checked.checks
            )
            return again
        self._warn("what was written after the review failed its checks; the answer before it is kept")
        self._say(Restarted("the answer before the review is kept", goes_back=True))
        for event in written.shown:
            self._say(event)
        return written

    async def _checked(self, written: Written) -> Checked:
        """Return what the checks say, while there is time. Raises: MonkeyCoderError, TimeoutError."""
        async with asyncio.timeout(self._left_s):
            return await self._hands.check(self._request, written.events)

    # Writing

    async def _reworked(self, written: Written, why: str, found: str) -> Written | None:
        """Return a new answer that knows what was wrong with the old; None if there is to be none."""
        if self._n_reworks >= _MOST_REWORKS or self._left_s <= 0:
            return None
        self._n_reworks += 1
        if self._is_cascade and self.board.read("plan") is None:
            await self._plan(found)
        self._say(Restarted(f"written anew: {why}"))
        asked = self._planned(self._request)
        note = (
            f"That answer cannot be kept: {why}. What was found:\n{as_data(found)}\n\n"
            "Answer again, the whole change, in the same form."
        )
        try:
            messages = (Message("assistant", written.text or "(no text)"), Message("user", note))
            async with asyncio.timeout(self._left_s):
                return await self._awarded(replace(asked, messages=(*asked.messages, *messages)))
        except (MonkeyCoderError, TimeoutError) as error:
            self._warn(f"it could not be written anew ({str(error) or _LATE}); the answer before is kept")
            self._say(Restarted("the answer before is kept"))
            for event in written.shown:
                self._say(event)
            return None

    async def _awarded(self, request: Request) -> Written:
        """Return the answer of the implementer with the best bid, or of the next that delivers.

        In a cascade they take turns. Raises: MonkeyCoderError if nobody delivers.
        """
        errors: list[MonkeyCoderError] = []
        first = self._n_reworks % len(self._crew.implementers) if self._is_cascade else 0
        turns = (*self._crew.implementers[first:], *self._crew.implementers[:first])
        models = {one.name: one for one in turns}
        places = {name: place for place, name in enumerate(models)}
        n_begun = 0

        def contractor(model: Model) -> Contractor[Request, Written]:
            async def bid(asked: Request) -> Bid:
                if self._is_cascade:
                    return Bid(1 / (1 + places[model.name]), 0.0)
                try:
                    return await self._crew.history.bid(asked, model.name)
                except MonkeyCoderError:  # What cannot be read is not known.
                    return Bid(0.5, 0.0)

            async def perform(asked: Request) -> Written:
                nonlocal n_begun
                if n_begun:
                    self._say(Restarted(f"{model.name} takes over"))
                n_begun += 1
                self._note(IMPLEMENT, PhaseState.RUNNING, model.name)
                try:
                    return await self._written(model, asked)
                except MonkeyCoderError as error:
                    errors.append(error)
                    raise

            return Contractor(bid, perform)

        if len(models) == 1:
            (model,) = models.values()
            written = await contractor(model).perform(request)
        else:
            report = await contract(
                request,
                {name: contractor(model) for name, model in models.items()},
                worth_usd=_WORTH_USD,
                bid_s=_BID_S,
                perform_s=self._left_s / min(len(models), _MOST_WRITERS),
            )
            for failure in report.failures:
                self._warn(f"{failure.contractor} did not write it: {failure.why}")
            if n_begun and report.result is None:
                raise errors[0] if errors else _nobody(report.failures)
            # Where nobody is worth the price, or bid in time, it is still what the user asked for.
            written = report.result or await contractor(turns[0]).perform(request)
        usd = await self._usd(written.finished.model, written.usage)
        self._note(IMPLEMENT, PhaseState.DONE, written.finished.model, usd=usd)
        return written

    async def _written(self, model: Model, request: Request) -> Written:
        events: list[Event] = []
        usage: UsageReport | None = None
        is_whole = False
        try:
            async with aclosing(model.stream(request)) as stream:
                async for event in stream:
                    events.append(event)
                    match event:
                        case UsageReport():
                            usage = event
                        case Finished():
                            is_whole = True
                            return Written(tuple(events), event, usage)
                        case _:
                            self._say(event)
            raise ProviderError(
                ProviderFault.TRUNCATED,
                f"the answer of {model.name} was cut off",
                provider=model.name,
                model=model.name,
            )
        except MonkeyCoderError as error:
            # What was refused before a word of it came costs nothing; of the rest nobody knows the price.
            self._note(IMPLEMENT, PhaseState.FAILED, model.name, str(error), None if events else 0.0)
            is_whole = True
            raise
        finally:
            if not is_whole:
                self._note(IMPLEMENT, PhaseState.FAILED, model.name, "it was stopped")

    # Words

    def _asked(self) -> str:
        """Return what the user asked, for one who does not write it."""
        question = (
            self._request.messages[-1].content if self._request.messages else self._request.task.instruction
        )
        return f"What was asked of the colleague who writes:\n{as_data(question, 60_000)}"

    def _known(self) -> str:
        """Return what the graph knows of the symbols at hand; "" for nothing."""
        path = self._request.task.document.path or self._request.task.document.uri
        lines: list[str] = []
        for symbol in self.graph.objects(Node(Kind.FILE, path), Relation.DEFINES)[:8]:
            used = [one.name for one in self.graph.subjects(Relation.USES, symbol)][:8]
            tested = [one.name for one in self.graph.subjects(Relation.TESTS, symbol)][:4]
            parts = [f"used in {', '.join(used)}"] if used else []
            parts += [f"tested in {', '.join(tested)}"] if tested else []
            lines += [f"`{symbol.name}` is {' and '.join(parts)}"] if parts else []
        return as_data("\n".join(lines)) if lines else ""

    def _find(self, author: str, finding: str) -> None:
        path = self._request.task.document.path or self._request.task.document.uri
        node = Node(Kind.FINDING, f"{author}: {finding[:200]}")
        self.graph.add(Statement(node, Relation.ABOUT, Node(Kind.FILE, path), author))

    def _call_of(self, name: str) -> Called | None:
        return next((one for one in self._called if one.name == name), None)

    @property
    def _left_s(self) -> float:
        return self._until - asyncio.get_running_loop().time()

    async def _usd(self, model: str, usage: UsageReport | None) -> float | None:
        return await self._crew.history.price(model, usage) if usage is not None else None

    def _warn(self, message: str) -> None:
        self._say(Warned(message))

    def _failed(self, phase: str, model: str, error: Exception, so: str, usd: float | None) -> None:
        why = str(error) or _LATE
        self._note(phase, PhaseState.FAILED, model, why, usd)
        self._warn(f"{phase}: {why}; {so}")

    def _note(
        self,
        name: str,
        state: PhaseState,
        model: str = "",
        detail: str = "",
        usd: float | None = None,
        *,
        checks: Sequence[str] = (),
        personas: tuple[tuple[str, float, bool], ...] = (),
    ) -> None:
        self._say(PhaseNoted(name, self._of, state, model, detail, usd, tuple(checks), personas))


def _nobody(failures: Sequence[Failure]) -> ProviderError:
    """Return the error for an answer that all were awarded and none delivered."""
    why = "; ".join(f"{one.contractor}: {one.why}" for one in failures)
    name = failures[-1].contractor
    return ProviderError(ProviderFault.TIMEOUT, f"nobody wrote it: {why}", provider=name, model=name)


def _plan_words(plan: Plan) -> str:
    lines = [f"{number}. {step}" for number, step in enumerate(plan.steps, start=1)]
    lines += [f"watch: {risk}" for risk in plan.risks]
    return "\n".join([*lines, *([f"files: {', '.join(plan.files)}"] if plan.files else [])])
