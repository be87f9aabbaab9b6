"""A message bus inside the process: direct, multicast and broadcast messages, bounded and typed.

Publish and subscribe with bounded mailboxes (Eugster et al., "The many faces of publish/subscribe", ACM
Computing Surveys 35, 2003). A sender never waits: a full mailbox loses its oldest message and counts the
loss, so that an agent that is stuck cannot stall the others.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..core.errors import InputError

Body = TypeVar("Body")

MAILBOX_SIZE = 256


@dataclass(frozen=True, slots=True)
class Letter(Generic[Body]):
    """One message. `topic` is "" for what went to agents by name, or to all. `number` grows."""

    sender: str
    topic: str
    body: Body
    number: int


class Mailbox(Generic[Body]):
    """What one agent was sent, oldest first. Iterating ends once the agent has left the bus."""

    def __init__(self, owner: str, topics: Collection[str], size: int) -> None:
        self.owner = owner
        self.topics = frozenset(topics)
        self.n_lost = 0
        self._letters: deque[Letter[Body]] = deque(maxlen=size)
        self._news = asyncio.Event()
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._letters)

    def take(self) -> Letter[Body] | None:
        """Return the oldest letter, None if there is none now."""
        return self._letters.popleft() if self._letters else None

    async def __aiter__(self) -> AsyncIterator[Letter[Body]]:
        while True:
            while (letter := self.take()) is not None:
                yield letter
            if self._is_closed:
                return
            self._news.clear()
            await self._news.wait()

    def _put(self, letter: Letter[Body]) -> None:
        self.n_lost += len(self._letters) == self._letters.maxlen
        self._letters.append(letter)
        self._news.set()

    def _close(self) -> None:
        self._is_closed = True
        self._news.set()


class Bus(Generic[Body]):
    """Agents by name, each with a mailbox. Every body is a `body_type`. For one event loop."""

    def __init__(self, body_type: type[Body] | tuple[type, ...], *, mailbox_size: int = MAILBOX_SIZE) -> None:
        if mailbox_size < 1:
            raise InputError("a mailbox holds at least one message")
        self._body_type = body_type
        self._size = mailbox_size
        self._mailboxes: dict[str, Mailbox[Body]] = {}
        self._n_sent = 0

    @property
    def members(self) -> tuple[str, ...]:
        """Who is on the bus, in order of joining."""
        return tuple(self._mailboxes)

    def join(self, name: str, topics: Collection[str] = ()) -> Mailbox[Body]:
        """Return a mailbox for `name`, which also gets what is sent to `topics`.

        Raises: InputError if the name is taken.
        """
        if name in self._mailboxes:
            raise InputError(f"an agent named {name!r} is on the bus already")
        mailbox: Mailbox[Body] = Mailbox(name, topics, self._size)
        self._mailboxes[name] = mailbox
        return mailbox

    def leave(self, name: str) -> None:
        """Take an agent off the bus: it keeps what it was sent, and gets nothing more."""
        mailbox = self._mailboxes.pop(name, None)
        if mailbox is not None:
            mailbox._close()

    def send(self, sender: str, to: str | Collection[str], body: Body) -> int:
        """Send to agents by name, and return how many of them are there to get it."""
        names = (to,) if isinstance(to, str) else to
        return self._deliver(sender, "", body, (self._mailboxes.get(name) for name in dict.fromkeys(names)))

    def publish(self, sender: str, topic: str, body: Body) -> int:
        """Send to all others that follow `topic`, and return how many they are."""
        to = (box for name, box in self._mailboxes.items() if name != sender and topic in box.topics)
        return self._deliver(sender, topic, body, to)

    def broadcast(self, sender: str, body: Body) -> int:
        """Send to all others, and return how many they are."""
        to = (box for name, box in self._mailboxes.items() if name != sender)
        return self._deliver(sender, "", body, to)

    def _deliver(self, sender: str, topic: str, body: Body, to: Iterable[Mailbox[Body] | None]) -> int:
        if not isinstance(body, self._body_type):
            raise InputError(f"this bus carries no {type(body).__name__}")
        self._n_sent += 1
        letter = Letter(sender, topic, body, self._n_sent)
        n_delivered = 0
        for mailbox in to:
            if mailbox is not None:
                mailbox._put(letter)
                n_delivered += 1
        return n_delivered
