"""TCP and WebSocket: each client alone with its session, and nobody in without leave."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from monkey_coder.core.errors import InputError
from monkey_coder.lsp.framing import FrameReader, frame
from monkey_coder.lsp.listen import parse_address
from monkey_coder.lsp.websocket import read_token

TOKEN = "a-token-for-tests-0123456789"


@asynccontextmanager
async def serving(*arguments: str) -> AsyncIterator[int]:
    """Start the server on a free port and give the port."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "monkey_coder.lsp", *arguments, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(20):
            while not (
                found := re.search(rb"Listening on \D*127\.0\.0\.1:(\d+)", await process.stderr.readline())
            ):
                pass
        yield int(found[1])
    finally:
        process.terminate()
        await process.wait()


class TcpClient:
    """A client that reads one answer for each request it writes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer, self.frames = reader, writer, FrameReader()

    async def request(self, method: str, params: Any = None) -> Any:
        message = {"jsonrpc": "2.0", "id": method, "method": method, "params": params}
        self.writer.write(frame(json.dumps(message).encode()))
        async with asyncio.timeout(20):
            while True:
                data = await self.reader.read(65536)
                assert data, "the server closed the connection"
                for body in self.frames.feed(data):
                    assert isinstance(body, bytes)
                    if (answer := json.loads(body)).get("id") == method:
                        return answer

    def notify(self, method: str, params: Any = None) -> None:
        self.writer.write(frame(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}).encode()))


async def test_two_clients_on_tcp_share_nothing() -> None:
    async with serving("--tcp", "127.0.0.1:0", "--debug-requests") as port:
        one, other = [TcpClient(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(2)]
        for client in (one, other):
            assert "result" in await client.request("initialize", {"capabilities": {}})
        item = {"uri": "file:///a", "languageId": "python", "version": 1, "text": "secret"}
        one.notify("textDocument/didOpen", {"textDocument": item})
        where = {"uri": "file:///a"}
        assert (await one.request("monkeyCoder/documentText", where))["result"]["text"] == "secret"
        assert (await other.request("monkeyCoder/documentText", where))["result"] is None
        await other.request("shutdown")
        other.notify("exit")
        assert await other.reader.read() == b""
        assert (await one.request("monkeyCoder/documentText", where))["result"]["version"] == 1


async def initialized(connection: ClientConnection) -> bool:
    await connection.send('{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}')
    async with asyncio.timeout(20):
        answer = await connection.recv()
    return isinstance(answer, str) and "capabilities" in json.loads(answer)["result"]


async def test_a_websocket_wants_the_token_a_known_origin_and_a_name_of_this_machine(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    file.chmod(0o600)
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    arguments = ("--ws", "127.0.0.1:0", "--token-file", str(file), "--allow-origin", "https://ours.example")
    async with serving(*arguments) as port:
        url = f"ws://127.0.0.1:{port}/"
        async with connect(url, additional_headers=bearer) as connection:
            assert await initialized(connection)
            await connection.send(b'{"jsonrpc":"2.0","id":2,"method":"no/such"}')
            assert json.loads(await connection.recv())["error"]["code"] == -32601
        page: Any = {"origin": "https://ours.example", "subprotocols": ["monkey-coder", f"bearer.{TOKEN}"]}
        async with connect(url, **page) as connection:
            assert connection.subprotocol == "monkey-coder"
            assert await initialized(connection)
        refused: list[tuple[int, dict[str, Any]]] = [
            (401, {}),
            (401, {"additional_headers": {"Authorization": "Bearer wrong"}}),
            (403, {"additional_headers": bearer, "origin": "https://evil.example"}),
            (403, {"additional_headers": bearer, "origin": "null"}),
            (403, {"additional_headers": {**bearer, "Origin": "http://localhost:1"}}),
        ]
        for status, how in refused:
            with pytest.raises(InvalidStatus) as refusal:
                await connect(url, **how)
            assert refusal.value.response.status_code == status
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        key = (
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
            + "A" * 22
        )
        head = (
            f"GET / HTTP/1.1\r\nHost: evil.example:{port}\r\nAuthorization: Bearer {TOKEN}\r\n{key}==\r\n\r\n"
        )
        writer.write(head.encode())
        assert (await reader.readline()).startswith(b"HTTP/1.1 403")
        writer.close()


@pytest.mark.parametrize(
    "address", ["7777", "host:", "127.0.0.1:x", "127.0.0.1:70000", "0.0.0.0:1", "[::]:1"]
)
def test_an_address_that_is_none_or_reaches_beyond_this_machine_is_refused(address: str) -> None:
    with pytest.raises(InputError):
        parse_address(address, allow_remote=False)


def test_an_address_is_a_host_and_a_port() -> None:
    assert parse_address(":1", allow_remote=False) == ("127.0.0.1", 1)
    assert parse_address("[::1]:1", allow_remote=False) == ("::1", 1)
    assert parse_address("0.0.0.0:1", allow_remote=True) == ("0.0.0.0", 1)


@pytest.mark.parametrize("token", ["", "short", "with a space in the middle", "täst-täst-täst-täst"])
def test_a_token_that_is_easily_guessed_or_sent_wrong_is_refused(tmp_path: Path, token: str) -> None:
    file = tmp_path / "token"
    file.write_text(token, encoding="utf-8")
    with pytest.raises(InputError):
        read_token(str(file))
