"""An edit: drafts that are stable, an end that is checked, and a session that survives typing."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest
from benchmarks.typing import Simulation
from hypothesis import given
from hypothesis import strategies as st
from tests.scripted import ScriptedModel

from monkey_coder.core.documents import Document, Hunk, Span, TextEdit, apply_edits
from monkey_coder.core.errors import EditError, InputError, ProviderError
from monkey_coder.core.kit import Kit, Limits
from monkey_coder.core.model import Event, Finished, FinishReason, Task, TaskKind, TextDelta, ToolCall, Warned
from monkey_coder.features.edit import EditDraft, EditReady, propose
from monkey_coder.features.edit_files import Workspace
from monkey_coder.features.edit_session import EditSession

CODE = "def f():\n    return 1\n\n\ndef g():\n    return 2\n"
F = Span(0, 22)
STOP = Finished(FinishReason.STOP, "scripted")


async def run(*events: Event, code: str = CODE, span: Span = F) -> list[EditDraft | EditReady]:
    return await run_model(ScriptedModel([events]), code=code, span=span)


async def run_model(
    model: ScriptedModel,
    *,
    offline: ScriptedModel | None = None,
    code: str = CODE,
    span: Span = F,
    folder: Path | None = None,
) -> list[EditDraft | EditReady]:
    offline = offline or ScriptedModel([], name="offline")
    kit = Kit(model, model, offline, time.monotonic, limits=Limits(document=1_000))
    path, root = (str(folder / "a.py"), str(folder)) if folder else (None, None)
    document = Document("file:///a.py", "python", 1, code, path, root)
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


async def test_an_answer_that_does_not_parse_is_sent_back_once_and_then_refused() -> None:
    broken = (*pieces("```python\ndef f(:\n    return 3\n```\n"), STOP)
    model = ScriptedModel([broken, broken])
    with pytest.raises(EditError, match="does not parse as python"):
        await run_model(model)
    assert len(model.requests) == 2


async def test_a_refused_block_is_sent_back_with_the_reason_and_the_next_answer_counts() -> None:
    wrong = "<<<<<<< SEARCH\n    return 7 * 6\n=======\n    return 3\n>>>>>>> REPLACE\n"
    right = wrong.replace("7 * 6", "1")
    model = ScriptedModel([(*pieces(wrong), STOP), (*pieces(right), STOP)])
    *_, ready = await run_model(model)
    assert isinstance(ready, EditReady)
    assert ready.new_text == CODE.replace("return 1", "return 3")
    *_, answer, again = model.requests[1].messages
    assert (answer.role, answer.content) == ("assistant", wrong)
    assert "does not hold" in again.content
    assert "return 7 * 6" in again.content


async def test_the_offline_engine_is_not_asked_twice() -> None:
    model = ScriptedModel([(*pieces("```python\ndef f(:\n```\n"), Finished(FinishReason.STOP, "offline"))])
    model.name = "offline"
    with pytest.raises(EditError, match="does not parse"):
        await run_model(model, offline=model)


async def test_a_tool_call_is_an_edit() -> None:
    call = ToolCall("1", "str_replace", {"old_str": "    return 1\n", "new_str": "    return 3\n"})
    *_, ready = await run(call, STOP)
    assert isinstance(ready, EditReady)
    assert ready.new_text == CODE.replace("return 1", "return 3")


async def test_other_files_of_the_folder_are_changed_with_it(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_bytes(b"x = 1\r\n")
    block = "<<<<<<< SEARCH\n{}\n=======\n{}\n>>>>>>> REPLACE\n"
    answer = (
        f"a.py\n{block.format('    return 1', '    return 3')}\nb.py\n{block.format('x = 1', 'x = 2')}\n"
        "lib/c.py\n```python\ny = 1\n```\n"
    )
    *_, ready = await run_model(ScriptedModel([(*pieces(answer), STOP)]), folder=tmp_path)
    assert isinstance(ready, EditReady)
    b, c = ready.others
    assert (b.creates, apply_edits(b.target.text, b.hunks)) == (False, "x = 2\r\n")
    assert (c.creates, apply_edits(c.target.text, c.hunks)) == (True, "y = 1\n")
    assert c.target.path == str(tmp_path / "lib" / "c.py")
    assert [hunk.id for one in ready.files for hunk in one.hunks] == [0, 1, 2]
    assert not ready.warnings


@pytest.mark.parametrize("path", ["../outside.py", "/etc/outside.py"])
async def test_a_file_outside_the_folder_is_refused(path: str, tmp_path: Path) -> None:
    answer = (*pieces(f"{path}\n```python\ny = 1\n```\n"), STOP)
    with pytest.raises(EditError, match="outside the workspace folders"):
        await run_model(ScriptedModel([answer, answer]), folder=tmp_path)


BLOCK = "{path}\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"


async def test_a_file_that_the_editor_holds_is_changed_as_it_stands_there(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text("x = 1\n")
    (tmp_path / "link").symlink_to(tmp_path)
    held = Document("file:///held.py", "python", 9, "x = 1  # unsaved\n", str(tmp_path / "link" / "b.py"))
    answer = BLOCK.format(path="b.py", old="x = 1  # unsaved", new="x = 2")
    document = Document((tmp_path / "a.py").as_uri(), "python", 1, CODE, str(tmp_path / "a.py"))
    model = ScriptedModel([(*pieces(answer), STOP)])
    kit = Kit(model, model, ScriptedModel([], name="offline"), time.monotonic)
    workspace = Workspace((str(tmp_path),), lambda: [held])
    *_, ready = [up async for up in propose(kit, Task(TaskKind.EDIT, document, F, "x"), workspace)]
    assert isinstance(ready, EditReady)
    assert ready.hunks == ()
    (other,) = ready.changed
    assert (other.target, other.new_text) == (held, "x = 2\n")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (BLOCK.format(path="b.py", old="x = 7", new="x = 2"), "does not fit"),
        (BLOCK.format(path="b.py", old="x = 1", new="x = ("), "does not parse"),
        (BLOCK.format(path="c.py", old="x = 1", new="x = 2"), "does not exist"),
        (BLOCK.format(path="pipe.py", old="x = 1", new="x = 2"), "pipe"),
        (BLOCK.format(path="out.py", old="x = 1", new="x = 2"), "outside"),
        ("b.py\n```python\nx = 2\n```\n\nlink.py\n```python\nx = 3\n```\n", "two names"),
    ],
)
async def test_one_file_that_cannot_be_changed_refuses_them_all(
    answer: str, says: str, tmp_path: Path
) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "b.py").write_text("x = 1\n")
    (folder / "link.py").symlink_to("b.py")
    (folder / "out.py").symlink_to(tmp_path / "outside.py")
    (tmp_path / "outside.py").write_text("x = 1\n")
    os.mkfifo(folder / "pipe.py")
    own = BLOCK.format(path="a.py", old="    return 1", new="    return 3")
    with pytest.raises(EditError, match=says):
        await run_model(ScriptedModel([(*pieces(own + answer), STOP)] * 2), folder=folder)


async def test_a_file_of_keys_is_changed_only_when_the_user_agrees_and_no_model_hears_what_it_holds(
    tmp_path: Path,
) -> None:
    (tmp_path / ".env").write_text("TOKEN=hush\n")
    (tmp_path / ".gitignore").write_text("local.py\n")
    (tmp_path / "local.py").write_text("x = 1\n")
    answer = BLOCK.format(path=".env", old="TOKEN=hush", new="TOKEN=new")
    answer += BLOCK.format(path="local.py", old="x = 1", new="x = 2") + "b.py\n```python\ny = 1\n```\n"
    *_, ready = await run_model(ScriptedModel([(*pieces(answer), STOP)]), folder=tmp_path)
    assert isinstance(ready, EditReady)
    env, local, plain = ready.others
    assert "keys or passwords" in env.confirm
    assert "ignored" in local.confirm
    assert plain.confirm == ""

    wrong = (*pieces(BLOCK.format(path=".env", old="TOKEN=hus", new="TOKEN=new")), STOP)
    model = ScriptedModel([wrong, wrong])
    with pytest.raises(EditError, match="no model reads"):
        await run_model(model, folder=tmp_path)
    assert "hush" not in str(model.requests[1].messages)


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


TOUCHING = {
    "in the hunk": TextEdit(5, 5, "x"),
    "on the first line of the hunk": TextEdit(4, 4, "x"),
    "the line end before the hunk": TextEdit(3, 4, ""),
    "the last line of the hunk and the next": TextEdit(7, 9, ""),
}


@pytest.mark.parametrize("edit", TOUCHING.values(), ids=TOUCHING)
def test_typing_into_a_hunk_ends_the_session(edit: TextEdit) -> None:
    session = EditSession("abc\ndef\nghi\n", 1, (Hunk(0, 4, 8, "D\n"),))
    assert not session.shift([edit], 2)
    assert session.accept() == ()


BESIDE = {
    "a line before": (TextEdit(4, 4, "new\n"), "abc\nnew\nD\nghi\n"),
    "on the line after": (TextEdit(8, 8, "x"), "abc\nD\nxghi\n"),
    "at the end of the line before": (TextEdit(3, 3, "x"), "abcx\nD\nghi\n"),
}


@pytest.mark.parametrize(("edit", "expect"), BESIDE.values(), ids=BESIDE)
def test_typing_beside_a_hunk_moves_it(edit: TextEdit, expect: str) -> None:
    session = EditSession("abc\ndef\nghi\n", 1, (Hunk(0, 4, 8, "D\n"),))
    assert session.shift([edit], 2)
    assert apply_edits(session.text, session.accept()) == expect


def test_what_is_typed_where_lines_are_inserted_stays_with_its_line() -> None:
    session = EditSession("abc\nghi\n", 1, (Hunk(0, 4, 4, "def\n"),))
    assert session.shift([TextEdit(4, 4, "x")], 2)
    assert apply_edits(session.text, session.accept()) == "abc\ndef\nxghi\n"


def test_random_typing_loses_nothing() -> None:
    for seed in range(60):
        found = Simulation(random.Random(seed)).run()
        assert (found["lost"], found["diverged"]) == (0, 0), seed
