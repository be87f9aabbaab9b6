"""What leaves is noted: who, when, from where, how much, and no secret."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.requests import STOP, request
from tests.scripted import ScriptedModel

from monkey_coder.context.audit_log import AuditLog, Sent
from monkey_coder.context.audited import Audited, AuditedEmbedder
from monkey_coder.context.redacted import Redacted, RedactedEmbedder
from monkey_coder.core.clock import Clock
from monkey_coder.core.embedder import Embeddings, EmbedKind
from monkey_coder.core.endpoint import Endpoint, Secret
from monkey_coder.core.model import Event, Fact, Request, TextDelta, Warned

# Put together here, never issued.
AWS = "AKIA" + "QX7TZP2LM4WRS6VB"
NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
CLOCK = Clock(lambda: 0.0, asyncio.sleep, lambda: NOW)
ENDPOINT = Endpoint("openai", "https://user:pass@api.openai.com/v1", "gpt-6-luna", Secret("sk-not-noted"))
LINE = Sent(NOW.isoformat(), "edit", "openai", "m", "api.openai.com", "/p", ("a.py",), 10, 2, 0)


def log_in(folder: Path, **options: bool | int) -> AuditLog:
    return AuditLog(str(folder / "audit"), **options)  # type: ignore[arg-type]


async def heard(log: AuditLog, asked: Request) -> list[Event]:
    inner = ScriptedModel([(TextDelta("ok"), STOP)])
    return [event async for event in Redacted(Audited(inner, log, ENDPOINT, CLOCK)).stream(asked)]


async def test_a_request_is_one_line_without_its_text(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    asked = request(f"key = '{AWS}' and é")
    document = replace(asked.task.document, path="/p/src/a.py")
    task = replace(
        asked.task, document=document, facts=(Fact("/p/src/b.py", 3, "x"), Fact("/q/c.py", 1, "y"))
    )
    assert await heard(log, replace(asked, task=task)) == [TextDelta("ok"), STOP]
    log.close()
    (sent,) = log.read()
    size = len("key = '<redacted:aws-key:1>' and é".encode())
    assert sent == Sent(
        at="2026-11-22T20:00:00+00:00",
        kind="explain",
        provider="openai",
        model="gpt-6-luna",
        host="api.openai.com",
        project="/p",
        paths=("src/a.py", "src/b.py", "/q/c.py"),
        bytes=size,
        tokens=size // 4,
        redactions=1,
    )
    written = (tmp_path / "audit" / "audit.jsonl").read_text()
    assert AWS not in written
    assert "sk-not-noted" not in written
    assert written.count("\n") == 1


async def test_the_text_is_kept_where_it_is_wanted_and_holds_no_secret(tmp_path: Path) -> None:
    log = log_in(tmp_path, keeps_text=True)
    await heard(log, request(f"key = '{AWS}'"))
    log.close()
    assert [sent.text for sent in log.read()] == ["key = '<redacted:aws-key:1>'"]


async def test_texts_that_are_embedded_are_noted_too(tmp_path: Path) -> None:
    class Counting:
        name = "counting"

        async def embed(self, texts: Sequence[str], kind: EmbedKind = EmbedKind.DOCUMENT) -> Embeddings:
            return Embeddings(tuple((0.0,) for _ in texts), "m")

        async def close(self) -> None:
            closed.append(self)

    closed: list[Counting] = []
    log = log_in(tmp_path)
    embedder = RedactedEmbedder(AuditedEmbedder(Counting(), log, ENDPOINT, CLOCK, project="/p"))
    await embedder.embed([f"key = '{AWS}'", "abcd"])
    await embedder.close()
    assert len(closed) == 1
    (sent,) = log.read()
    assert (sent.kind, sent.bytes, sent.redactions, sent.project) == ("embed", 32, 1, "/p")


def test_adding_waits_for_no_disk(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    gate = threading.Event()

    def slow() -> Sent:
        gate.wait(10)
        return LINE

    for _ in range(200):
        log.add(slow)
    assert not (tmp_path / "audit" / "audit.jsonl").exists()
    gate.set()
    log.close()
    assert len(list(log.read())) == 200


def test_a_line_after_closing_is_written_as_well(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    for _ in range(3):
        log.add(lambda: LINE)
        log.close()
    assert list(log.read()) == [LINE] * 3


def test_the_newest_lines_stay_and_the_size_is_bounded(tmp_path: Path) -> None:
    log = log_in(tmp_path, most_bytes=20_000)

    def numbered(number: int) -> Callable[[], Sent]:
        return lambda: replace(LINE, bytes=number)

    for number in range(400):
        log.add(numbered(number))
        if number % 20 == 19:
            log.close()
    size = sum(file.stat().st_size for file in (tmp_path / "audit").iterdir())
    assert 5_000 < size <= 20_000
    kept = [sent.bytes for sent in log.read()]
    assert kept == list(range(kept[0], 400))


def test_two_logs_write_side_by_side(tmp_path: Path) -> None:
    logs = [log_in(tmp_path), log_in(tmp_path)]
    for _ in range(50):
        for log in logs:
            log.add(lambda: LINE)
    for log in logs:
        log.close()
    assert list(logs[0].read()) == [LINE] * 100


def test_emptying_leaves_nothing(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    log.clear()
    log.add(lambda: LINE)
    log.close()
    log.clear()
    assert list(log.read()) == []
    assert [file.name for file in (tmp_path / "audit").iterdir()] == ["lock"]


def test_half_a_line_and_foreign_lines_hide_no_other(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    log.add(lambda: LINE)
    log.close()
    file = tmp_path / "audit" / "audit.jsonl"
    file.write_bytes(b'{"at": "2026\n[]\n\xff\xfe\n{"paths": 7}\n' + file.read_bytes())
    assert list(log.read()) == [LINE]


async def test_a_disk_that_takes_nothing_is_said_once_and_stops_no_request(tmp_path: Path) -> None:
    (tmp_path / "audit").write_text("a file where the folder should be")
    log = log_in(tmp_path)
    assert await heard(log, request()) == [TextDelta("ok"), STOP]
    log.close()
    events = await heard(log, request())
    assert isinstance(events[0], Warned)
    assert "audit.log = false" in events[0].message
    log.close()


@pytest.mark.skipif("os.name == 'nt'", reason="Windows has no such modes")
def test_only_the_user_can_read_it(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    log.add(lambda: LINE)
    log.close()
    assert (tmp_path / "audit" / "audit.jsonl").stat().st_mode & 0o077 == 0
