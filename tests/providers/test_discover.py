"""Local servers are found by what they answer, not by their port."""

from __future__ import annotations

import asyncio
import time

from tests.providers.loopback import Reply, serving

from monkey_coder.providers.discover import LocalServer, discover, is_loopback

JSON = {"content-type": "application/json"}


async def test_servers_that_list_models_are_found_and_all_others_left_alone() -> None:
    good = Reply([b'{"data": [{"id": "qwen"}, {"id": "gemma"}, {}]}'], headers=JSON)
    async with (
        serving(good) as ollama,
        serving(Reply([b"<html>hello"])) as website,
        serving(Reply([b'{"data": {}}'], headers=JSON)) as other,
        serving(Reply([b"no"], 404)) as missing,
        serving(Reply([], ends="open")) as silent,
        serving(Reply([b" " * 600_000], repeat=3)) as huge,
    ):
        servers = [ollama, website, other, missing, silent, huge]
        began = time.monotonic()
        found = await discover([("ollama", server.port) for server in servers], timeout_s=0.3)
        took = time.monotonic() - began
        assert found == (LocalServer("ollama", ollama.url, ("qwen", "gemma")),)
        assert "authorization" not in ollama.asked[-1].headers
        assert took < 3


async def test_nothing_there_is_no_error() -> None:
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    assert await discover([("vllm", port)]) == ()


def test_what_is_this_machine() -> None:
    assert all(map(is_loopback, ("localhost", "a.localhost", "127.0.0.1", "127.9.9.9", "::1")))
    assert not any(map(is_loopback, ("example.com", "10.0.0.1", "localhost.evil.com", "", "0.0.0.0")))
