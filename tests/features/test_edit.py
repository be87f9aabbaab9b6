"""An edit: drafts that are stable, an end that is checked, and a session that survives typing."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.scripted import ScriptedModel

from monkey_coder.core.documents import Document, Hunk, Span, TextEdit, apply_edits
from monkey_coder.core.errors import EditError, InputError, ProviderError
from monkey_coder.core.kit import Kit, Limits
from monkey_coder.core.model import Event, Finished, FinishReason, Task, TaskKind, TextDelta, Warned
from monkey_coder.features.edit import EditDraft, EditReady, propose
from monkey_coder.features.edit_session import EditSession

CODE = "def f():\n    return 1\n\n\ndef g():\n    return 2\n"
F = Span(0, 22)
STOP = Finished(FinishReason.STOP, "scripted")


async def run(*events: Event, code: str = CODE, span: Span = F) -> list[EditDraft | EditReady]:
    model = ScriptedModel([events])
    kit = Kit(model, model, model, time.monotonic, limits=Limits(document=1_000))
    document = Document("file:///a.py", "python", 1, code)
    task = Task(TaskKind.EDIT, document, span, "return 3")
    return [update async for update in propose(kit, task)]


def pieces(text: str, size: int = 3) -> tuple[TextDelta, ...]:
    return tuple(TextDelta(text[at : at + size]) for at in range(0, len(text), size))


async def test_an_edit_streams_and_ends_ready() -> None:
    updates = await run(*pieces("```python\ndef f():\n    x = 3\n    return x\n```\n"), STOP)
    *drafts, ready = updates
    assert isinstance(ready, EditReady)
    assert ready.new_text == CODE.replace("    return 1", "    x = 3\n    return x")
    assert all(isinstance(draft, EditDraft) for draft in drafts)
    assert len(drafts) >= 2


async def test_an_answer_that_does_not_parse_is_refused() -> None:
    with pytest.raises(EditError, match="does not parse as python"):
        await run(*pieces("```python\ndef f(:\n    return 3\n```\n"), STOP)


async def test_an_answer_that_was_cut_off_is_refused() -> None:
    with pytest.raises(ProviderError, match="cut off"):
        await run(*pieces("```python\ndef f():\n    return 3\n```\n"))


async def test_an_answer_at_its_length_limit_is_refused() -> None:
    with pytest.raises(EditError, match="length limit"):
        await run(TextDelta("```\nx\n```"), Finished(FinishReason.LENGTH, "scripted"))


async def test_a_warning_alone_means_nothing_to_do() -> None:
    (ready,) = await run(Warned("nothing to fix"), STOP)
    assert isinstance(ready, EditReady)
    assert ready.hunks == ()
    assert ready.warnings == ("nothing to fix",)


async def test_a_document_that_is_too_large_is_refused() -> None:
    with pytest.raises(InputError, match="limit is 1,000"):
        await run(STOP, code="x = 1\n" * 400)


TEXT = st.text(alphabet="ab\n", min_size=12, max_size=12)
EDIT = st.tuples(st.integers(0, 12), st.integers(0, 3), st.text(alphabet="XY\n", max_size=3))


@given(TEXT, EDIT)
def test_typing_beside_hunks_loses_nothing(text: str, typed: tuple[int, int, str]) -> None:
    at, length, new = typed
    edit = TextEdit(at, min(at + length, 12), new)
    session = EditSession(text, 1, (Hunk(0, 2, 4, "<one>"), Hunk(1, 8, 8, "<two>")))
    is_open = session.shift([edit], 2)
    assert session.text == text[: edit.start] + new + text[edit.end :]
    if is_open:
        result = apply_edits(session.text, session.hunks)
        removed = text[:2] + text[4:]
        assert result.replace("<one>", "").replace("<two>", "").count("X") == new.count("X")
        assert len(result) == len(removed) + len("<one><two>") + len(new) - (edit.end - edit.start)
    else:
        assert session.hunks == ()


def test_hunks_are_accepted_one_by_one_in_any_order() -> None:
    session = EditSession("a\nb\nc\n", 1, (Hunk(0, 0, 2, "A1\nA2\n"), Hunk(1, 4, 6, "C\n")))
    (second,) = session.accept([1])
    assert session.shift([second], 2)
    (first,) = session.accept([0])
    assert not session.shift([first], 3)
    assert session.text == "A1\nA2\nb\nC\n"


def test_a_refused_accept_keeps_the_session() -> None:
    session = EditSession("a\n", 1, (Hunk(0, 0, 2, "b\n"),))
    assert session.accept()
    session.settle(is_applied=False)
    assert session.is_open
    assert session.accept() == (TextEdit(0, 2, "b\n"),)


def test_a_whole_document_change_elsewhere_keeps_the_session() -> None:
    session = EditSession("a\nb\nc\n", 1, (Hunk(0, 4, 6, "C\n"),))
    assert session.shift([TextEdit(0, 6, "a!\nb\nc\n")], 2)
    assert apply_edits(session.text, session.hunks) == "a!\nb\nC\n"
