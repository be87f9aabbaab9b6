"""No answer loads anything when it is shown (CVE class: Markdown images and diagrams that exfiltrate)."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.requests import STOP

from monkey_coder.core.model import Event, TextDelta
from monkey_coder.features.inert import InertMarkdown, inert

CASES = [
    ("a ![logo](https://collect.example/?k=1) b", "a [logo](https://collect.example/?k=1) b"),
    ("![x][ref]\n\n[ref]: https://collect.example/?k=1", "[x][ref]\n\n[ref]: https://collect.example/?k=1"),
    ("<IMG src=//collect.example>", "&lt;IMG src=//collect.example>"),
    ("a < b and <b>bold</b>", "a < b and <b>bold</b>"),
    ("`vec![1]` and ``a ` ![x](y)`` stay", "`vec![1]` and ``a ` ![x](y)`` stay"),
    ("```rust\nlet a = vec![1];\n```\n![x](y)\n", "```rust\nlet a = vec![1];\n```\n[x](y)\n"),
    ("```html\n<img src=x>\n```\n", "```html\n<img src=x>\n```\n"),
    ("~~~~\n```\n![x](y)\n~~~~\n![x](y)", "~~~~\n```\n![x](y)\n~~~~\n[x](y)"),
    ("```mermaid\nimg: ![x](y)\n```\n", "```text\nimg: ![x](y)\n```\n"),
    ("a ` ![x](y)\n![x](y)", "a ` [x](y)\n[x](y)"),
    ("Done!", "Done!"),
]


@pytest.mark.parametrize(("said", "shown"), CASES)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_images_become_links_however_the_answer_comes(said: str, shown: str, size: int) -> None:
    markdown = InertMarkdown()
    pieces = [markdown.feed(said[at : at + size]) for at in range(0, len(said), size)]
    assert "".join(pieces) + markdown.rest() == shown


@given(st.text("![]()<img`~ \nab", max_size=60), st.integers(1, 9))
def test_pieces_change_nothing(said: str, size: int) -> None:
    whole, parts = InertMarkdown(), InertMarkdown()
    at_once = whole.feed(said) + whole.rest()
    shown = "".join(parts.feed(said[at : at + size]) for at in range(0, len(said), size)) + parts.rest()
    assert shown == at_once


async def test_a_stream_keeps_its_order_and_its_end() -> None:
    async def events() -> AsyncGenerator[Event, None]:
        for text in ("see !", "[x](y) `a", "b!"):
            yield TextDelta(text)
        yield STOP

    found = [event async for event in inert(events())]
    assert found[-1] == STOP
    assert "".join(one.text for one in found if isinstance(one, TextDelta)) == "see [x](y) `ab!"
