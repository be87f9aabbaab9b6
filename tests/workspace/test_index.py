"""The index of a folder: built, kept, read, mended."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest

from monkey_coder.workspace import index_builder
from monkey_coder.workspace.index import Index
from monkey_coder.workspace.index_builder import IndexBuilder
from monkey_coder.workspace.index_store import IndexStore
from monkey_coder.workspace.tags import tags
from monkey_coder.workspace.walk import FolderReader, SourceFile

FILES = {
    "src/pkg/__init__.py": "",
    "src/pkg/a.py": "# On f.\ndef f(x):\n    return helper(x)\n",
    "src/pkg/b.py": "from .a import f\nclass B:\n    def m(self):\n        return f(f(1))\n",
    "data.json": '{"key": 1}',
}


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


class Project:
    """A folder with its index beside it."""

    def __init__(self, root: Path) -> None:
        self.root, self.database = root / "project", root / "cache" / "index.sqlite"
        self.reports: list[dict[str, Any]] = []
        write(self.root, FILES)

    def path(self, name: str) -> str:
        return str(self.root / name)

    @property
    def notes(self) -> list[str]:
        return [report["note"] for report in self.reports if "note" in report]

    @contextmanager
    def builder(self, **options: Any) -> Iterator[IndexBuilder]:
        builder = IndexBuilder(self.database, str(self.root), self.reports.append, **options)
        try:
            yield builder
        finally:
            builder.close()

    @contextmanager
    def index(self, damaged: list[str] | None = None) -> Iterator[Index]:
        index = Index((damaged if damaged is not None else []).append)
        index.attach(str(self.root), self.database)
        try:
            yield index
        finally:
            index.close()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_names_paths_and_imports_are_answered(project: Project) -> None:
    with project.builder() as builder:
        assert builder.update()
    a, b = project.path("src/pkg/a.py"), project.path("src/pkg/b.py")
    with project.index() as index:
        assert sorted(index.files()) == sorted(map(project.path, FILES))
        (found,) = index.definitions("f")
        assert (found.path, found.definition.signature, found.definition.doc) == (a, "def f(x):", "On f.")
        assert [one.qualified_name for one in index.definitions_in(b)] == ["B", "B.m"]
        assert [(use.path, use.line, use.role) for use in index.references("f")] == [
            (b, 4, "call"),
            (b, 4, "call"),
            (b, 1, "import"),
        ]
        assert [one.name for one in index.references_in(b)] == ["f", "f", "f"]
        assert [(one.written.module, one.paths) for one in index.imports_of(b)] == [("a", (a,))]
        assert index.importers_of(a) == (b,)
        assert index.similar_names("hlper") == ()
        assert index.similar_names("F") == ("f",)
        assert index.comments_in(a)[0].text == "# On f."
        assert index.language_of(a) == "python"


def test_an_open_document_covers_its_file(project: Project) -> None:
    with project.builder() as builder:
        builder.update()
    a, b = project.path("src/pkg/a.py"), project.path("src/pkg/b.py")
    with project.index() as index:
        before = index.generation
        index.put(b, tags("from . import a\ndef g(): pass\n", "python"))
        assert index.generation > before
        assert [one.name for one in index.definitions_in(b)] == ["g"]
        assert index.definitions("B") == ()
        assert index.definitions("g")[0].path == b
        assert a in index.imports_of(b)[0].paths
        assert index.importers_of(a) == (b,)
        index.drop(b)
        assert index.definitions("B")[0].path == b


def test_only_what_changed_is_read_again(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    original = FolderReader.read

    def spy(reader: FolderReader, path: str) -> bytes | None:
        read.append(Path(path).name)
        return original(reader, path)

    with project.builder() as builder:
        builder.update()
        monkeypatch.setattr(FolderReader, "read", spy)
        assert not builder.update()
        assert read == []
        write(project.root, {"src/pkg/a.py": "def renamed(): pass\n"})
        assert builder.refresh([project.path("src/pkg/a.py")])
        assert read == ["a.py"]
    with project.index() as index:
        assert index.definitions("f") == ()
        assert len(index.definitions("renamed")) == 1


def test_files_come_and_go(project: Project) -> None:
    with project.builder() as builder:
        builder.update()
        (project.root / "src/pkg/a.py").unlink()
        write(project.root, {"src/pkg/a/__init__.py": "def f(): pass\n"})
        builder.refresh([project.path("src/pkg/a.py"), project.path("src/pkg/a/__init__.py")])
        with project.index() as index:
            new = project.path("src/pkg/a/__init__.py")
            assert index.imports_of(project.path("src/pkg/b.py"))[0].paths == (new,)
            write(project.root, {".gitignore": "a/\n"})
            builder.refresh([project.path(".gitignore")])
            assert index.definitions("f") == ()


def test_a_removed_folder_takes_its_files_along(project: Project) -> None:
    with project.builder() as builder:
        builder.update()
        (project.root / "src").rename(project.root.parent / "elsewhere")
        builder.refresh([project.path("src")])
    with project.index() as index:
        assert index.files() == (project.path("data.json"),)


def test_another_place_for_the_same_content_is_not_parsed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with project.builder() as builder:
        builder.update()
        os.utime(project.root / "src/pkg/a.py", ns=(1, 1))
        monkeypatch.setattr(index_builder, "tags", None)
        builder.update()
        assert not builder.update()


@pytest.mark.parametrize("damage", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_database_is_set_aside_and_made_anew(project: Project, damage: bytes) -> None:
    project.database.parent.mkdir()
    project.database.write_bytes(damage)
    with project.builder() as builder:
        builder.update()
    assert len(project.notes) == 1
    assert "damaged" in project.notes[0]
    (aside,) = project.database.parent.glob("*.damaged-*.sqlite")
    assert aside.read_bytes() == damage
    with project.index() as index:
        assert len(index.definitions("f")) == 1


def test_damage_inside_is_noticed_and_mended(project: Project) -> None:
    write(project.root, {f"m{n}.py": f"def name_{n}():\n    '''{'doc ' * 40}'''\n" for n in range(200)})
    with project.builder() as builder:
        builder.update()
        builder.store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(project.database.read_bytes())
    data[8192:] = b"\xaa" * (len(data) - 8192)
    project.database.write_bytes(data)
    damaged: list[str] = []
    with project.index(damaged) as index:
        assert index.definitions("name_7") == ()
    assert damaged == [str(project.root)]
    with project.builder(is_checked=True) as builder:
        builder.update()
    with project.index() as index:
        assert len(index.definitions("name_7")) == 1
    assert len(project.notes) == 1


def test_an_index_of_another_version_is_replaced_without_a_word(project: Project) -> None:
    with project.builder() as builder:
        builder.update()
        builder.store.connection.execute("PRAGMA user_version=99")
    with project.builder() as builder:
        assert builder.update()
    assert project.notes == []


def test_a_locked_database_leaves_the_index_in_memory(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monkey_coder.workspace.index_store._BUSY_MS", 10)
    IndexStore(str(project.database)).close()
    holder = apsw.Connection(str(project.database))
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with project.builder() as builder:
            builder.update()
            assert builder.is_in_memory
            image = builder.store.image()
    finally:
        holder.close()
    assert len(project.notes) == 1
    index = Index()
    index.attach(str(project.root), image)
    assert len(index.definitions("f")) == 1
    index.close()


def test_a_full_disk_leaves_the_index_in_memory(project: Project) -> None:
    with project.builder() as builder:
        pages = builder.store.connection.pragma("page_count")
        builder.store.connection.pragma("max_page_count", pages)
        write(project.root, {"big.py": "".join(f"def f{n}(): pass\n" for n in range(2_000))})
        builder.update()
        assert builder.is_in_memory
        assert len(project.notes) == 1
        assert "full" in project.notes[0]
        assert "data.json" in builder.store.stamps()


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX modes")
def test_the_database_is_for_its_owner_alone(project: Project) -> None:
    with project.builder():
        assert project.database.stat().st_mode & 0o077 == 0


def test_too_many_files_are_said_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_builder, "MOST_FILES", 2)
    with project.builder() as builder:
        builder.update()
        builder.update()
        assert len(builder.store.stamps()) == 2
    assert len(project.notes) == 1


def test_of_a_million_files_no_more_are_listed_than_are_kept(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_listed = 0

    def million(folder: str, **_: object) -> Iterator[SourceFile]:
        nonlocal n_listed
        for number in range(1_000_000):
            n_listed += 1
            yield SourceFile(f"{folder}/{number}.py", 1, 1, "python", folder)

    monkeypatch.setattr(index_builder, "walk", million)
    monkeypatch.setattr(index_builder, "MOST_FILES", 300)
    with project.builder() as builder:
        builder.update()
        assert len(builder.store.stamps()) == 300
    assert n_listed == 301
    assert len(project.notes) == 1


def test_a_file_that_changes_while_it_is_read_is_read_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = FolderReader.read

    def read_and_change(reader: FolderReader, path: str) -> bytes | None:
        data = read(reader, path)
        if path.endswith("a.py"):
            write(project.root, {"src/pkg/a.py": "def meanwhile(value):\n    return value\n"})
        return data

    with project.builder() as builder:
        with monkeypatch.context() as changing:
            changing.setattr(FolderReader, "read", read_and_change)
            builder.update()
        assert builder.update(), "what was noted of the file is older than what lies there"
    with project.index() as index:
        assert len(index.definitions("meanwhile")) == 1
        assert not index.definitions("f")


def test_two_editors_on_one_folder_do_not_disturb_each_other(project: Project) -> None:
    with project.builder() as one, project.builder() as other:
        one.update()
        other.update()
        one.refresh([project.path("src/pkg/b.py")])
        write(project.root, {"src/pkg/c.py": "def later(): pass\n"})
        other.refresh([project.path("src/pkg/c.py")])
        write(project.root, {"src/pkg/b.py": "from .c import later\n"})
        one.refresh([project.path("src/pkg/b.py")])
        assert not other.update()
    with project.index() as index:
        assert index.importers_of(project.path("src/pkg/c.py")) == (project.path("src/pkg/b.py"),)
    assert project.notes == []


def test_a_batch_that_fails_leaves_nothing_behind(project: Project) -> None:
    with project.builder() as builder:
        with pytest.raises(RuntimeError), builder.store.writing():
            builder.store.put("x.py", 1, 1, b"", tags("def x(): pass\n", "python"))
            raise RuntimeError
        assert builder.store.stamps() == {}
