"""The commands that answer in Markdown: explain and review."""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from ..core.errors import ProviderError, ProviderFault
from ..core.model import Finished, Task, TaskKind, TextDelta, Warned
from ..features.documents import uri_of
from ..features.explain import explain
from .ext import CommandResult
from .progress import Progress, progress

if TYPE_CHECKING:
    from .session import Session

log = logging.getLogger(__name__)

_ASK_S = 10.0
_SHOWN_CHARACTERS = 1_500
_TITLES = {TaskKind.EXPLAIN: "Explain", TaskKind.REVIEW: "Review"}
_NOT_IN_A_NAME = re.compile(r"[^\w.-]+")


async def start(session: Session, task: Task, token: int | str | None) -> CommandResult:
    """Have a model answer and show the answer in the best way this editor has.

    Raises: MonkeyCoderError.
    """
    title = _TITLES[task.kind]
    pieces: list[str] = []
    finished: Finished | None = None
    warnings: list[str] = []
    async with (
        progress(session, f"Monkey Coder: {title}", token) as shown,
        aclosing(explain(await session.kit(), task)) as events,
    ):
        async for event in events:
            match event:
                case TextDelta(text):
                    pieces.append(text)
                    _report(session, pieces, shown)
                case Warned(message):
                    warnings.append(message)
                    session.tell_once(message)
                case Finished():
                    finished = event
                case _:
                    pass
        shown.flush()
    if finished is None:
        raise ProviderError(
            ProviderFault.TRUNCATED, "the answer was cut off; ask again", provider="", model=""
        )
    markdown = "".join(pieces)
    if not session.client.shows_answers:
        await show(session, task, title, markdown)
    return {
        "status": "done",
        "message": f"{title}: answered by {finished.model}",
        "markdown": markdown,
        "model": finished.model,
        "warnings": warnings,
    }


def _report(session: Session, pieces: list[str], shown: Progress) -> None:
    if session.client.shows_answers:
        shown.report(lambda: {"kind": "report", "message": "answering", "answer": "".join(pieces)})
    else:
        shown.report(lambda: {"kind": "report", "message": f"{sum(map(len, pieces)):,} characters"})


async def show(session: Session, task: Task, title: str, markdown: str) -> None:
    """Open the answer as a document, or put its beginning into a message that says where the rest is."""
    name = Path(task.document.path or "text").stem
    file = session.scratch_folder() / f"{title.lower()}-{_NOT_IN_A_NAME.sub('-', name)}.md"
    file.write_text(markdown, encoding="utf-8")
    if session.client.can("window", "showDocument", "support"):
        params = types.ShowDocumentParams(uri_of(str(file)), take_focus=True)
        try:
            async with asyncio.timeout(_ASK_S):
                shown = await session.window_show_document_async(params)
        except (TimeoutError, JsonRpcException) as error:
            log.info("the client did not show the answer: %s", error)
        else:
            if shown is not None and shown.success:
                return
    text = markdown.strip()
    if not text:
        session.tell_info(f"{title}: the answer is empty.")
        return
    if len(text) > _SHOWN_CHARACTERS:
        text = text[:_SHOWN_CHARACTERS].rsplit("\n", 1)[0] + "\n…"
    # The path comes first, and a blank after it: Helix shows the beginning, without its line breaks.
    session.tell_info(f"{title}: the whole answer is in {file} \n\n{text}")
