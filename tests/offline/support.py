"""Snippets in, answers out: `<|>` is the cursor, two of them a selection."""

from __future__ import annotations

import re
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from monkey_coder.core.documents import Diagnostic, Document, Span
from monkey_coder.core.model import Finished, Model, Request, Task, TaskKind, TextDelta, Warned


@dataclass(frozen=True)
class Answer:
    text: str
    warnings: tuple[str, ...]
    pieces: int
    finished: Finished | None


def marked(snippet: str) -> tuple[str, Span]:
    parts = snippet.split("<|>")
    text = "".join(parts)
    start = len(parts[0])
    return text, Span(start, start + len(parts[1]) if len(parts) == 3 else start)


def document(
    text: str, language: str = "python", path: Path | None = None, folder: Path | None = None
) -> Document:
    where = str(path) if path else None
    return Document("file:///snippet", language, 1, text, where, str(folder) if folder else None)


async def ask(model: Model, task: Task) -> Answer:
    texts, warnings, finished = [], [], None
    async with aclosing(model.stream(Request(task))) as events:  # type: ignore[type-var]
        async for event in events:
            match event:
                case TextDelta(text):
                    texts.append(text)
                case Warned(message):
                    warnings.append(message)
                case Finished():
                    finished = event
    return Answer("".join(texts), tuple(warnings), len(texts), finished)


def task(
    kind: TaskKind,
    snippet: str,
    language: str = "python",
    *,
    instruction: str = "",
    diagnostics: tuple[Diagnostic, ...] = (),
    target: Document | None = None,
    path: Path | None = None,
    folder: Path | None = None,
) -> Task:
    text, span = marked(snippet)
    return Task(kind, document(text, language, path, folder), span, instruction, diagnostics, target)


def applied(text: str, span: Span, answer: str) -> str:
    """Return the document after an answer: SEARCH/REPLACE blocks, or the new text of `span`."""
    blocks = re.findall(
        r"^<<<<<<< SEARCH\n(.*?)^=======\n(.*?)^>>>>>>> REPLACE$", answer, re.MULTILINE | re.DOTALL
    )
    if not blocks:
        return text[: span.start] + answer + text[span.end :]
    for old, new in blocks:
        if old not in text:
            old, new = old.removesuffix("\n"), new.removesuffix("\n")
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text
