"""A project on disk and a scripted model behind the commands."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
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
    warnings: tuple[str, ...] = ()
    closed: list[bool] = field(default_factory=list)

    def close(self) -> None:
        self.closed.append(True)


def answer(*pieces: str, reason: FinishReason = FinishReason.STOP) -> tuple[Event, ...]:
    return (*(TextDelta(piece) for piece in pieces), Finished(reason, "scripted"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").touch()
    file = tmp_path / "shapes.py"
    file.write_bytes(SOURCE.encode())
    return file


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> ScriptedModel:
    """The model that every command asks; its answers are for the test to fill."""
    scripted = ScriptedModel([])
    built = FakeApp(Kit(scripted, scripted, ScriptedModel([], name="offline"), time.monotonic))
    monkeypatch.setattr(app, "build", lambda *_, **__: built, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", "/nonexistent")
    return scripted
