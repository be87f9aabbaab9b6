"""What a model gets to see holds no secret."""

from __future__ import annotations

from dataclasses import replace

from tests.scripted import ScriptedModel

from monkey_coder.context.redact import Redactor, redact
from monkey_coder.context.redacted import Redacted, redacted
from monkey_coder.core.documents import Document, Span
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
