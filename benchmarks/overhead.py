"""What the server itself costs: completions through a provider that answers at once, typing, cancelling.

Usage: python -m benchmarks.overhead [SOURCES]. With a folder of code, also the time from opening a
file of it to the first ghost text of the offline engine.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from .backend import HANG, Backend
from .client import ServerProcess, at, insertion, repeated, say, table

URI = "file:///bench/example.py"
_TIMES = 100
_KEYSTROKES = 25
# A fast typist: 12 letters a second.
_KEYSTROKE_S = 0.08
_FIRST_GHOST_S = 20.0
_INDEX_S = 120.0


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sources", nargs="?", help="a folder of code")
    sources = parser.parse_args().sources
    backend = Backend()
    backend.start()
    figures: dict[str, object] = {}
    with ServerProcess(environment=backend.environment) as server:
        server.initialize()
        server.settled()
        figures |= completions(server)
        figures |= burst(server, backend)
        figures |= cancels(server, backend)
    figures |= with_context(backend, sources) if sources else {"with_context_ms": None}
    figures |= typing()
    figures["first_ghost_s"] = first_ghost(sources) if sources else None
    print(table(list(figures.items())))
    print(json.dumps(figures))
    return 0


def completions(server: ServerProcess) -> dict[str, object]:
    """Return how long a completion takes, new and from memory."""
    lines = [f"name_{index} = " for index in range(_TIMES + 10)]
    server.open(URI, "\n".join(lines) + "\n")
    uncached: list[float] = []
    cached: list[float] = []
    for index, line in enumerate(lines):
        params = at(URI, index, len(line), invoked=True)
        answer, new_ms = server.timed("textDocument/inlineCompletion", params)
        if not (answer.get("result") or {}).get("items"):
            raise SystemExit(f"no completion through the loopback provider: {answer} {server.notifications}")
        _, known_ms = server.timed("textDocument/inlineCompletion", params)
        if index >= 10:  # The first ones load modules and open the connection.
            uncached.append(new_ms)
            cached.append(known_ms)
    say(f"completions: {_TIMES} uncached, {_TIMES} cached")
    return {
        "uncached_ms": round(statistics.median(uncached), 2),
        "uncached_p95_ms": p95(uncached),
        "cached_ms": round(statistics.median(cached), 2),
        "cached_p95_ms": p95(cached),
    }


def with_context(backend: Backend, sources: str) -> dict[str, object]:
    """Return how long a completion takes in a project that is indexed, passages of it sent along."""
    took: list[float] = []
    n_passages = 0
    with ServerProcess(environment=backend.environment) as server:
        server.initialize(sources)
        path, text, *_ = next(likely_places(sources))
        uri = Path(path).resolve().as_uri()
        server.open(uri, text)
        lines = text.split("\n")
        until = time.monotonic() + _INDEX_S
        while not n_passages and time.monotonic() < until:
            place = at(uri, len(lines) // 2, 0, invoked=True)
            answer = server.request("monkeyCoder/context", {"uri": uri, "position": place["position"]})
            n_passages = len((answer.get("result") or {}).get("pieces", ()))
            time.sleep(0.1)
        before, known = backend.calls, backend.calls_with_context
        for index in range(_TIMES + 10):
            number = index * len(lines) // (_TIMES + 10)
            place = at(uri, number, len(lines[number]), invoked=True)
            took.append(server.timed("textDocument/inlineCompletion", place)[1])
    say(f"with context: {len(took)} completions, {n_passages} passages at the first")
    return {
        "with_context_ms": round(statistics.median(took[10:]), 2),
        "with_context_p95_ms": p95(took[10:]),
        "with_context_share": round((backend.calls_with_context - known) / (backend.calls - before), 2),
    }


def burst(server: ServerProcess, backend: Backend) -> dict[str, object]:
    """Return what one burst of typing costs: a letter and a request, again and again."""
    uri = "file:///bench/burst.py"
    server.open(uri, "total = 0\n")
    before = backend.calls
    asked: list[int] = []
    for index in range(_KEYSTROKES):
        began = time.perf_counter()
        server.change(uri, insertion(1, index, "value_of_the_whole_thing_at_last"[index]))
        asked.append(server.post("textDocument/inlineCompletion", at(uri, 1, index + 1, invoked=False)))
        time.sleep(max(0.0, _KEYSTROKE_S / 2 - (time.perf_counter() - began)))
    answered = sum(1 for one in asked if server.answer(one)[0])
    say(f"burst: {answered} of {len(asked)} answered, {backend.calls - before} calls of the provider")
    return {
        "burst_asked": len(asked),
        "burst_answered": answered,
        "burst_backend_calls": backend.calls - before,
    }


def cancels(server: ServerProcess, backend: Backend) -> dict[str, object]:
    """Return how long it takes from a cancel until the provider's socket is closed."""
    uri = "file:///bench/cancel.py"
    server.open(uri, f"# {HANG}\nx = ")

    def cancel(_: int) -> float:
        asked = server.post("textDocument/inlineCompletion", at(uri, 1, 4, invoked=True))
        if not backend.hanging.acquire(timeout=10):
            raise SystemExit("the provider was not asked")
        began = time.perf_counter()
        server.notify("$/cancelRequest", {"id": asked})
        answer, _ = server.answer(asked)
        assert answer["error"]["code"] == -32800, answer
        if not backend.closed.acquire(timeout=10):
            raise SystemExit("the provider's socket stayed open after a cancel")
        return 1000 * (backend.closed_at - began)

    times = repeated(20, cancel)
    say("cancel: 20 times")
    return {"cancel_ms": round(statistics.median(times), 2), "cancel_p95_ms": p95(times)}


def typing() -> dict[str, object]:
    """Return the server's CPU for one keystroke in texts of 1k, 10k and 100k lines."""
    figures: dict[str, object] = {}
    with ServerProcess(environment={"MONKEY_CODER_OFFLINE": "1"}) as server:
        server.initialize()
        for name, n_lines in (("1k", 1_000), ("10k", 10_000), ("100k", 100_000)):
            uri = f"file:///bench/{name}.txt"
            line = "some words of prose, as long as a line of code is\n"
            server.open(uri, line * n_lines, language="plaintext")
            server.settled()

            def press(index: int, uri: str = uri, n_lines: int = n_lines) -> float:
                before = server.cpu_ms()
                server.change(uri, insertion(n_lines // 2 + index % 40, index % 30, "x"))
                time.sleep(0.005)  # Far longer than the change takes; far shorter than what is deferred.
                return server.cpu_ms() - before

            times = repeated(200, press)
            figures[f"didchange_{name}_ms"] = round(statistics.median(times), 3)
            figures[f"didchange_{name}_p95_ms"] = p95(times)
            say(f"didChange: 200 keystrokes in {n_lines} lines")
    return figures


def first_ghost(sources: str) -> float | None:
    """Return seconds from opening a file of `sources` to the first ghost text, nothing being known before."""
    with ServerProcess(environment={"MONKEY_CODER_OFFLINE": "1"}) as server:
        places = likely_places(sources)
        path, text, line, character = next(places)
        server.initialize(sources)
        began = time.perf_counter()
        uri = Path(path).resolve().as_uri()
        server.open(uri, text)
        while time.perf_counter() - began < _FIRST_GHOST_S:
            answer = server.request("textDocument/inlineCompletion", at(uri, line, character, invoked=False))
            if (answer.get("result") or {}).get("items"):
                took_s = time.perf_counter() - began
                say(f"first ghost text after {took_s:.2f} s in {path}:{line + 1}")
                return round(took_s, 2)
            time.sleep(0.02)
            path_now, text, line, character = next(places)
            if path_now != path:
                path, uri = path_now, Path(path_now).resolve().as_uri()
                server.open(uri, text)
            else:
                server.change(uri, [{"text": text}])
    return None


def likely_places(sources: str) -> Iterator[tuple[str, str, int, int]]:
    """Yield (path, text, line, character), each text cut at a line that the file holds more than once.

    Starts again at the end: what the engine is not sure of yet, it may be later.
    """
    found: list[tuple[str, str, int, int]] = []
    for path in sorted(Path(sources).rglob("*.py")):
        try:
            lines = path.read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError):
            continue
        if not 100 <= len(lines) <= 2_000:
            continue
        counts = Counter(line for line in lines if len(line.strip()) >= 25)
        common = [line for line, count in counts.most_common(5) if count >= 3]
        for line in common:
            number = len(lines) - 1 - lines[::-1].index(line)
            cut = len(line) - len(line.lstrip()) + len(line.strip()) // 2
            text = "\n".join([*lines[:number], line[:cut], *lines[number + 1 :]])
            found.append((str(path), text, number, cut))
        if len(found) >= 40:
            break
    if not found:
        raise SystemExit(f"no file under {sources} repeats a line often enough to be sure of it")
    while True:
        yield from found


def p95(values: list[float]) -> float:
    """Return the value that 95% stay below."""
    return round(statistics.quantiles(values, n=20)[-1], 3)


if __name__ == "__main__":
    raise SystemExit(main())
