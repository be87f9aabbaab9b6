"""Time as a value: what waits or dates something is handed a `Clock`, so that a test need not wait."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """`monotonic` counts seconds, `sleep` waits that many, `now` is the local time with its zone."""

    monotonic: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    now: Callable[[], datetime]
