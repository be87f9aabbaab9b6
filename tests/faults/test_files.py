"""Files stay whole whatever fails: the 1st call of the system, the 2nd, … until none does.

Two ways to fail: the call reports that the disk is full and everything after it works; or the process
ends there, so that nothing after it is done, and the next start has to bring it to an end.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from monkey_coder.core.errors import FileError
from monkey_coder.filesystem import walk
from monkey_coder.filesystem.commit import recover
from monkey_coder.filesystem.history import changes_of, undo
from monkey_coder.filesystem.read import read_text
from monkey_coder.filesystem.write import NewText, write_texts

CALLS = ("open", "fdopen", "replace", "link", "unlink", "fsync", "mkdir", "rmdir", "fchmod")
OLD = {"a.py": "a = 1\n", "b.py": "b = 1\r\n", "gone.py": "gone = 1\n"}
NEW = {"a.py": "a = 2\n", "b.py": "b = 2\r\n", "deep/er/new.py": "new = 1\n"}


class Ended(BaseException):
    """The process has ended: nothing of it runs any more."""


class Faults:
    """Counts the calls of the system, and has the nth one fail."""

    def __init__(self, patch: pytest.MonkeyPatch, nth: int, *, ends: bool) -> None:
        self.n, self.nth, self.ends = 0, nth, ends
        for name in CALLS:
            patch.setattr(os, name, self._failing(getattr(os, name)))

    def _failing(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            self.n += 1
            if self.ends and self.n >= self.nth:
                raise Ended
            if self.n == self.nth:
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(*arguments, **options)

        return call


def workspace(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_bytes(text.encode())


def found(folder: Path) -> dict[str, str]:
    """Return every file, and every folder that is empty."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes().decode() if path.is_file() else "a folder"
        for path in folder.rglob("*")
        if path.is_file() or not any(path.iterdir())
    }


def one_file(root: Path, store: Path) -> None:
    like = read_text("a.py", roots=[str(root)])
    write_texts([NewText("a.py", NEW["a.py"], like)], roots=[str(root)], backups=str(store))


def new_file(root: Path, store: Path) -> None:
    text = NewText("deep/er/new.py", NEW["deep/er/new.py"])
    write_texts([text], roots=[str(root)], backups=str(store))


def several(root: Path, store: Path) -> None:
    texts = [NewText(name, NEW.get(name), read_text(name, roots=[str(root)])) for name in OLD]
    texts.append(NewText("deep/er/new.py", NEW["deep/er/new.py"]))
    write_texts(texts, roots=[str(root)], backups=str(store))


def taken_back(root: Path, store: Path) -> None:
    undo(str(store), [str(root)])


def results(act: Callable[[Path, Path], None]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the files before and after an act."""
    if act is one_file:
        return OLD, {**OLD, "a.py": NEW["a.py"]}
    if act is new_file:
        return OLD, {**OLD, "deep/er/new.py": NEW["deep/er/new.py"]}
    return (OLD, NEW) if act is several else (NEW, OLD)


@pytest.mark.parametrize("ends", [False, True], ids=["call fails", "process ends"])
@pytest.mark.parametrize("act", [one_file, new_file, several, taken_back])
def test_all_or_none_whatever_call_fails(
    tmp_path: Path, act: Callable[[Path, Path], None], ends: bool
) -> None:
    before, after = results(act)
    seen = set()
    for nth in range(1, 1000):
        root, store = tmp_path / f"{nth}", tmp_path / f"{nth}-store"
        workspace(root, OLD)
        if act is taken_back:
            several(root, store)
        with pytest.MonkeyPatch.context() as patch:
            faults = Faults(patch, nth, ends=ends)
            with contextlib.suppress(Ended, FileError):
                act(root, store)
        if ends:
            assert recover(store) == ()
        now = found(root)
        if act is taken_back:  # The folders of a file that was taken back go last, and may stay.
            now = {name: text for name, text in now.items() if text != "a folder"}
        assert now in (before, after), f"call {nth}"
        seen.add(now == before)
        if store.exists():
            assert {path.suffix for path in store.iterdir()} <= {"", ".done"}, f"call {nth}"
            n_expected = (act is taken_back) + (now != before)
            assert len(changes_of(str(store))) == n_expected, f"call {nth}"
        if faults.n < nth:
            assert now != before, "no call failed, so it is done"
            break
    assert seen == {True, False}, "some faults came early enough to change nothing, some too late"
    assert nth > 10


def test_all_or_none_also_where_no_folder_opens_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "HAS_DESCRIPTORS", False)
    test_all_or_none_whatever_call_fails(tmp_path, several, ends=True)


def test_what_someone_else_wrote_since_is_never_overwritten(tmp_path: Path) -> None:
    n_warned = 0
    for nth in range(1, 1000):
        root, store = tmp_path / f"{nth}", tmp_path / f"{nth}-store"
        workspace(root, OLD)
        with pytest.MonkeyPatch.context() as patch:
            faults = Faults(patch, nth, ends=True)
            with contextlib.suppress(Ended):
                several(root, store)
        if faults.n < nth:
            break
        (root / "b.py").write_text("theirs\n")
        warnings = recover(store)
        assert (root / "b.py").read_text() == "theirs\n"
        others = {name: text for name, text in found(root).items() if name != "b.py"}
        assert others in [{name: all_[name] for name in all_ if name != "b.py"} for all_ in (OLD, NEW)]
        assert all("b.py' had been changed since and was left as it is" in one for one in warnings)
        n_warned += bool(warnings)
    assert n_warned > 0
