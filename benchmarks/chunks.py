"""CPU for each streamed chunk: ours beside the vendors' SDKs and the least that it can cost.

Usage: python -m benchmarks.chunks [--chunks N] [--rounds N]

A server in a process of its own streams N chunks of each wire. All readers of a wire take turns, and
the best of the rounds counts, so that a busy machine disturbs them alike. Last line: {openai, anthropic,
google: ours ÷ the SDK's own typed stream, floor: a bare loop of httpx2 and json ÷ the same, peers: other
libraries where they are installed ÷ OpenAI's SDK}; beside them the microseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

from monkey_coder.context.redacted import Redacted
from monkey_coder.core.clock import Clock
from monkey_coder.core.documents import Document, Span
from monkey_coder.core.endpoint import Endpoint, Secret
from monkey_coder.core.model import Message, Model, Request, Task, TaskKind, TextDelta
from monkey_coder.providers.breaking import Breaking, Circuits
from monkey_coder.providers.build import model_at
from monkey_coder.providers.falling_back import Candidate, FallingBack
from monkey_coder.providers.retrying import Retrying
from monkey_coder.usage.budgeted import Budget, Budgeted, BudgetLimits, dearest
from monkey_coder.usage.ledger import Ledger
from monkey_coder.usage.limited import Limited, Limiter, RateLimits
from monkey_coder.usage.metered import Metered
from monkey_coder.usage.prices import Tariff

from .recorded import Replay

WORD = "token "
KEY = "key-of-nobody-0123456789"
REQUEST = Request(
    Task(TaskKind.EDIT, Document("file:///a.py", "python", 1, ""), Span(0, 0)), (Message("user", "go"),)
)
Reader = Callable[[str], Awaitable[int]]


def events(wire: str, n: int) -> list[str]:
    """Return a stream of `n` pieces of text, as the vendor frames them."""
    match wire:
        case "openai":
            base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}

            def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
                choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
                return {**base, "system_fingerprint": "fp_1", "choices": [choice], "usage": None}

            usage = {"prompt_tokens": 9, "completion_tokens": n, "total_tokens": 9 + n}
            found = [chunk({"content": WORD}) for _ in range(n)]
            found += [chunk({}, "stop"), {**base, "choices": [], "usage": usage}]
            return [f"data: {json.dumps(one)}\n\n" for one in found] + ["data: [DONE]\n\n"]
        case "anthropic":
            usage = {"input_tokens": 9, "output_tokens": 1}
            message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": []}
            start = {**message, "stop_reason": None, "stop_sequence": None, "usage": usage}
            delta = {"type": "text_delta", "text": WORD}
            found = [{"type": "message_start", "message": start}]
            found += [
                {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
            ]
            found += [{"type": "content_block_delta", "index": 0, "delta": delta}] * n
            found += [{"type": "content_block_stop", "index": 0}]
            end = {"stop_reason": "end_turn", "stop_sequence": None}
            found += [{"type": "message_delta", "delta": end, "usage": {"output_tokens": n}}]
            found += [{"type": "message_stop"}]
            return [f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in found]
        case _:
            counted = {"promptTokenCount": 9, "candidatesTokenCount": n, "totalTokenCount": 9 + n}
            details = [{"modality": "TEXT", "tokenCount": 9}]

            def part(text: str, **more: Any) -> dict[str, Any]:
                content = {"parts": [{"text": text}], "role": "model"}
                return {
                    "candidates": [{"content": content, "index": 0, **more}],
                    "usageMetadata": {**counted, "promptTokensDetails": details},
                    "modelVersion": "m",
                    "responseId": "r1",
                }

            found = [part(WORD) for _ in range(n)] + [part("", finishReason="STOP")]
            return [f"data: {json.dumps(one)}\r\n\r\n" for one in found]


async def serve(n: int) -> None:
    rows = {
        wire: {
            "id": wire,
            "status": 200,
            "response_headers": {"content-type": "text/event-stream"},
            "sse_chunks": events(wire, n),
        }
        for wire in ("openai", "anthropic", "google")
    }
    async with Replay(rows).serving() as replay:
        print(replay.port, flush=True)
        await asyncio.to_thread(sys.stdin.read)


def through_all(model: Model, ledger: Ledger) -> Model:
    """Return the model inside the wrappers through which an editor's requests pass."""
    clock = Clock(time.monotonic, asyncio.sleep, lambda: datetime.now(UTC))
    tariff = Tariff("openai", "gpt-6-luna")
    limiter = Limiter(RateLimits(requests_per_minute=1000), clock)
    counted = tariff.counter.count_request
    limited = Limited(Redacted(model), limiter, provider="p", model="m", count=counted)
    metered = Metered(limited, ledger, tariff, clock)
    retrying = Retrying(metered, clock, Random(0), provider="p", model="m")
    falling_back = FallingBack([Candidate(Breaking(retrying, Circuits(clock).circuit("p", "m"), clock))])
    budget = Budget(BudgetLimits(day_usd=1e9), ledger, clock)
    return Budgeted(falling_back, budget, dearest([tariff], clock))


def ours(wire: str) -> Reader:
    names = {
        "openai": ("openai-chat", "/v1"),
        "anthropic": ("anthropic", ""),
        "google": ("google", "/v1beta"),
    }
    name, path = names[wire]

    async def read(root: str) -> int:
        adapter = model_at(Endpoint(wire, root + path, "m", Secret(KEY), wire=name))
        size = 0
        with tempfile.TemporaryDirectory() as folder:
            ledger = Ledger(str(Path(folder) / "ledger.sqlite"), session="chunks")
            async with aclosing(through_all(adapter, ledger).stream(REQUEST)) as stream:  # type: ignore[type-var]
                async for event in stream:
                    if isinstance(event, TextDelta):
                        size += len(event.text)
            ledger.close()
        await adapter.close()
        return size

    return read


async def floor(root: str) -> int:
    import httpx2

    size = 0
    async with httpx2.AsyncClient(timeout=60) as client:
        paths = {"openai": "/v1/chat/completions", "anthropic": "/v1/messages", "google": "/v1beta/x?alt=sse"}
        wire = root.rpartition("/")[2]
        async with client.stream("POST", root + paths[wire], json={}) as response:
            rest = b""
            async for piece in response.aiter_raw():
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    if line.startswith(b"data: {"):
                        size += len(_text(wire, json.loads(line[6:])))
    return size


def _text(wire: str, found: dict[str, Any]) -> str:
    match wire:
        case "openai":
            return (found["choices"][0]["delta"].get("content") or "") if found["choices"] else ""
        case "anthropic":
            return found["delta"]["text"] if found["type"] == "content_block_delta" else ""
        case _:
            text: str = found["candidates"][0]["content"]["parts"][0]["text"]
            return text


async def raw_openai(root: str) -> int:
    import openai

    size = 0
    async with openai.AsyncOpenAI(api_key=KEY, base_url=root + "/v1", max_retries=0) as client:
        stream = await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "go"}], stream=True
        )
        async for chunk in stream:
            if chunk.choices:
                size += len(chunk.choices[0].delta.content or "")
    return size


async def raw_anthropic(root: str) -> int:
    import anthropic

    size = 0
    async with anthropic.AsyncAnthropic(api_key=KEY, base_url=root, max_retries=0) as client:
        stream = await client.messages.create(
            model="m", max_tokens=9, messages=[{"role": "user", "content": "go"}], stream=True
        )
        async for event in stream:
            if event.type == "content_block_delta" and event.delta.type == "text_delta":
                size += len(event.delta.text)
    return size


async def raw_google(root: str) -> int:
    from google import genai
    from google.genai import types

    size = 0
    client = genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=root, api_version="v1beta"))
    async for chunk in await client.aio.models.generate_content_stream(model="m", contents="go"):
        size += len(chunk.text or "")
    await client.aio.aclose()
    return size


async def litellm(root: str) -> int:
    from litellm import acompletion

    size = 0
    stream = await acompletion(
        model="openai/m",
        api_key=KEY,
        api_base=root + "/v1",
        messages=[{"role": "user", "content": "go"}],
        stream=True,
    )
    async for chunk in stream:
        size += len(chunk.choices[0].delta.content or "")
    return size


async def pydantic_ai(root: str) -> int:
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    provider = OpenAIProvider(base_url=root + "/v1", api_key=KEY)
    size = 0
    async with Agent(OpenAIChatModel("m", provider=provider)).run_stream("go") as run:
        async for text in run.stream_text(delta=True, debounce_by=None):
            size += len(text)
    return size


PEERS: dict[str, Reader] = {"litellm": litellm, "pydantic_ai": pydantic_ai}
RAW: dict[str, Reader] = {"openai": raw_openai, "anthropic": raw_anthropic, "google": raw_google}


async def cost_us(reader: Reader, root: str, n: int) -> float:
    """Return the microseconds of CPU a chunk. Raises: ValueError if the text was not read whole."""
    start = time.process_time()
    size = await reader(root)
    spent = time.process_time() - start
    if size != n * len(WORD):
        raise ValueError(f"{reader.__name__} read {size} of {n * len(WORD)} characters")
    return spent / n * 1e6


async def measure(port: int, n: int, rounds: int) -> dict[str, Any]:
    """Return the figures of all wires."""
    best: dict[str, dict[str, float]] = {}
    for wire in RAW:
        readers = {"ours": ours(wire), "sdk": RAW[wire], "floor": floor}
        if wire == "openai":
            readers |= {name: reader for name, reader in PEERS.items() if find_spec(name)}
        best[wire] = dict.fromkeys(readers, float("inf"))
        for number in range(rounds + 1):
            for name, reader in readers.items():
                spent = await cost_us(reader, f"http://127.0.0.1:{port}/r/{wire}", n)
                if number:  # The first round imports the SDKs.
                    best[wire][name] = min(best[wire][name], spent)
        print(f"{wire}: " + ", ".join(f"{k} {v:.1f} us" for k, v in best[wire].items()), file=sys.stderr)
    ratios: dict[str, Any] = {wire: round(us["ours"] / us["sdk"], 3) for wire, us in best.items()}
    ratios["floor"] = {wire: round(us["floor"] / us["sdk"], 3) for wire, us in best.items()}
    sdk = best["openai"]["sdk"]
    ratios["peers"] = {k: round(v / sdk, 3) for k, v in best["openai"].items() if k in PEERS}
    return ratios | {"us": {w: {k: round(v, 1) for k, v in us.items()} for w, us in best.items()}}


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.chunks", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--chunks", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve(options.chunks))
        return 0
    command = [sys.executable, "-m", "benchmarks.chunks", "--serve", "--chunks", str(options.chunks)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            port = int(server.stdout.readline())
            figures = asyncio.run(measure(port, options.chunks, options.rounds))
        finally:
            server.communicate()  # Closing its input ends it.
    for wire in RAW:
        print(f"{wire:10} ours {figures[wire]:.2f} x the SDK, floor {figures['floor'][wire]:.2f} x")
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
