"""OpenAI-compatible servers on this machine: found, offered, never used unasked."""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2

USUAL_PORTS: tuple[tuple[str, int], ...] = (
    ("ollama", 11434),
    ("lmstudio", 1234),
    ("llamacpp", 8080),
    ("vllm", 8000),
    ("jan", 1337),
    ("gpt4all", 4891),
    ("koboldcpp", 5001),
    ("textgen", 5000),
    ("sglang", 30000),
)
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A server that answered on a port of this machine, by the program that usually has that port."""

    name: str
    base_url: str
    models: tuple[str, ...]


async def discover(
    ports: Sequence[tuple[str, int]] = USUAL_PORTS, *, timeout_s: float = 0.3
) -> tuple[LocalServer, ...]:
    """Return the servers that list models on these ports of 127.0.0.1, in the order given.

    All are asked at once, without a key; one that does not answer within `timeout_s` is not there.
    """
    async with asyncio.TaskGroup() as group:
        probes = [group.create_task(_is_open(port, timeout_s)) for _, port in ports]
    found = [entry for entry, probe in zip(ports, probes, strict=True) if probe.result()]
    if not found:
        return ()  # The HTTP client costs 0.1 s to import, and is loaded only for a port that is open.
    client = await asyncio.to_thread(_client, timeout_s)
    async with client, asyncio.TaskGroup() as group:
        questions = [group.create_task(_ask(client, name, port, timeout_s)) for name, port in found]
    servers = [question.result() for question in questions]
    return tuple(server for server in servers if server is not None)


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _is_open(port: int, timeout_s: float) -> bool:
    try:
        async with asyncio.timeout(timeout_s):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


def _client(timeout_s: float) -> httpx2.AsyncClient:
    import httpx2

    return httpx2.AsyncClient(trust_env=False, follow_redirects=False, timeout=timeout_s)


async def _ask(client: httpx2.AsyncClient, name: str, port: int, timeout_s: float) -> LocalServer | None:
    """Return what the server on `port` offers; None if it is no OpenAI-compatible server."""
    import httpx2

    base_url = f"http://127.0.0.1:{port}/v1"
    body = b""
    try:
        async with asyncio.timeout(timeout_s), client.stream("GET", f"{base_url}/models") as response:
            if response.status_code != 200:
                return None
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > _MOST_BYTES:
                    return None
        found = json.loads(body)
    except (httpx2.HTTPError, OSError, TimeoutError, ValueError):
        return None  # Some other program has this port.
    entries = found.get("data") if isinstance(found, dict) else None
    if not isinstance(entries, list):
        return None
    models = [str(entry["id"]) for entry in entries if isinstance(entry, dict) and entry.get("id")]
    return LocalServer(name, base_url, tuple(models))
