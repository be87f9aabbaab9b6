"""Requests for tests of what wraps a model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from monkey_coder.core.documents import Document, Span
from monkey_coder.core.model import Finished, FinishReason, Message, Request, Task, TaskKind

STOP = Finished(FinishReason.STOP, "scripted")


def request(
    content: str = "Say hi.", *, kind: TaskKind = TaskKind.EXPLAIN, folder: str = "/p", **rest: Any
) -> Request:
    document = Document("file:///p/a.py", "python", 1, "print(1)\n", folder=folder)
    asked = Request(Task(kind, document, Span(0, 8)), (Message("user", content),))
    return replace(asked, **rest)
