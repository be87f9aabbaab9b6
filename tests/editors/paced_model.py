"""A language model on this machine that writes a token every 40 ms, and notes when it wrote what.

It can be held after some lines of each answer, so that what is to be seen half way can be looked at for as
long as the machine takes.
"""

from __future__ import annotations

import json
import re
import select
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

TOKEN_S = 0.04
# While it is held it says nothing, that often: an answer that pauses for long is given up.
_ALIVE_S = 2.0
# The answer to an instruction about the two functions of prices.py: one change in each.
EDITED = """\
def discounted(price, percent):
    if not 0 <= percent <= 100:
        raise ValueError(f"{percent} is no percentage")
    return price - price * percent / 100


def rounded(price, digits=2):
    return round(price, digits)
"""
CHAT = """\
**Short answer:** guard the *lower* bound too. Today a negative percentage raises the price:

```python
def discounted(price, percent):
    if not 0 <= percent <= 100:
        raise ValueError(f"{percent} is no percentage")
    return price - price * percent / 100
```

| percent | before | after |
| --- | --- | --- |
| `-10` | 110 % of the price | `ValueError` |
| `50` | half | half |

1. Callers that pass *negative* numbers now fail early.
2. See [the documentation](https://docs.python.org/3/library/exceptions.html#ValueError) of `ValueError`.

<img src="https://tracker.example/pixel.png"><script>document.title = "owned"</script>
"""
# Worth a plan and a review, and what the model answers where it plans and reviews.
TWO_PARTS = "refuse what is no percentage, and say which it was; give rounded a parameter digits too"
PLAN = {"steps": ["check both limits", "add a parameter"], "files": [], "risks": ["callers of rounded"]}
KEEP = {"verdict": "keep", "confidence": 0.9, "defects": []}
# What the model by the name of "broken" answers to any instruction.
BROKEN = "```python\ndef discounted(price, percent:\n```\n"
_BLOCK = "{}\n<<<<<<< SEARCH\n{}\n=======\n{}\n>>>>>>> REPLACE\n\n"
# The answer to an instruction with the word "everywhere": two files change and one is new.
EVERYWHERE = (
    _BLOCK.format("prices.py", "def rounded(price):", "def rounded_price(price):")
    + _BLOCK.format(
        "report.py",
        "    return json.dumps([order.kind for order in orders])",
        "    return json.dumps([rounded_price(order.price) for order in orders])",
    )
    + "notes/renamed.md\n```markdown\n`rounded` is `rounded_price` now.\n```\n"
)
_TOKEN = re.compile(r"\n|[^\S\n]*\S{1,6}")


@dataclass
class PacedModel:
    """Where the model is, how to make a server ask it, and what it did: (what, milliseconds since 1970)."""

    address: str
    environment: Mapping[str, str]
    log: list[dict[str, Any]] = field(default_factory=list)
    held_after: int | None = None

    def hold(self, n_lines: int) -> None:
        """Have each answer stop after so many lines until `go`."""
        self.held_after = n_lines

    def go(self) -> None:
        """Have answers go on."""
        self.held_after = None

    def rivals(self) -> str:
        """Return a configuration that has a second model of ours, which fails, work at each edit too."""
        provider = f'[providers.ollama]\nbase_url = "{self.address}/v1"\nwire = "openai-chat"\n'
        return f'candidates = 2\ncandidate_models = ["ollama/broken"]\n{provider}'

    def note(self, what: str, **more: Any) -> None:
        self.log.append({"what": what, "at": time.time() * 1000, **more})


@contextmanager
def paced_model() -> Iterator[PacedModel]:
    """Serve until the body ends."""
    server = _Server()
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    environment = {"MONKEY_CODER_BASE_URL": f"{address}/v1", "MONKEY_CODER_MODEL": "paced"}
    server.model = PacedModel(address, environment)
    try:
        yield server.model
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    model: PacedModel

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.over = Event()


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        model = self.server.model
        if self.path.startswith("/hold/"):
            model.hold(int(self.path.rpartition("/")[2]))
        elif self.path == "/go":
            model.go()
        known = {"object": "list", "data": [{"id": "paced", "object": "model"}]}
        self._begin("application/json")
        self.wfile.write(json.dumps(model.log if self.path == "/log" else known).encode())

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        model, self.asked_model = self.server.model, str(asked["model"])
        system = str(asked["messages"][0]["content"])
        if "complete source code" in system:
            answer = ""
        elif "change source code" in system and "everywhere" in str(asked["messages"]):
            answer = EVERYWHERE
        elif "You plan a change" in system:
            answer = json.dumps(PLAN)
        elif "You review a change" in system:
            answer = json.dumps(KEEP)
        elif "change source code" in system and self.asked_model == "broken":
            answer = BROKEN
        elif "change source code" in system:
            answer = f"```python\n{EDITED}```\n"
        else:
            answer = CHAT
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        model.note("asked", system=system[:60], key=key)
        self._begin("text/event-stream")
        try:
            n_lines = 0
            for token in _TOKEN.findall(answer):
                if self._is_left(n_lines):
                    model.note("closed")
                    return
                self._say({"content": token}, None)
                if token == "\n":
                    n_lines += 1
                    model.note("line")
            self._say({}, "stop")
            self.wfile.write(b"data: [DONE]\n\n")
            model.note("done")
        except OSError:
            model.note("closed")

    def _is_left(self, n_lines: int) -> bool:
        """Wait for a token's time, or while held; return at once, and true, when the other side hangs up."""
        model, said_at = self.server.model, time.monotonic()
        while True:
            readable, _, _ = select.select([self.connection], [], [], TOKEN_S)
            if readable and self.connection.recv(1, socket.MSG_PEEK) == b"":
                return True
            if self.server.over.is_set():
                return True
            if model.held_after is None or n_lines < model.held_after:
                return False
            if time.monotonic() > said_at + _ALIVE_S:
                said_at = time.monotonic()
                self._say({"content": ""}, None)

    def _begin(self, content_type: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.end_headers()

    def _say(self, delta: dict[str, Any], finish: str | None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        chunk = {"object": "chat.completion.chunk", "model": self.asked_model, "choices": [choice]}
        self.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Say nothing."""
