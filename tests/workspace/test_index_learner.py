"""The index kept up by a process of its own, and by the open documents."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from monkey_coder.core.documents import Document
from monkey_coder.core.kit import IndexState
from monkey_coder.workspace import index_learner, index_process
from monkey_coder.workspace.atlas_kept import atlas_of
from monkey_coder.workspace.index_files import database_of
from monkey_coder.workspace.index_learner import IndexLearner

TEXT = "def f():\n    return g()\n"


def until(holds: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait for another process; fail with what never came true."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)


@contextmanager
def learning(tmp_path: Path) -> Iterator[IndexLearner]:
    folder = tmp_path / "project"
    folder.mkdir(exist_ok=True)
    learner = IndexLearner(tmp_path / "cache")
    learner.open_folders([str(folder)])
    try:
        yield learner
    finally:
        learner.close()


def document(tmp_path: Path, text: str, version: int = 1) -> Document:
    path = tmp_path / "project" / "a.py"
    return Document(path.as_uri(), "python", version, text, str(path), str(path.parent))


def test_the_atlas_of_many_files_is_kept_and_another_edit_does_not_wait(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    for number in range(40):
        (folder / f"m{number}.py").write_text(f"def f{number}():\n    return g()\n")
    with learning(tmp_path) as learner:
        until(lambda: learner.progress.state is IndexState.IDLE and not learner.is_laying_out)
        atlas, _ = atlas_of(learner.index.kept_atlas(str(folder)))
        assert {f"f{number}" for number in range(40)} <= atlas.by_name.keys()
        (folder / "m1.py").write_text("def other(): pass\n")
        learner.refresh([str(folder / "m1.py")])
        until(lambda: learner.index.definitions("other"))
        until(lambda: learner.progress.state is IndexState.IDLE)
        assert not learner.is_laying_out


def test_a_whole_folder_is_looked_at_again(tmp_path: Path) -> None:
    with learning(tmp_path) as learner:
        until(lambda: learner.progress.state is IndexState.IDLE)
        (tmp_path / "project" / "new.py").write_text(TEXT)
        learner.refresh([str(tmp_path / "project")])
        until(lambda: learner.index.definitions("f"))


def test_a_folder_is_read_and_followed(tmp_path: Path) -> None:
    path = tmp_path / "project" / "a.py"
    path.parent.mkdir()
    path.write_text(TEXT)
    with learning(tmp_path) as learner:
        until(lambda: learner.index.definitions("f"))
        until(lambda: learner.progress.state is IndexState.IDLE)
        assert learner.state == "ready, 1 files indexed"
        path.write_text("def other(): pass\n")
        learner.refresh([str(path)])
        until(lambda: learner.index.definitions("other"))
        assert learner.index.definitions("f") == ()
        assert learner.notes == ()


def test_open_documents_cover_what_is_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "project" / "a.py"
    path.parent.mkdir()
    path.write_text(TEXT)
    with learning(tmp_path) as learner:
        until(lambda: not learner.is_learning)
        learner.observe(document(tmp_path, "def typed(): pass\n"))
        until(lambda: learner.index.definitions("typed"))
        learner.observe(document(tmp_path, "def typed_on(): pass\n", 2))
        until(lambda: learner.index.definitions("typed_on"))
        assert learner.index.definitions("f") == ()
        learner.forget(path.as_uri())
        until(lambda: learner.index.definitions("f"))


@pytest.mark.parametrize("name", ["private/a.py", ".aws/b.py"])
def test_an_open_document_that_is_ignored_or_secret_stays_out(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / ".cursorignore").write_text("private/\n")
    with learning(tmp_path) as learner:
        until(lambda: not learner.is_learning)
        for n, path in enumerate((folder / name, folder / "open.py")):
            text = f"def name_{n}(): pass\n"
            learner.observe(Document(path.as_uri(), "python", 1, text, str(path), str(folder)))
        until(lambda: learner.index.definitions("name_1"))
        assert learner.index.definitions("name_0") == ()


def test_the_process_ends_with_the_learner_and_with_no_folder(tmp_path: Path) -> None:
    with learning(tmp_path) as learner:
        until(lambda: not learner.is_learning)
        (child,) = psutil.Process().children()
        if sys.platform != "win32":
            assert child.nice() >= 10
        learner.open_folders([])
        until(lambda: not child.is_running())
        assert learner.state == "no folder is open"


def test_stopping_keeps_what_was_read(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    for n in range(300):
        (folder / f"m{n}.py").write_text(f"def name_{n}():\n" + "    call()\n" * 400)
    with learning(tmp_path) as learner:
        until(lambda: learner.progress.files > 0)
        learner.stop()
        assert learner.progress.state is IndexState.STOPPED
        assert learner.state.startswith("stopped after")
        assert not learner.is_learning
        n_read = len(learner.index.files())
    with learning(tmp_path) as learner:
        until(lambda: learner.progress.state is IndexState.IDLE)
        assert len(learner.index.files()) == 300 >= n_read


def test_a_child_that_is_killed_is_started_again(tmp_path: Path) -> None:
    with learning(tmp_path) as learner:
        until(lambda: learner.progress.state is IndexState.IDLE)
        (child,) = psutil.Process().children()
        child.kill()
        until(lambda: psutil.Process().children() not in ([], [child]))
        path = tmp_path / "project" / "b.py"
        path.write_text("def later(): pass\n")
        until(lambda: learner.progress.state is IndexState.IDLE)
        learner.refresh([str(path)])
        until(lambda: learner.index.definitions("later"))


def test_a_damaged_index_is_said_and_mended(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "a.py").write_text(TEXT)
    database = database_of(tmp_path / "cache", str(tmp_path / "project"))
    database.parent.mkdir(parents=True)
    database.write_bytes(b"not a database" * 1000)
    with learning(tmp_path) as learner:
        until(lambda: learner.index.definitions("f"))
        assert ["damaged" in note for note in learner.notes] == [True]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_without_a_place_for_it_the_index_is_in_memory(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "a.py").write_text(TEXT)
    (tmp_path / "cache").mkdir(mode=0o500)
    with learning(tmp_path) as learner:
        until(lambda: learner.index.definitions("f"))
        assert len(learner.notes) == 1


def test_where_a_file_is_in_the_way_the_index_is_in_memory(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "a.py").write_text(TEXT)
    (tmp_path / "cache").write_text("in the way")
    with learning(tmp_path) as learner:
        until(lambda: learner.index.definitions("f"))
        assert len(learner.notes) == 1
        path = tmp_path / "project" / "b.py"
        path.write_text("def later(): pass\n")
        learner.refresh([str(path)])
        until(lambda: learner.index.definitions("later"))


HANGS = """
import json, sys, time
def say(**report): print(json.dumps(report), flush=True)
if any(argument.startswith("--skip=") for argument in sys.argv):
    say(ready=True)
else:
    say(files=3, of=9)
    say(stuck="/gone/network")
time.sleep(60)
"""


def test_a_folder_that_does_not_answer_is_left_out_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_learner, "_COMMAND", ("-c", HANGS))
    with learning(tmp_path) as learner:
        until(lambda: learner.progress.state is IndexState.IDLE)
        assert [note.startswith("/gone/network did not answer") for note in learner.notes] == [True]


def test_a_process_that_always_ends_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_learner, "_COMMAND", ("-c", "raise SystemExit(1)"))
    with learning(tmp_path) as learner:
        until(lambda: learner.progress.state is IndexState.FAILED)
        assert learner.state == "cannot index the workspace: it broke off"
        assert not learner.is_learning


def test_what_takes_too_long_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ended(BaseException):
        pass

    def end(code: int) -> None:
        raise Ended(code)

    reports: list[dict[str, object]] = []
    outlet = index_process._Outlet()
    monkeypatch.setattr(outlet, "report", reports.append)
    monkeypatch.setattr(index_process, "STUCK_S", 0.0)
    monkeypatch.setattr(index_process.time, "sleep", lambda _: None)
    monkeypatch.setattr(index_process.os, "_exit", end)
    outlet.visiting("/gone/network")
    with pytest.raises(Ended):
        index_process._watch(outlet)
    assert reports == [{"stuck": "/gone/network"}]


@pytest.mark.skipif(sys.platform == "win32", reason="needs pipes with names")
def test_a_pipe_and_a_loop_of_links_do_not_hold_it_up(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    os.mkfifo(folder / "pipe.py")
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "a.py").write_text(TEXT)
    with learning(tmp_path) as learner:
        until(lambda: learner.progress.state is IndexState.IDLE)
        assert learner.index.files() == (str(folder / "a.py"),)
        learner.refresh([str(folder / "pipe.py")])
        (folder / "b.py").write_text("def b(): pass\n")
        learner.refresh([str(folder / "b.py")])
        until(lambda: learner.index.definitions("b"))
