"""The streaming diff: whatever arrives, what was shown stays, and the end is exact."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monkey_coder.codegen.streaming_diff import StreamingDiff, diff, lines_of
from monkey_coder.core.documents import apply_edits

LINES = st.lists(
    st.sampled_from(["a = 1\n", "b = 2\n", "}\n", "\n", "return long_name\n", "x\n"]), max_size=12
)
TEXT = st.text(alphabet="ab\n\r\x0c\u2028", max_size=40)


@given(TEXT, TEXT)
def test_diff_turns_old_into_new(old: str, new: str) -> None:
    assert apply_edits(old, diff(old, new)) == new


@given(TEXT)
def test_lines_end_at_newline_and_return_alone(text: str) -> None:
    lines = lines_of(text)
    assert "".join(lines) == text
    for line in lines:
        assert "\n" not in line[:-1]
        assert "\r" not in line[:-1] or line.endswith("\r\n")


@given(LINES, LINES)
def test_streamed_changes_apply_to_the_lines_reached(old: list[str], new: list[str]) -> None:
    streaming = StreamingDiff(old)
    for count, line in enumerate(new, 1):
        before = streaming.groups()
        streaming.feed(line)
        hunks = streaming.hunks()
        result = apply_edits("".join(old), hunks)
        assert result.startswith("".join(new[:count]))
        assert streaming.groups()[: max(len(before) - 1, 0)] == before[: max(len(before) - 1, 0)]


def test_a_kept_line_splits_the_change() -> None:
    streaming = StreamingDiff(["def f():\n", "    return 1\n"])
    for line in ["def f():\n", '    """Say one."""\n', "    return 1\n"]:
        streaming.feed(line)
    assert streaming.groups() == ((1, 1, '    """Say one."""\n'),)
