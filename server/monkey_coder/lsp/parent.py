"""Notice that the editor which started this process is gone."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable

_INTERVAL_S = 2.0


def is_alive(process_id: int) -> bool:
    """Return whether a process exists; True where that cannot be told."""
    if sys.platform == "win32":
        return _is_alive_on_windows(process_id)
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def watch(process_id: int, when_gone: Callable[[], None]) -> None:
    """Call `when_gone` on a thread of its own once the process has ended."""

    def wait() -> None:
        pause = threading.Event()
        while is_alive(process_id):
            pause.wait(_INTERVAL_S)
        when_gone()

    threading.Thread(target=wait, name="parent-watch", daemon=True).start()


def _is_alive_on_windows(process_id: int) -> bool:
    import ctypes

    synchronize, still_waiting, invalid_parameter = 0x0010_0000, 0x102, 87
    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined,unused-ignore]
    handle = kernel32.OpenProcess(synchronize, False, process_id)
    if not handle:
        error: int = ctypes.get_last_error()  # type: ignore[attr-defined,unused-ignore]
        return error != invalid_parameter
    try:
        waited: int = kernel32.WaitForSingleObject(handle, 0)
        return waited == still_waiting
    finally:
        kernel32.CloseHandle(handle)
