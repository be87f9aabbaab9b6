"""Several reviewers at once, and what they decide together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from ..communication.barrier import Barrier
from ..communication.blackboard import Blackboard
from ..communication.consensus import Rule, Vote, decide, weight_of
from ..core.errors import MonkeyCoderError
from ..core.model import Event, Model, Noted, Task, UsageReport
from .consult import Consultation, total
from .hands import Hands
from .personas import REVIEWERS, Persona
from .returns import Defect, Review

# Models say that they are surer than they are: what is said is drawn to one half by so much.
_SHRINK = 0.6
# Who counts the votes, and is the one that does not wait for ever.
_CHAIR = "chair"
_FOREVER_S = 3600.0


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the reviewers decided. `findings` are author and text, `had_findings` who had any."""

    reworks: bool
    why: str
    n_voted: int
    findings: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    had_findings: tuple[tuple[str, bool], ...]
    usage: UsageReport | None


async def reviewed(
    task: Task,
    question: str,
    names: tuple[str, ...],
    model: Model,
    hands: Hands,
    say: Callable[[Event], None],
    *,
    within_s: float,
) -> Opinion:
    """Ask these reviewers at once, wait for each other at a barrier, and vote.

    Weighted majority, each weight the log-odds of what the reviewer says, drawn to one half by 0.6: what
    language models say of their own sureness is too sure (Xiong et al. 2024, "Can LLMs express their
    uncertainty?"). A tie changes nothing. The view that lost is told to the user. Never raises for what
    befalls a reviewer: who fails, or is late, has no vote.
    """
    personas = [one for one in REVIEWERS if one.name in names]
    board: Blackboard[Review] = Blackboard()
    meeting = _Meeting(
        task, question, model, hands, say, board, Barrier([_CHAIR, *(one.name for one in personas)])
    )
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(meeting.attend(one), name=f"the {one.name}") for one in personas]
        passed = await meeting.barrier.arrive(_CHAIR, within_s=within_s)
        for one in asked:
            one.cancel()
    meeting.failures += [(name, "it took too long") for name in passed.missing]
    votes = [_vote(entry.author, entry.value) for entry in board.find()]
    warnings = [f"review: the {name} has no vote ({why})" for name, why in meeting.failures]
    usages = [one for one in meeting.usages if one is not None]
    usage = total(usages) if len(usages) == len(meeting.usages) else None
    if not votes:
        why = "; ".join(why for _, why in meeting.failures)
        return Opinion(False, f"nobody reviewed it: {why}", 0, (), tuple(warnings), (), usage)
    verdict = decide(votes, Rule.WEIGHTED)
    reworks = verdict.choice == "rework"
    warnings += [f"the {vote.voter} disagrees: {vote.why}" for vote in verdict.minority if vote.why]
    findings = tuple(
        (entry.author, _words(entry.value.defects)) for entry in board.find() if entry.value.defects
    )
    if not reworks:
        told = {vote.voter for vote in verdict.minority}
        warnings += [f"the {author} notes: {text}" for author, text in findings if author not in told]
    had = tuple((entry.author, bool(entry.value.defects)) for entry in board.find())
    said = "a rework is asked for" if reworks else "it can be kept"
    why = f"{said}: {verdict.why}" if len(votes) > 1 else f"{said}, says the {votes[0].voter}"
    return Opinion(reworks, why, len(votes), findings, tuple(warnings), had, usage)


@dataclass(slots=True)
class _Meeting:
    """Where the reviewers of one answer meet: reviews on the board, news on the bus."""

    task: Task
    question: str
    model: Model
    hands: Hands
    say: Callable[[Event], None]
    board: Blackboard[Review]
    barrier: Barrier
    failures: list[tuple[str, str]] = field(default_factory=list)
    usages: list[UsageReport | None] = field(default_factory=list)

    async def attend(self, persona: Persona[Review]) -> None:
        """Put a persona's review on the board, or its name and why there is none among the failures."""
        consultation = Consultation(persona, self.model, self.hands, self.say)
        try:
            said = await consultation.ask(self.task, self.question)
        except Exception as error:  # noqa: BLE001  (an answer is there: no crash of who reads it may lose it)
            is_told = isinstance(error, MonkeyCoderError)
            why = str(error) if is_told else f"it crashed: {type(error).__name__}: {error}"
            self.failures.append((persona.name, why))
            self.barrier.leave(persona.name)
            return
        finally:
            self.usages.append(consultation.used)
        self.board.write(persona.name, said.value, persona.name)
        verdict = "can be kept" if said.value.keeps else "should be written anew"
        self.say(Noted(f"the {persona.name}: {verdict}, {len(said.value.defects)} findings"))
        await self.barrier.arrive(persona.name, within_s=_FOREVER_S)


def _vote(author: str, review: Review) -> Vote[str]:
    sure = 0.5 + _SHRINK * (max(review.confidence, 0.5) - 0.5)
    return Vote(author, "keep" if review.keeps else "rework", weight_of(sure), _words(review.defects))


def _words(defects: tuple[Defect, ...]) -> str:
    ordered = sorted(defects, key=lambda one: not one.is_serious)
    return "; ".join(f"{one.what}" + (f" ({one.remedy})" if one.remedy else "") for one in ordered)
