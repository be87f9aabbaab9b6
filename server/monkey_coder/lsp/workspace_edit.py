"""`workspace/applyEdit`: have the editor change documents, at the versions the change was made for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from ..core.documents import TextEdit
from ..core.errors import EditError
from .to_proto import text_edits

if TYPE_CHECKING:
    from .session import Session
    from .store import Snapshot

_ANSWER_S = 60.0
# For a client that does not say whether it applies edits, and may not answer what it does not know.
_SILENT_ANSWER_S = 10.0
_ANNOTATION = "monkey-coder"


@dataclass(frozen=True, slots=True)
class FileChange:
    """Edits of one text. `is_open` says that the editor holds it, so that its version counts."""

    snapshot: Snapshot
    edits: Sequence[TextEdit]
    is_open: bool
    creates: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """Edits of one or several texts that belong together."""

    label: str
    files: Sequence[FileChange]
    author: str = ""


async def apply_change(session: Session, change: Change) -> None:
    """Have the editor apply a change as one undo step.

    Raises: EditError if the editor cannot, or would not; nothing was changed then.
    """
    # Kate applies edits and does not say so; a client that is silent and cannot refuses by its answer.
    says = session.client.capability("workspace", "applyEdit")
    if says is False:
        raise EditError("this editor does not let a language server change files")
    limit_s = _SILENT_ANSWER_S if says is None else _ANSWER_S
    params = types.ApplyWorkspaceEditParams(workspace_edit(session, change), change.label)
    try:
        async with asyncio.timeout(limit_s):
            answer = await session.workspace_apply_edit_async(params)
    except TimeoutError as error:
        raise EditError(
            f"the editor did not say within {limit_s:g} s whether it applied the change"
        ) from error
    except JsonRpcException as error:
        raise EditError(f"the editor refused the change: {error}") from error
    if answer is None or not answer.applied:
        reason = answer.failure_reason if answer is not None else None
        why = f" ({reason})" if reason else "; the text may have changed meanwhile"
        raise EditError(f"the editor did not apply the change{why}")


def workspace_edit(session: Session, change: Change) -> types.WorkspaceEdit:
    """Return a change in the best form that the client understands."""
    if not session.client.can("workspace", "workspaceEdit", "documentChanges"):
        return types.WorkspaceEdit(
            changes={one.snapshot.uri: text_edits(one.snapshot, one.edits) for one in change.files}
        )
    annotated = session.client.can("workspace", "workspaceEdit", "changeAnnotationSupport")
    resources = session.client.capability("workspace", "workspaceEdit", "resourceOperations")
    can_create = isinstance(resources, list) and "create" in resources
    changes: list[types.TextDocumentEdit | types.CreateFile | types.RenameFile | types.DeleteFile] = []
    for one in change.files:
        if one.creates and can_create:
            options = types.CreateFileOptions(ignore_if_exists=True)
            changes.append(types.CreateFile(one.snapshot.uri, options=options))
        changes.append(_document_edit(one, annotated=annotated))
    annotations = {
        _ANNOTATION: types.ChangeAnnotation(
            label=change.label, needs_confirmation=False, description=change.author or None
        )
    }
    return types.WorkspaceEdit(
        document_changes=changes, change_annotations=annotations if annotated else None
    )


def _document_edit(change: FileChange, *, annotated: bool) -> types.TextDocumentEdit:
    version = change.snapshot.version if change.is_open else None
    document = types.OptionalVersionedTextDocumentIdentifier(change.snapshot.uri, version)
    edits = text_edits(change.snapshot, change.edits)
    marked: list[types.TextEdit | types.AnnotatedTextEdit | types.SnippetTextEdit] = (
        [types.AnnotatedTextEdit(_ANNOTATION, edit.range, edit.new_text) for edit in edits]
        if annotated
        else list(edits)
    )
    return types.TextDocumentEdit(document, marked)
