"""The memory: what is said comes back, is found, fits a window, and is gone when it is forgotten."""

from __future__ import annotations

import asyncio
import stat
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import apsw
import pytest
from tests.clocks import START, FakeClock
from tests.scripted import ScriptedModel

from monkey_coder.context.memory import Memory
from monkey_coder.core.embedder import Embeddings, EmbedKind
from monkey_coder.core.errors import FileError, InputError, ProviderError, ProviderFault
from monkey_coder.core.memory import Embedding
from monkey_coder.core.model import Finished, FinishReason, TextDelta

PROJECT = "/home/me/shop"


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "data" / "memory.sqlite")


@pytest.fixture
async def memory(path: str) -> AsyncIterator[Memory]:
    memory = Memory(path, FakeClock().clock)
    yield memory
    await memory.aclose()


async def talk(memory: Memory, *texts: str, project: str = PROJECT) -> str:
    key = await memory.start_conversation(project)
    for at, text in enumerate(texts):
        await memory.append(key, "assistant" if at % 2 else "user", text, "m" if at % 2 else "")
    return key


def bytes_of(path: str) -> bytes:
    folder = Path(path).parent
    return b"".join(one.read_bytes() for one in sorted(folder.iterdir()) if one.is_file())


async def test_a_conversation_comes_back_as_it_was_said(memory: Memory, path: str) -> None:
    key = await talk(memory, "how do we parse dates?", "With `parse_date`.\n\nIt is in dates.py.")
    await memory.aclose()
    again = Memory(path, FakeClock().clock)
    transcript = await again.conversation(key)
    assert [(one.role, one.text, one.model, one.at) for one in transcript.messages] == [
        ("user", "how do we parse dates?", "", START),
        ("assistant", "With `parse_date`.\n\nIt is in dates.py.", "m", START),
    ]
    assert transcript.conversation.title == "how do we parse dates?"
    assert transcript.conversation.n_messages == 2
    await again.aclose()


async def test_conversations_come_newest_first_and_by_project(path: str) -> None:
    clock = FakeClock()
    memory = Memory(path, clock.clock)
    keys = []
    for project in ("/a", "/b", "/a"):
        clock.wait(60)
        keys.append(await talk(memory, f"about {project}", project=project))
    assert [one.id for one in await memory.conversations("/a")] == [keys[2], keys[0]]
    assert [one.id for one in await memory.conversations(["/a", "/b"], 2)] == [keys[2], keys[1]]
    assert await memory.conversations("/nowhere") == ()
    clock.wait(60)
    await memory.append(keys[0], "user", "once more")
    assert (await memory.conversations())[0].id == keys[0]
    await memory.aclose()


@pytest.mark.parametrize("with_index", [True, False], ids=["sqlite-vec", "numpy"])
async def test_search_finds_by_words_their_forms_parts_of_names_and_pieces(
    path: str, monkeypatch: pytest.MonkeyPatch, with_index: bool
) -> None:
    if not with_index:
        monkeypatch.setitem(sys.modules, "sqlite_vec", None)
    memory = Memory(path, FakeClock().clock)
    await talk(memory, "The retry loop sleeps too long", "I changed getUserSessionToken to refresh it early")
    await talk(memory, "tokenisation of unicode identifiers", "see text_splitting.py")
    await talk(memory, "the retry loop of another shop", project="/elsewhere")

    async def first(query: str) -> str:
        hits = await memory.search(PROJECT, query, 3)
        return hits[0].message.text if hits else ""

    assert (await first("retries looping")).startswith("The retry loop")
    assert "getUserSessionToken" in await first("session of the user")
    # Another form of the word than any stemmer knows: the vectors find it.
    assert (await first("tokenised")).startswith("tokenisation")
    assert all(hit.conversation.project == PROJECT for hit in await memory.search(PROJECT, "retry loop"))
    assert len(await memory.search(None, "retry loop")) >= 2
    assert await memory.search(PROJECT, "   ") == ()
    assert "retry" in await first('"AND" retry: NEAR( ^ loop*')
    assert (await memory.stats()).index == ("sqlite-vec" if with_index else "numpy")
    await memory.aclose()


async def test_a_snippet_is_the_part_that_fits(memory: Memory) -> None:
    await talk(memory, "filler words here. " * 60 + "The flux capacitor needs 1.21 GW." + " more filler" * 60)
    (hit,) = await memory.search(PROJECT, "capacitor", 1)
    assert "flux capacitor needs" in hit.snippet
    assert len(hit.snippet) < 180


async def test_what_a_process_without_sqlite_vec_wrote_is_found_with_it(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "sqlite_vec", None)
        memory = Memory(path, FakeClock().clock)
        await talk(memory, "serialisation of matrices")
        await memory.aclose()
    memory = Memory(path, FakeClock().clock)
    assert [hit.message.text for hit in await memory.search(PROJECT, "serialise")] == [
        "serialisation of matrices"
    ]
    await memory.aclose()


async def test_a_secret_is_never_kept(memory: Memory, path: str) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    key = await talk(memory, f"why does {secret} not work?")
    await memory.decide(PROJECT, f"use {secret}")
    assert "<redacted:" in (await memory.conversation(key)).messages[0].text
    await memory.aclose()
    assert secret.encode() not in bytes_of(path)


@pytest.mark.parametrize("with_index", [True, False], ids=["sqlite-vec", "numpy"])
async def test_forgetting_leaves_no_byte(
    path: str, monkeypatch: pytest.MonkeyPatch, with_index: bool
) -> None:
    if not with_index:
        monkeypatch.setitem(sys.modules, "sqlite_vec", None)
    memory = Memory(path, FakeClock().clock)
    kept = await talk(memory, *(f"ordinary message number {i}" for i in range(60)))
    words = "xylophonequartz", "zyzzyvabrimstone"
    gone = await talk(memory, f"the {words[0]} is secret " * 40, f"yes, {words[1]}")
    await memory.aclose()  # A copy is made at the next start.
    memory = Memory(path, FakeClock().clock)
    await memory.settle()
    assert Path(f"{path}.backup").is_file()
    before = bytes_of(path)
    assert all(word.encode() in before for word in words)
    connection = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)
    ids = [int(one.id) for one in (await memory.conversation(gone)).messages]
    exact = [connection.execute("SELECT exact FROM vectors WHERE message = ?", (key,)).get for key in ids]
    codes = [connection.execute("SELECT code FROM vectors WHERE message = ?", (key,)).get for key in ids]
    connection.close()
    await memory.forget(gone)
    after = bytes_of(path)
    for word in words:
        for end in range(6, len(word) + 1):  # The index keeps words cut at their stems.
            assert word[:end].encode() not in after
    for vector in (*exact, *codes):
        assert isinstance(vector, bytes)
        assert vector not in after
    assert all("ordinary" in hit.message.text for hit in await memory.search(None, words[0]))
    assert (await memory.conversation(kept)).conversation.n_messages == 60
    with pytest.raises(InputError, match="no conversation"):
        await memory.conversation(gone)
    assert memory.notes == ()
    await memory.aclose()


async def test_forgetting_gives_the_room_back(path: str) -> None:
    memory = Memory(path, FakeClock().clock)
    await talk(memory, "small")
    large = await talk(memory, *(f"{i} " + "words that take room " * 200 for i in range(60)))
    grown = (await memory.stats()).n_bytes
    await memory.forget(large)
    assert (await memory.stats()).n_bytes < grown / 2
    await memory.aclose()


async def test_a_message_and_a_decision_can_be_forgotten_alone(memory: Memory) -> None:
    key = await talk(memory, "first", "second", "third")
    ids = [one.id for one in (await memory.conversation(key)).messages]
    await memory.forget(ids[1])
    assert [one.text for one in (await memory.conversation(key)).messages] == ["first", "third"]
    decided = await memory.decide(PROJECT, "tabs")
    await memory.decide(PROJECT, "ruff")
    await memory.forget(decided)
    assert [one.text for one in await memory.decisions(PROJECT)] == ["ruff"]
    for nothing in ("999", "d999", "abc"):
        with pytest.raises(InputError, match="there is no"):
            await memory.forget(nothing)
    assert await memory.forget_all(PROJECT) == 1
    assert await memory.conversations() == ()
    assert await memory.decisions() == ()


async def test_old_conversations_go_unless_pinned(path: str) -> None:
    clock = FakeClock()
    memory = Memory(path, clock.clock, days=30)
    old, pinned, holds_pin = [await talk(memory, text) for text in ("old", "pinned", "holds a pin")]
    await memory.pin(pinned)
    await memory.pin((await memory.conversation(holds_pin)).messages[0].id)
    clock.wait(31 * 86_400)
    new = await talk(memory, "new")
    left = {one.id for one in await memory.conversations()}
    assert left == {pinned, holds_pin, new}
    assert old not in left
    await memory.pin(pinned, False)
    clock.wait(7_200)
    assert {one.id for one in await memory.conversations()} == {holds_pin, new}
    await memory.aclose()


async def test_export_and_import_carry_everything_once(memory: Memory, tmp_path: Path) -> None:
    key = await talk(memory, "eins", "zwei — ü", "drei")
    await memory.pin(key)
    await memory.pin((await memory.conversation(key)).messages[1].id)
    await memory.decide(PROJECT, "we use tabs", key)
    lines = [line async for line in memory.export()]
    assert all(line.isascii() for line in lines)
    other = Memory(str(tmp_path / "other.sqlite"), FakeClock().clock)
    assert await other.import_lines(lines) == (1, 3)
    assert await other.import_lines(lines) == (0, 0)
    assert [line async for line in other.export()] == lines
    assert (await other.search(PROJECT, "zwei"))[0].message.text == "zwei — ü"
    for bad, why in (
        ("{", "line 1"),
        ('{"kind": "x"}', "neither"),
        (lines[0].replace('"user"', '"root"'), "root"),
        (lines[0].replace('"text"', '"txt"'), "'text' is missing"),
    ):
        with pytest.raises(InputError, match=why):
            await other.import_lines([bad])
    await other.aclose()


async def test_the_file_is_for_the_user_alone(memory: Memory, path: str) -> None:
    await talk(memory, "hello")
    if sys.platform != "win32":
        for one in Path(path).parent.iterdir():
            assert stat.S_IMODE(one.stat().st_mode) == 0o600
        assert stat.S_IMODE(Path(path).parent.stat().st_mode) == 0o700


async def test_one_in_memory_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    memory = Memory(":memory:", FakeClock().clock)
    key = await talk(memory, "hello there")
    assert (await memory.search(PROJECT, "hello"))[0].conversation.id == key
    assert (await memory.stats()).path == ""
    await memory.forget(key)
    assert await memory.conversations() == ()
    await memory.aclose()
    assert list(tmp_path.iterdir()) == []


# Windows and budgets.


async def test_all_of_a_short_conversation_goes_in(memory: Memory) -> None:
    key = await talk(memory, "a question", "an answer", "another")
    packed = await memory.pack(key, 1_000)
    assert [(one.role, one.content) for one in packed.messages] == [
        ("user", "a question"),
        ("assistant", "an answer"),
        ("user", "another"),
    ]
    assert packed.n_left_out == 0


async def test_a_long_one_keeps_pins_the_newest_and_what_fits(memory: Memory) -> None:
    key = await memory.start_conversation(PROJECT)
    for i in range(60):
        text = f"turn {i}: " + ("the zeppelin needs helium" if i == 5 else "small talk about the weather") * 4
        await memory.append(key, "assistant" if i % 2 else "user", text)
    said = (await memory.conversation(key)).messages
    await memory.pin(said[2].id)
    await memory.decide(PROJECT, "we measure in metres")
    packed = await memory.pack(key, 900, "zeppelin helium")
    whole = "\n".join(one.content for one in packed.messages)
    assert packed.n_tokens <= 900
    assert packed.n_left_out > 20
    assert "turn 2:" in whole
    assert "turn 5:" in whole
    assert packed.messages[-1].content == said[-1].text
    assert packed.messages[0].role == "system"
    assert "we measure in metres" in packed.messages[0].content
    assert "in short" in packed.messages[0].content
    # The next turn has the same beginning, so that a prompt cache hits.
    assert (await memory.conversation(key)).summary


async def test_pins_and_the_newest_are_there_even_over_budget(memory: Memory) -> None:
    key = await talk(memory, "pinned " * 300, "b", "newest " * 300)
    await memory.pin((await memory.conversation(key)).messages[0].id)
    packed = await memory.pack(key, 100)
    texts = [one.content for one in packed.messages]
    assert "pinned " * 300 in texts
    assert "newest " * 300 in texts
    assert packed.is_over


async def test_a_model_summarises_where_there_is_one_and_words_do_where_it_fails(memory: Memory) -> None:
    turns = [f"turn {i} " + "we decided to use postgres because of arrays. " * 3 for i in range(40)]
    key = await talk(memory, *turns)
    model = ScriptedModel([(TextDelta("- they use postgres"), Finished(FinishReason.STOP, "m"))])
    packed = await memory.pack(key, 600, model=model)
    assert "- they use postgres" in packed.messages[0].content
    assert "turn 0" in model.requests[0].messages[1].content
    again = await memory.pack(key, 600, model=ScriptedModel([]))  # Nothing new: nobody is asked.
    assert again.messages[0] == packed.messages[0]
    for text in turns:
        await memory.append(key, "user", text)
    broken = ScriptedModel([ProviderError(ProviderFault.NETWORK, "down", provider="p", model="m")])
    told = (await memory.pack(key, 600, model=broken)).messages[0].content
    assert "postgres" in told
    assert "- user:" in told


# Embedders.


@dataclass
class Fake:
    """An embedder of a few letters, that can fail and change its dimension."""

    name: str = "fake/1"
    dimension: int = 8
    fails: bool = False
    asked: list[str] = field(default_factory=list)
    closed: bool = False

    async def embed(self, texts: Sequence[str], kind: EmbedKind = EmbedKind.DOCUMENT) -> Embeddings:
        if self.fails:
            raise ProviderError(ProviderFault.NETWORK, "no network", provider="fake", model="1")
        self.asked += texts
        vectors = [
            tuple(float(text.count(chr(97 + i))) + 0.01 for i in range(self.dimension)) for text in texts
        ]
        return Embeddings(tuple(vectors), self.name)

    async def close(self) -> None:
        self.closed = True


async def test_another_embedder_embeds_all_anew_and_says_so(path: str) -> None:
    memory = Memory(path, FakeClock().clock)
    await talk(memory, *(f"message {i} abc" for i in range(70)))
    await memory.aclose()
    reports: list[Embedding] = []
    memory = Memory(path, FakeClock().clock, Fake())
    memory.on_progress(reports.append)
    assert await memory.embed_all()
    assert any("from hashed-words-2048 (2048 numbers) to fake/1 (8 numbers)" in n for n in memory.notes)
    assert (await memory.stats()).embedding == Embedding("fake/1", 70, 70)
    assert reports
    assert reports[-1].is_complete
    await memory.aclose()


async def test_a_changed_dimension_is_noticed_and_mended(path: str) -> None:
    fake = Fake()
    memory = Memory(path, FakeClock().clock, fake)
    key = await talk(memory, "aaa", "bbb")
    fake.dimension = 16
    await memory.append(key, "user", "ccc")
    assert any("fake/1 (8 numbers) to fake/1 (16 numbers)" in note for note in memory.notes)
    assert (await memory.search(PROJECT, "ccc"))[0].message.text == "ccc"
    assert await memory.embed_all()
    assert (await memory.stats()).embedding == Embedding("fake/1", 3, 3)
    await memory.aclose()


async def test_a_failing_embedder_loses_nothing(path: str) -> None:
    fake = Fake(fails=True)
    memory = Memory(path, FakeClock().clock, fake)
    await talk(memory, "about walruses", "indeed")
    assert [hit.message.text for hit in await memory.search(PROJECT, "walruses")] == ["about walruses"]
    assert sum("no network" in note for note in memory.notes) == 1
    assert not (await memory.stats()).embedding.is_complete
    fake.fails = False
    assert await memory.embed_all()
    assert (await memory.stats()).embedding.is_complete
    await memory.aclose()


# What goes wrong.


@pytest.mark.parametrize("damage", ["head", "middle", "not a database"])
async def test_a_damaged_file_is_set_aside_and_carried_over(path: str, damage: str) -> None:
    memory = Memory(path, FakeClock().clock)
    for i in range(20):
        await talk(memory, *(f"conversation {i} message {j} " + "text " * 100 for j in range(10)))
    await memory.aclose()
    memory = Memory(path, FakeClock().clock)
    await memory.settle()  # Makes today's copy.
    await memory.aclose()
    data = bytearray(Path(path).read_bytes())
    if damage == "head":
        data[:4096] = bytes(4096)
    elif damage == "middle":
        for at in range(len(data) // 3, len(data) // 2):
            data[at] ^= 0x5A
        Path(f"{path}.backup").unlink()
    else:
        data = bytearray(b"this is no database at all. " * 500)
    Path(path).write_bytes(data)
    memory = Memory(path, FakeClock().clock)
    await memory.settle()
    n_messages = (await memory.stats()).n_messages
    assert n_messages == 200 if damage != "middle" else n_messages > 20
    assert any(
        "was damaged" in note and f"{n_messages} messages were carried" in note for note in memory.notes
    )
    assert len(list(Path(path).parent.glob("*.damaged-*"))) >= 1
    (hit, *_) = await memory.search(PROJECT, "conversation message")
    await memory.append(hit.conversation.id, "user", "goes on")
    assert (await memory.stats()).embedding.n_done == n_messages + 1
    await memory.aclose()


async def test_a_locked_file_is_said_to_be(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monkey_coder.context.memory_file._BUSY_MS", 50)
    memory = Memory(path, FakeClock().clock)
    key = await talk(memory, "hello")
    other = apsw.Connection(path)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(FileError, match="held by another program"):
        await memory.append(key, "user", "while it is locked")
    other.execute("ROLLBACK")
    other.close()
    await memory.append(key, "user", "after")
    assert [one.text for one in (await memory.conversation(key)).messages] == ["hello", "after"]
    await memory.aclose()


async def test_a_full_disk_is_said_and_loses_nothing(memory: Memory) -> None:
    key = await talk(memory, "hello")

    def narrow(connection: apsw.Connection) -> None:
        connection.pragma("max_page_count", connection.pragma("page_count") + 1)

    await memory._file.run(narrow)
    with pytest.raises(FileError, match="Make room"):
        await memory.append(key, "user", "x" * 100_000)
    assert [one.text for one in (await memory.conversation(key)).messages] == ["hello"]
    await memory._file.run(lambda connection: connection.pragma("max_page_count", 1 << 30))
    await memory.append(key, "user", "more")
    assert len((await memory.conversation(key)).messages) == 2


async def test_a_file_of_a_newer_version_is_left_alone(path: str) -> None:
    Path(path).parent.mkdir()
    connection = apsw.Connection(path)
    connection.pragma("user_version", 99)
    connection.close()
    memory = Memory(path, FakeClock().clock)
    with pytest.raises(FileError, match="newer Monkey Coder"):
        await memory.conversations()
    await memory.aclose()


async def test_bad_arguments_are_refused(memory: Memory) -> None:
    key = await talk(memory, "hello")
    with pytest.raises(InputError, match="role"):
        await memory.append(key, "system", "x")
    with pytest.raises(InputError, match="no conversation"):
        await memory.append("nowhere", "user", "x")
    with pytest.raises(InputError, match="text"):
        await memory.decide(PROJECT, "  ")


async def test_odd_texts_are_kept(memory: Memory) -> None:
    texts = [
        "",
        "\x00 zero",
        "日本語のテキスト",
        "🦜" * 50,
    ]
    key = await talk(memory, *texts)
    assert [one.text for one in (await memory.conversation(key)).messages] == texts
    assert (await memory.search(PROJECT, "日本語のテキスト"))[0].message.text == texts[2]


async def test_two_at_once_lose_nothing(path: str) -> None:
    one, other = Memory(path, FakeClock().clock), Memory(path, FakeClock().clock)
    key = await talk(one, "begin")
    await asyncio.gather(
        *(
            memory.append(key, "user", f"{name} {i}")
            for i in range(25)
            for name, memory in (("a", one), ("b", other))
        )
    )
    texts = {said.text for said in (await one.conversation(key)).messages}
    assert texts == {"begin", *(f"{name} {i}" for i in range(25) for name in "ab")}
    assert (await other.search(PROJECT, "begin"))[0].message.text == "begin"
    await one.aclose()
    await other.aclose()


async def test_a_time_is_kept_in_utc(memory: Memory) -> None:
    key = await memory.start_conversation(PROJECT)
    at = datetime.fromisoformat("2026-11-22T23:30:00.5+05:00")
    await memory.append(key, "user", "late", at=at)
    (said,) = (await memory.conversation(key)).messages
    assert said.at == at
    assert said.at.tzinfo is UTC
