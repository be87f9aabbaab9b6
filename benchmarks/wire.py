"""Read recorded provider traffic through the adapters, and compare with what was meant.

Usage: python -m benchmarks.wire RECORDINGS [--chunk event|byte|random|whole] [--only TEXT]

RECORDINGS holds one JSON object a line, gzipped or not, with `id`, `provider`, `endpoint`, `path`,
`status`, `response_headers`, `sse_chunks` or `response_body`, and what is `expected`. They are served
on loopback. Last line: {text, tool_calls, finish, usage, errors, cost: each [right, of], wrong: [ids]};
beside them `vectors`, what the ledger books against the bill (`booked`), and what was wrong with each id.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import re
import sys
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monkey_coder.core.documents import Document, Span
from monkey_coder.core.endpoint import Endpoint, Secret
from monkey_coder.core.errors import MonkeyCoderError, ProviderError
from monkey_coder.core.model import (
    Finished,
    Message,
    ReasoningDelta,
    Request,
    Task,
    TaskKind,
    TextDelta,
    ToolCall,
    UsageReport,
)
from monkey_coder.providers.build import embedder_at, model_at
from monkey_coder.providers.count_tokens import TokenCounter

from .recorded import Chunking, Replay, recordings

MEASURES = ("text", "tool_calls", "finish", "usage", "errors", "cost", "booked", "vectors", "reasoning")
FINISHES = {
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "completed": "stop",
    "complete": "stop",
    "length": "length",
    "max_tokens": "length",
    "incomplete": "length",
    "pause_turn": "length",
    "model_context_window_exceeded": "length",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "refusal": "refused",
    "content_filter": "refused",
    "safety": "refused",
    "prohibited_content": "refused",
    "recitation": "refused",
}
FAULTS = {
    "auth": "authentication",
    "permission": "permission",
    "not_found": "model not found",
    "rate_limit": "rate limited",
    "quota": "quota spent",
    "overloaded": "overloaded",
    "server_error": "overloaded",
    "context_length": "context too long",
    "content_filter": "content refused",
    "invalid_request": "invalid request",
    "timeout": "timeout",
}
BROKEN_OFF = {
    "malformed_function_call": "malformed",
    "unexpected_tool_call": "malformed",
    "other": "overloaded",
    "insufficient_system_resource": "overloaded",
}
IN_STREAM = {
    "truncated": "truncated",
    "quota": "quota spent",
    "rate_limit": "rate limited",
    "context_length": "context too long",
    "invalid_request": "invalid request",
}
EMBEDDINGS = ("embeddings", "batchEmbedContents", "embedContent")
COUNTS = ("count_tokens", "countTokens", "responses.input_tokens")
QUESTION = Message("user", "Say what was recorded.")
REQUEST = Request(
    Task(TaskKind.EDIT, Document("file:///recorded.py", "python", 1, ""), Span(0, 0)), (QUESTION,)
)


@dataclass
class Heard:
    """What came of one recording."""

    text: str = ""
    reasoning: str = ""
    calls: list[ToolCall] = field(default_factory=list)
    usage: UsageReport | None = None
    finish: str = ""
    error: MonkeyCoderError | None = None
    vectors: tuple[tuple[float, ...], ...] = ()
    n_tokens: int | None = None


def endpoint_for(row: dict[str, Any], root: str) -> Endpoint:
    """Return the endpoint at which the adapter of the recording's wire asks for it."""
    provider, kind, path = row["provider"], row["endpoint"], row["path"].split("?")[0]
    model = row["expected"].get("model") or row["request_json"].get("model") or "recorded"
    times = {"connect_s": 5.0, "first_byte_s": 10.0, "stall_s": 10.0, "total_s": 60.0}
    endpoint = Endpoint(provider, root, model, Secret("key-of-nobody-0123456789"), **times)  # type: ignore[arg-type]
    if provider == "anthropic":
        return replace(endpoint, wire="anthropic")
    if provider in ("google", "google-vertex"):
        return replace(endpoint, wire="google", base_url=root + "/v1beta")
    if "/api/" in path and provider == "ollama":
        return replace(endpoint, wire="ollama")
    if kind.startswith("responses"):
        base = path.split("/responses")[0]
        return replace(endpoint, wire="openai-responses", base_url=root + base)
    for suffix in ("/chat/completions", "/completions", "/embeddings", "/moderations"):
        path = path.removesuffix(suffix)
    return replace(endpoint, base_url=root + path)


def speaks_of_an_answer(row: dict[str, Any]) -> bool:
    """Return whether a recording is of something that the product asks for, unlike a moderation."""
    expected = row["expected"]
    return row["status"] >= 400 or row["endpoint"] in (*EMBEDDINGS, *COUNTS) or "text" in expected


async def hear(row: dict[str, Any], root: str) -> Heard:
    """Return what the adapter reads of a recording."""
    endpoint = endpoint_for(row, root)
    heard = Heard()
    try:
        if row["endpoint"] in EMBEDDINGS:
            await _embed(row, endpoint, heard)
        elif row["endpoint"] in COUNTS:
            counter = TokenCounter(endpoint)
            try:
                heard.n_tokens = await counter.count(REQUEST)
            finally:
                await counter.close()
        else:
            await _generate(row, endpoint, heard)
    except MonkeyCoderError as error:
        heard.error = error
    return heard


async def _embed(row: dict[str, Any], endpoint: Endpoint, heard: Heard) -> None:
    embedder = embedder_at(endpoint)
    try:
        found = await embedder.embed(["text"] * row["expected"].get("n", 1))
    finally:
        await embedder.close()
    heard.vectors, heard.n_tokens = found.vectors, found.input_tokens


async def _generate(row: dict[str, Any], endpoint: Endpoint, heard: Heard) -> None:
    request = REQUEST
    if row["endpoint"] in ("completions", "generate"):
        request = replace(REQUEST, messages=(), prefix="Say what was recorded.")
    model = model_at(endpoint, is_streamed=row["stream"] is not None)
    try:
        async with aclosing(model.stream(request)) as events:  # type: ignore[type-var]
            async for event in events:
                match event:
                    case TextDelta(text):
                        heard.text += text
                    case ReasoningDelta(text):
                        heard.reasoning += text
                    case ToolCall():
                        heard.calls.append(event)
                    case UsageReport():
                        heard.usage = event
                    case Finished(reason):
                        heard.finish = reason.value
    finally:
        await model.close()


def judge(row: dict[str, Any], heard: Heard) -> dict[str, bool]:
    """Return each measure that the recording speaks of, and whether it is right."""
    expected = row["expected"]
    found: dict[str, bool] = {}
    fault = _fault(row)
    if fault:
        found["errors"] = isinstance(heard.error, ProviderError) and heard.error.fault.value == fault
        return found
    if heard.error is not None:
        print(f"{row['id']}: {heard.error}", file=sys.stderr)
    if row["endpoint"] in EMBEDDINGS:
        first = [value for vector in heard.vectors[:1] for value in vector[:4]]
        near = [math.isclose(a, b, rel_tol=1e-5) for a, b in zip(first, expected["first"], strict=False)]
        sizes = {len(vector) for vector in heard.vectors}
        found["vectors"] = (
            all(near)
            and len(near) == len(expected["first"])
            and (len(heard.vectors), sizes) == (expected["n"], {expected["dims"]})
        )
    if row["endpoint"] in (*EMBEDDINGS, *COUNTS):
        if expected.get("input_tokens") is not None:
            found["usage"] = heard.error is None and heard.n_tokens == expected["input_tokens"]
        return found
    if "text" not in expected:
        return found
    found["text"] = heard.error is None and heard.text == expected["text"] + _refusal(expected)
    found["tool_calls"] = heard.error is None and _calls_are(heard.calls, expected)
    if expected.get("finish_reason"):
        found["finish"] = heard.finish == _finish(row)
    found["usage"] = heard.usage is not None and _counts(heard.usage) == _expected_counts(row)
    if expected.get("reasoning_text"):
        found["reasoning"] = heard.reasoning == expected["reasoning_text"]
    bill = expected.get("billed_cost_usd")
    if bill is not None and heard.usage is not None:
        found |= _costs(row, heard.usage, bill)
    return found


def _fault(row: dict[str, Any]) -> str:
    """Return the fault that a recording is of; "" for an answer."""
    expected = row["expected"]
    finish = str(expected.get("finish_reason")).lower()
    if row["status"] >= 400:
        return FAULTS.get(expected.get("category") or "server_error", "unknown")
    if finish in BROKEN_OFF:
        return BROKEN_OFF[finish]
    if "finish_reason" not in expected or finish not in ("none", "failed"):
        return ""
    if '"blockReason"' in _body(row):
        return "content refused"
    error = expected.get("error") or {}
    said = f"{error.get('type')} {error.get('code')}" if error else "truncated"
    for word, fault in IN_STREAM.items():
        if word in said:
            return fault
    return "overloaded"


def _body(row: dict[str, Any]) -> str:
    return "".join(row["sse_chunks"] or [row["response_body"] or ""])


def _refusal(expected: dict[str, Any]) -> str:
    said = expected.get("refusal") or ""
    return "" if expected["text"] else said


def _calls_are(calls: list[ToolCall], expected: dict[str, Any]) -> bool:
    wanted = expected.get("tool_calls") or []
    if len(calls) != len(wanted):
        return False
    for call, want in zip(calls, wanted, strict=True):
        arguments = want.get("input", want.get("arguments"))
        if isinstance(arguments, str):
            arguments = _object(arguments)
        if call.name != want["name"] or (want.get("id") and call.id != want["id"]):
            return False
        # A recording whose arguments came in parts has none of them put together.
        if dict(call.arguments) != (arguments or {}) and not expected.get("partial_args"):
            return False
    return True


def _object(text: str) -> Any:
    """Return the arguments that a JSON text holds; a tool that takes any text has it as its input."""
    try:
        return json.loads(text or "{}")
    except ValueError:
        return {"input": text}


def _finish(row: dict[str, Any]) -> str:
    """Return how the recorded answer ended, in our words."""
    said = str(row["expected"]["finish_reason"]).lower()
    if row["expected"].get("refusal"):
        return "refused"
    word = FINISHES.get(said, said)
    if said == "incomplete" and "content_filter" in _body(row):
        return "refused"
    is_silent = row["provider"].startswith("google-") or row["provider"] == "google"
    is_silent |= row["endpoint"] == "responses" or "/api/" in row["path"]
    is_silent &= row["endpoint"] not in ("chat", "openai-chat") or "/api/" in row["path"]
    if word == "stop" and row["expected"].get("tool_calls") and is_silent:
        return "tool_calls"  # These wires have no word of their own for it.
    return word


def _counts(usage: UsageReport) -> tuple[int, ...] | None:
    if usage.is_estimate:
        return None
    return (usage.input_tokens, usage.output_tokens, usage.cached_tokens)


def _expected_counts(row: dict[str, Any]) -> tuple[int, ...] | None:
    """Return the vendor's count in our units: input with what is cached, output with reasoning."""
    expected = row["expected"]
    if expected.get("input_tokens") is None:
        return None
    read, written = expected["input_tokens"], expected.get("output_tokens") or 0
    cached = expected.get("cached_tokens") or 0
    if row["provider"] == "anthropic":
        read += cached + (expected.get("cache_write_tokens") or 0)
    is_gemini = row["provider"] in ("google", "google-vertex")
    if is_gemini or (row["provider"] == "xai" and row["endpoint"] == "chat"):
        written += expected.get("reasoning_tokens") or 0
    if is_gemini:  # What is left of the total is what Google's own tools read.
        read = max(read, (expected.get("total_tokens") or 0) - written)
    return read, written, cached


def _costs(row: dict[str, Any], usage: UsageReport, bill: float) -> dict[str, bool]:
    """Return whether the price list and the ledger come to what was billed; {} without a price list."""
    try:
        from monkey_coder.usage.prices import Tariff, cost_usd
    except ImportError:
        return {}
    made = re.search(r'"created(?:_at)?": ?(\d{10})', _body(row))
    at = datetime.fromtimestamp(int(made[1]), UTC) if made else datetime.now(UTC)
    provider = "openrouter" if "openrouter" in row["host"] else row["provider"]
    model = row["expected"]["model"]
    found = {}
    listed = cost_usd(provider, model, replace(usage, billed_usd=None), at)
    if listed is not None:
        found["cost"] = math.isclose(listed, bill, rel_tol=1e-9, abs_tol=1e-12)
    booked = Tariff(provider, model).cost_usd(usage, at)
    if booked is not None:
        found["booked"] = math.isclose(booked, bill, rel_tol=1e-9, abs_tol=1e-12)
    return found


async def run(path: Path, chunking: Chunking, only: str) -> dict[str, Any]:
    """Return the figures over all recordings in a file."""
    rows = [row for row in recordings(path) if only in row["id"]]
    totals: dict[str, list[int]] = {name: [0, 0] for name in MEASURES}
    wrong: dict[str, list[str]] = {}
    async with Replay({row["id"]: row for row in rows}, chunking).serving() as replay:
        for row in rows:
            if not speaks_of_an_answer(row):
                continue
            found = judge(row, await hear(row, replay.url(row["id"])))
            for name, is_right in found.items():
                totals[name][0] += is_right
                totals[name][1] += 1
                if not is_right:
                    wrong.setdefault(row["id"], []).append(name)
    unread = [row["id"] for row in rows if not speaks_of_an_answer(row)]
    return {**totals, "wrong": list(wrong), "why": wrong, "not_generation": unread}


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.wire", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("recordings", type=Path)
    parser.add_argument("--chunk", type=Chunking, choices=list(Chunking), default=Chunking.EVENT)
    parser.add_argument("--only", default="", help="only recordings whose id holds this text")
    options = parser.parse_args()
    if not options.recordings.is_file():
        parser.error(f"there are no recordings at {str(options.recordings)!r}")
    figures = asyncio.run(run(options.recordings, options.chunk, options.only))
    for name in MEASURES:
        right, of = figures[name]
        print(f"{name:12} {right:4} of {of:4}")
    for id_, measures in figures["why"].items():
        print(f"  wrong: {id_}: {', '.join(measures)}")
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
