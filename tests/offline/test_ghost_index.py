"""The index behind ghost text: sorted contexts, matches, and what changes when files change."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import monkey_coder
from monkey_coder.offline.indexer import build_index, newest_index, remove_older
from monkey_coder.offline.scopes import Stream, match_index, match_stream
from monkey_coder.offline.store import DEPTH, Index, sort_contexts
from monkey_coder.offline.vocabulary import FIXED, Vocabulary


def quiet(state: dict[str, object]) -> None:
    """Take a report and drop it."""


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def said(index: Index) -> list[str]:
    return [index.text(int(token)) for token in index.stream]


def build(home: Path, folder: Path) -> Index:
    return Index(build_index(home, [str(folder)], quiet))


def agreement(stream: list[int], place: int, context: list[int]) -> int:
    n = 0
    while n < min(DEPTH, len(context), place) and stream[place - 1 - n] == context[-1 - n]:
        n += 1
    return n


@pytest.mark.parametrize("seed", range(4))
def test_contexts_are_sorted_by_what_stands_before(seed: int) -> None:
    rng = random.Random(seed)
    stream = [rng.randrange(3) for _ in range(300)]
    order = sort_contexts(np.array(stream, np.int32)).tolist()
    assert sorted(order) == list(range(300))
    contexts = [stream[max(0, at - DEPTH) : at][::-1] for at in order]
    assert contexts == sorted(contexts)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("is_kept", [False, True])
def test_all_places_of_a_short_stream_are_found(seed: int, is_kept: bool) -> None:
    rng = random.Random(seed)
    stream = [rng.randrange(4) for _ in range(200)]
    context = [rng.randrange(4) for _ in range(20)]
    found = match_stream(Stream(np.array(stream, np.int32), kept=is_kept), context)
    expected = {at: n for at in range(1, 200) if (n := agreement(stream, at, context))}
    assert dict(zip(found.places.tolist(), found.lengths.tolist(), strict=True)) == expected
    assert set(found.weights.tolist()) == {1.0}


def test_a_sample_stands_for_all_places(tmp_path: Path) -> None:
    write(tmp_path / "src", {"a.py": "f(a)\n" * 2000 + "f(b)\n" * 1000})
    index = build(tmp_path / "home", tmp_path / "src")
    context = Vocabulary(index).ids(["\n", "f", "("], frozenset())
    found = match_index(index, context, ())
    assert len(found.places) < 3000
    assert found.weights.sum() == pytest.approx(3000, rel=0.01)
    following = index.stream[found.places]
    share = found.weights[following == index.find("a")].sum() / found.weights.sum()
    assert share == pytest.approx(2 / 3, abs=0.1)


def test_long_contexts_are_found_in_full(tmp_path: Path) -> None:
    write(tmp_path / "src", {"a.py": "f(a)\n" * 3000 + "x = y\nf(c)\n", "b.py": "x = y\nf(d)\n"})
    index = build(tmp_path / "home", tmp_path / "src")
    context = Vocabulary(index).ids(["x", "=", "y", "\n", "f", "("], frozenset())
    found = match_index(index, context, ())
    long = found.lengths >= 6
    assert {index.text(int(index.stream[at])) for at in found.places[long]} == {"c", "d"}
    file = index.by_path[str(tmp_path / "src" / "b.py")]
    found = match_index(index, context, [(file.start, file.stop)])
    long = found.lengths >= 6
    assert {index.text(int(index.stream[at])) for at in found.places[long]} == {"c"}


def test_words_are_found_by_what_they_say(tmp_path: Path) -> None:
    write(tmp_path / "src", {"a.py": "é = naïve_𝒳(1)\n"})
    index = build(tmp_path / "home", tmp_path / "src")
    for token in range(len(index)):
        assert index.find(index.text(token)) == token
    assert index.find("missing") == -1


def test_an_unchanged_folder_keeps_its_index(tmp_path: Path) -> None:
    write(tmp_path / "src", {"a.py": "a\n"})
    first = build(tmp_path / "home", tmp_path / "src")
    assert build(tmp_path / "home", tmp_path / "src").path == first.path


def test_a_changed_folder_is_indexed_as_if_anew(tmp_path: Path) -> None:
    folder = tmp_path / "src"
    write(folder, {f"{name}.py": f"def {name}(x):\n    return x\n" for name in "abcdef"})
    first = build(tmp_path / "home", folder)
    write(folder, {"b.py": "changed = 1\n", "g.py": "new = 2\n"})
    (folder / "c.py").unlink()
    os.utime(folder / "b.py", ns=(1, 1))
    second = build(tmp_path / "home", folder)
    assert second.path != first.path
    assert said(second) == said(build(tmp_path / "other", folder))
    remove_older(tmp_path / "home", second.path)
    assert [*(tmp_path / "home").iterdir()] == [second.path]


def test_an_empty_folder_gives_an_index(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    index = build(tmp_path / "home", tmp_path / "src")
    assert said(index) == [""]
    assert len(index) == len(FIXED)


def start(*arguments: str) -> subprocess.Popen[str]:
    """Start the indexer as the engine does: its standard input stays open as long as we live."""
    return subprocess.Popen(
        [sys.executable, "-m", "monkey_coder.offline.indexer", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(monkey_coder.__file__).parents[1])},
    )


def run(*arguments: str) -> tuple[int, list[dict[str, object]]]:
    """Run the indexer to its end; return its exit code and its reports."""
    with start(*arguments) as child:
        assert child.stdout is not None
        reports = [json.loads(line) for line in child.stdout]
        code = child.wait()
    return code, reports


def test_the_command_says_what_it_made(tmp_path: Path) -> None:
    write(tmp_path / "src", {"a.py": "a\n"})
    code, reports = run(str(tmp_path / "home"), str(tmp_path / "src"))
    assert code == 0
    index = newest_index(tmp_path / "home")
    assert index is not None
    assert reports[-1] == {"done": str(index.path)}


def test_the_command_says_why_it_failed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    write(tmp_path / "src", {"a.py": "a\n"})
    code, reports = run(str(tmp_path / "file"), str(tmp_path / "src"))
    assert code == 1
    assert "file" in str(reports[-1]["error"])


def test_the_command_ends_with_who_started_it(tmp_path: Path) -> None:
    write(tmp_path / "src", {f"{n}.py": "def f(x): return x + 1\n" * 2000 for n in range(60)})
    with start(str(tmp_path / "home"), str(tmp_path / "src")) as child:
        assert child.stdout is not None
        child.stdout.readline()
    assert child.returncode == 3
    assert newest_index(tmp_path / "home") is None
