"""Files come back exactly as they stand, and what cannot be read says why."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from monkey_coder.core.errors import ConfirmError, FileError
from monkey_coder.filesystem.read import read_text

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX file types")


@pytest.mark.parametrize(
    ("content", "text", "eol", "has_bom"),
    [
        (b"", "", "", False),
        (b"a\nb\n", "a\nb\n", "\n", False),
        (b"a\r\nb\r\n", "a\r\nb\r\n", "\r\n", False),
        (b"a\rb", "a\rb", "\r", False),
        (b"a\r\nb\n", "a\r\nb\n", "", False),
        (b"\xef\xbb\xbfa\n", "a\n", "\n", True),
        ("é\x0c\u2028\U0001f412\n".encode(), "é\x0c\u2028\U0001f412\n", "\n", False),
    ],
)
def test_text_keeps_every_character(
    tmp_path: Path, content: bytes, text: str, eol: str, has_bom: bool
) -> None:
    file = tmp_path / "file.py"
    file.write_bytes(content)
    found = read_text(str(file))
    assert (found.text, found.eol, found.has_bom) == (text, eol, has_bom)
    assert found.path == str(file.resolve())


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a\nb\xff\n", "is not UTF-8 (byte 0xff in line 2); convert it"),
        (
            b"\xff\xfea\0b",
            "says that it is UTF-16-LE, but is not UTF-16-LE (byte 0x62 in line 1)",
        ),
        (b"a\0b", "is a binary file"),
        (b"x" * 101, "is too large: 0.0 MB"),
    ],
)
def test_what_is_no_text_says_what_to_do(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "file.py"
    file.write_bytes(content)
    with pytest.raises(FileError) as error:
        read_text(str(file), limit_bytes=100)
    assert says in str(error.value)


def test_large_file_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "large.py"
    with file.open("wb") as stream:
        stream.truncate(200_000_000)
    with pytest.raises(FileError, match=r"is too large: 200\.0 MB, and at most 8\.0 MB are read"):
        read_text(str(file))


def test_missing_file_and_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no such file or directory; check the spelling"):
        read_text(str(tmp_path / "missing.py"))
    with pytest.raises(FileError, match="is a folder; name a file in it"):
        read_text(str(tmp_path))
    with pytest.raises(FileError, match="holds a NUL character"):
        read_text("a\0b")


@posix
def test_pipes_and_devices_are_refused_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.py"
    os.mkfifo(pipe)
    for path in (str(pipe), "/dev/zero"):
        with pytest.raises(FileError, match="is a pipe or a device"):
            read_text(path)


@pytest.mark.parametrize("path", [".env", ".ssh/config", "deep/.aws/credentials"])
def test_secrets_are_read_only_by_the_users_word(tmp_path: Path, path: str) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x\n")
    for roots, spelled in (([], str(file)), ([str(tmp_path)], path)):
        with pytest.raises(ConfirmError, match="holds keys or passwords") as error:
            read_text(spelled, roots=roots)
        assert error.value.target == str(file.resolve())
        assert read_text(spelled, roots=roots, confirmed=True).text == "x\n"


@posix
def test_loop_of_links_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(FileError, match="symbolic link"):
        read_text(str(tmp_path / "a"))


@posix
def test_links_are_followed_inside_the_roots_alone(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "real.py").write_text("a\n")
    (outside / "secret.py").write_text("s\n")
    (root / "in.py").symlink_to(root / "real.py")
    (root / "out.py").symlink_to(outside / "secret.py")
    assert read_text(str(root / "in.py"), roots=[str(root)]).path == str((root / "real.py").resolve())
    for path in (root / "out.py", root / ".." / "outside" / "secret.py", outside / "secret.py"):
        with pytest.raises(FileError, match="lies outside the workspace folders"):
            read_text(str(path), roots=[str(root)])
