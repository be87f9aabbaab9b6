"""Conversations: what was said, what was found again, what fits into a model's window, and who keeps them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from .model import Message, Model


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation without its messages. `project` is the folder that it is about, "" for none."""

    id: str
    project: str
    title: str
    created: datetime
    updated: datetime
    is_pinned: bool
    n_messages: int


@dataclass(frozen=True, slots=True)
class Said:
    """One message as it is kept. `role` is "user" or "assistant"; `model` is "" for what a person said."""

    id: str
    role: str
    text: str
    at: datetime
    model: str = ""
    is_pinned: bool = False


@dataclass(frozen=True, slots=True)
class Transcript:
    """A whole conversation. `summary` stands for its older messages, "" while none was needed."""

    conversation: Conversation
    messages: tuple[Said, ...]
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that a search found. `snippet` is the part of it that fits best, on one line."""

    conversation: Conversation
    message: Said
    snippet: str
    score: float


@dataclass(frozen=True, slots=True)
class Decision:
    """What was settled for a project, to be told to every later conversation about it."""

    id: str
    project: str
    text: str
    at: datetime
    conversation: str = ""


@dataclass(frozen=True, slots=True)
class Packed:
    """What of a conversation fits into a window, oldest first, stable parts before changing ones.

    `n_left_out` messages are told by a summary alone. `is_over` says that what is pinned, together with
    the newest message, takes more than the budget: it is there all the same.
    """

    messages: tuple[Message, ...]
    n_tokens: int
    n_left_out: int = 0
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Embedding:
    """How far the vectors are: `n_done` of `n_all` messages have one by the embedder in use."""

    embedder: str
    n_done: int
    n_all: int

    @property
    def is_complete(self) -> bool:
        return self.n_done >= self.n_all


@dataclass(frozen=True, slots=True)
class MemoryStats:
    """How much is kept. `n_bytes` is the size of the file and its log; `path` is "" for one in memory."""

    path: str
    n_conversations: int
    n_messages: int
    n_decisions: int
    n_bytes: int
    embedding: Embedding
    index: str
    notes: tuple[str, ...] = ()


class Memory(Protocol):
    """Who keeps conversations. A project is a folder, "" for none; None stands for all of them.

    Methods raise MonkeyCoderError, whose message can be shown as it is.
    """

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know; grows while the memory is used."""

    def on_note(self, report: Callable[[], None]) -> None:
        """Call `report`, on any thread, when `notes` has grown."""

    def on_progress(self, report: Callable[[Embedding], None]) -> None:
        """Call `report` on the event loop while vectors are made anew in the background."""

    async def start_conversation(self, project: str, title: str = "") -> str:
        """Begin a conversation, and return its id."""

    async def append(
        self, conversation: str, role: str, text: str, model: str = "", at: datetime | None = None
    ) -> str:
        """Keep a message, and return its id."""

    async def conversations(
        self, project: str | Sequence[str] | None = None, limit: int = 50
    ) -> tuple[Conversation, ...]:
        """Return the newest conversations."""

    async def conversation(self, key: str) -> Transcript:
        """Return a conversation with all of its messages, oldest first."""

    async def search(
        self, project: str | Sequence[str] | None, query: str, limit: int = 10
    ) -> tuple[Hit, ...]:
        """Return the messages that fit the query, best first."""

    async def pin(self, key: str, is_pinned: bool = True) -> None:
        """Keep a conversation or a message for ever, or no longer."""

    async def forget(self, key: str) -> None:
        """Delete a conversation or a message for good."""

    async def pack(
        self, conversation: str, budget_tokens: int, query: str = "", *, model: Model | None = None
    ) -> Packed:
        """Return what of a conversation fits into a window; `model`, where given, summarises the rest."""

    def close(self) -> None:
        """Finish what was begun and close the file. For callers without an event loop."""

    async def aclose(self) -> None:
        """The same, and stop what works in the background."""
