"""A blackboard: what agents found out together, with versions, authors and subscriptions.

The architecture of Hearsay-II (Erman et al., ACM Computing Surveys 12, 1980), with optimistic concurrency
control (Kung and Robinson, ACM TODS 6, 1981): who writes may say which version was read, and is refused if
there is a newer one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..core.errors import MonkeyCoderError

Value = TypeVar("Value")

NEW = 0


class StaleWriteError(MonkeyCoderError):
    """Somebody else has written meanwhile: read again, then write again."""


@dataclass(frozen=True, slots=True)
class Entry(Generic[Value]):
    """What stands under a key. The first version is 1."""

    key: str
    value: Value
    version: int
    author: str


class Subscription(Generic[Value]):
    """The changes of the keys that begin with a prefix. Of one key only the newest change waits to be
    seen, so that a slow reader holds up nobody and remembers no more than there are keys."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self._waiting: dict[str, Entry[Value]] = {}
        self._news = asyncio.Event()
        self._is_closed = False

    async def __aiter__(self) -> AsyncIterator[Entry[Value]]:
        while True:
            while self._waiting:
                yield self._waiting.pop(next(iter(self._waiting)))
            if self._is_closed:
                return
            self._news.clear()
            await self._news.wait()

    def close(self) -> None:
        """See what is still waiting, and no more."""
        self._is_closed = True
        self._news.set()

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def _put(self, entry: Entry[Value]) -> None:
        self._waiting.pop(entry.key, None)
        self._waiting[entry.key] = entry
        self._news.set()


class Blackboard(Generic[Value]):
    """Entries by key. For one event loop."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry[Value]] = {}
        self._subscriptions: list[Subscription[Value]] = []

    def read(self, key: str) -> Entry[Value] | None:
        """Return what stands under `key`, or None."""
        return self._entries.get(key)

    def find(self, prefix: str = "") -> tuple[Entry[Value], ...]:
        """Return every entry whose key begins with `prefix`, oldest key first."""
        return tuple(entry for key, entry in self._entries.items() if key.startswith(prefix))

    def write(self, key: str, value: Value, author: str, *, expected: int | None = None) -> Entry[Value]:
        """Put `value` under `key` and tell the subscribers.

        `expected` is the version that was read, `NEW` if there was none; None writes over anything.
        Raises: StaleWriteError.
        """
        old = self._entries.get(key)
        version = old.version if old is not None else NEW
        if expected is not None and expected != version:
            raise StaleWriteError(f"{key!r} is at version {version}, not {expected}; read it again")
        entry = Entry(key, value, version + 1, author)
        self._entries[key] = entry
        self._subscriptions = [one for one in self._subscriptions if not one.is_closed]
        for subscription in self._subscriptions:
            if key.startswith(subscription.prefix):
                subscription._put(entry)
        return entry

    def subscribe(self, prefix: str = "") -> Subscription[Value]:
        """Return the changes from here on of the keys that begin with `prefix`."""
        subscription: Subscription[Value] = Subscription(prefix)
        self._subscriptions.append(subscription)
        return subscription
