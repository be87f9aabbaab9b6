"""Are the edits of models applied right, or else refused?

Usage: python -m benchmarks.edits DATA [--perturb SOURCES] [--cases N] [--seed N]

DATA is a file of recorded edits (JSON lines: `before`, `blocks` of `search` and `replace`, `expected`,
`kind`) or a folder of `edits_*.jsonl`. An edit of kind "applied" has one right result; the other kinds
were refused when they were recorded, have no right result, and count as recovered if a result is found
that parses.

SOURCES is a folder of Python code: N edits are made up from it and quoted with each flaw that models'
quotes have. The lines of an edit begin with the shallowest of them, as a quoted statement or function does,
and stand in their file once (white space apart), also when only their ends are quoted; an elision hides
lines of the block that it stands in. With "twice" they are put there a second time, and the only right
answer is to refuse ("twice_typo": quoted with a slip, "twice_elision": with lines left out).
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import re
import statistics
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monkey_coder.codegen.answer import AnswerReader
from monkey_coder.codegen.apply import apply_blocks, replaced
from monkey_coder.codegen.lines import Lines, runs
from monkey_coder.codegen.match import Block
from monkey_coder.codegen.merge import squeezed
from monkey_coder.codegen.streaming_diff import diff
from monkey_coder.codegen.syntax import syntax_problems
from monkey_coder.core.documents import Document, Span
from monkey_coder.core.errors import EditError
from monkey_coder.features.edit import Drafter
from monkey_coder.workspace.languages import language_of

KINDS = (
    "exact",
    "deindented",
    "trailing_spaces",
    "blank_missing",
    "tabs",
    "typo",
    "elision",
    "twice",
    "twice_typo",
    "twice_elision",
)


@dataclass(frozen=True)
class Case:
    """Quote `search`, replace it by `replace`: `before` must become `expected`."""

    before: str
    search: tuple[str, ...]
    replace: tuple[str, ...]
    expected: str
    kept: tuple[int, ...]  # indexes of the lines of `search` that `replace` keeps


def main() -> None:
    """Print a table, and the measures as JSON in the last line."""
    parser = argparse.ArgumentParser(description="Are the edits of models applied right, or else refused?")
    parser.add_argument("data", type=Path)
    parser.add_argument("--perturb", type=Path, metavar="SOURCES")
    parser.add_argument("--cases", type=int, default=150)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    times: list[float] = []
    counts = recorded(options.data, times)
    perturbed: dict[str, dict[str, int]] = {}
    if options.perturb is not None:
        perturbed = perturb(options.perturb, options.cases, options.seed, times)
        for kind, found in perturbed.items():
            print(f"{kind:16} {found}")
    result = {
        **{key: counts[key] for key in ("right", "wrong", "refused", "recovered")},
        "unrecovered": counts["unrecovered"],
        "perturbed": perturbed,
        "ms_median": round(statistics.median(times), 3) if times else None,
        "ms_worst": round(max(times), 1) if times else None,
        **streamed(),
        "diff_us_a_line": [streamed(n)["us_a_line"] for n in (2_000, 20_000)],
    }
    print(json.dumps(result))


def recorded(data: Path, times: list[float]) -> Counter[str]:
    """Return how many recorded edits came out right, wrong and refused, and how many were recovered."""
    counts: Counter[str] = Counter()
    for row in _rows(data):
        blocks = [Block(_lines(one["search"]), _lines(one["replace"])) for one in row["blocks"]]
        language = language_of(row["path"])
        began = time.perf_counter()
        after = applied(row["before"], blocks, language)
        times.append((time.perf_counter() - began) * 1e3)
        if row["kind"] == "applied":
            verdict = "refused" if after is None else "right" if after == row["expected"] else "wrong"
        else:
            parses = after is not None and not syntax_problems(row["before"], after, language)
            verdict = "recovered" if parses else "unrecovered"
        counts[verdict] += 1
        if verdict == "wrong":
            print(f"wrong: {row['id']}", file=sys.stderr)
    return counts


def applied(text: str, blocks: list[Block], language: str) -> str | None:
    """Return the text that the blocks make of `text`, None if they were refused."""
    try:
        return replaced(text, apply_blocks(text, blocks, language))
    except EditError:
        return None


def perturb(sources: Path, n: int, seed: int, times: list[float]) -> dict[str, dict[str, int]]:
    """Return the counts of right, wrong and refused for each kind of flaw in `n` made-up edits."""
    rng = random.Random(seed)
    found = {kind: {"right": 0, "wrong": 0, "refused": 0} for kind in KINDS}
    for case in _cases(sources, n, rng):
        for kind in KINDS:
            text, block = _flawed(kind, case, rng)
            began = time.perf_counter()
            after = applied(text, [block], "python")
            times.append((time.perf_counter() - began) * 1e3)
            if after is None:
                found[kind]["refused"] += 1
            else:
                is_right = after == case.expected and not kind.startswith("twice")
                found[kind]["right" if is_right else "wrong"] += 1
    return found


def _flawed(kind: str, case: Case, rng: random.Random) -> tuple[str, Block]:
    """Return the text and the block as a model that makes this kind of mistake would quote it."""
    search, replace = list(case.search), list(case.replace)
    both: Callable[[Callable[[str], str]], None] = lambda change: _each((search, replace), change)  # noqa: E731
    match kind:
        case "deindented":
            depth = min(len(line) - len(line.lstrip()) for line in search if line.strip())
            both(lambda line: line[depth:])
        case "trailing_spaces":
            search[:] = [line + "  " for line in search]
            if rng.random() < 0.5:
                replace[:] = [line + "  " if line + "  " in search else line for line in replace]
        case "blank_missing":
            search.remove("")
            replace.remove("")
        case "tabs":
            both(_tabbed)
        case "typo":
            _mistype(search, replace, case.kept, rng)
        case "elision":
            _elide(search, replace, rng)
        case "twice" | "twice_typo" | "twice_elision":
            text = case.before.rstrip("\n") + "\n\n\n" + "\n".join(case.search) + "\n"
            if kind == "twice_typo":
                _mistype(search, replace, case.kept, rng)
            elif kind == "twice_elision":
                _elide(search, replace, rng)
            return text, Block(tuple(search), tuple(replace))
        case _:
            pass
    return case.before, Block(tuple(search), tuple(replace))


def _elide(search: list[str], replace: list[str], rng: random.Random) -> None:
    """Hide all but three lines at either end behind a mark, in the new lines too."""
    hidden = search[3:-3]
    pad = hidden[0][: len(hidden[0]) - len(hidden[0].lstrip())]
    at = next(i for i in range(len(replace)) if replace[i : i + len(hidden)] == hidden)
    mark = rng.choice(["...", "# ...", "# ... existing code ..."])
    search[3:-3] = [pad + mark]
    replace[at : at + len(hidden)] = [pad + mark]


def _each(sides: tuple[list[str], list[str]], change: Callable[[str], str]) -> None:
    for side in sides:
        side[:] = [change(line) for line in side]


def _tabbed(line: str) -> str:
    depth = len(line) - len(line.lstrip(" "))
    return "\t" * (depth // 4) + " " * (depth % 4) + line.lstrip(" ")


def _mistype(search: list[str], replace: list[str], kept: tuple[int, ...], rng: random.Random) -> None:
    """Change one letter of a quoted line; half of the time the model keeps its slip in the new lines."""
    letters = [(i, j) for i, line in enumerate(search) for j, c in enumerate(line) if c.isalpha()]
    i, j = rng.choice(letters)
    line = search[i]
    other = rng.choice("abcdefghijklmnopqrstuvwxyz".replace(line[j].lower(), ""))
    typed = rng.choice(
        [line[:j] + other + line[j + 1 :], line[:j] + line[j + 1 :], line[:j] + other + line[j:]]
    )
    if i in kept and replace.count(line) == 1 and rng.random() < 0.5:
        replace[replace.index(line)] = typed
    search[i] = typed


def _cases(sources: Path, n: int, rng: random.Random) -> Iterator[Case]:
    """Yield `n` edits that parse, of lines with a blank one among them, each from another place."""
    paths = sorted(path for path in sources.rglob("*.py") if 3_000 < path.stat().st_size < 200_000)
    if not paths:
        raise SystemExit(f"no Python file of a useful size in {str(sources)!r}; name a larger folder")
    made = tries = 0
    while made < n:
        tries += 1
        if tries > 400 * n:
            raise SystemExit(f"only {made} edits could be made from {str(sources)!r}; name a larger folder")
        text = rng.choice(paths).read_bytes().decode("utf-8", "replace")
        case = _case(text, rng) if "\t" not in text and "\r" not in text else None
        if case is not None:
            made += 1
            yield case


def _case(text: str, rng: random.Random) -> Case | None:
    lines = text.split("\n")
    size = rng.randint(9, 16)
    start = rng.randrange(max(1, len(lines) - size))
    window = lines[start : start + size]
    if len(window) < size or "" not in window[3:-3] or not all(w.strip() or not w for w in window):
        return None
    if not all((window[0], window[1], window[2], window[3], window[-1], window[-2], window[-3], window[-4])):
        return None
    depth = len(window[0]) - len(window[0].lstrip())
    if depth < 4 or any(line and not line.startswith(" " * depth) for line in window):
        return None
    floor = min(len(line) - len(line.lstrip()) for line in (window[2], window[-3]))
    if any(line and not line.startswith(" " * floor) for line in window[3:-3]):
        return None
    if _fits(lines, window[:3], window[-3:]) != 1:
        return None
    prepared = Lines(text)
    if len(runs(prepared.squeezed, prepared.places, [squeezed(w) for w in window if w])) != 1:
        return None
    at = rng.choice([1, size - 2])
    line = window[at]
    indent = line[: len(line) - len(line.lstrip())]
    how = rng.choice(["insert", "change", "delete", "change_and_insert"])
    name = re.search(r"[^\W\d]\w*", line)
    if name is None:
        return None
    changed = line[: name.start()] + "renamed_by_edit" + line[name.end() :]
    new = {
        "insert": [line, f"{indent}inserted_by_edit()"],
        "change": [changed],
        "delete": [],
        "change_and_insert": [changed, f"{indent}inserted_by_edit()"],
    }[how]
    replace = [*window[:at], *new, *window[at + 1 :]]
    expected = "\n".join([*lines[:start], *replace, *lines[start + size :]])
    if expected == text or not _parses(expected):
        return None
    kept = tuple(i for i in range(size) if i != at or how == "insert")
    return Case(text, tuple(window), tuple(replace), expected, kept)


def _fits(lines: Sequence[str], head: Sequence[str], tail: Sequence[str]) -> int:
    """Return in how many places lines begin with `head` and end with the next `tail`, white space apart:
    an elided block that fits in two is to be refused."""
    bare = [line.strip() for line in lines]

    def places(wanted: Sequence[str]) -> list[int]:
        sought = [line.strip() for line in wanted]
        return [i for i in range(len(bare)) if bare[i : i + len(sought)] == sought]

    heads, tails = places(head), places(tail)
    found = 0
    for n, start in enumerate(heads):
        end = next((at for at in tails if at >= start + len(head)), None)
        following = heads[n + 1] if n + 1 < len(heads) else len(bare)
        found += end is not None and end < following
    return found


def _parses(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(text)
        except (SyntaxError, ValueError):
            return False
    return True


def streamed(n_lines: int = 2_000) -> dict[str, float]:
    """Return the worst of the last 50 batches of a long answer, how the cost grew, and the end's cost."""
    old = "".join(f"value_{i} = compute({i % 7}, {i})\n" if i % 9 else "\n" for i in range(n_lines))
    new = "".join(
        line if i % 5 else f"value_{i} = changed({i})\n"
        for i, line in enumerate(old.splitlines(keepends=True))
    )
    document = Document("file:///a.py", "python", 1, old)
    answer = f"```python\n{new}```\n"
    reader = AnswerReader(old, Span(0, len(old)), "python")
    drafter = Drafter(document, n_lines)
    batches: list[float] = []
    cpu_began = time.process_time()
    for at in range(0, len(answer), 60):
        began = time.perf_counter()
        reader.feed(answer[at : at + 60])
        drafter.draft(reader)
        batches.append((time.perf_counter() - began) * 1e3)
    us_a_line = (time.process_time() - cpu_began) / n_lines * 1e6
    began = time.perf_counter()
    final = replaced(old, reader.finish())
    diff(old, final)
    end_ms = (time.perf_counter() - began) * 1e3
    quarter = len(batches) // 4
    first, last = statistics.median(batches[:quarter]), statistics.median(batches[-quarter:])
    return {
        "diff_batch_ms": round(max(batches[-50:]), 3),
        "diff_batch_median_ms": round(statistics.median(batches[-50:]), 3),
        "diff_growth": round(last / first, 2),
        "diff_end_ms": round(end_ms, 2),
        "us_a_line": round(us_a_line, 1),
    }


def _rows(data: Path) -> Iterator[dict[str, Any]]:
    paths = sorted(data.glob("edits_*.jsonl")) if data.is_dir() else [data]
    if not paths:
        raise SystemExit(f"no edits_*.jsonl in {str(data)!r}; name a file or folder of recorded edits")
    for path in paths:
        for line in path.read_text("utf-8").splitlines():
            if line.strip():
                yield json.loads(line)


def _lines(text: str) -> tuple[str, ...]:
    lines = text.split("\n")
    return tuple(lines[:-1] if lines[-1] == "" else lines)


if __name__ == "__main__":
    main()
