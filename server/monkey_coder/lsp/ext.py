"""Our own part of the protocol. `docs/protocol.md` describes it with examples."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from ..core.model import TaskKind

EDIT = "monkeyCoder.edit"
DOCUMENT = "monkeyCoder.document"
FIX = "monkeyCoder.fix"
TESTS = "monkeyCoder.tests"
EXPLAIN = "monkeyCoder.explain"
REVIEW = "monkeyCoder.review"
ACCEPT = "monkeyCoder.accept"
REJECT = "monkeyCoder.reject"
UNDO = "monkeyCoder.undo"
ALTERNATIVES = "monkeyCoder.alternatives"

COMMAND_OF = {
    TaskKind.EDIT: EDIT,
    TaskKind.DOCUMENT: DOCUMENT,
    TaskKind.FIX: FIX,
    TaskKind.TEST: TESTS,
    TaskKind.EXPLAIN: EXPLAIN,
    TaskKind.REVIEW: REVIEW,
}
TASK_OF = {command: kind for kind, command in COMMAND_OF.items()}
COMMANDS = (*TASK_OF, ACCEPT, REJECT, UNDO, ALTERNATIVES)

# A notification: the open edit session cannot go on, and why.
EDIT_ENDED = "monkeyCoder/editEnded"
# A request: how the language models of this session have been doing.
HEALTH = "monkeyCoder/health"
# A request, and the notification of the same value to clients that show it.
STATUS = "monkeyCoder/status"
STATUS_CHANGED = "monkeyCoder/statusChanged"
# A request: what of the project a request at a place would send.
CONTEXT = "monkeyCoder/context"
# A request, only with `--debug-requests`.
DOCUMENT_TEXT = "monkeyCoder/documentText"


class CommandArguments(TypedDict):
    """The one argument of every command but `undo`. Positions count in the negotiated encoding."""

    uri: NotRequired[str]
    version: NotRequired[int]
    range: NotRequired[dict[str, Any]]
    instruction: NotRequired[str]
    diagnostics: NotRequired[list[dict[str, Any]]]
    stream: NotRequired[Literal["preview", "apply", "final"]]
    strategy: NotRequired[Literal["direct", "sequential", "parallel", "cascade", "auto"]]
    session: NotRequired[str]
    hunks: NotRequired[list[int]]


class WireHunk(TypedDict):
    """One change, to be accepted or rejected by its `id`."""

    id: int
    range: Any
    newText: str


class FileHunks(TypedDict):
    """The hunks of one file. `version` is null for a file that is not open in the editor."""

    uri: str
    version: int | None
    hunks: list[WireHunk]
    creates: NotRequired[bool]


class PhaseReport(TypedDict):
    """The part of the work on an edit that runs; `of` are all its parts in their order."""

    name: str
    of: list[str]
    model: str
    detail: str


class PhaseResult(TypedDict):
    """A part of the work on an edit as it ended. `usd` is null where the cost is not known."""

    name: str
    model: str
    outcome: Literal["done", "failed", "skipped"]
    detail: str
    usd: float | None


class CandidateReport(TypedDict):
    """One of several models at an edit at once. `usd` is null where the cost is not known (yet)."""

    model: str
    state: Literal["waiting", "running", "passed", "failed", "stopped", "won"]
    detail: str
    usd: float | None


class EditReport(TypedDict):
    """The value of `$/progress` while an edit streams, for clients that preview it.

    `edits` holds all hunks known so far, those of the document asked about first; each report replaces
    the one before. `version` is that of the first. No two hunks of a session share an id. `candidates` are
    all models that work at it, where several do, `phase` is what runs; a client that previews nothing gets
    these and `forecast` too.
    """

    kind: Literal["report"]
    message: str
    percentage: int
    session: str
    version: int
    edits: list[FileHunks]
    phase: NotRequired[PhaseReport]
    forecast: NotRequired[str]
    candidates: NotRequired[list[CandidateReport]]


class AnswerReport(TypedDict):
    """The value of `$/progress` while Markdown streams, for clients that show answers."""

    kind: Literal["report"]
    message: str
    answer: str


class AlternativeEdit(TypedDict):
    """One other way to write a function: an open edit `session`, with what it gives and takes.

    `verified` says what was run to see that it does the same, empty where nothing was.
    """

    session: str
    part: str
    model: str
    tradeOff: str
    verified: list[str]
    edits: list[FileHunks]


class CommandResult(TypedDict):
    """What every command of ours returns; `message` can be shown as it is.

    `ready`: the edit of `session` waits for accept or reject. `done`: all has been applied or shown.
    `unchanged`: there was nothing to do. `failed`: the user has been told why. An edit also says by which
    `strategy` it was worked out, in which `phases`, and what was said of it beforehand.
    `unchanged`: there was nothing to do. `failed`: the user has been told why. `why` tells why this
    answer or this model was chosen, "" where there was no choice.
    """

    status: Literal["ready", "done", "unchanged", "failed"]
    message: str
    session: NotRequired[str]
    version: NotRequired[int]
    edits: NotRequired[list[FileHunks]]
    open: NotRequired[list[int]]
    model: NotRequired[str]
    checks: NotRequired[list[str]]
    warnings: NotRequired[list[str]]
    strategy: NotRequired[str]
    phases: NotRequired[list[PhaseResult]]
    forecast: NotRequired[str]
    why: NotRequired[str]
    markdown: NotRequired[str]
    alternatives: NotRequired[list[AlternativeEdit]]


class EditEnded(TypedDict):
    """The params of `monkeyCoder/editEnded`: the hunks of `uri` are gone, those of `open` are left."""

    session: str
    uri: str
    reason: str
    open: list[int]


class ModelHealth(TypedDict):
    """How one language model has been doing lately. `lastFault` is "" where nothing went wrong.

    `state` is "closed" (it is asked), "open" (left alone for `opensForSeconds`) or "half-open" (the
    next request shows whether it is back).
    """

    provider: str
    model: str
    state: str
    calls: int
    errorRate: float
    firstSeconds: float | None
    slowestFirstSeconds: float | None
    lastFault: str
    opensForSeconds: float


class HealthAnswer(TypedDict):
    """The answer to `monkeyCoder/health`."""

    answers: str
    completes: str
    models: list[ModelHealth]


class Today(TypedDict):
    """What language models used today, in every editor together. `usd` is null where it is unknown."""

    requests: int
    inputTokens: int
    outputTokens: int
    usd: float | None
    limitUsd: float | None


class IndexStatus(TypedDict):
    """Whether the workspace is being read, how many files `of` all are indexed, and that in words."""

    state: Literal["idle", "building", "stopped", "failed"]
    detail: str
    files: int
    of: int


class StatusValue(TypedDict):
    """The answer to `monkeyCoder/status`, and the params of `monkeyCoder/statusChanged`.

    `limited` says that the budget of the day is spent.
    """

    model: str
    completes: str
    offline: bool
    state: Literal["ready", "busy", "indexing", "limited"]
    detail: str
    today: Today
    index: IndexStatus
    trusted: bool
    version: str


class KeysAnswer(TypedDict):
    """The answer to `monkeyCoder/setKeys {keys: {provider: key or null}}`."""

    accepted: list[str]
    unknown: list[str]


class ModelOffer(TypedDict):
    """One entry of the answer to `monkeyCoder/models`. `id` is what the setting `model` takes."""

    id: str
    provider: str
    name: str
    configured: bool
    current: bool
    inputUsdPerMTok: float | None
    outputUsdPerMTok: float | None


class UsageRow(TypedDict):
    """One model on one day. `estimated` counts the requests that are booked by estimate."""

    day: str
    model: str
    requests: int
    inputTokens: int
    outputTokens: int
    usd: float | None
    estimated: int


class UsageAnswer(TypedDict):
    """The answer to `monkeyCoder/usage {days}`."""

    markdown: str
    rows: list[UsageRow]


class ChatReport(TypedDict):
    """The value of `$/progress` while a chat is answered: all of the answer so far."""

    kind: Literal["report"]
    message: str
    answer: str
    conversation: str


class Cost(TypedDict):
    """What an answer cost; null where the price is not known."""

    usd: float | None
    estimated: bool


class SentPart(TypedDict):
    """A part of the project that was sent along, first and last line counted from 1."""

    path: str
    lines: tuple[int, int]


class ChatAnswer(TypedDict):
    """The answer to `monkeyCoder/chat`. `message` is the id of the answer in the conversation."""

    conversation: str
    message: str
    markdown: str
    model: str
    cost: Cost
    sent: list[SentPart]
    warnings: list[str]


class Match(TypedDict):
    """A message that a search found, with the part of it that fits best."""

    message: str
    snippet: str


class ConversationEntry(TypedDict):
    """One entry of the answer to `monkeyCoder/conversations {query, limit}`."""

    id: str
    title: str
    updated: str
    messages: int
    pinned: bool
    matches: NotRequired[list[Match]]


class ConversationMessage(TypedDict):
    """One message of a conversation. `model` is "" for what the user said."""

    id: str
    role: Literal["user", "assistant"]
    text: str
    at: str
    model: str


class WholeConversation(TypedDict):
    """The answer to `monkeyCoder/conversation {id}`."""

    id: str
    title: str
    pinned: bool
    messages: list[ConversationMessage]


class ContextPiece(TypedDict):
    """A passage of the project. `lines` are its first and its last, from 1."""

    path: str
    lines: list[int]
    reason: str
    tokens: int
    text: str


class ContextAnswer(TypedDict):
    """The answer to `monkeyCoder/context {uri, position}`. `ms` is how long the gathering took."""

    pieces: list[ContextPiece]
    tokens: int
    budget: int
    ms: float


class DocumentText(TypedDict):
    """The answer to `monkeyCoder/documentText {uri}`."""

    text: str
    version: int
