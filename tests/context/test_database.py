"""What `doctor` says of the database is what is there."""

from __future__ import annotations

import sys

import pytest

from monkey_coder.context.database import DatabaseStatus, database_status


def test_a_database_with_words_and_vectors_can_be_kept_here() -> None:
    status = database_status()
    assert status.is_usable
    assert status.has_fts5
    assert status.apsw.startswith(status.sqlite)
    assert status.problems == () or status.sqlite_vec == ""


def test_a_missing_library_is_a_problem_with_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlite_vec", None)
    status = database_status()
    assert status.is_usable
    assert status.sqlite_vec == ""
    assert "by words alone" in status.problems[0]
    monkeypatch.setitem(sys.modules, "apsw", None)
    status = database_status()
    assert not status.is_usable
    assert "pip install" in status.problems[0]


def test_an_old_sqlite_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import apsw

    monkeypatch.setattr(apsw, "sqlite_lib_version", lambda: "3.40.1")
    status = database_status()
    assert not status.is_usable
    assert "3.51.3" in status.problems[0]
    assert not DatabaseStatus().is_usable
