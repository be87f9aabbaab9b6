"""One client on standard input and output.

The event loop reads by itself where it can wait for the input (pipes and sockets on POSIX), else a
thread does that no handler shares; measured, the thread's two switches doubled what a keystroke
costs. Writing has a thread of its own: a client that stops reading never stops the server.
"""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable

from .framing import BadFrame, FrameReader
from .garbage import tidy
from .messages import Message, parse_message
from .session import Session

log = logging.getLogger(__name__)

_CHUNK = 1 << 16
_MAX_QUEUED = 4_000
_MAX_BACKLOG_BYTES = 256 * 1024 * 1024
# Let other work run after so long on one batch of messages.
_TURN_S = 0.02
_FLUSH_S = 2.0
# By then the handshake is over.
_TIDY_AFTER_S = 1.0


class Inbox:
    """Hands messages from the reading thread to the event loop, in order."""

    def __init__(self, loop: asyncio.AbstractEventLoop, take: Callable[[Message | BadFrame | None], None]):
        self._loop = loop
        self._take = take
        self._queue: deque[Message | BadFrame | None] = deque()
        self._scheduled = False
        self._room = threading.Event()

    def put(self, messages: list[Message | BadFrame | None]) -> None:
        """Hand over messages; None stands for the end of input. Waits while too many are untaken."""
        self._queue.extend(messages)
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon_threadsafe(self._drain)
        while len(self._queue) > _MAX_QUEUED:
            self._room.clear()
            self._room.wait(0.1)

    def _drain(self) -> None:
        self._scheduled = False
        deadline = time.monotonic() + _TURN_S
        while self._queue:
            self._take(self._queue.popleft())
            if time.monotonic() > deadline:
                break
        self._room.set()
        if self._queue and not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._drain)


class PipeOutlet:
    """Writes to a pipe on a thread of its own."""

    def __init__(self, descriptor: int, when_broken: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._when_broken = when_broken
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._taken = 0
        self._written = 0
        self._broken = False
        self._thread = threading.Thread(target=self._run, name="lsp-writer", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        """Take bytes to send; dropped once the client is gone."""
        if self._broken:
            return
        self._taken += len(data)
        self._queue.put(data)
        if self.backlog() > _MAX_BACKLOG_BYTES:
            self._broken = True
            log.error("the client has stopped reading; giving up on it")
            self._when_broken()

    def backlog(self) -> int:
        """Return how many bytes the client has not taken yet."""
        return self._taken - self._written

    def flush(self, timeout_s: float) -> None:
        """Wait until everything is written, but no longer than `timeout_s`."""
        self._queue.put(None)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while (data := self._queue.get()) is not None:
            rest = memoryview(data)
            try:
                while rest:
                    rest = rest[os.write(self._descriptor, rest[:_CHUNK]) :]
            except OSError:
                self._broken = True
                self._when_broken()
                return
            self._written += len(data)


def serve_stdio(session: Session) -> int:
    """Serve one client until it leaves, and return the exit code."""
    # Whatever else in this process prints or reads, a child's output included, stays out of the protocol.
    source, sink = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(2 if sys.stderr is not None else nowhere, 1)
    os.close(nowhere)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    return loop.run_until_complete(_serve(session, source, sink))


async def _serve(session: Session, source: int, sink: int) -> int:
    loop = asyncio.get_running_loop()

    def leave(code: int) -> None:
        try:
            loop.call_soon_threadsafe(session.leave, code)
        except RuntimeError:
            log.debug("the loop has ended already")

    def take(message: Message | BadFrame | None) -> None:
        if message is None:
            session.hang_up()
        else:
            session.protocol.dispatch(message)

    outlet = PipeOutlet(sink, lambda: leave(1))
    ended = session.begin(outlet, framed=True, when_parent_gone=lambda: leave(1))
    _begin_to_read(loop, source, take)
    loop.call_later(_TIDY_AFTER_S, tidy)
    if sys.platform != "win32":
        loop.add_signal_handler(signal.SIGTERM, session.leave, 128 + signal.SIGTERM)
        loop.add_signal_handler(signal.SIGINT, session.leave, 128 + signal.SIGINT)
    code = await ended
    await session.end()
    outlet.flush(_FLUSH_S)
    return code


def _begin_to_read(
    loop: asyncio.AbstractEventLoop, source: int, take: Callable[[Message | BadFrame | None], None]
) -> None:
    """Have `take` called with every message, in order, and with None at the end of input."""
    frames = FrameReader()

    def readable() -> None:
        try:
            data = os.read(source, _CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            log.warning("cannot read from the client: %s", error)
            data = b""
        for message in _messages(frames, data):
            take(message)
        if not data:
            loop.remove_reader(source)
            take(None)

    try:
        loop.add_reader(source, readable)
    except (NotImplementedError, OSError):  # Windows; a file, which is always readable.
        inbox = Inbox(loop, take)
        threading.Thread(target=_read, args=(source, inbox), name="lsp-reader", daemon=True).start()


def _read(source: int, inbox: Inbox) -> None:
    frames = FrameReader()
    try:
        while data := os.read(source, _CHUNK):
            inbox.put(_messages(frames, data))
    except OSError as error:
        log.warning("cannot read from the client: %s", error)
    except RuntimeError:
        return  # The loop has ended; nobody listens any more.
    inbox.put([None])


def _messages(frames: FrameReader, data: bytes) -> list[Message | BadFrame | None]:
    messages = [one if isinstance(one, BadFrame) else parse_message(one) for one in frames.feed(data)]
    return [message for message in messages if message is not None]
