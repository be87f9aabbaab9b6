"""Files become documents of their project, and go back only where they are still what was read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from monkey_coder.core.errors import ConfirmError, FileError
from monkey_coder.features.files import (
    Change,
    diff_of,
    project_folder,
    read_document,
    read_for_model,
    undo,
    write_documents,
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "src" / "deep").mkdir(parents=True)
    (tmp_path / "src" / "deep" / "a.py").write_bytes(b"a = 1\r\n")
    return tmp_path.resolve()


def test_document_knows_its_language_and_project(project: Path) -> None:
    document = read_document(str(project / "src" / "deep" / "a.py"))
    assert (document.language, document.text, document.folder) == ("python", "a = 1\r\n", str(project))
    assert document.uri == (project / "src" / "deep" / "a.py").as_uri()


def test_home_is_no_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    (tmp_path / "Makefile").touch()
    (tmp_path / "scripts").mkdir()
    assert project_folder(str(tmp_path / "a.py")) is None
    assert project_folder(str(tmp_path / "scripts" / "a.py")) == str(tmp_path / "scripts")


def test_edit_is_written_in_the_form_of_the_file(project: Path) -> None:
    document = read_document(str(project / "src" / "deep" / "a.py"))
    written = write_documents([Change(document, "a = 1\nb = 2\n")], backups=str(project / "backups"))
    assert Path(written.paths[0]).read_bytes() == b"a = 1\r\nb = 2\r\n"
    undo(str(project / "backups"), [str(project)], written.id)
    assert Path(written.paths[0]).read_bytes() == b"a = 1\r\n"
    with pytest.raises(FileError, match="has changed since it was read"):
        write_documents([Change(replace(document, text="a = 0\n"), "a = 2\n")], backups=None)


def test_new_file_stays_in_the_project(project: Path) -> None:
    document = read_document(str(project / "src" / "deep" / "a.py"))
    new = replace(document, path=str(project / "tests" / "test_a.py"), text="", version=-1)
    write_documents([Change(new, "b = 1\n", creates=True)], backups=None)
    assert (project / "tests" / "test_a.py").read_text() == "b = 1\n"
    outside = replace(new, path=str(project.parent / "test_a.py"))
    with pytest.raises(FileError, match="lies outside"):
        write_documents([Change(outside, "b = 1\n", creates=True)], backups=None)


def test_diff_names_the_path_inside_the_project(project: Path) -> None:
    document = read_document(str(project / "src" / "deep" / "a.py"))
    assert diff_of(document, "a = 2\r\n").startswith("--- a/src/deep/a.py\n+++ b/src/deep/a.py\n")
    assert diff_of(document, "x\n", creates=True).startswith("--- /dev/null\n")


@pytest.mark.parametrize("name", [".env", "ignored.py", "out/deep/made.py", "link.py"])
def test_secrets_and_ignored_files_are_not_read_for_a_model(project: Path, name: str) -> None:
    (project / ".gitignore").write_text("/ignored.py\nout/\n")
    (project / "out" / "deep").mkdir(parents=True)
    for path in (".env", "ignored.py", "out/deep/made.py"):
        (project / path).write_text("x = 1\n")
    (project / "link.py").symlink_to("out/deep/made.py")
    folders = [str(project)]
    with pytest.raises(ConfirmError, match="is not read for a model unless you say so"):
        read_for_model(name, folders)
    assert read_for_model(name, folders, confirmed=True).text == "x = 1\n"
    assert read_for_model("src/deep/a.py", folders).text == "a = 1\r\n"
    with pytest.raises(FileError, match="lies outside"):
        read_for_model(str(project.parent / "x.py"), folders, confirmed=True)


def test_what_programs_obey_is_written_only_by_the_users_word(project: Path) -> None:
    (project / "CLAUDE.md").write_text("a\n")
    document = read_document(str(project / "CLAUDE.md"))
    with pytest.raises(ConfirmError, match="programs start or obey") as error:
        write_documents([Change(document, "b\n")], backups=None)
    assert error.value.target == document.path
    write_documents([Change(document, "b\n")], backups=None, confirmed=True)
    assert (project / "CLAUDE.md").read_text() == "b\n"
