"""An editor takes back what Monkey Coder itself wrote to the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.lsp.editor import Editor, Json, editor

from monkey_coder.filesystem.read import read_text
from monkey_coder.filesystem.write import write_text


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ws" / "a.py"
    path.parent.mkdir()
    path.write_text("a = 1\n")
    write_text(str(path), "a = 2\n", like=read_text(str(path)), backups=str(tmp_path / "kept"))
    return path


async def undo(client: Editor, store: Path) -> Json:
    await client.session.kit()
    client.apps[-1].backups = str(store)
    answer = await client.request("workspace/executeCommand", {"command": "monkeyCoder.undo"})
    result: Json = answer["result"]
    return result


def folder(file: Path) -> dict[str, Any]:
    return {"workspaceFolders": [{"uri": file.parent.as_uri(), "name": "ws"}]}


async def test_the_newest_change_of_the_folders_is_taken_back(file: Path, tmp_path: Path) -> None:
    async with editor(**folder(file)) as client:
        client.open("a = 2\n", uri=file.as_uri())
        result = await undo(client, tmp_path / "kept")
        assert (result["status"], file.read_text()) == ("done", "a = 1\n")
        assert str(file) in result["message"]
        again = await undo(client, tmp_path / "kept")
        assert (again["status"], file.read_text()) == ("failed", "a = 1\n")
        assert "no change of files was written here" in again["message"]


async def test_a_file_with_unsaved_changes_is_left_alone(file: Path, tmp_path: Path) -> None:
    async with editor(**folder(file)) as client:
        client.open("a = 2\nb = 3\n", uri=file.as_uri())
        result = await undo(client, tmp_path / "kept")
        assert (result["status"], file.read_text()) == ("failed", "a = 2\n")
        assert "has unsaved changes; save it or close it first" in result["message"]


async def test_other_folders_are_left_alone(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "a.py"
    async with editor(**folder(other)) as client:
        assert (await undo(client, tmp_path / "kept"))["status"] == "failed"
    async with editor() as client:
        assert "no folder is open" in (await undo(client, tmp_path / "kept"))["message"]
    assert file.read_text() == "a = 2\n"
