"""A project on disk and a scripted model behind the commands."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.scripted import ScriptedModel

from monkey_coder import app
from monkey_coder.core.kit import Kit
from monkey_coder.core.model import Event, Finished, FinishReason, TextDelta

SOURCE = "def area(r):\n    return 3 * r * r\n\n\ndef edge(r):\n    return 6 * r\n"


@dataclass
class FakeApp:
    """What the commands need of `app.App`."""

    kit: Kit
    backups: str
    warnings: tuple[str, ...] = ()
    n_closed: int = 0

    async def aclose(self) -> None:
        self.n_closed += 1


def answer(*pieces: str, reason: FinishReason = FinishReason.STOP) -> tuple[Event, ...]:
    return (*(TextDelta(piece) for piece in pieces), Finished(reason, "scripted"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").touch()
    file = tmp_path / "shapes.py"
    file.write_bytes(SOURCE.encode())
    return file


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ScriptedModel]:
    """The model that every command asks; its answers are for the test to fill."""
    scripted = ScriptedModel([])
    kit = Kit(scripted, scripted, ScriptedModel([], name="offline"), time.monotonic)
    built: list[FakeApp] = []

    def build(*_: object, **__: object) -> FakeApp:
        built.append(FakeApp(kit, str(tmp_path / "kept")))
        return built[-1]

    monkeypatch.setattr(app, "build", build, raising=False)
    yield scripted
    assert all(one.n_closed == 1 for one in built)
