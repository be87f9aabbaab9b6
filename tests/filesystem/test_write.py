"""A write leaves the new file or the old one, never anything else."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

import pytest

from monkey_coder.core.errors import ConfirmError, FileError
from monkey_coder.filesystem.read import read_text
from monkey_coder.filesystem.write import NewText, write_text, write_texts

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX file modes and links")


@pytest.mark.parametrize(
    ("old", "text", "new"),
    [
        (b"a\n", "b\n", b"b\n"),
        (b"a\n", "", b""),
        (b"\xef\xbb\xbfa\n", "b\n", b"\xef\xbb\xbfb\n"),
        (b"a\r\nb\r\n", "a\r\nc\nb\r\n", b"a\r\nc\r\nb\r\n"),
        (b"a\r\nb\n", "a\r\nc\nb\n", b"a\r\nc\nb\n"),
        (b"a", "a\x0c\u2028", "a\x0c\u2028".encode()),
    ],
)
def test_form_of_the_file_is_kept(tmp_path: Path, old: bytes, text: str, new: bytes) -> None:
    file = tmp_path / "file.py"
    file.write_bytes(old)
    written = write_text(str(file), text, like=read_text(str(file)))
    assert file.read_bytes() == new
    assert written.hash == read_text(str(file)).hash
    assert [path.name for path in tmp_path.iterdir()] == ["file.py"]


def test_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "file.py"
    file.write_text("a\n")
    like = read_text(str(file))
    file.write_text("theirs\n")
    with pytest.raises(FileError, match="has changed since it was read; nothing was written"):
        write_text(str(file), "ours\n", like=like)
    assert file.read_text() == "theirs\n"


def test_new_file_is_created_and_never_replaces_one(tmp_path: Path) -> None:
    file = tmp_path / "tests" / "test_file.py"
    write_text(str(file), "a\n")
    assert file.read_bytes() == b"a\n"
    with pytest.raises(FileError, match="is there already"):
        write_text(str(file), "b\n")
    assert file.read_bytes() == b"a\n"
    assert [path.name for path in file.parent.iterdir()] == ["test_file.py"]


@posix
def test_new_file_is_created_where_there_are_no_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    write_text(str(tmp_path / "new.py"), "a\n")
    assert (tmp_path / "new.py").read_text() == "a\n"
    assert [path.name for path in tmp_path.iterdir()] == ["new.py"]


@pytest.mark.parametrize("call", ["fsync", "fdopen", "replace"])
def test_failing_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    file = tmp_path / "file.py"
    file.write_text("a\n")
    like = read_text(str(file))
    monkeypatch.setattr(os, call, fail)
    with pytest.raises(FileError, match="no space left on device; nothing was changed"):
        write_text(str(file), "b\n", like=like)
    monkeypatch.undo()
    assert file.read_text() == "a\n"
    assert [path.name for path in tmp_path.iterdir()] == ["file.py"]


@posix
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o640, 0o755])
def test_mode_is_kept(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "file.sh"
    file.write_text("a\n")
    file.chmod(mode)
    write_text(str(file), "b\n", like=read_text(str(file)))
    assert stat.S_IMODE(file.stat().st_mode) == mode


@posix
def test_link_stays_a_link(tmp_path: Path) -> None:
    file, link = tmp_path / "file.py", tmp_path / "link.py"
    file.write_text("a\n")
    link.symlink_to(file)
    write_text(str(link), "b\n", like=read_text(str(link)))
    assert link.is_symlink()
    assert file.read_text() == "b\n"


@posix
def test_hard_links_are_parted_only_by_the_users_word(tmp_path: Path) -> None:
    file, other = tmp_path / "file.py", tmp_path / "other.py"
    file.write_text("a\n")
    other.hardlink_to(file)
    like = read_text(str(file))
    with pytest.raises(ConfirmError, match="has 2 names") as error:
        write_text(str(file), "b\n", like=like)
    assert error.value.target == str(file)
    write_text(str(file), "b\n", like=like, confirmed=True)
    assert (file.read_text(), other.read_text()) == ("b\n", "a\n")


@posix
def test_read_only_files_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "file.py"
    file.write_text("a\n")
    file.chmod(0o444)
    with pytest.raises(FileError, match="is read-only"):
        write_text(str(file), "b\n", like=read_text(str(file)))
    assert file.read_text() == "a\n"


@posix
def test_new_files_are_not_writable_for_others_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_text("deep/new.py", "a\n", roots=[str(tmp_path)])
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "deep" / "new.py").stat().st_mode) == 0o644
    assert stat.S_IMODE((tmp_path / "deep").stat().st_mode) == 0o755


@pytest.mark.skipif(sys.platform != "linux", reason="extended attributes are reached on Linux alone")
def test_extended_attributes_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "file.py"
    file.write_text("a\n")
    try:
        os.setxattr(file, "user.tag", b"v")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    write_text(str(file), "b\n", like=read_text(str(file)))
    assert os.getxattr(file, "user.tag") == b"v"


def test_several_are_written_all_or_none(tmp_path: Path) -> None:
    roots = [str(tmp_path)]
    for name in "ab":
        (tmp_path / name).write_text("old\n")
    texts = [NewText(name, "new\n", read_text(name, roots=roots)) for name in "ab"]
    (tmp_path / "b").write_text("theirs\n")
    with pytest.raises(FileError, match="b' has changed since it was read; nothing was written"):
        write_texts([*texts, NewText("deep/c", "new\n")], roots=roots)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "old\n", "b": "theirs\n"}
    texts[1] = NewText("b", None, read_text("b", roots=roots))
    written = write_texts([*texts, NewText("deep/c", "new\n")], roots=roots)
    assert written.paths == tuple(str(tmp_path / name) for name in ("a", "b", "deep/c"))
    assert {path.name for path in tmp_path.iterdir()} == {"a", "deep"}
    assert (tmp_path / "a").read_text() == (tmp_path / "deep" / "c").read_text() == "new\n"


def test_a_deleted_file_is_not_brought_back(tmp_path: Path) -> None:
    file = tmp_path / "file.py"
    file.write_text("a\n")
    like = read_text(str(file))
    file.unlink()
    with pytest.raises(FileError, match="was deleted since it was read"):
        write_text(str(file), "b\n", like=like)
    assert not file.exists()


def test_write_stays_inside_the_roots(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    with pytest.raises(FileError, match="lies outside the workspace folders"):
        write_text(str(tmp_path / "root" / ".." / "out.py"), "a\n", roots=[str(tmp_path / "root")])
    assert not (tmp_path / "out.py").exists()


def test_text_that_no_file_can_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="half of a surrogate pair"):
        write_text(str(tmp_path / "file.py"), "\ud800")
    assert list(tmp_path.iterdir()) == []
