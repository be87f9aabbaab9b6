"""The demo runs on real source, shows every scene, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

import pytest

from monkey_coder.cli.demo_source import HELD_OUT, copy_project, function_span, hidden_places
from monkey_coder.cli.main import main
from monkey_coder.features.files import read_document


def test_what_is_hidden_is_not_in_what_is_learned(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    assert project.n_files > 50
    assert not (tmp_path / HELD_OUT).exists()
    places = hidden_places(project, 40)
    assert len(places) == 40
    for place in places:
        whole = place.text[: place.offset] + place.truth + place.text[place.offset :]
        assert whole == project.held_out
    assert hidden_places(project, 40) == places


def test_function_is_found_with_its_whole_lines(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\nclass A:\n    def f(self):\n        return 1\n\ny = 2\n")
    document = read_document(str(tmp_path / "a.py"))
    span = function_span(document, "f")
    assert document.text[span.start : span.end] == "    def f(self):\n        return 1\n"


def test_demo_shows_every_scene(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONKEY_CODER_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert main(["demo"]) == 0
    shown = capsys.readouterr().out
    for number, title in enumerate(
        ("Learn", "Ghost text", "Document", "Fix", "Write tests", "Explain", "Edit"), 1
    ):
        assert f" {number} {title}" in shown
    assert "+import re" in shown
    assert re.search(r"\b[1-9]\d* of them exactly", shown)
    assert os.environ["MONKEY_CODER_HOME"] == str(tmp_path / "home")
    assert list(tmp_path.iterdir()) == []
