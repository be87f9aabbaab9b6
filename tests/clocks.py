"""Time that passes only when a test waits for it."""

from __future__ import annotations

import asyncio
import functools
import selectors
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ParamSpec

from monkey_coder.core.clock import Clock

P = ParamSpec("P")
START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class _Skipping(selectors.DefaultSelector):  # type: ignore[valid-type,misc]
    """A selector that skips a wait and counts it instead. It truly waits only for other threads."""

    skipped_s = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        ready = super().select(0)
        if not ready:
            self.skipped_s += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer when there is nothing else to do."""

    def __init__(self) -> None:
        self._selector_of_ours = _Skipping()
        super().__init__(self._selector_of_ours)

    def time(self) -> float:
        return 1_000.0 + self._selector_of_ours.skipped_s


def in_virtual_time(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run an async test on a loop of its own, in which waiting takes no time."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run


def loop_clock() -> Clock:
    """Return the clock of the running loop, whose date is `START` when the loop begins."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    return Clock(loop.time, asyncio.sleep, lambda: START + timedelta(seconds=loop.time() - began))


@dataclass
class FakeClock:
    """A clock that only `wait` and `sleep` move."""

    at: datetime = START
    waited_s: list[float] = field(default_factory=list)

    def wait(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    @property
    def clock(self) -> Clock:
        async def sleep(seconds: float) -> None:
            self.waited_s.append(seconds)
            self.wait(seconds)
            await asyncio.sleep(0)

        sleeping: Callable[[float], Awaitable[None]] = sleep
        return Clock(lambda: self.at.timestamp(), sleeping, lambda: self.at)


REAL = Clock(time.monotonic, asyncio.sleep, lambda: datetime.now(UTC))
