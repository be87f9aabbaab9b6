"""Nothing that a model writes can steer the terminal, and colours are shown only where wanted."""

from __future__ import annotations

import io

import pytest

from monkey_coder.cli.difftext import coloured
from monkey_coder.cli.markdown import MarkdownPrinter
from monkey_coder.cli.terminal import Terminal, cut, visible, width_of


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def terminal(*, tty: bool = True, answer: str = "", **environment: str) -> Terminal:
    kind = Tty if tty else io.StringIO
    return Terminal(kind(), kind(), kind(answer), environment)


@pytest.mark.parametrize(
    "attack",
    [
        "\x1b[2J", "\x1b]0;title\x07", "\x1b]8;;http://evil\x1b\\", "\x9b2J", "\x90q\x9c", "a\rb", "a\x08b",
        "\x7f", "\u202eabc", "\u2066x\u2069", "\x0c", "\x00",
    ],
)  # fmt: skip
def test_control_characters_never_reach_the_terminal(attack: str) -> None:
    shown = visible(f"before {attack} after")
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in shown)
    assert "\u202e" not in shown and "\u2066" not in shown
    assert shown.startswith("before ") and shown.endswith(" after")


def test_ordinary_text_is_left_alone() -> None:
    assert visible("tab\tline\nwin\r\né 🐒 \u200d") == "tab\tline\nwin\né 🐒 \u200d"


def test_colours_only_where_wanted() -> None:
    assert terminal().style("x", "red") == "\x1b[31mx\x1b[0m"
    assert terminal(NO_COLOR="1").style("x", "red") == "x"
    assert terminal(TERM="dumb").style("x", "red") == "x"
    assert terminal(tty=False).style("x", "red") == "x"
    assert terminal(tty=False, FORCE_COLOR="1").style("x", "red") == "\x1b[31mx\x1b[0m"


def test_cut_counts_columns_not_characters() -> None:
    assert width_of("\x1b[31mab\x1b[0m猿") == 4
    assert cut("abcdef", 4) == "abc…"
    assert cut("猿猿猿", 4) == "猿…"
    assert cut("\x1b[31mabcdef\x1b[0m", 4) == "\x1b[31mabc…\x1b[0m"
    assert cut("abcd", 4) == "abcd"


@pytest.mark.parametrize(("answer", "says"), [("y\n", True), ("Yes\n", True), ("\n", False), ("", False)])
def test_only_yes_is_yes(answer: str, says: bool) -> None:
    assert terminal(answer=answer).ask("Write?") is says


def test_status_is_erased_on_a_terminal_and_a_line_elsewhere() -> None:
    quiet = terminal(tty=False)
    with quiet.live("asking") as live:
        live.say("asking")
        live.say("half way")
    assert quiet.err.getvalue() == "asking\nhalf way\n"  # type: ignore[attr-defined]
    lively = terminal()
    with lively.live("asking") as live:
        live.show(lambda: ["one", "two"])
        live._draw()
        live._draw()
    drawn = lively.err.getvalue()  # type: ignore[attr-defined]
    assert "\x1b[2A\x1b[J" in drawn and "two" in drawn
    assert drawn.endswith("\x1b[J\x1b[?25h")


def test_diff_is_coloured_line_by_line() -> None:
    diff = "--- a/x\n+++ b/x\n@@ -1,2 +1 @@\n--- sql comment\n+b\x1b[2J\n c\n"
    assert coloured(diff, terminal()) == [
        "\x1b[1m--- a/x\x1b[0m",
        "\x1b[1m+++ b/x\x1b[0m",
        "\x1b[36m@@ -1,2 +1 @@\x1b[0m",
        "\x1b[31m--- sql comment\x1b[0m",
        "\x1b[32m+b␛[2J\x1b[0m",
        " c",
    ]


def test_carriage_returns_show_only_where_they_differ() -> None:
    head = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n"
    plain = terminal(tty=False)
    assert coloured(f"{head}-a\r\n+b\r\n", plain)[3:] == ["-a", "+b"]
    assert coloured(f"{head}-a\r\n+a\n", plain)[3:] == ["-a␍", "+a"]


def markdown(text: str, **environment: str) -> str:
    shown = terminal(**environment)
    printer = MarkdownPrinter(shown)
    for char in text:
        printer.feed(char)
    printer.close()
    return shown.out.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_markdown_is_rendered_as_it_arrives() -> None:
    text = "# Head `x`\n\n- **one** is `two`\n```python\nx = '**'\n```\n[label](target) \x1b[2J\nend"
    assert markdown(text) == (
        "\x1b[1;4mHead x\x1b[0m\n\n• \x1b[1mone\x1b[0m is \x1b[36mtwo\x1b[0m\n\n"
        "    \x1b[36mx = '**'\x1b[0m\n\nlabel (\x1b[2mtarget\x1b[0m) ␛[2J\nend\n"
    )


def test_markdown_without_colours_is_left_as_it_is() -> None:
    assert markdown("# Head\n- **one**\n", NO_COLOR="1") == "# Head\n- **one**\n"
