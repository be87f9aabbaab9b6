"""The exit codes of every command."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOTHING = 3
    REFUSED = 4
    INTERRUPTED = 130
    PIPE_CLOSED = 141


MEANINGS = {
    Exit.DONE: "done",
    Exit.FAILED: "failed: a file, a model or a check; the reason is on standard error",
    Exit.USAGE: "the command line cannot be used: an unknown option, a line past the end",
    Exit.NOTHING: "nothing to do: no suggestion, or nothing to change",
    Exit.REFUSED: "not written: you said no, or there was no terminal to ask on",
    Exit.INTERRUPTED: "stopped by Ctrl-C; nothing was written",
    Exit.PIPE_CLOSED: "whoever read the output went away",
}
