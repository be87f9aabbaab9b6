"""Deleting and renaming stay inside, ask where it matters, and can be taken back."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from monkey_coder.core.errors import ConfirmError, FileError
from monkey_coder.filesystem.commit import recover
from monkey_coder.filesystem.history import changes_of, diff_of_change, undo
from monkey_coder.filesystem.move import delete, rename

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX links")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "ws"
    (folder / "sub" / "deep").mkdir(parents=True)
    (folder / "a.py").write_text("a\n")
    (folder / "sub" / "deep" / "b.py").write_bytes(b"\0binary")
    (tmp_path / "out.py").write_text("out\n")
    return folder


def names(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))


def test_a_folder_is_deleted_and_comes_back(root: Path, tmp_path: Path) -> None:
    store = str(tmp_path / "store")
    delete("sub", roots=[str(root)], backups=store)
    assert names(root) == ["a.py"]
    undo(store)
    assert names(root) == ["a.py", "sub", "sub/deep", "sub/deep/b.py"]
    assert (root / "sub" / "deep" / "b.py").read_bytes() == b"\0binary"


@posix
def test_a_link_is_deleted_and_not_what_it_leads_to(root: Path, tmp_path: Path) -> None:
    store = str(tmp_path / "store")
    (root / "sub" / "link").symlink_to(tmp_path / "out.py")
    delete("sub/link", roots=[str(root)], backups=store)
    assert (tmp_path / "out.py").read_text() == "out\n"
    assert not (root / "sub" / "link").is_symlink()
    undo(store)
    assert (root / "sub" / "link").readlink() == tmp_path / "out.py"
    delete("sub", roots=[str(root)], backups=store)
    assert (tmp_path / "out.py").read_text() == "out\n"
    assert names(root) == ["a.py"]


@pytest.mark.parametrize("path", ["..", ".", "", "../out.py", "missing.py"])
def test_nothing_else_is_deleted(root: Path, tmp_path: Path, path: str) -> None:
    before = names(root)
    with pytest.raises(FileError):
        delete(path, roots=[str(root)], backups=str(tmp_path / "store"))
    assert names(root) == before
    assert (tmp_path / "out.py").exists()


def test_a_folder_with_something_protected_in_it_needs_the_users_word(root: Path, tmp_path: Path) -> None:
    (root / "sub" / ".git").mkdir()
    (root / "sub" / ".git" / "config").write_text("x\n")
    options = {"roots": [str(root)], "backups": str(tmp_path / "store")}
    with pytest.raises(ConfirmError):
        delete("sub", **options)  # type: ignore[arg-type]
    assert (root / "sub" / "deep" / "b.py").exists()
    delete("sub", **options, confirmed=True)  # type: ignore[arg-type]
    assert names(root) == ["a.py"]


def test_files_and_folders_are_renamed(root: Path, tmp_path: Path) -> None:
    store = str(tmp_path / "store")
    rename("a.py", "sub/c.py", roots=[str(root)], backups=store)
    rename("sub", "other", roots=[str(root)], backups=store)
    assert names(root) == ["other", "other/c.py", "other/deep", "other/deep/b.py"]


def test_a_rename_is_a_change_like_any_other(root: Path, tmp_path: Path) -> None:
    store, before = str(tmp_path / "store"), names(root)
    id_ = rename("sub", "other", roots=[str(root)], backups=store)
    (root / "other" / "new.py").write_text("x\n")
    past = changes_of(store, [str(root)])[0]
    assert (past.id, past.title) == (id_, "rename sub to other")
    assert past.paths == (str(root / "sub"), str(root / "other"))
    assert diff_of_change(store, [str(root)]) == "rename from sub\nrename to other\n"
    undo(store, [str(root)])
    assert names(root) == sorted([*before, "sub/new.py"])
    assert changes_of(store, [str(root)])[1].is_undone
    (root / "other").mkdir()
    with pytest.raises(FileError, match="there already"):
        undo(store, [str(root)], changes_of(store)[0].id)


@pytest.mark.parametrize("is_done", [True, False])
def test_a_rename_that_was_cut_off_is_known_or_forgotten(
    root: Path, tmp_path: Path, *, is_done: bool
) -> None:
    store = tmp_path / "store"
    rename("a.py", "c.py", roots=[str(root)], backups=str(store))
    (record,) = store.glob("*.done")
    record.rename(record.with_suffix(".open"))
    if not is_done:
        (root / "c.py").rename(root / "a.py")
    assert recover(store) == ()
    assert [past.title for past in changes_of(str(store))] == ["rename a.py to c.py"] * is_done
    assert not list(store.glob("*.open"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a.py", "../x.py"), ("../out.py", "x.py"), ("sub", "sub/sub"), ("a.py", "sub/deep/b.py"),
        ("missing", "x"), ("a.py", "missing/x"), ("a.py", "CON"), ("a.py", ".vscode"), ("a.py", "a.py"),
        (".", "x"), ("a.py", ".git/hooks/x"), ("gh", ".github"),
    ],
)  # fmt: skip
def test_nothing_else_is_renamed(root: Path, tmp_path: Path, old: str, new: str) -> None:
    (root / ".git" / "hooks").mkdir(parents=True)
    (root / "gh" / "workflows").mkdir(parents=True)
    (root / "gh" / "workflows" / "ci.yml").write_text("x\n")
    before = names(root)
    with pytest.raises(FileError):
        rename(old, new, roots=[str(root)], backups=str(tmp_path / "store"))
    assert names(root) == before
    assert (tmp_path / "out.py").exists()
