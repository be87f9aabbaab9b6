"""A write leaves the new file or the old one, never anything else."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

import pytest

from monkey_coder.core.errors import FileError
from monkey_coder.filesystem.read import read_text
from monkey_coder.filesystem.write import BACKUPS_KEPT, write_text

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
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    write_text(str(tmp_path / "new.py"), "a\n")
    assert (tmp_path / "new.py").read_text() == "a\n"
    assert [path.name for path in tmp_path.iterdir()] == ["new.py"]


@pytest.mark.parametrize("call", ["fsync", "chmod", "replace"])
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
def test_hard_links_and_read_only_files_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "file.py"
    file.write_text("a\n")
    (tmp_path / "other.py").hardlink_to(file)
    with pytest.raises(FileError, match="has 2 names"):
        write_text(str(file), "b\n", like=read_text(str(file)))
    (tmp_path / "other.py").unlink()
    file.chmod(0o444)
    if os.access(file, os.W_OK):
        assert os.geteuid() == 0  # Root may write anything.
        return
    with pytest.raises(FileError, match="is read-only"):
        write_text(str(file), "b\n", like=read_text(str(file)))
    assert file.read_text() == "a\n"


def test_newest_old_versions_are_kept_outside(tmp_path: Path) -> None:
    file, backups = tmp_path / "file.py", tmp_path / "backups"
    file.write_text("0\n")
    for i in range(BACKUPS_KEPT + 3):
        written = write_text(str(file), f"{i + 1}\n", like=read_text(str(file)), backups=str(backups))
        assert written.backup is not None
        assert Path(written.backup).read_text() == f"{i}\n"
    kept = sorted(path.read_text() for path in backups.rglob("*.py"))
    assert len(kept) == BACKUPS_KEPT
    assert "0\n" not in kept


def test_write_stays_inside_the_roots(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    with pytest.raises(FileError, match="lies outside the workspace folders"):
        write_text(str(tmp_path / "root" / ".." / "out.py"), "a\n", roots=[str(tmp_path / "root")])
    assert not (tmp_path / "out.py").exists()


def test_text_that_no_file_can_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="half of a surrogate pair"):
        write_text(str(tmp_path / "file.py"), "\ud800")
    assert list(tmp_path.iterdir()) == []
