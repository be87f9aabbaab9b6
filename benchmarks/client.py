"""Drive a language server process over standard input and output, and measure it from outside."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

Json = dict[str, Any]

OURS = (sys.executable, "-m", "monkey_coder", "lsp")
CAPABILITIES: Json = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {
        "inlineCompletion": {},
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {}}},
    },
    "workspace": {"applyEdit": True, "workspaceEdit": {"documentChanges": True}},
}


class ServerProcess:
    """A server and its client. `home` keeps it away from the user's own settings and caches."""

    def __init__(self, command: Sequence[str] = OURS, environment: Mapping[str, str] | None = None) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="monkey-coder-bench-", ignore_cleanup_errors=True)
        kept = {name: value for name, value in os.environ.items() if not _is_a_setting(name)}
        self.process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**kept, "MONKEY_CODER_HOME": self._home.name, **(environment or {})},
        )
        self.notifications: list[Json] = []
        self._answers: dict[int, tuple[Json, float]] = {}
        self._arrived = threading.Condition()
        self._n = 0
        self._version = 1
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> ServerProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self._home.cleanup()

    def initialize(self, folder: str | None = None, **params: Any) -> Json:
        """Shake hands, with `folder` as the one workspace folder."""
        folders = [{"uri": Path(folder).resolve().as_uri(), "name": "sources"}] if folder else None
        given = {"processId": os.getpid(), "rootUri": None, "capabilities": CAPABILITIES, **params}
        answer = self.request("initialize", {**given, "workspaceFolders": folders})
        self.notify("initialized", {})
        return answer

    def send(self, message: Json) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.process.stdin.flush()

    def notify(self, method: str, params: Any) -> None:
        self.send({"method": method, "params": params})

    def post(self, method: str, params: Any) -> int:
        self._n += 1
        self.send({"id": self._n, "method": method, "params": params})
        return self._n

    def answer(self, message_id: int, timeout_s: float = 60.0) -> tuple[Json, float]:
        """Return an answer and the time (`perf_counter`) at which it had arrived."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: message_id in self._answers, timeout_s):
                raise TimeoutError(f"no answer to request {message_id} within {timeout_s:g} s")
            return self._answers.pop(message_id)

    def request(self, method: str, params: Any, timeout_s: float = 60.0) -> Json:
        return self.answer(self.post(method, params), timeout_s)[0]

    def timed(self, method: str, params: Any) -> tuple[Json, float]:
        """Return the answer to a request and how long it took, in milliseconds."""
        began = time.perf_counter()
        answer, arrived = self.answer(self.post(method, params))
        return answer, 1000 * (arrived - began)

    def open(self, uri: str, text: str, language: str = "python") -> None:
        item = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, uri: str, changes: list[Json]) -> None:
        self._version += 1
        document = {"uri": uri, "version": self._version}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": changes})

    def cpu_ms(self) -> float:
        """Return the CPU time that the process has used."""
        tasks = Path(f"/proc/{self.process.pid}/task")
        with contextlib.suppress(OSError):
            # In nanoseconds, where psutil counts in hundredths of a second.
            return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e6
        times = psutil.Process(self.process.pid).cpu_times()
        return 1000 * float(times.user + times.system)

    def rss_mb(self) -> float:
        """Return the memory that the process and its children hold."""
        process = psutil.Process(self.process.pid)
        family = [process, *process.children(recursive=True)]
        return float(sum(one.memory_info().rss for one in family)) / 2**20

    def settled(self, still_s: float = 0.5, timeout_s: float = 60.0) -> None:
        """Wait until the process has done next to nothing for a while."""
        deadline = time.monotonic() + timeout_s
        before = self.cpu_ms()
        while time.monotonic() < deadline:
            time.sleep(still_s)
            now = self.cpu_ms()
            if now - before < 1000 * still_s * 0.02:
                return
            before = now

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while line := stream.readline():
            length = 0
            while line.strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
                line = stream.readline()
            body = stream.read(length)
            arrived = time.perf_counter()
            self._take(json.loads(body), arrived)

    def _take(self, message: Json, arrived: float) -> None:
        if "method" not in message:
            with self._arrived:
                self._answers[message["id"]] = (message, arrived)
                self._arrived.notify_all()
        elif message["method"] == "window/workDoneProgress/create":
            self.send({"id": message["id"], "result": None})
        elif "id" in message:
            error = {"code": -32601, "message": "not in a benchmark"}
            self.send({"id": message["id"], "error": error})
        else:
            self.notifications.append(message)


def at(uri: str, line: int, character: int, *, invoked: bool) -> Json:
    """Return the params of an inline completion."""
    return {
        "textDocument": {"uri": uri},
        "position": {"line": line, "character": character},
        "context": {"triggerKind": 1 if invoked else 2},
    }


def insertion(line: int, character: int, text: str) -> list[Json]:
    """Return the changes of one keystroke."""
    place = {"line": line, "character": character}
    return [{"range": {"start": place, "end": place}, "text": text}]


def say(text: str) -> None:
    """Show progress."""
    print(text, file=sys.stderr, flush=True)


def table(rows: Sequence[tuple[str, object]]) -> str:
    """Return rows for a person to read."""
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:{width}}  {value}" for name, value in rows)


def repeated(times: int, measure: Callable[[int], float]) -> list[float]:
    """Return what `measure` gave, call by call."""
    return [measure(index) for index in range(times)]


def _is_a_setting(name: str) -> bool:
    return name.startswith("MONKEY_CODER_") or name.endswith(("_API_KEY", "_BASE_URL"))
