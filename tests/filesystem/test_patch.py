"""A diff is applied exactly, or refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monkey_coder.core.errors import FileError
from monkey_coder.filesystem.diff import unified_diff
from monkey_coder.filesystem.patch import parse_patch, patched

TEXTS = st.lists(st.sampled_from(["a", "b", "c", "", "-- a", "++ b", "\\", "\r", "\x0c"]), max_size=30).map(
    "\n".join
)


@given(st.none() | TEXTS, st.none() | TEXTS)
@settings(max_examples=300, deadline=None)
def test_our_own_diffs_apply(old: str | None, new: str | None) -> None:
    diff = unified_diff(old, new, "a/file.py")
    if not diff:
        assert old == new
        return
    (file,) = parse_patch(diff)
    assert file.path == "a/file.py"
    assert patched(old or "", file) == (new or "")


def test_several_files_in_the_words_of_git() -> None:
    diff = (
        "diff --git a/x.py b/x.py\nindex 1..2 100644\n--- a/x.py\n+++ b/x.py\n"
        "@@ -1,2 +1,2 @@ def f():\n a\n-b\n+B\n"
        "diff --git a/y.py b/y.py\nnew file mode 100644\n"
        "--- /dev/null\n+++ b/y.py\t2026-01-01\n@@ -0,0 +1 @@\n+y\n"
        "--- z.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-z\n"
    )
    files = parse_patch(diff)
    assert [(file.path, file.creates, file.deletes) for file in files] == [
        ("x.py", False, False),
        ("y.py", True, False),
        ("z.py", False, True),
    ]
    assert patched("a\nb\n", files[0]) == "a\nB\n"


@pytest.mark.parametrize(
    "diff",
    [
        "", "hello", "--- a/x\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n",
        "diff --git a/x b/x\nnew file mode 120000\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+/etc/passwd\n",
        "diff --git a/x b/y\nrename from x\nrename to y\n--- a/x\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n",
        "old mode 100644\nnew mode 100755\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
        '--- "a/\\303\\251"\n+++ "b/\\303\\251"\n@@ -1 +1 @@\n-a\n+b\n',
        "--- a/x\n+++ b/x\n@@ -1,3 +1 @@\n-a\n+b\n",
    ],
)  # fmt: skip
def test_what_is_no_plain_edit_is_refused(diff: str) -> None:
    with pytest.raises(FileError):
        parse_patch(diff)


@pytest.mark.parametrize("text", ["", "b\n", "x\na\n", "a"])
def test_a_diff_that_does_not_fit_is_refused(text: str) -> None:
    (file,) = parse_patch("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n")
    with pytest.raises(FileError, match="does not fit 'x' at line 1"):
        patched(text, file)
