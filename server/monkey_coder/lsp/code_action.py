"""`textDocument/codeAction`: what can be done with a selection, without asking any model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from ..core.model import TaskKind
from ..features.actions import Action, actions, may_be_in_function
from .ext import ALTERNATIVES, COMMAND_OF
from .from_proto import diagnostic_of, span_of

if TYPE_CHECKING:
    from .session import Session
    from .store import Snapshot

_ALTERNATIVES = Action("Suggest alternatives", TaskKind.EDIT, "refactor.rewrite")


def handle(
    session: Session, params: types.CodeActionParams
) -> Sequence[types.CodeAction | types.Command] | None:
    """Return the actions at a range; each is a command that carries uri, version and range."""
    snapshot = session.texts.snapshot(params.text_document.uri)
    if snapshot is None:
        return None
    given = params.context.diagnostics
    diagnostics = [diagnostic_of(snapshot, one) for one in given]
    found = actions(session.document(snapshot), span_of(snapshot, params.range), diagnostics)
    as_literals = session.client.can("textDocument", "codeAction", "codeActionLiteralSupport")
    offered: list[types.CodeAction | types.Command] = []
    for action in found:
        if not _is_wanted(action, params.context.only) or (
            action.takes_instruction and not session.client.asks_instructions
        ):
            continue
        chosen = [one for one, ours in zip(given, diagnostics, strict=True) if ours in action.diagnostics]
        command = _command(action, snapshot.version, params, chosen)
        if expected := _expected(session, action):
            command.title += f" ({expected})"
        if as_literals:
            offered.append(
                types.CodeAction(
                    title=command.title, kind=action.lsp_kind, diagnostics=chosen or None, command=command
                )
            )
        else:
            offered.append(command)
    if _has_function(session, snapshot, params) and _is_wanted(_ALTERNATIVES, params.context.only):
        arguments = [{"uri": snapshot.uri, "version": snapshot.version, "range": params.range}]
        title = f"Monkey Coder: {_ALTERNATIVES.title}"
        command = types.Command(title=title, command=ALTERNATIVES, arguments=arguments)
        literal = types.CodeAction(title=title, kind=_ALTERNATIVES.lsp_kind, command=command)
        offered.append(literal if as_literals else command)
    return offered


def _has_function(session: Session, snapshot: Snapshot, params: types.CodeActionParams) -> bool:
    return may_be_in_function(snapshot.text, span_of(snapshot, params.range).start)


def _expected(session: Session, action: Action) -> str:
    """Return what the action will probably come to, as far as that is at hand: nothing waits here."""
    built = session.app.built
    if built is None or built.kit.outcomes is None or session.options.offline_only:
        return ""
    from ..features.strategies import forecast_at_hand

    outcomes, found = built.kit.outcomes, forecast_at_hand(built.kit, action.kind)
    if found is None and session.reading_outcomes is not outcomes:
        session.reading_outcomes = outcomes  # The next menu will know.
        session.protocol.spawn(outcomes.warm_up())
    return found or ""


def _command(
    action: Action, version: int, params: types.CodeActionParams, diagnostics: list[types.Diagnostic]
) -> types.Command:
    arguments: dict[str, Any] = {
        "uri": params.text_document.uri,
        "version": version,
        "range": params.range,
    }
    if diagnostics:
        arguments["diagnostics"] = diagnostics
    return types.Command(
        title=f"Monkey Coder: {action.title}", command=COMMAND_OF[action.kind], arguments=[arguments]
    )


def _is_wanted(action: Action, only: Sequence[types.CodeActionKind | str] | None) -> bool:
    """Return whether an action is of one of the kinds asked for, or of a kind below one."""
    if not only:
        return True
    kinds = [kind.value if isinstance(kind, types.CodeActionKind) else kind for kind in only]
    return any(kind in ("", action.lsp_kind) or action.lsp_kind.startswith(kind + ".") for kind in kinds)
