"""The one idea: everything that generates is a `Model`, a stream of events for a request."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from .documents import Diagnostic, Document, Span


class TaskKind(StrEnum):
    """What the user asked for."""

    COMPLETE = "complete"
    EDIT = "edit"
    DOCUMENT = "document"
    FIX = "fix"
    TEST = "test"
    EXPLAIN = "explain"
    REVIEW = "review"
    CHAT = "chat"


class Strategy(StrEnum):
    """How a change is worked out; `AUTO` is the one that did best so far."""

    DIRECT = "direct"
    SEQUENTIAL = "sequential"
    PARALLEL = "parallel"
    CASCADE = "cascade"
    AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Task:
    """The request as data, so that an engine can act on structure and never on prompt text.

    `span` is the selection, or the cursor where it is empty. The kinds EDIT, DOCUMENT and FIX
    are answered by the new text of `span` (or by SEARCH/REPLACE blocks against the document);
    COMPLETE by the text to insert at the cursor; TEST by the whole text of `target`; EXPLAIN, REVIEW
    and CHAT (what the messages say) by Markdown. `facts` are passages gathered for the request, most
    useful first.
    `is_invoked` tells what the user asked for by hand from what the editor asks while they type.
    `strategy` is how the user wants it worked out, None by the settings.
    """

    kind: TaskKind
    document: Document
    span: Span
    instruction: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    target: Document | None = None
    facts: tuple[Fact, ...] = ()
    is_invoked: bool = True
    strategy: Strategy | None = None

    @property
    def selected(self) -> str:
        return self.document.text[self.span.start : self.span.end]


@dataclass(frozen=True, slots=True)
class Fact:
    """A passage of the project that helps with the request: its path, first line (from 1), text.

    `last` is its last line where that is known, else 0; `reason` says why it helps.
    """

    path: str
    line: int
    text: str
    last: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn for a language model. `role` is "system", "user", "assistant" or "tool"."""

    role: str
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that a model may call; `parameters` is a JSON schema."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """What a model is asked: the task as data, and the same in words for a language model.

    `prefix` and `suffix`, where set, ask for the text between them (fill-in-the-middle). With
    `schema`, a JSON schema, the answer's text is to be a JSON value that fits it.
    """

    task: Task
    messages: tuple[Message, ...] = ()
    prefix: str | None = None
    suffix: str | None = None
    tools: tuple[Tool, ...] = ()
    max_tokens: int | None = None
    temperature: float | None = None
    stop: tuple[str, ...] = ()
    schema: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """The next piece of the model's reasoning, apart from the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A complete call of a tool; `arguments` is the parsed JSON object.

    `state` is the provider's own note, such as signed reasoning: it means nothing to others, and goes
    back unchanged with the call when its result is told.
    """

    id: str
    name: str
    arguments: Mapping[str, Any]
    state: str = ""


@dataclass(frozen=True, slots=True)
class UsageReport:
    """Tokens used. `input_tokens` includes cached ones, `output_tokens` includes reasoning.

    `cached_tokens` were read from the provider's cache, `cache_write_tokens` written to it; both are
    part of the input. `billed_usd` is what the provider says it charged, where it says so.
    """

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    is_estimate: bool = False
    cache_write_tokens: int = 0
    billed_usd: float | None = None


class FinishReason(StrEnum):
    """Why an answer ended."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event of every complete answer; a stream without it was cut off.

    `model` says who answered. `confidence`, from 0 to 1, is given by models that know it; `why` tells
    the user why this answer or this model was chosen, where there was a choice.
    """

    reason: FinishReason
    model: str
    confidence: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Warned:
    """Something the user should know that is no failure, such as a setting that was ignored."""

    message: str


class CandidateState(StrEnum):
    """How far one of several models at a request is; one that has won was the one that is kept."""

    WAITING = "waiting"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    STOPPED = "stopped"
    WON = "won"


@dataclass(frozen=True, slots=True)
class CandidateNote:
    """One of several models at a request, as far as it has come.

    `detail` says what came of it, "" while nothing did; `usd` is what it cost, None while that is unknown.
    """

    model: str
    state: CandidateState
    detail: str = ""
    usd: float | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """How the work comes along, shown while it lasts and then forgotten.

    `candidates` are all that work at the request at once, if several do; the latest note counts.
    """

    message: str
    candidates: tuple[CandidateNote, ...] = ()


class PhaseState(StrEnum):
    """How far a phase is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class PhaseNoted:
    """A phase of the work on an answer begins, or has ended. `of` names the phases in their order.

    `model` did it, "" where none was asked; `usd` is what it cost, None where nobody knows. `checks` are
    what was verified, in words. `personas` are those that were asked: name, how likely they were thought
    to have anything to say, and whether they had.
    """

    name: str
    of: tuple[str, ...]
    state: PhaseState
    model: str = ""
    detail: str = ""
    usd: float | None = None
    checks: tuple[str, ...] = ()
    personas: tuple[tuple[str, float, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Restarted:
    """The answer begins anew, and says why: what came of it so far counts no more.

    With `goes_back` it is the one before the last that was written whole.
    """

    why: str
    goes_back: bool = False


Event = (
    TextDelta | ReasoningDelta | ToolCall | UsageReport | Finished | Warned | Noted | PhaseNoted | Restarted
)


class Model(Protocol):
    """Anything that answers a request."""

    @property
    def name(self) -> str:
        """What the user sees as the author of an answer, such as "offline" or "openai/gpt-6-luna"."""

    def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield the answer's events; the last is `Finished`. Use inside `contextlib.aclosing`.

        Raises: MonkeyCoderError, whose message can be shown as it is.
        """
