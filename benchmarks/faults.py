"""Ask through all wrappers while the provider fails in every way it knows.

Usage: python -m benchmarks.faults [PROVIDER.py] [--only REGEX] [--wire WIRE]. PROVIDER.py (or
$MONKEY_CODER_FAULTS) is a loopback server that speaks each vendor's wire and fails as its path says
(`/fault/NAME/v1`), lists its faults with `--matrix json` and the requests it got at `/__control/log`.
Each fault is asked of a model that has it, with a healthy one to fall back to. Prints a line for each
that broke, and as the last line {held, of, broke, slowest_fallback_s}.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from monkey_coder import app
from monkey_coder.config.settings import Settings, Spending
from monkey_coder.core.documents import Document, Span
from monkey_coder.core.endpoint import WIRES, Endpoint, Secret
from monkey_coder.core.errors import MonkeyCoderError, ProviderError, ProviderFault
from monkey_coder.core.model import (
    Finished,
    FinishReason,
    Message,
    Model,
    Request,
    Task,
    TaskKind,
    TextDelta,
    Tool,
    ToolCall,
    Warned,
)
from monkey_coder.usage.ledger import Attempt, Ledger

_BESIDE = Path(__file__).parents[2] / "shared" / "tools" / "faults" / "faulty_provider.py"
# Of Ollama's wire, such a server need know no more than plain text.
_FOUR = WIRES[:4]
_DEADLINE_S = 30.0
_FAST = ("client", "auth", "rate", "quota", "transient", "protocol", "transport")
_KEYS = ("sk-loop-NOT-A-REAL-KEY-primary00", "sk-loop-NOT-A-REAL-KEY-secondary")
_MODELS = ("gpt-6-luna", "gpt-6.1-sol")
_OWN_FAULT = ("http_400_invalid", "http_400_context_length", "http_413_too_large", "http_422_unprocessable")
_UNUSUAL = (
    "ok",
    "json_instead_of_sse",
    "wrong_content_type",
    "stream_slow_drip",
    "wrong_model",
    "usage_absurd",
)
# Asked for a stream, the provider cuts these in the middle of a text that has begun.
_CUT_BODIES = ("http_200_bad_json", "content_length_short")
_ADDRESSES = {
    "dns_failure": "http://no-such-host.invalid/v1",
    "conn_refused": "http://127.0.0.1:1/v1",
    "tls_plain_http": "https://127.0.0.1:{port}/fault/ok/v1",
    "connect_blackhole": "http://127.0.0.1:{blackhole}/v1",
}


@dataclass
class Heard:
    """What the caller got, and what the ledger and the provider wrote down."""

    text: str = ""
    calls: list[ToolCall] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    finish: FinishReason | None = None
    error: BaseException | None = None
    first_s: float | None = None
    whole_s: float = 0.0
    rows: tuple[Attempt, ...] = ()
    asked: list[dict[str, Any]] = field(default_factory=list)
    open_tasks: int = 0

    @property
    def has_fallen_back(self) -> bool:
        return any("Meanwhile" in warning for warning in self.warnings)


def request_for(fault: str) -> Request:
    """Return what is asked: a tool to use where the fault is about tools."""
    document = Document("file:///p/a.py", "python", 1, "print(1)\n", folder="/p")
    is_tool = fault.startswith("tool_")
    tool = Tool("write_file", "Write a file.", {"type": "object", "properties": {"path": {"type": "string"}}})
    said = "say hello" + (" USE_TOOL" if is_tool else "")
    return Request(
        Task(TaskKind.EXPLAIN, document, Span(0, 8)),
        (Message("user", said),),
        tools=(tool,) if is_tool else (),
    )


async def ask(urls: tuple[str, str], fault: str, folder: str, wire: str = "openai-chat") -> Heard:
    """Return what one request through all wrappers brings, as `app` puts them around each other."""
    os.environ["MONKEY_CODER_HOME"] = home = str(Path(folder) / fault)
    first, second = (
        Endpoint(
            "openai",
            url,
            model,
            Secret(key),
            max_tokens=500,
            connect_s=2.0,
            first_byte_s=3.0,
            stall_s=5.0,
            total_s=25.0,
            wire=wire,
        )
        for url, model, key in zip(urls, _MODELS, _KEYS, strict=True)
    )
    settings = Settings(
        first, fallbacks=(second,), spending=Spending(day_usd=100.0), rates={"openai": (1000.0, None)}
    )
    models = app.Models(settings)
    heard = Heard()
    await listen(models.answering(first), request_for(fault), heard)
    await models.aclose()
    if app.usage_file().is_file():
        ledger = Ledger(str(app.usage_file()), session="faults")
        heard.rows = await ledger.attempts()
        ledger.close()
    shutil.rmtree(home, ignore_errors=True)
    await asyncio.sleep(0)
    heard.open_tasks = len(asyncio.all_tasks()) - 1
    return heard


async def listen(model: Model, request: Request, heard: Heard) -> None:
    began = time.monotonic()
    try:
        async with asyncio.timeout(_DEADLINE_S), aclosing(model.stream(request)) as events:
            async for event in events:
                match event:
                    case TextDelta(text):
                        heard.first_s = heard.first_s or time.monotonic() - began
                        heard.text += text
                    case ToolCall():
                        heard.calls.append(event)
                    case Warned(message):
                        heard.warnings.append(message)
                    case Finished(reason):
                        heard.finish = reason
    except BaseException as error:  # noqa: BLE001 - whatever comes past the wrappers is a finding
        heard.error = error
    heard.whole_s = time.monotonic() - began


def broken(fault: str, kind: str, heard: Heard, whole: str, wire: str) -> str:
    """Return what is wrong with what was heard, "" if nothing is."""
    shown = heard.text + str(heard.error) + "".join(heard.warnings)
    if heard.error is not None and not isinstance(heard.error, MonkeyCoderError):
        return f"raised {heard.error!r}"
    if any(key in shown for key in _KEYS):
        return "showed a key"
    if "<html" in shown.lower() or "Traceback" in shown:
        return "showed a page or a trace"
    if heard.error is None and heard.finish is None:
        return "ended without a finish and without an error"
    if heard.open_tasks:
        return f"left {heard.open_tasks} tasks behind"
    if wrong := _unbalanced(fault, heard):
        return wrong
    is_whole = heard.text == whole and heard.finish is FinishReason.STOP
    fault_said = heard.error.fault if isinstance(heard.error, ProviderError) else None
    if fault in _OWN_FAULT:
        wanted = (ProviderFault.INVALID_REQUEST, ProviderFault.CONTEXT_TOO_LONG)
        return (
            "" if fault_said in wanted and len(heard.rows) == 1 else f"{heard.error!r}, not refused at once"
        )
    if fault in _UNUSUAL or kind == "odd-but-valid":
        return "" if is_whole and not heard.has_fallen_back else "an answer that was right was not taken"
    if (kind == "stream" or fault in _CUT_BODIES) and fault != "stream_error_first":
        is_kept = bool(heard.text) and whole.startswith(heard.text) and heard.error is not None
        return "" if is_whole or is_kept else "a cut answer passed for a whole one, or was lost"
    return _broken_meaning(fault, kind, heard, wire, is_whole=is_whole)


def _broken_meaning(fault: str, kind: str, heard: Heard, wire: str, *, is_whole: bool) -> str:
    finishes = {
        "max_tokens": FinishReason.LENGTH,
        "content_filter": FinishReason.REFUSED,
        "refusal": FinishReason.REFUSED,
        "tool_args_truncated": FinishReason.LENGTH,
    }
    if fault == "refusal" and wire in ("google", "ollama"):
        return (
            "" if heard.text and heard.finish is FinishReason.STOP else "a refusal was lost"
        )  # There it ends with a plain stop.
    if fault in finishes:
        return "" if heard.finish is finishes[fault] and not heard.calls else f"finished with {heard.finish}"
    if fault in ("stream_infinite", "stream_huge_event", "gzip_bomb"):
        return "" if heard.error is not None or heard.finish is not None else "was not cut"
    if fault == "tool_args_invalid":
        is_right = all(set(call.arguments) == {"path", "content"} for call in heard.calls)
        return "" if is_right and (heard.calls or heard.error) else "a broken call was passed on"
    if fault == "empty_completion":
        is_told = is_whole or any("empty answer" in warning for warning in heard.warnings)
        return "" if is_told and len(heard.rows) >= 2 else "an empty answer was not asked for again"
    if fault == "redirect_302":
        return "" if not any(row.get("path", "").startswith("/steal") for row in heard.asked) else "followed"
    if kind in ("semantic", "hostile"):
        return "" if heard.finish is not None else f"raised {heard.error!r}"
    if fault in _ADDRESSES or fault != "ok":
        return "" if is_whole else f"did not recover: {heard.error!r}"
    return ""


def _unbalanced(fault: str, heard: Heard) -> str:
    """Return what is wrong with the books: a request without a row, a cost that nobody spent."""
    asked = [row for row in heard.asked if row["method"] == "POST"]
    if fault not in _ADDRESSES and len(asked) != len(heard.rows):
        return f"{len(asked)} requests, {len(heard.rows)} rows in the ledger"
    if any(row.cost_usd is None or not 0 <= row.cost_usd < 0.1 for row in heard.rows):
        return f"booked costs of {[row.cost_usd for row in heard.rows]}"
    if heard.text and not any(row.output_tokens for row in heard.rows):
        return "text came and no row has tokens"
    return ""


@contextmanager
def served(script: str) -> Iterator[tuple[int, int]]:
    """Run the provider; yield its port and that of its black hole."""
    ports = []
    for _ in range(2):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            ports.append(free.getsockname()[1])
    command = [sys.executable, script, "--port", str(ports[0]), "--blackhole-port", str(ports[1])]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                control(ports[0], "log")
                break
            except OSError:
                time.sleep(0.05)
        yield ports[0], ports[1]
    finally:
        process.terminate()
        process.wait()


def control(port: int, what: str, body: object = None) -> Any:
    """Return what the provider's control answers."""
    data = None if body is None else json.dumps(body).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(
        urllib.request.Request(f"http://127.0.0.1:{port}/__control/{what}", data), timeout=10
    ) as answer:
        return json.load(answer)


def main() -> int:
    """Run every fault over every wire and print what broke."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("provider", nargs="?", default=os.environ.get("MONKEY_CODER_FAULTS") or str(_BESIDE))
    parser.add_argument("--only", default="")
    parser.add_argument(
        "--wire", choices=WIRES, action="append", help="may be repeated (default: all but ollama)"
    )
    options = parser.parse_args()
    if not Path(options.provider).is_file():
        print(f"skipped: there is no {options.provider!r}; name the provider that fails", file=sys.stderr)
        print(json.dumps({"held": 0, "of": 0, "broke": [], "slowest_fallback_s": None}))
        return 0
    matrix = subprocess.run(
        [sys.executable, options.provider, "--matrix", "json"], capture_output=True, text=True, check=True
    )
    kinds = {name: row["cls"] for name, row in json.loads(matrix.stdout)["faults"].items()}
    kinds |= dict.fromkeys(_ADDRESSES, "address")
    kinds = {fault: kind for fault, kind in kinds.items() if re.search(options.only, fault)}
    broke: dict[str, str] = {}
    slowest_s, wires = 0.0, options.wire or _FOUR
    with served(options.provider) as (port, hole), tempfile.TemporaryDirectory() as folder:
        for wire in wires:
            wrong, slow_s = run_wire(wire, kinds, port, hole, folder)
            broke |= wrong
            slowest_s = max(slowest_s, slow_s)
    for fault, why in broke.items():
        print(f"{fault}: {why}")
    n_run = len(kinds) * len(wires)
    figures = {"held": n_run - len(broke), "of": n_run, "broke": sorted(broke)}
    print(json.dumps(figures | {"slowest_fallback_s": round(slowest_s, 3)}))
    return 1 if broke else 0


def run_wire(
    wire: str, kinds: Mapping[str, str], port: int, hole: int, folder: str
) -> tuple[dict[str, str], float]:
    """Return what broke over one wire, and the seconds of the slowest fallback after a fast failure."""
    broke: dict[str, str] = {}
    slowest_s = 0.0
    version = "v1beta" if wire == "google" else "v1"
    healthy = f"http://127.0.0.1:{port}/fault/ok/{version}"
    whole = asyncio.run(ask((healthy, healthy), "ok", folder, wire)).text
    for fault, kind in kinds.items():
        url = _ADDRESSES.get(fault, "http://127.0.0.1:{port}/fault/" + fault + f"/{version}")
        control(port, "reset", {})
        urls = (url.format(port=port, blackhole=hole), healthy)
        heard = asyncio.run(ask(urls, fault, folder, wire))
        heard.asked = control(port, "log")["log"]
        if wrong := broken(fault, kind, heard, whole, wire):
            broke[f"{wire}:{fault}"] = wrong
        if kind in _FAST and heard.has_fallen_back and heard.first_s:
            slowest_s = max(slowest_s, heard.first_s)
        told = wrong or "held"
        line = f"{wire:16} {fault:28} {heard.whole_s:6.2f} s  {len(heard.rows)} rows  {told}"
        print(line, file=sys.stderr, flush=True)
    return broke, slowest_s


if __name__ == "__main__":
    raise SystemExit(main())
