"""What was changed is listed, shown and taken back, all files of it or none."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from monkey_coder.core.errors import FileError, InputError
from monkey_coder.filesystem import history
from monkey_coder.filesystem.commit import recover
from monkey_coder.filesystem.history import changes_of, diff_of_change, undo
from monkey_coder.filesystem.move import delete
from monkey_coder.filesystem.read import read_text
from monkey_coder.filesystem.write import NewText, write_text, write_texts


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "ws"
    folder.mkdir()
    (folder / "a.py").write_bytes(b"a = 1\r\n")
    (folder / "b.py").write_text("b = 1\n")
    return folder


@pytest.fixture
def store(tmp_path: Path) -> str:
    return str(tmp_path / "store")


def change(root: Path, store: str, text: str = "a = 2\r\n", title: str = "edit") -> str:
    like = read_text("a.py", roots=[str(root)])
    return write_text("a.py", text, like=like, roots=[str(root)], backups=store, title=title).id


def test_a_set_is_taken_back_and_done_again(root: Path, store: str) -> None:
    if sys.platform != "win32":
        (root / "b.py").chmod(0o750)
    roots = [str(root)]
    texts = [
        NewText("a.py", "a = 2\r\n", read_text("a.py", roots=roots)),
        NewText("b.py", None, read_text("b.py", roots=roots)),
        NewText("deep/c.py", "c = 1\n"),
    ]
    first = write_texts(texts, roots=roots, backups=store, title="edit: all").id
    assert diff_of_change(store, roots) == (
        "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a = 1\r\n+a = 2\r\n"
        "--- a/b.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-b = 1\n"
        "--- /dev/null\n+++ b/deep/c.py\n@@ -0,0 +1 @@\n+c = 1\n"
    )
    assert undo(store, roots).id == first
    assert {path.name: path.read_bytes() for path in root.iterdir()} == {
        "a.py": b"a = 1\r\n",
        "b.py": b"b = 1\n",
    }
    if sys.platform != "win32":
        assert (root / "b.py").stat().st_mode & 0o777 == 0o750
    listed = changes_of(store, roots)
    assert [(past.title, past.is_undone) for past in listed] == [
        ("undo: edit: all", False),
        ("edit: all", True),
    ]
    with pytest.raises(InputError, match="no change of files here"):
        undo(store, roots)
    with pytest.raises(InputError, match="was taken back already"):
        undo(store, roots, first)
    undo(store, roots, listed[0].id[-6:])
    assert (root / "deep" / "c.py").read_text() == "c = 1\n"
    assert not (root / "b.py").exists()
    assert undo(store, roots).id == first


def test_the_newest_that_stands_is_taken_back_first(root: Path, store: str) -> None:
    for i in (2, 3, 4):
        change(root, store, f"a = {i}\r\n", f"edit {i}")
    assert [undo(store).title for _ in range(3)] == ["edit 4", "edit 3", "edit 2"]
    assert (root / "a.py").read_bytes() == b"a = 1\r\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_a_name_that_is_not_portable_comes_back(root: Path, store: str) -> None:
    (root / "a:b.py").write_text("x\n")
    delete("a:b.py", roots=[str(root)], backups=store)
    undo(store)
    assert (root / "a:b.py").read_text() == "x\n"


def test_what_was_changed_since_is_left_alone(root: Path, store: str) -> None:
    texts = [NewText(name, "new\n", read_text(name, roots=[str(root)])) for name in ("a.py", "b.py")]
    write_texts(texts, roots=[str(root)], backups=store)
    (root / "b.py").write_text("theirs\n")
    with pytest.raises(FileError, match=r"b\.py' has changed since"):
        undo(store)
    assert (root / "a.py").read_bytes() == b"new\r\n"
    assert "-b = 1\n+theirs\n" in diff_of_change(store, [str(root)])


def test_other_projects_have_their_own_list(root: Path, store: str, tmp_path: Path) -> None:
    change(root, store)
    other = tmp_path / "other"
    other.mkdir()
    assert changes_of(store, [str(other)]) == []
    with pytest.raises(InputError, match="there is no change 'abcdef' here"):
        undo(store, [str(root)], "abcdef")
    assert len(changes_of(store, [str(root), str(other)])) == 1


def test_old_and_many_changes_are_dropped_but_the_newest_stay(
    root: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "KEPT", 12)
    for i in range(15):
        change(root, store, f"a = {i + 2}\r\n")
    assert len(changes_of(store)) == 12
    for path in Path(store).glob("*.done"):
        os.utime(path, (0, time.time() - 31 * 86_400))
    change(root, store, "a = 0\r\n")
    assert len(changes_of(store)) == 10


def test_kept_bytes_are_small_and_for_the_user_alone(root: Path, store: str) -> None:
    (root / "a.py").write_text("a = 1\n" * 10_000)
    change(root, store)
    (kept,) = Path(store).glob("*.done")
    assert kept.stat().st_size < 3_000
    if sys.platform != "win32":
        assert kept.stat().st_mode & 0o077 == 0
        assert Path(store).stat().st_mode & 0o077 == 0


def test_strange_files_in_the_store_are_passed_over(root: Path, store: str) -> None:
    change(root, store)
    (Path(store) / "0.done").write_text("no record")
    (Path(store) / "1.done").write_text('{"version": 2}\n')
    (Path(store) / "2.open").write_text("")
    (Path(store) / "3.new").write_text("half a rec")
    assert recover(Path(store)) == ()
    assert len(changes_of(store)) == 1
    assert undo(store).title == "edit"


def test_a_damaged_record_changes_nothing(root: Path, store: str) -> None:
    change(root, store)
    (kept,) = Path(store).glob("*.done")
    kept.write_bytes(kept.read_bytes()[:-4])
    with pytest.raises(FileError, match=r"cannot be read.*nothing was changed"):
        undo(store)
    assert (root / "a.py").read_bytes() == b"a = 2\r\n"
