"""Recorded traffic of real vendors, through the adapter.

MONKEY_CODER_RECORDINGS names the recordings: one JSON object a line, gzipped or not, each with
`provider`, `endpoint`, `status`, `sse_chunks` or `response_body`, and what is `expected`.
"""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest
from tests.providers.asking import REQUEST, Answer, ask_once, failure_of
from tests.providers.loopback import Reply, serving

from monkey_coder.core.errors import ProviderFault
from monkey_coder.core.model import FinishReason

ROOT = Path(__file__).parents[2]
BESIDE = ROOT.parent / "shared" / "data" / "wire" / "recordings.jsonl.gz"
PATH = Path(os.environ.get("MONKEY_CODER_RECORDINGS") or BESIDE)

FAULTS = {
    "auth": ProviderFault.AUTHENTICATION,
    "not_found": ProviderFault.MODEL_NOT_FOUND,
    "rate_limit": ProviderFault.RATE_LIMITED,
    "quota": ProviderFault.QUOTA_SPENT,
    "context_length": ProviderFault.CONTEXT_TOO_LONG,
    "invalid_request": ProviderFault.INVALID_REQUEST,
}


def recordings() -> list[dict[str, Any]]:
    if not PATH.is_file():
        return []
    data = PATH.read_bytes()
    lines = (gzip.decompress(data) if PATH.suffix == ".gz" else data).splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    return [
        row
        for row in rows
        if row["path"].split("?")[0].endswith("/completions") and row["provider"] != "google-openai"
    ]


RECORDINGS = recordings()
pytestmark = pytest.mark.skipif(not RECORDINGS, reason="set MONKEY_CODER_RECORDINGS to recorded traffic")


async def replayed(row: dict[str, Any], **changes: object) -> Answer:
    body = "".join(row["sse_chunks"]) if row["sse_chunks"] else row["response_body"]
    size = 1000
    pieces = [body.encode()[at : at + size] for at in range(0, len(body.encode()), size)]
    async with serving(Reply(pieces, row["status"])) as server:
        return await ask_once(server.url, **changes)


@pytest.mark.parametrize(
    "row", [row for row in RECORDINGS if row["status"] == 200], ids=lambda row: str(row["id"])
)
async def test_a_recorded_answer_is_read_as_it_was_meant(row: dict[str, Any]) -> None:
    expected = row["expected"]
    answer = await replayed(row)
    assert answer.finished is not None
    if "refusal" in json.dumps(row["response_body"]) and answer.finished.reason is FinishReason.REFUSED:
        return  # The refusal's own words are the text; the vendor's reason says "stop".
    assert answer.text == expected["text"]
    assert answer.reasoning == expected.get("reasoning_text", answer.reasoning)
    calls = [(c["id"], c["name"], json.loads(c["arguments"] or "{}")) for c in expected.get("tool_calls", ())]
    assert answer.calls == calls
    assert answer.finished.reason == expected["finish_reason"]
    assert answer.usage is not None
    if "input_tokens" not in expected:
        assert answer.usage.is_estimate
        return
    written = expected["output_tokens"]
    if row["provider"] == "xai":
        written += expected["reasoning_tokens"]
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (expected["input_tokens"], written)
    assert answer.usage.cached_tokens == (expected.get("cached_tokens") or 0)
    assert not answer.usage.is_estimate


@pytest.mark.parametrize(
    "row", [row for row in RECORDINGS if row["status"] >= 400], ids=lambda row: str(row["id"])
)
async def test_a_recorded_refusal_is_understood(row: dict[str, Any]) -> None:
    reply = Reply([row["response_body"].encode()], row["status"], {"content-type": "application/json"})
    async with serving(reply) as server:
        error = await failure_of(server.url, REQUEST)
    assert error.fault is FAULTS[row["expected"]["category"]]
