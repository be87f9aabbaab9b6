"""What agents may do: look at the project, and have an answer checked. Features build these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..communication.knowledge_graph import Statement
from ..core.model import Event, Request, Task, Tool


@dataclass(frozen=True, slots=True)
class Checked:
    """What the checks say of an answer. `problem` is why it cannot be used, "" if it can.

    `diff` shows the change. `checks` are what was verified beyond that it applies and parses, such as the
    project's tests, and `failures` what they had against it.
    """

    problem: str
    diff: str = ""
    checks: tuple[str, ...] = ()
    failures: str = ""


class Hands(Protocol):
    """Nothing here writes; project code is run by `check` alone, and only where the user trusts it."""

    async def read(self, task: Task, path: str) -> str:
        """Return a file of the project. Raises: MonkeyCoderError for one that no model reads unasked."""

    async def search(self, task: Task, query: str) -> str:
        """Return passages of the project that a description finds."""

    async def symbols(self, task: Task, name: str) -> str:
        """Return where a name is defined and used."""

    async def around(self, task: Task) -> Sequence[Statement]:
        """Return what is known of the symbols in the task's span: who uses them, what tests them."""

    async def check(self, request: Request, events: Sequence[Event]) -> Checked:
        """Return what the checks say of an answer."""


def _tool(name: str, what: str, argument: str, meaning: str) -> Tool:
    parameters = {
        "type": "object",
        "properties": {argument: {"type": "string", "description": meaning}},
        "required": [argument],
        "additionalProperties": False,
    }
    return Tool(name, what, parameters)


_PATH = "A path inside the project, such as src/app.py."
TOOLS = {
    "read": _tool("read", "Read a file of the project.", "path", _PATH),
    "search": _tool("search", "Find passages of the project by what they do.", "query", "A few words."),
    "symbols": _tool("symbols", "Find where a name is defined and used.", "name", "A function or a class."),
}
