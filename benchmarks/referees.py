"""Let two mock servers that nobody here wrote judge how we behave when they fail.

Usage: python -m benchmarks.referees [--only llmock|aimock]. Installs `llmock` (PyPI, which grades the
client) and `@copilotkit/aimock` (npm) into build/referees when they are not there, asks them through all
wrappers over each wire, and prints, as the last line, {held, of, adverse, disputed}. Disputed is what
llmock holds against a stream that broke after text had been shown, where an error was raised.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from monkey_coder import app
from monkey_coder.config.settings import Settings
from monkey_coder.core.endpoint import Endpoint, Secret

from .faults import Heard, listen, request_for

_HOME = Path(__file__).parents[1] / "build" / "referees"
_KEY = Secret("sk-loop-NOT-A-REAL-KEY")
_PATHS = {"openai-chat": "/v1", "openai-responses": "/v1", "anthropic": "", "google": "/v1beta"}
_LLMOCK_PATHS = _PATHS | {"anthropic": "/anthropic", "google": "/gemini/v1beta"}
_MODELS = {"anthropic": "claude-haiku-5-5", "google": "gemini-3.5-flash-lite"}
_SCENARIOS: dict[str, list[dict[str, Any]]] = {
    "healthy": [],
    "rate limit": [{"type": "fail", "status": 429, "retry_after": 1, "times": 2}],
    "unavailable": [{"type": "fail", "status": 503, "times": 2}],
    "server error": [{"type": "fail", "status": 500, "times": 1}],
    "outage": [{"type": "fail", "status": 503, "times": None}],
    "bad request": [{"type": "fail", "status": 400, "times": 1}],
    "refused key": [{"type": "fail", "status": 401, "times": 1}],
    "no such model": [{"type": "fail", "status": 404, "times": 1}],
    "truncated": [{"type": "stream_fault", "kind": "truncate", "after_chunks": 3}],
    "truncated at once": [{"type": "stream_fault", "kind": "truncate", "after_chunks": 0}],
    "disconnected": [{"type": "stream_fault", "kind": "disconnect", "after_chunks": 3}],
    "malformed": [{"type": "stream_fault", "kind": "malformed", "after_chunks": 3}],
    "stalled": [{"type": "stream_fault", "kind": "stall", "after_chunks": 3, "stall_seconds": 15}],
    "slow first token": [{"type": "slow_first_token", "seconds": 2}],
}
_BROKEN = ("truncated", "disconnected", "malformed", "stalled")
_MUST_FAIL = ("outage", "bad request", "refused key", "no such model", *_BROKEN)


def main() -> int:
    """Ask both referees and print what they found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", choices=("llmock", "aimock"))
    only = parser.parse_args().only
    adverse: dict[str, str] = {}
    disputed: list[str] = []
    n_run = 0
    for name, judge in (("llmock", by_llmock), ("aimock", by_aimock)):
        if only in (None, name):
            found, doubtful, n_asked = judge()
            adverse |= {f"{name}: {what}": why for what, why in found.items()}
            disputed += doubtful
            n_run += n_asked
    for what, why in adverse.items():
        print(f"{what}: {why}")
    figures = {"held": n_run - len(adverse), "of": n_run, "adverse": adverse, "disputed": disputed}
    print(json.dumps(figures))
    return 1 if adverse else 0


async def heard_from(wire: str, url: str) -> Heard:
    """Return what one request brings, through the wrappers as `app` builds them."""
    times = {"connect_s": 2.0, "first_byte_s": 5.0, "stall_s": 3.0, "total_s": 30.0}
    model = _MODELS.get(wire, "gpt-6-luna")
    endpoint = Endpoint("mock", url, model, _KEY, max_tokens=200, wire=wire, **times)  # type: ignore[arg-type]
    models = app.Models(Settings(endpoint))
    heard = Heard()
    await listen(models.answering(endpoint), request_for("plain"), heard)
    await models.aclose()
    return heard


def by_llmock() -> tuple[dict[str, str], list[str], int]:
    """Return the adverse verdicts of llmock, which knows every attempt and its time."""
    program = _HOME / "py" / ("Scripts" if sys.platform == "win32" else "bin") / "llmock"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", _HOME / "py"], check=True)
        subprocess.run([program.with_name("pip"), "install", "-q", "llmock"], check=True)
    adverse: dict[str, str] = {}
    disputed: list[str] = []
    n_run = 0
    with serving([str(program), "serve", "--log-level", "error", "--port"], "/_llmock/requests") as base:
        for wire, path in _LLMOCK_PATHS.items():
            for name, behaviours in _SCENARIOS.items():
                ask_json(f"{base}/_llmock/reset", {})
                if behaviours:
                    ask_json(f"{base}/_llmock/scenario", {"behaviors": behaviours})
                heard = asyncio.run(heard_from(wire, base + path))
                verdict = ask_json(f"{base}/_llmock/verdict")
                n_run += 1
                why = [f"{one['severity']} {one['code']}" for one in verdict.get("findings", ())]
                if name in _BROKEN and heard.text and heard.error is not None:
                    # The user had seen text, so asking again would say it twice; an error was raised.
                    # llmock takes whoever does not ask again for one who noticed nothing.
                    disputed += [f"{wire} {name}: {one}" for one in why]
                    why = []
                asked = ask_json(f"{base}/_llmock/requests")
                n_asked = len(asked.get("requests", ()) if isinstance(asked, dict) else asked)
                has_recovered = name in _BROKEN and n_asked > 1 and not why
                if name in _MUST_FAIL and heard.error is None and not has_recovered:
                    why.append("a failure passed for an answer")
                if name not in _MUST_FAIL and heard.error is not None:
                    why.append(f"did not recover: {heard.error}")
                say(f"llmock {wire:16} {name:18} {heard.whole_s:5.1f} s  {why or 'held'}")
                if why:
                    adverse[f"{wire} {name}"] = ", ".join(why)
    return adverse, disputed, n_run


def by_aimock() -> tuple[dict[str, str], list[str], int]:
    """Return where an answer of aimock's was not what its fixture says."""
    program = _HOME / "node_modules" / "@copilotkit" / "aimock" / "dist" / "cli.js"
    npm = shutil.which("npm")
    if not program.exists():
        if npm is None:
            say("aimock: skipped, there is no npm here")
            return {}, [], 0
        _HOME.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [npm, "install", "--prefix", _HOME, "--silent", "--no-audit", "@copilotkit/aimock"], check=True
        )
    text = "Hello from a fixture. café 漢字 👩‍💻"
    fixtures = {
        "fixtures": [
            {"match": {"userMessage": "say hello", "sequenceIndex": 0}, "response": _fails(429)},
            {"match": {"userMessage": "say hello", "sequenceIndex": 1}, "response": _fails(503)},
            {"match": {"userMessage": "say hello"}, "response": {"content": text}},
        ]
    }
    adverse: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "fixtures.json").write_text(json.dumps(fixtures), encoding="utf-8")
        for wire, path in _PATHS.items():
            command = ["node", str(program), "--host", "127.0.0.1", "-f", folder, "-p"]
            with serving(command, "/v1/models") as base:
                heard = asyncio.run(heard_from(wire, base + path))
            say(f"aimock {wire:16} {heard.whole_s:5.1f} s  {heard.text!r} {heard.error or ''}")
            if heard.text != text or heard.error is not None:
                adverse[wire] = str(heard.error) if heard.error is not None else f"read {heard.text!r}"
    return adverse, [], len(_PATHS)


def _fails(status: int) -> dict[str, Any]:
    return {"error": {"message": "not now", "type": "server_error"}, "status": status}


@contextmanager
def serving(command: Sequence[str], path: str) -> Iterator[str]:
    """Run a server whose command ends with its port; yield its address once `path` answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([*command, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as home:
        os.environ["MONKEY_CODER_HOME"] = home
        try:
            for _ in range(200):
                try:
                    ask_json(base + path)
                    break
                except OSError:
                    time.sleep(0.1)
            yield base
        finally:
            process.terminate()
            process.wait()


def ask_json(url: str, body: object = None) -> Any:
    """Return what a server's own control answers."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as answer:
        return json.loads(answer.read() or b"null")


def say(line: str) -> None:
    """Tell how far it is."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
