"""Ghost text from the user's own code: what is suggested, what never is, and how it is learned."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from monkey_coder.core.documents import Document, Span
from monkey_coder.core.errors import InputError
from monkey_coder.core.model import Event, Finished, Request, Task, TaskKind, TextDelta
from monkey_coder.offline.ghost import GhostEngine, GhostModel
from monkey_coder.offline.indexer import newest_index

REPEATED = "".join(
    f"def get_{name}(request):\n    user = load_user(request, strict=True)\n    return user.{name}\n\n\n"
    for name in ("name", "mail", "phone", "street", "city")
)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GhostEngine]:
    # What is asked here is what is suggested, not how soon: a busy machine changes nothing.
    monkeypatch.setattr("monkey_coder.offline.ghost._UNASKED_S", 10.0)
    monkeypatch.setattr("monkey_coder.offline.ghost._FIRST_READ_S", 10.0)
    engine = GhostEngine(tmp_path / "cache")
    yield engine
    engine.close()


def document(marked: str, *, path: Path | None = None, folder: Path | None = None) -> tuple[Document, int]:
    offset = marked.index("<|>")
    uri = path.as_uri() if path else "untitled:1"
    text = marked.replace("<|>", "")
    return Document(
        uri, "python", 1, text, str(path) if path else None, str(folder) if folder else None
    ), offset


async def events(
    engine: GhostEngine, marked: str, *, is_invoked: bool = False, **places: Path
) -> list[Event]:
    found, offset = document(marked, **places)
    task = Task(TaskKind.COMPLETE, found, Span(offset, offset), is_invoked=is_invoked)
    async with aclosing(GhostModel(engine).stream(Request(task))) as stream:
        return [event async for event in stream]


async def suggestion(engine: GhostEngine, marked: str, **places: Path) -> str:
    return "".join(
        event.text for event in await events(engine, marked, **places) if isinstance(event, TextDelta)
    )


async def until(engine: GhostEngine, state: str) -> None:
    async with asyncio.timeout(60):
        while not engine.state.startswith(state):
            assert not engine.state.startswith("cannot"), engine.state
            await asyncio.sleep(0.02)


async def test_a_line_that_the_file_repeats_is_completed(engine: GhostEngine) -> None:
    marked = REPEATED + "def get_zip(request):\n    user = <|>\n    return user.zip\n"
    assert await suggestion(engine, marked) == "load_user(request, strict=True)"


async def test_a_word_before_the_cursor_is_completed(engine: GhostEngine) -> None:
    marked = REPEATED + "def get_zip(request):\n    user = load_us<|>\n    return user.zip\n"
    assert await suggestion(engine, marked) == "er(request, strict=True)"


async def test_text_after_the_line_is_learned_too(engine: GhostEngine) -> None:
    marked = "def get_zip(request):\n    user = <|>\n    return user.zip\n\n\n" + REPEATED
    assert await suggestion(engine, marked) == "load_user(request, strict=True)"


async def test_what_stands_after_the_cursor_is_not_repeated(engine: GhostEngine) -> None:
    marked = REPEATED + "def get_zip(request):\n    user = load_user(<|>)\n    return user.zip\n"
    assert await suggestion(engine, marked) == "request, strict=True"


async def test_nothing_is_suggested_in_the_middle_of_a_word(engine: GhostEngine) -> None:
    assert await suggestion(engine, REPEATED + "def get_zip(request):\n    user = loa<|>d\n") == ""


async def test_nothing_is_suggested_where_nothing_is_sure(engine: GhostEngine) -> None:
    found = await events(engine, "alpha = 1\nbeta<|>\n")
    assert [type(event) for event in found] == [Finished]
    assert isinstance(found[0], Finished)
    assert found[0].model == "offline"
    assert found[0].confidence is not None
    assert found[0].confidence < 0.25


async def test_who_asks_by_hand_gets_less_sure_suggestions(engine: GhostEngine) -> None:
    marked = "total = first + second\nprint(total)\ntotal = first <|>\n"
    unasked, asked = await events(engine, marked), await events(engine, marked, is_invoked=True)
    assert len(asked) >= len(unasked)


@pytest.mark.parametrize("marked", ["<|>", "\n<|>\n", "x<|>", "\x00\ufffe<|>\x00", "(((<|>", "é = 'ü\n<|>𝒳"])
async def test_any_text_is_answered(engine: GhostEngine, marked: str) -> None:
    assert isinstance((await events(engine, marked))[-1], Finished)


async def test_a_place_outside_the_text_is_refused(engine: GhostEngine) -> None:
    found, _ = document("a<|>")
    with pytest.raises(InputError, match="outside the document"):
        await engine.predict(found, 9)


async def test_another_task_is_refused(engine: GhostEngine) -> None:
    found, offset = document("a<|>")
    with pytest.raises(InputError, match="only completes"):
        await anext(GhostModel(engine).stream(Request(Task(TaskKind.FIX, found, Span(offset, offset)))))


async def test_the_workspace_is_learned_and_kept(engine: GhostEngine, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "a.py").write_text(REPEATED)
    engine.open_folders([str(folder)])
    await until(engine, "ready")
    marked = "def get_zip(request):\n    user = <|>\n    return user.zip\n"
    places = {"path": folder / "b" / "b.py", "folder": folder}
    assert await suggestion(engine, marked, **places) == "load_user(request, strict=True)"
    engine.close()
    again = GhostEngine(tmp_path / "cache")
    again.open_folders([str(folder)])
    await until(again, "ready")
    assert await suggestion(again, marked, **places) == "load_user(request, strict=True)"
    again.close()


async def test_before_there_is_an_index_the_files_beside_are_read(
    engine: GhostEngine, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text(REPEATED)
    marked = "def get_zip(request):\n    user = <|>\n    return user.zip\n"
    places = {"path": tmp_path / "b.py", "folder": tmp_path}
    engine.observe(document(marked, **places)[0])
    assert await suggestion(engine, marked, **places) == "load_user(request, strict=True)"


async def test_an_open_document_counts_as_it_is_now(engine: GhostEngine, tmp_path: Path) -> None:
    other, _ = document("<|>" + REPEATED, path=tmp_path / "a.py", folder=tmp_path)
    engine.observe(replace(other, text="x = 1\n"))
    engine.observe(replace(other, version=2))
    marked = "def get_zip(request):\n    user = <|>\n    return user.zip\n"
    places = {"path": tmp_path / "b" / "b.py", "folder": tmp_path}
    assert await suggestion(engine, marked, **places) == "load_user(request, strict=True)"
    engine.forget(other.uri)
    assert await suggestion(engine, marked, **places) == ""


async def test_keys_and_long_text_of_other_files_are_never_suggested(
    engine: GhostEngine, tmp_path: Path
) -> None:
    key = "AKIA" + "IOSFODNN7EXAMPLEQ2X9ABCD"
    other, _ = document(f'<|>token = "{key}"\n' * 9, path=tmp_path / "a.py", folder=tmp_path)
    engine.observe(other)
    found, offset = document('token = "<|>\n', path=tmp_path / "b.py", folder=tmp_path)
    prediction = await engine.predict(found, offset)
    assert key not in prediction.text
    assert not any(key in text for text, _ in prediction.ranked)


async def test_a_damaged_index_is_built_again(engine: GhostEngine, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "a.py").write_text(REPEATED)
    engine.open_folders([str(folder)])
    await until(engine, "ready")
    engine.close()
    (index,) = (tmp_path / "cache").glob("*/*.index")
    for damage in (b"", b"MonkeyCoderGhost", index.read_bytes()[:-9], b"\xff" * 4096):
        index.write_bytes(damage)
        assert newest_index(index.parent) is None
    again = GhostEngine(tmp_path / "cache")
    again.open_folders([str(folder)])
    await until(again, "ready")
    again.close()


async def test_a_superseded_request_does_not_hold_up_the_next(engine: GhostEngine) -> None:
    found, offset = document(REPEATED + "user = <|>\n")
    await engine.predict(found, offset)
    requests = [asyncio.ensure_future(engine.predict(found, offset)) for _ in range(20)]
    await asyncio.sleep(0)
    for request in requests[:-1]:
        request.cancel()
    began = time.monotonic()
    await requests[-1]
    assert time.monotonic() - began < 5
    await asyncio.gather(*requests, return_exceptions=True)
    assert sum(request.cancelled() for request in requests) == 19


@pytest.mark.parametrize("after", ["", "\n", "\n\n\ndef last():\n    pass\n"])
async def test_where_the_next_line_is_not_written_yet_a_block_can_be_opened(
    engine: GhostEngine, after: str
) -> None:
    loop = "def total_of_{}(orders):\n    total = 0\n    for order in orders:\n        total += order.price\n"
    text = loop.format("games") + "\n\n" + loop.format("lamps") + "\n\n"
    text += "def total_of_toys(orders):\n    total = 0\n    for"
    assert await suggestion(engine, text + "<|>" + after) == " order in orders:"


async def test_a_block_can_go_on_above_a_line_that_lies_outside_it(engine: GhostEngine) -> None:
    head = "def {}(self):\n    if self.stale:\n"
    whole = head + "        self._fetch_all()\n        self.n += 1\n    return 1\n\n\n"
    text = whole.format("first") + whole.format("second") + head.format("third")
    assert await suggestion(engine, text + "        self._fetch<|>\n    return 1\n") == "_all()"
