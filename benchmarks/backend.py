"""A provider on this machine that answers at once: OpenAI-compatible, streamed, on a loopback port."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from dataclasses import dataclass, field

HANG = "hang_here"
_ANSWER = "compute_it()"
_STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


@dataclass
class Backend:
    """Counts what it is asked, and how often with passages of a project.

    A request whose prompt holds `HANG` is never answered.
    """

    calls: int = 0
    calls_with_context: int = 0
    hanging: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    closed: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    closed_at: float = 0.0
    url: str = ""

    def start(self) -> None:
        """Serve on a thread of its own, until the program ends."""
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True).start()
        ready.wait()

    @property
    def environment(self) -> dict[str, str]:
        """What makes the server use this provider."""
        return {"MONKEY_CODER_BASE_URL": self.url, "MONKEY_CODER_API_KEY": "none-is-needed-here"}

    async def _serve(self, ready: threading.Event) -> None:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        ready.set()
        async with server:
            await server.serve_forever()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await _read_head(reader):
                request_line, headers = head
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                if request_line.startswith("GET"):
                    self._json(writer, {"object": "list", "data": [{"id": "bench", "object": "model"}]})
                    continue
                self.calls += 1
                self.calls_with_context += b"<project>" in body
                writer.write(_STREAM_HEAD)
                if HANG.encode() in body:
                    self.hanging.release()
                    with contextlib.suppress(ConnectionError):  # Closed with our header unread.
                        await reader.read(1)
                    self.closed_at = time.perf_counter()
                    self.closed.release()
                    return
                self._stream(writer, is_chat="/chat/" in request_line)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    def _stream(self, writer: asyncio.StreamWriter, *, is_chat: bool) -> None:
        pieces = [_ANSWER[:4], _ANSWER[4:]]
        for piece in pieces:
            text = {"delta": {"role": "assistant", "content": piece}} if is_chat else {"text": piece}
            self._event(writer, [{"index": 0, "finish_reason": None, **text}], is_chat)
        last = {"delta": {}} if is_chat else {"text": ""}
        self._event(writer, [{"index": 0, "finish_reason": "stop", **last}], is_chat)
        usage = {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13}
        self._event(writer, [], is_chat, usage=usage)
        _chunk(writer, b"data: [DONE]\n\n")
        writer.write(b"0\r\n\r\n")

    @staticmethod
    def _event(writer: asyncio.StreamWriter, choices: object, is_chat: bool, **more: object) -> None:
        kind = "chat.completion.chunk" if is_chat else "text_completion"
        event = {"id": "c", "object": kind, "created": 1, "model": "bench", "choices": choices, **more}
        _chunk(writer, b"data: %b\n\n" % json.dumps(event).encode())

    @staticmethod
    def _json(writer: asyncio.StreamWriter, value: object) -> None:
        body = json.dumps(value).encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        writer.write(head % len(body) + body)


async def _read_head(reader: asyncio.StreamReader) -> tuple[str, dict[str, str]] | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    request_line, *lines = head.strip().split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return request_line, {name.strip().lower(): value.strip() for name, _, value in pairs}


def _chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(b"%x\r\n%b\r\n" % (len(data), data))
