"""Diffs apply: what `patch` makes of them is the new text."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monkey_coder.filesystem.diff import unified_diff

TEXTS = st.lists(st.sampled_from(["a", "b", "c", "", "\r", "\x0c"]), max_size=30).map("\n".join)
NO_EOL = "<no eol>"


def apply(old: str, diff: str) -> str:
    """Return the text that a unified diff makes of `old`, checking every line that it names."""
    before = re.findall(r"[^\n]*\n|[^\n]+", old)
    after: list[str] = []
    at = 0
    lines = re.sub(r"\n\\ No newline at end of file\n", NO_EOL + "\n", diff).split("\n")[2:-1]
    for line in lines:
        mark, text = line[0], line[1:].removesuffix(NO_EOL) + ("" if line.endswith(NO_EOL) else "\n")
        if mark == "@":
            start, _, length = line.split()[1][1:].partition(",")
            first = int(start) if length == "0" else int(start) - 1
            after += before[at:first]
            at = first
        if mark in " -":
            assert before[at] == text
            at += 1
        if mark in " +":
            after.append(text)
    return "".join(after + before[at:])


@given(TEXTS, TEXTS)
@settings(max_examples=300, deadline=None)
def test_diff_applies(old: str, new: str) -> None:
    diff = unified_diff(old, new, "file.py")
    assert apply(old, diff) == new if diff else old == new


def test_diff_reads_as_usual() -> None:
    old = "".join(f"{i}\n" for i in range(1, 12))
    assert unified_diff(old, old.replace("6\n", "six\n"), "src/file.py") == (
        "--- a/src/file.py\n+++ b/src/file.py\n@@ -3,7 +3,7 @@\n 3\n 4\n 5\n-6\n+six\n 7\n 8\n 9\n"
    )


def test_new_file_and_missing_end_of_line() -> None:
    assert unified_diff(None, "a\n", "x.py") == "--- /dev/null\n+++ b/x.py\n@@ -0,0 +1 @@\n+a\n"
    assert unified_diff("a", "a\n", "x.py") == (
        "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"
    )


def test_one_change_in_a_large_file_is_fast() -> None:
    old = "".join(f"line {i % 7}\n" for i in range(100_000))
    middle = len(old) // 2
    diff = unified_diff(old, old[:middle] + "x" + old[middle:], "x.py")
    assert diff.count("\n") == 11


@pytest.mark.skipif(shutil.which("git") is None, reason="git is absent")
def test_git_applies_it(tmp_path: Path) -> None:
    old, new = "a\r\nb\r\n\x0cc\nd", "a\r\nB\r\n\x0cc\nd\n"
    (tmp_path / "x.py").write_bytes(old.encode())
    diff = unified_diff(old, new, "x.py")
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=diff.encode(), check=True)
    assert (tmp_path / "x.py").read_bytes() == new.encode()
