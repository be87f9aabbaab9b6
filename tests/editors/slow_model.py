"""A language model on this machine that takes its time, so that progress can be seen on a screen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

WORDS = 40
_PAUSE_S = 0.05
ANSWER = "## Prices\n\n" + "".join(f"word{n} " for n in range(WORDS))


@contextmanager
def slow_model() -> Iterator[dict[str, str]]:
    """Serve until the body ends; what is given is the environment that makes it the model."""
    server = _Server()
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield {
            "MONKEY_CODER_BASE_URL": f"http://127.0.0.1:{server.server_port}/v1",
            "MONKEY_CODER_MODEL": "slow",
        }
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.over = Event()


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        body = json.dumps({"object": "list", "data": [{"id": "slow", "object": "model"}]}).encode()
        self._begin("application/json")
        self.wfile.write(body)

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        system = str(asked["messages"][0]["content"])
        answer = ANSWER if "explain source code" in system else ""
        self._begin("text/event-stream")
        for word in answer.splitlines(keepends=True)[:-1] + answer.split("\n")[-1].split(" "):
            if self.server.over.wait(_PAUSE_S):
                return
            self._say({"content": word if word.endswith("\n") else f"{word} "}, None)
        self._say({}, "stop")
        self.wfile.write(b"data: [DONE]\n\n")

    def _begin(self, content_type: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.end_headers()

    def _say(self, delta: dict[str, Any], finish: str | None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        chunk = {"object": "chat.completion.chunk", "model": "slow", "choices": [choice]}
        self.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Say nothing."""
