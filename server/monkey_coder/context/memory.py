"""The memory of conversations: kept across sessions and editors, searched by words and by nearness."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from ..core.clock import Clock
from ..core.embedder import Embedder, EmbedKind
from ..core.errors import InputError, MonkeyCoderError
from ..core.memory import Conversation, Decision, Embedding, Hit, MemoryStats, Packed, Said, Transcript
from ..core.model import Model
from ..usage.database import IN_MEMORY
from . import memory_rows as rows
from .hashed import HashedEmbedder
from .memory_exchange import from_line, to_lines
from .memory_file import MemoryFile, need_whole, shrink
from .memory_rows import Projects
from .memory_search import PlainIndex, catch_up, relevance, search
from .memory_vectors import VectorMaker
from .pack import chosen, packed, summary_characters
from .redact import redact
from .summaries import extract, summarise_by

if TYPE_CHECKING:
    import apsw

T = TypeVar("T")
_log = logging.getLogger(__name__)
_ROLES = ("user", "assistant")
_TITLE = 80
_CHECK_S = 3_600.0


def estimate_tokens(text: str) -> int:
    """Return about how many tokens a text takes; rather more than less, also for other scripts."""
    return -(-len(text.encode("utf-8", "replace")) * 10 // 36)


class Memory:
    """Conversations, decisions and summaries in one file, which is opened at the first use.

    All that is kept has its secrets replaced first, as what is sent has. Every act is whole or not at
    all, and done when its call returns; several processes may use one file at once. Methods raise
    FileError where the file cannot be used and InputError for an id that there is not.
    `days` is how long a conversation is kept after its last message, None for ever; what is pinned stays.
    """

    def __init__(
        self,
        path: str,
        clock: Clock,
        embedder: Embedder | None = None,
        *,
        days: float | None = None,
        count: Callable[[str], int] = estimate_tokens,
    ) -> None:
        """`path` may be ":memory:" for what is to be forgotten when the program ends."""
        self.path = path
        self._clock = clock
        self._days = days
        self._count = count
        self._file = MemoryFile(path, clock.now)
        self._vectors = VectorMaker(self._file, embedder or HashedEmbedder())
        self._plain = PlainIndex()
        self._working: asyncio.Task[None] | None = None
        self._is_started = False
        self._checked_s = -_CHECK_S
        self._reports: list[Callable[[Embedding], None]] = []

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know, such as that a damaged file was set aside. Grows while it is used."""
        return tuple(self._file.notes)

    @property
    def has_index(self) -> bool:
        """Whether sqlite-vec is there; known once the file is open."""
        return self._file.has_index

    async def write(self, act: Callable[[apsw.Connection], T]) -> T:
        """Return what `act` does with the rows, in one transaction: for what is more than an act of ours."""
        await self._ready()
        return await self._file.write(act)

    def on_note(self, report: Callable[[], None]) -> None:
        """Call `report`, on any thread, when `notes` has grown."""
        self._file.notes.watchers.append(report)

    def on_progress(self, report: Callable[[Embedding], None]) -> None:
        """Call `report` on the event loop while vectors are made anew in the background."""
        self._reports.append(report)

    async def start_conversation(self, project: str, title: str = "") -> str:
        """Begin a conversation about a project's folder ("" for none), and return its id."""
        await self._ready()
        at, title = self._now(), _title(redact(title))
        return await self._file.write(lambda c: rows.add_conversation(c, project, title, at))

    async def append(
        self, conversation: str, role: str, text: str, model: str = "", at: datetime | None = None
    ) -> str:
        """Keep a message, and return its id. A conversation without a title takes it from the first one."""
        if role not in _ROLES:
            raise InputError(f"the role of a message is one of {', '.join(_ROLES)}, not {role!r}")
        await self._ready()
        kept = await _off_loop(redact, text)
        said = Said("", role, kept, _utc(at) if at else self._now(), model)
        vector = await self._vectors.of(kept, EmbedKind.DOCUMENT)

        def add(connection: apsw.Connection) -> str:
            has_index = self._file.has_index
            key = rows.add_message(connection, conversation, said, vector, has_index=has_index)
            if role == "user" and not rows.conversation(connection, conversation).title:
                rows.set_title(connection, conversation, _title(kept))
            return key

        return await self._file.write(add)

    async def conversations(self, project: Projects = None, limit: int = 50) -> tuple[Conversation, ...]:
        """Return the newest conversations about one folder, several, or any."""
        await self._ready()
        return await self._file.run(lambda c: rows.conversations(c, project, limit))

    async def conversation(self, key: str) -> Transcript:
        """Return a conversation with all of its messages, oldest first."""
        await self._ready()
        return await self._file.run(lambda c: _transcript(c, key))

    async def search(self, project: Projects, query: str, limit: int = 10) -> tuple[Hit, ...]:
        """Return the messages about one folder, several, or any that fit the query, best first."""
        await self._ready()
        if not query.strip():
            return ()
        vector = await self._vectors.of(query, EmbedKind.QUERY)

        def find(connection: apsw.Connection) -> tuple[Hit, ...]:
            return search(
                connection,
                query,
                vector,
                projects=project,
                limit=limit,
                plain=self._plain,
                has_index=self._file.has_index,
            )

        return await self._file.run(find)

    async def pin(self, key: str, is_pinned: bool = True) -> None:
        """Pin a conversation or a message: it is kept for ever, and a message never left out of a window."""
        await self._ready()
        await self._file.write(lambda c: rows.pin(c, key, is_pinned=is_pinned))

    async def set_title(self, key: str, title: str) -> None:
        """Give a conversation another title."""
        await self._ready()
        await self._file.write(lambda c: rows.set_title(c, key, _title(redact(title))))

    async def decide(self, project: str, text: str, conversation: str = "") -> str:
        """Keep what was settled for a project, and return its id. It is told in all its later windows."""
        await self._ready()
        kept, at = " ".join(redact(text).split()), self._now()
        if not kept:
            raise InputError("a decision needs a text")
        return await self._file.write(lambda c: rows.add_decision(c, project, kept, at, conversation))

    async def decisions(self, project: Projects = None) -> tuple[Decision, ...]:
        """Return what was settled, oldest first."""
        await self._ready()
        return await self._file.run(lambda c: rows.decisions(c, project))

    async def forget(self, key: str) -> None:
        """Delete a conversation, a message or a decision ("d12") for good: its bytes are overwritten in
        the file and its log, its pages given back, and the copy of an earlier day is deleted.
        """
        await self._ready()
        await self._file.write(lambda c: self._delete(c, key))
        await self._sweep()

    async def forget_all(self, project: Projects) -> int:
        """Delete every conversation and decision about a project; return how many conversations."""
        await self._ready()

        def delete(connection: apsw.Connection) -> int:
            found = rows.conversations(connection, project, -1)
            for one in found:
                self._delete(connection, one.id)
            for decision in rows.decisions(connection, project):
                rows.delete_decision(connection, int(decision.id[1:]))
            return len(found)

        n_deleted = await self._file.write(delete)
        await self._sweep()
        return n_deleted

    async def pack(
        self, conversation: str, budget_tokens: int, query: str = "", *, model: Model | None = None
    ) -> Packed:
        """Return what of a conversation a model is shown in `budget_tokens`: what was decided for the
        project, a summary of what does not fit, what is pinned, the newest turns, and older ones that fit
        `query` (by default the newest message). The summary is by `model` where given, else extracted.
        """
        await self._ready()
        transcript = await self.conversation(conversation)
        messages = transcript.messages
        decisions = [one.text for one in await self.decisions(transcript.conversation.project)]
        question = query or (messages[-1].text if messages else "")
        fitting = await self._relevance(messages, question, budget_tokens)
        window = chosen(messages, budget_tokens, count=self._count, relevance=fitting)
        summary = ""
        if window.left_out:
            summary = await self._summary(transcript, window.left_out[-1], budget_tokens, model)
        return packed(
            messages, window, budget_tokens, count=self._count, summary=summary, decisions=decisions
        )

    async def export(self, project: Projects = None) -> AsyncGenerator[str, None]:
        """Yield lines of JSON (without line ends) that `import_lines` takes, here or on another machine."""
        await self._ready()
        decisions = await self.decisions(project)
        for one in await self.conversations(project, -1):
            for line in to_lines([await self.conversation(one.id)], ()):
                yield line
        for line in to_lines((), decisions):
            yield line

    async def import_lines(self, lines: Iterable[str]) -> tuple[int, int]:
        """Take in what `export` gave; return how many conversations and messages are new. What is there
        already stays as it is. Raises: InputError for a line that cannot be read; the ones before it are in.
        """
        await self._ready()
        n_conversations = n_messages = 0
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            match from_line(line, number):
                case Transcript() as transcript:
                    is_new, n_new = await self._take_in(transcript)
                    n_conversations, n_messages = n_conversations + is_new, n_messages + n_new
                case Decision() as decision:
                    if decision.text not in {one.text for one in await self.decisions(decision.project)}:
                        await self.decide(decision.project, decision.text, decision.conversation)
        return n_conversations, n_messages

    async def embed_all(self, report: Callable[[Embedding], None] = lambda _: None) -> bool:
        """Make all vectors that are missing now, and not in the background; False if the embedder fails."""
        await self._ready()

        def report_to_all(progress: Embedding) -> None:
            report(progress)
            self._report(progress)

        return await self._vectors.catch_up(report_to_all)

    async def stats(self) -> MemoryStats:
        """Return how much is kept, and how it is searched."""
        await self._ready()

        def count(connection: apsw.Connection) -> list[int]:
            tables = ("conversations", "messages", "decisions")
            return [int(connection.execute(f"SELECT count(*) FROM {table}").get) for table in tables]

        n_conversations, n_messages, n_decisions = await self._file.run(count)
        return MemoryStats(
            "" if self.path == IN_MEMORY else self.path,
            n_conversations,
            n_messages,
            n_decisions,
            await asyncio.to_thread(self._file.size),
            await self._vectors.progress(),
            "sqlite-vec" if self._file.has_index else "numpy",
            self.notes,
        )

    async def settle(self) -> None:
        """Wait for the work in the background: the daily copy, and vectors that are missing."""
        await self._ready()
        if self._working is not None:
            await asyncio.shield(self._working)

    def close(self) -> None:
        """Finish what was begun and close the file. For callers without an event loop."""
        self._file.close()

    async def aclose(self) -> None:
        """Stop the background work, finish what was begun and close the file."""
        task, self._working = self._working, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self._is_started = False
        await self._vectors.embedder.close()
        await asyncio.to_thread(self._file.close)

    async def _ready(self) -> None:
        """Before each act: delete what is too old, and once see to vectors that are missing."""
        if not self._is_started:
            self._is_started = True
            try:
                await self._file.write(self._start)
            except BaseException:
                self._is_started = False
                raise
            self._working = asyncio.create_task(self._work(), name="memory")
        if self._days is not None and self._clock.monotonic() - self._checked_s >= _CHECK_S:
            self._checked_s = self._clock.monotonic()
            before = self._now() - timedelta(days=self._days)
            if await self._file.write(lambda c: self._delete_outdated(c, before)):
                await self._sweep()

    def _start(self, connection: apsw.Connection) -> None:
        if self._file.has_index:
            catch_up(connection)

    async def _work(self) -> None:
        """In the background: a copy of the file, and the vectors that are missing."""
        try:
            if not await asyncio.to_thread(self._file.keep_copy):
                await self._file.run(need_whole)
            await self._vectors.catch_up(self._report)
        except MonkeyCoderError as error:
            # Messages are kept, and found by their words, all the same.
            _log.warning("%s", error)

    def _report(self, progress: Embedding) -> None:
        for report in self._reports:
            report(progress)

    def _delete_outdated(self, connection: apsw.Connection, before: datetime) -> int:
        found = rows.outdated(connection, before)
        for key in found:
            self._delete(connection, key)
        return len(found)

    def _delete(self, connection: apsw.Connection, key: str) -> None:
        rows.tell_others(connection)
        has_index = self._file.has_index
        number = key.removeprefix("d")
        if number.isdecimal() and len(number) < 16:
            if key.startswith("d"):
                rows.delete_decision(connection, int(number))
            else:
                rows.delete_message(connection, int(number), has_index=has_index)
        else:
            rows.delete_conversation(connection, key, has_index=has_index)

    async def _sweep(self) -> None:
        await asyncio.to_thread(self._file.forget_copies)
        if not await self._file.run(shrink):
            self._file.notes.append(
                "What was forgotten is deleted; its bytes leave the log once no other program reads it."
            )

    async def _relevance(
        self, messages: Sequence[Said], question: str, budget_tokens: int
    ) -> dict[str, float]:
        """Return how well each message fits the question; nothing where all of them fit in anyway."""
        if sum(self._count(said.text) + 4 for said in messages) <= budget_tokens:
            return {}
        vector = await self._vectors.of(question, EmbedKind.QUERY)
        ids = [int(said.id) for said in messages]
        found = await self._file.run(lambda c: relevance(c, question, vector, ids))
        return {str(key): worth for key, worth in found.items()}

    async def _summary(
        self, transcript: Transcript, last_out: int, budget_tokens: int, model: Model | None
    ) -> str:
        """Return a summary of all messages up to the place `last_out`, made longer where it ends before."""
        key, messages = transcript.conversation.id, transcript.messages
        text, by, upto = await self._file.run(lambda c: rows.summary_of(c, key))
        new = [said for said in messages[: last_out + 1] if int(said.id) > upto]
        most = summary_characters(budget_tokens)
        if not new:
            return text if len(text) <= most else await _off_loop(extract, text, (), most)
        made = redact(await summarise_by(model, text, new, most)) if model is not None else ""
        made_by = model.name if model is not None and made else ""
        made = made or await _off_loop(extract, text, new, most)
        reached = int(messages[last_out].id)
        await self._file.write(lambda c: rows.set_summary(c, key, made, made_by or by, reached))
        return made

    async def _take_in(self, transcript: Transcript) -> tuple[bool, int]:
        """Add a conversation that is not there, or those of its messages that are not."""
        of = transcript.conversation
        said = [replace(one, text=await _off_loop(redact, one.text)) for one in transcript.messages]
        vectors = [await self._vectors.of(one.text, EmbedKind.DOCUMENT) for one in said]

        def add(connection: apsw.Connection) -> tuple[bool, int]:
            sql = "SELECT 1 FROM conversations WHERE id = ?"
            is_new = connection.execute(sql, (of.id,)).fetchone() is None
            if is_new:
                rows.add_conversation(connection, of.project, _title(redact(of.title)), of.created, of.id)
                if of.is_pinned:
                    rows.pin(connection, of.id, is_pinned=True)
            there = {(one.role, one.text, one.at) for one in rows.messages(connection, of.id)}
            n_new = 0
            for one, vector in zip(said, vectors, strict=True):
                if (one.role, one.text, one.at) not in there:
                    rows.add_message(connection, of.id, one, vector, has_index=self._file.has_index)
                    n_new += 1
            return is_new, n_new

        return await self._file.write(add)

    def _now(self) -> datetime:
        return _utc(self._clock.now())


def _transcript(connection: apsw.Connection, key: str) -> Transcript:
    of = rows.conversation(connection, key)
    return Transcript(of, rows.messages(connection, key), rows.summary_of(connection, key)[0])


def _title(text: str) -> str:
    """Return the first line of a text, cut at a word."""
    line = next((" ".join(line.split()) for line in text.splitlines() if line.strip()), "")
    if len(line) <= _TITLE:
        return line
    return line[: line.rfind(" ", _TITLE // 2, _TITLE) if " " in line[_TITLE // 2 : _TITLE] else _TITLE] + "…"


def _utc(at: datetime) -> datetime:
    """Return a time in UTC with its microseconds written out, so that texts of it sort as the times do."""
    return at.astimezone(UTC)


async def _off_loop(act: Callable[..., str], *arguments: object) -> str:
    """Return what `act` returns; on a thread where there is much to do."""
    n_characters = sum(len(one) for one in arguments if isinstance(one, str))
    if n_characters < 2_000 and all(isinstance(one, str) for one in arguments):
        return act(*arguments)
    waiting: Awaitable[str] = asyncio.to_thread(act, *arguments)
    return await waiting
