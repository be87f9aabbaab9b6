"""`workspace/executeCommand`: our commands, each with one object as its argument."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from ..core.documents import Diagnostic, Span
from ..core.errors import InputError, MonkeyCoderError
from ..core.model import Strategy, Task, TaskKind
from . import alternatives, answers, edit_session, undo
from .edit_session import Stream
from .ext import ACCEPT, ALTERNATIVES, COMMANDS, REJECT, TASK_OF, UNDO, CommandResult
from .from_proto import diagnostic_of, span_of
from .messages import INVALID_PARAMS
from .protocol import RequestError

if TYPE_CHECKING:
    from .session import Session
    from .store import Snapshot


@dataclass(frozen=True, slots=True)
class Arguments:
    """A command's argument, validated."""

    uri: str
    version: int | None
    range: types.Range | None
    instruction: str
    diagnostics: tuple[types.Diagnostic, ...]
    stream: Stream
    session: str
    hunks: tuple[int, ...] | None
    strategy: Strategy | None


def handle(
    session: Session, params: types.ExecuteCommandParams
) -> Coroutine[Any, Any, CommandResult] | CommandResult:
    """Run a command. A failure that a person can do something about is shown to them, once."""
    if params.command not in COMMANDS:
        raise RequestError(INVALID_PARAMS, f"There is no command {params.command[:200]!r}.")
    if params.command == UNDO:
        return _run(session, undo.take_back(session))
    arguments = _arguments(session, params.arguments)
    try:
        work = _work(session, params.command, arguments, params.work_done_token)
    except MonkeyCoderError as error:
        return _failed(session, error)
    return _run(session, work)


async def _run(session: Session, work: Coroutine[Any, Any, CommandResult]) -> CommandResult:
    try:
        return await work
    except MonkeyCoderError as error:
        return _failed(session, error)


def _failed(session: Session, error: MonkeyCoderError) -> CommandResult:
    session.tell(f"Monkey Coder: {error}", types.MessageType.Error)
    return {"status": "failed", "message": str(error)}


def _work(
    session: Session, command: str, arguments: Arguments, token: int | str | None
) -> Coroutine[Any, Any, CommandResult]:
    if command == ACCEPT:
        return edit_session.accept(session, arguments.session, arguments.hunks)
    if command == REJECT:
        return edit_session.reject(session, arguments.session, arguments.hunks)
    if command == ALTERNATIVES:
        task, snapshot = _task(session, None, arguments)
        return alternatives.start(session, task, snapshot, token)
    task, snapshot = _task(session, TASK_OF[command], arguments)
    if task.kind in (TaskKind.EXPLAIN, TaskKind.REVIEW):
        return answers.start(session, task, token)
    return edit_session.start(session, task, snapshot, arguments.stream, token)


def _task(session: Session, kind: TaskKind | None, arguments: Arguments) -> tuple[Task, Snapshot]:
    """Return the task and the text it is about. Raises: InputError."""
    snapshot = session.texts.snapshot(arguments.uri)
    if snapshot is None:
        raise InputError(f"{arguments.uri[:200]!r} is not open in the editor; open it and try again")
    if arguments.version is not None and arguments.version != snapshot.version:
        raise InputError("the text changed since this was offered; select the code again")
    if kind is TaskKind.EDIT and not arguments.instruction.strip():
        raise InputError('say what to change: the command takes an "instruction"')
    whole = Span(0, len(snapshot.text))
    span = whole if arguments.range is None else span_of(snapshot, arguments.range)
    diagnostics: tuple[Diagnostic, ...] = tuple(diagnostic_of(snapshot, one) for one in arguments.diagnostics)
    kind = kind or TaskKind.EDIT
    document = session.document(snapshot)
    strategy = arguments.strategy
    return Task(kind, document, span, arguments.instruction, diagnostics, strategy=strategy), snapshot


def _arguments(session: Session, given: Any) -> Arguments:
    """Return the argument of a command. Raises: RequestError."""
    raw = given[0] if isinstance(given, list | tuple) and given else None
    if not isinstance(raw, dict):
        raise RequestError(INVALID_PARAMS, 'arguments is one object: [{"uri": …}].')
    structure = session.protocol.structure
    range_, diagnostics, stream, hunks = (raw.get(key) for key in ("range", "diagnostics", "stream", "hunks"))
    version = raw.get("version")
    if stream not in (None, "preview", "apply", "final"):
        raise RequestError(INVALID_PARAMS, 'stream is "preview", "apply" or "final".')
    strategy = raw.get("strategy")
    if strategy is not None and strategy not in tuple(Strategy):
        raise RequestError(INVALID_PARAMS, f"strategy is one of {', '.join(Strategy)}.")
    if version is not None and type(version) is not int:
        raise RequestError(INVALID_PARAMS, "version is an integer.")
    if hunks is not None and not (isinstance(hunks, list) and all(type(one) is int for one in hunks)):
        raise RequestError(INVALID_PARAMS, "hunks is a list of integers.")
    for key in ("uri", "instruction", "session"):
        if not isinstance(raw.get(key, ""), str):
            raise RequestError(INVALID_PARAMS, f"{key} is a string.")
    default: Stream = "preview" if session.client.previews_edits else "final"
    return Arguments(
        uri=raw.get("uri", ""),
        version=version,
        range=None if range_ is None else structure(range_, types.Range, "range"),
        instruction=raw.get("instruction", ""),
        diagnostics=tuple(structure(diagnostics or [], list[types.Diagnostic], "diagnostics")),
        stream=stream or default,
        session=raw.get("session", ""),
        hunks=None if hunks is None else tuple(hunks),
        strategy=None if strategy is None else Strategy(strategy),
    )
