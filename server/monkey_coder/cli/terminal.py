"""What a person sees: colours where they are wanted, a live status, a question.

Text from a model or a file passes `visible` before it reaches a terminal, so that it cannot move the
cursor, change the title, or hide what it does.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TextIO

_CODES = {
    "bold": "1", "dim": "2", "italic": "3", "underline": "4",
    "red": "31", "green": "32", "yellow": "33", "blue": "34", "magenta": "35", "cyan": "36",
}  # fmt: skip
# C0 without tab and line feed, DEL, C1, and the marks that reorder text (CVE-2021-42574).
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_TICK_S = 0.1


def visible(text: str) -> str:
    """Return `text` with control characters made visible; line ends become "\\n"."""
    return _UNSAFE.sub(_picture, text.replace("\r\n", "\n"))


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"<U+{code:04X}>"


def width_of(text: str) -> int:
    """Return how many columns `text`, styled or not, takes on a terminal."""
    plain = _ESCAPE.sub("", text)
    if plain.isascii():
        return len(plain)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in plain
    )


def cut(text: str, width: int) -> str:
    """Return the start of `text` that fits into `width` columns, its styles closed."""
    if width_of(text) <= width:
        return text
    kept: list[str] = []
    used, at = 0, 0
    while at < len(text):
        if match := _ESCAPE.match(text, at):
            kept.append(match[0])
            at = match.end()
            continue
        used += width_of(text[at])
        if used > width - 1:
            break
        kept.append(text[at])
        at += 1
    return "".join(kept) + "…" + ("\x1b[0m" if "\x1b" in text else "")


class Terminal:
    """Standard input, output and error, and what each of them can show."""

    def __init__(
        self, out: TextIO, err: TextIO, source: TextIO, environment: Mapping[str, str] = os.environ
    ) -> None:
        self.out, self.err, self.source = out, err, source
        self._environment = environment
        self.has_colour = self._may_colour(out)
        self.is_live = err.isatty() and environment.get("TERM") != "dumb"

    @property
    def can_ask(self) -> bool:
        return self.source.isatty() and self.err.isatty()

    @property
    def width(self) -> int:
        return max(20, shutil.get_terminal_size((100, 24)).columns)

    @property
    def height(self) -> int:
        return max(5, shutil.get_terminal_size((100, 24)).lines)

    def style(self, text: str, *styles: str) -> str:
        """Return `text` in these styles ("bold", "dim", "red", …), plain where colours are not wanted."""
        if not self.has_colour or not text:
            return text
        return f"\x1b[{';'.join(_CODES[style] for style in styles)}m{text}\x1b[0m"

    def print(self, text: str = "", *, end: str = "\n") -> None:
        """Write to standard output; the caller has made foreign text `visible`."""
        self.out.write(text + end)
        self.out.flush()

    def note(self, text: str) -> None:
        """Write a line to standard error."""
        self.err.write(text + "\n")
        self.err.flush()

    def ask(self, question: str) -> bool:
        """Return whether the user says yes. End of input is no."""
        self.err.write(f"{question} [y/N] ")
        self.err.flush()
        answer = self.source.readline()
        if not answer:
            self.err.write("\n")
        return answer.strip().casefold() in ("y", "yes", "j", "ja", "o", "oui", "s", "si", "sí")

    @contextmanager
    def live(self, message: str) -> Iterator[Live]:
        """Show `message` while the block runs: with a spinner on a terminal, as a line elsewhere."""
        live = Live(self, message)
        live.start()
        try:
            yield live
        finally:
            live.stop()

    def _may_colour(self, stream: TextIO) -> bool:
        if self._environment.get("NO_COLOR"):
            return False
        if self._environment.get("FORCE_COLOR"):
            return True
        return stream.isatty() and self._environment.get("TERM") != "dumb"


class Live:
    """A status line at the bottom of a terminal, with a few lines above it that may change.

    A thread of its own redraws it, so that it moves while the program computes. Elsewhere than on a
    terminal each new message is one plain line on standard error.
    """

    def __init__(self, terminal: Terminal, message: str) -> None:
        self._terminal = terminal
        self._message = message
        self._body: Callable[[], Sequence[str]] = list
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._n_drawn = 0
        self._n_ticks = 0

    def say(self, message: str) -> None:
        """Show another message."""
        if message != self._message:
            self._message = message
            if not self._terminal.is_live:
                self._terminal.note(message)

    def show(self, body: Callable[[], Sequence[str]]) -> None:
        """Show the lines that `body` returns when they are next drawn; the last ones if they are many."""
        self._body = body

    def start(self) -> None:
        if not self._terminal.is_live:
            self._terminal.note(self._message)
            return
        self._terminal.err.write("\x1b[?25l")
        self._thread = threading.Thread(target=self._run, name="status line", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Erase all that was drawn. May be called again."""
        if self._stopped.is_set() or self._thread is None:
            return
        self._stopped.set()
        self._thread.join()
        with self._lock:
            self._terminal.err.write(self._erasure() + "\x1b[?25h")
            self._terminal.err.flush()

    def _run(self) -> None:
        while not self._stopped.wait(_TICK_S):
            with self._lock:
                self._draw()

    def _draw(self) -> None:
        terminal = self._terminal
        frame = _FRAMES[self._n_ticks % len(_FRAMES)]
        self._n_ticks += 1
        room = terminal.height - 2
        lines = [*list(self._body())[-room:], terminal.style(f"{frame} {self._message}", "dim")]
        text = "\n".join(cut(line, terminal.width - 1) for line in lines)
        terminal.err.write(self._erasure() + text)
        terminal.err.flush()
        self._n_drawn = len(lines)

    def _erasure(self) -> str:
        if not self._n_drawn:
            return "\r\x1b[J"
        up = f"\x1b[{self._n_drawn - 1}A" if self._n_drawn > 1 else ""
        return f"\r{up}\x1b[J"


def standard_terminal() -> Terminal:
    """Return the terminal of this process, with its streams made ready for any text."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    if sys.platform == "win32":
        _enable_escapes()
    return Terminal(sys.stdout, sys.stderr, sys.stdin)


def _enable_escapes() -> None:
    """Make older Windows consoles obey escape sequences; newer ones do."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        for handle_id in (-11, -12):
            handle, mode = kernel.GetStdHandle(handle_id), ctypes.c_ulong()
            if kernel.GetConsoleMode(handle, ctypes.byref(mode)):
                kernel.SetConsoleMode(handle, mode.value | 0x0004)
