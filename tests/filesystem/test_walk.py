"""No path leads out of the workspace, on systems with descriptors and on those without."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from monkey_coder.core.errors import FileError
from monkey_coder.filesystem import walk
from monkey_coder.filesystem.paths import path_of_uri
from monkey_coder.filesystem.read import list_folder, read_text
from monkey_coder.filesystem.write import write_text

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX links and file types")
SECRET = "outside\n"


@pytest.fixture(params=["descriptors", "paths"])
def root(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A workspace folder beside one that must not be touched; the second time as Windows walks."""
    if request.param == "paths":
        monkeypatch.setattr(walk, "HAS_DESCRIPTORS", False)
    elif not walk.HAS_DESCRIPTORS:
        pytest.skip("this system opens no folder from another")
    inside, outside = tmp_path / "ws", tmp_path / "out"
    (inside / "sub").mkdir(parents=True)
    outside.mkdir()
    (inside / "a.txt").write_text("a\n")
    (inside / "sub" / "b.txt").write_text("b\n")
    (outside / "secret.txt").write_text(SECRET)
    yield inside
    assert [path.name for path in outside.iterdir()] == ["secret.txt"]
    assert (outside / "secret.txt").read_text() == SECRET
    assert {path.name for path in tmp_path.iterdir()} == {"ws", "out"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.txt", "a\n"), ("./sub/./b.txt", "b\n"), ("sub/../a.txt", "a\n"), ("sub//b.txt", "b\n"),
        ("{root}/a.txt", "a\n"), ("{root}//sub/b.txt", "b\n"),
    ],
)  # fmt: skip
def test_paths_inside_are_read(root: Path, path: str, text: str) -> None:
    assert read_text(path.format(root=root), roots=[str(root)]).text == text


@pytest.mark.parametrize(
    "path",
    [
        "..", "../out/secret.txt", "sub/../../out/secret.txt", "missing/../../out/secret.txt",
        "{root}/../out/secret.txt", "{root}-evil/x", "/etc/passwd", "//etc/passwd", "/proc/self/environ", "",
        ".", "a.txt/", "sub", "a.txt/b", "a\0.txt", "{root}", "../ws/a.txt", "x" * 300, "d/" * 2500 + "x",
        "~/x",
    ],
)  # fmt: skip
def test_paths_outside_and_bad_ones_are_refused(root: Path, path: str) -> None:
    with pytest.raises(FileError):
        read_text(path.format(root=root), roots=[str(root)])


@pytest.mark.parametrize(
    "path", ["../new.txt", "new/../../x", "sub", "CON", "a:b", "new/aux/x", "a\\b", "x/"]
)
def test_nothing_is_written_there(root: Path, path: str) -> None:
    before = sorted(root.rglob("*"))
    with pytest.raises(FileError):
        write_text(path, "x\n", roots=[str(root)])
    assert sorted(root.rglob("*")) == before


def test_a_relative_path_starts_at_the_first_root_and_an_absolute_one_at_its_own(root: Path) -> None:
    sub = root / "sub"
    assert read_text("b.txt", roots=[str(sub), str(root)]).path == str(sub / "b.txt")
    assert read_text(str(root / "a.txt"), roots=[str(sub), str(root)]).text == "a\n"
    with pytest.raises(FileError, match="lies outside the workspace folders"):
        read_text(str(root / "a.txt"), roots=[str(sub)])


def test_folders_are_listed_inside_alone(root: Path) -> None:
    assert list_folder(".", [str(root)]) == ["a.txt", "sub"]
    assert list_folder("sub/", [str(root)]) == ["b.txt"]
    for path in ("..", "sub/../..", "/etc", "missing", "a.txt"):
        with pytest.raises(FileError):
            list_folder(path, [str(root)])


@posix
@pytest.mark.parametrize(
    "leads_to", ["../out/secret.txt", "{out}/secret.txt", "/proc/self/environ", "link", "/dev/zero"]
)
def test_links_that_lead_outside_or_nowhere_are_not_followed(root: Path, leads_to: str) -> None:
    (root / "link").symlink_to(leads_to.format(out=root.parent / "out"))
    with pytest.raises(FileError):
        read_text("link", roots=[str(root)])
    with pytest.raises(FileError):
        write_text("link", "x\n", roots=[str(root)])


@posix
def test_linked_folders_that_lead_outside_are_not_entered(root: Path) -> None:
    (root / "dir").symlink_to(root.parent / "out")
    for path in ("dir/secret.txt", "dir/../out/secret.txt", "dir/new/x.txt"):
        with pytest.raises(FileError):
            read_text(path, roots=[str(root)])
        with pytest.raises(FileError):
            write_text(path, "x\n", roots=[str(root)])
    with pytest.raises(FileError):
        list_folder("dir", [str(root)])


@posix
def test_links_inside_are_followed_by_descriptors_and_stay(root: Path) -> None:
    (root / "in").symlink_to("sub")
    (root / "sub" / "up.txt").symlink_to(root / "a.txt")
    if not walk.HAS_DESCRIPTORS:
        with pytest.raises(FileError, match="is a link, which is not followed here"):
            read_text("in/b.txt", roots=[str(root)])
        return
    assert read_text("in/up.txt", roots=[str(root)]).path == str(root / "a.txt")
    write_text("in/up.txt", "new\n", like=read_text("in/up.txt", roots=[str(root)]), roots=[str(root)])
    assert (root / "a.txt").read_text() == "new\n"
    assert (root / "in").is_symlink()
    assert (root / "sub" / "up.txt").is_symlink()


@posix
def test_a_protected_name_behind_a_link_is_still_protected(root: Path) -> None:
    (root / ".git").mkdir()
    (root / "harmless").symlink_to(".git")
    with pytest.raises(FileError):
        write_text("harmless/config", "x\n", roots=[str(root)])
    assert not list((root / ".git").iterdir())


@posix
def test_a_hard_link_is_not_read_unasked(root: Path) -> None:
    (root / "hard.txt").hardlink_to(root.parent / "out" / "secret.txt")
    with pytest.raises(FileError, match="has 2 names"):
        read_text("hard.txt", roots=[str(root)])
    (root / "hard.txt").unlink()


@pytest.mark.skipif(not walk.HAS_DESCRIPTORS, reason="this holds only where folders stand open")
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_swap_between_the_look_and_the_use_gains_nothing(tmp_path: Path, kind: str) -> None:
    root, out = tmp_path / "ws", tmp_path / "out"
    for folder in (root, out):
        (folder / "real").mkdir(parents=True)
        (folder / "real" / "f.txt").write_text("inside\n" if folder is root else SECRET)
    aim = "flip/f.txt" if kind == "folder" else "flip"
    real, flip = (
        (root / "real", root / "flip") if kind == "folder" else (root / "real" / "f.txt", root / "flip")
    )
    outside = out / "real" if kind == "folder" else out / "real" / "f.txt"
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            real.rename(flip)
            flip.rename(real)
            flip.symlink_to(outside)
            flip.unlink()

    thread = threading.Thread(target=swap)
    thread.start()
    seen = set()
    try:
        for n in range(100_000):
            if n > 1500 and len(seen) > 1:
                break
            try:
                seen.add(read_text(aim, roots=[str(root)]).text)
            except FileError:
                seen.add("refused")
    finally:
        stop.set()
        thread.join()
    assert seen == {"inside\n", "refused"}


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///a/b.py", "/a/b.py"), ("file://localhost/a%20b", "/a b"), ("file:///100%25", "/100%"),
        ("file:///caf%C3%A9", "/caf\u00e9"), ("file:///x%2523", "/x%23"),
    ],
)  # fmt: skip
def test_file_uris_are_paths(uri: str, path: str) -> None:
    assert path_of_uri(uri) == path


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1/a", "file://evil.example/a", "file:a", "file:/a", "file://", "untitled:1", "FILE:///a",
        "file:///a?x", "file:///a#x", "file:///%zz", "file:///%c0%ae", "\0file:///a", "jar:file:///x!/y",
    ],
)  # fmt: skip
def test_other_uris_are_refused(uri: str) -> None:
    with pytest.raises(FileError):
        path_of_uri(uri)
