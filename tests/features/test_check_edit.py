"""An edit is checked and mended before it is ready, and tested where the user wants that."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from tests.clocks import FakeClock
from tests.scripted import ScriptedModel

from monkey_coder.core.documents import Document, Span
from monkey_coder.core.kit import Kit, Outcomes
from monkey_coder.core.model import Finished, FinishReason, Task, TaskKind, TextDelta
from monkey_coder.features.edit import EditReady, propose
from monkey_coder.features.experience import Experience

STOP = Finished(FinishReason.STOP, "scripted")
CODE = "import os\n\n\ndef f():\n    return os.sep\n"


async def ready(
    folder: Path,
    answer: str,
    *,
    trusted: bool = False,
    runs_tests: bool = False,
    outcomes: Outcomes | None = None,
) -> EditReady:
    path = folder / "a.py"
    path.write_text(CODE)
    model = ScriptedModel([[TextDelta(answer), STOP]])
    trust = frozenset({str(folder)}) if trusted else frozenset()
    offline = ScriptedModel([], name="offline")
    kit = Kit(
        model,
        model,
        offline,
        time.monotonic,
        trusted_folders=trust,
        runs_tests=runs_tests,
        outcomes=outcomes,
    )
    document = Document(path.as_uri(), "python", 1, CODE, str(path), str(folder))
    task = Task(TaskKind.EDIT, document, Span(CODE.index("def"), len(CODE)), "return JSON")
    last = [update async for update in propose(kit, task)][-1]
    assert isinstance(last, EditReady)
    return last


async def test_imports_are_mended_outside_of_the_selection(tmp_path: Path) -> None:
    found = await ready(tmp_path, "```python\ndef f():\n    return json.dumps(1)\n```\n")
    assert found.new_text == "import json\n\n\ndef f():\n    return json.dumps(1)\n"
    assert found.checks[:2] == ("applies cleanly", "parses as python")
    assert "import of `os` removed" in found.checks
    assert found.warnings == ()


async def test_every_file_is_checked_and_a_new_one_is_no_package(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n')
    answer = (
        "a.py\n```python\nimport os\n\nfrom helper import g\n\n\ndef f():\n    return os.sep + g()\n```\n\n"
        "helper.py\n```python\nimport httpx\n\n\ndef g():\n    breakpoint()\n    return httpx\n```\n"
    )
    found = await ready(tmp_path, answer)
    assert [one.target.path for one in found.others] == [str(tmp_path / "helper.py")]
    assert set(found.warnings) == {
        "helper.py: line 5: `breakpoint` looks like debugging",
        "helper.py: needs the package httpx (not in pyproject.toml); install it yourself",
    }


async def test_tests_are_run_only_in_a_trusted_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", str(Path(sys.executable).parent.parent))
    (tmp_path / "test_a.py").write_text(
        "from pathlib import Path\n\nfrom a import f\n\nPath('ran').touch()\n\n\n"
        "def test_f():\n    assert f() == '/'\n"
    )
    answer = "```python\ndef f():\n    return 1\n```\n"
    unasked = await ready(tmp_path, answer, trusted=True)
    assert not [check for check in unasked.checks if "test" in check]
    untrusted = await ready(tmp_path, answer, runs_tests=True)
    assert untrusted.checks[-1] == "tests not run: this folder is not trusted"
    learned = Experience(tmp_path.parent / f"{tmp_path.name}.jsonl", FakeClock().clock, lambda *_: None)
    tested = await ready(tmp_path, answer, runs_tests=True, trusted=True, outcomes=learned)
    assert tested.checks[-1].startswith("1 test failed (pytest): test_a.py::test_f; ")
    assert "1 test failed" in tested.warnings[-1]
    (episode,) = await learned.episodes()
    assert (episode.passed, episode.cause) == (False, "fails the project's tests")
    assert not (tmp_path / "ran").exists()
