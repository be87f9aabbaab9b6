"""One writer at a time: a lock that ends with its process, however that ends."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..core.errors import FileError

_WAIT_S = 15.0
_LOOK_EVERY_S = 0.01


@contextmanager
def locked(store: Path, *, wait_s: float = _WAIT_S) -> Iterator[None]:
    """Hold the lock of a folder, which is made where it is missing.

    Raises: FileError if another process holds it for longer than `wait_s`, OSError.
    """
    store.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(store / "lock", os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        until = time.monotonic() + wait_s
        while not _try(descriptor):
            if time.monotonic() > until:
                raise FileError(
                    "another Monkey Coder has been writing files for a long time; nothing was written, "
                    "try again when it is done"
                )
            time.sleep(_LOOK_EVERY_S)
        yield
    finally:
        os.close(descriptor)  # Which gives up the lock.


def _try(descriptor: int) -> bool:
    """Return whether the lock is ours now."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
